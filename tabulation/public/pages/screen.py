"""The wall screen of a press hall: the newest figures, to be read from the other end of it."""

from typing import Any

from tabulation.ledger import status
from tabulation.public.document import Page
from tabulation.public.edition import Edition
from tabulation.public.pages.results import Result

#: Contests on one screen; and of how many choices each shows the first, by how many contests there
#: are. More would not be legible from afar: the page says how many it leaves out.
MOST_CONTESTS = 4
ROWS = {1: 7, 2: 7, 3: 3, 4: 3}
FEW = 4


def screen_page(edition: Edition) -> Page:
    """Who leads, shares, turnout and progress of an election's first contests."""
    shown = edition.contests[:MOST_CONTESTS]
    parts = [_part(edition, contest, form, ROWS[len(shown)]) for contest, form in shown]
    context = {
        "publication": edition.published,
        "parts": parts,
        "statuses": {part["status"] for part in parts},
        # Fewer lines are written larger.
        "few": max(len(part["choices"]) for part in parts) <= FEW,
        "left_out": len(edition.contests) - len(shown),
    }
    return Page("public/screen.html", edition.election, context)


def _part(edition: Edition, contest: Any, form: Any, rows: int) -> dict[str, Any]:
    result = Result(edition.head(contest), form)
    # Before the count a list that leaves some out would be of those with the first numbers.
    choices = [choice for choice in result.choices if choice.on_ballot and result.counts]
    return {
        "contest": contest,
        "form": form,
        "result": result,
        "status": status.status_of(edition.published, contest),
        "choices": choices[:rows],
        "others": len(choices[rows:]),
    }
