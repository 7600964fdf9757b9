"""Compare what stays for ever once it was published with what was published of it: the form of a
contest, the number of voters on the lists, and which area lies in which.
"""

from collections.abc import Iterator
from itertools import pairwise

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.database.statements import stream
from tabulation.ledger.fixed import fixed_part
from tabulation.models import PublishedForm, form_of


def findings() -> Iterator[str]:
    """One sentence for each form, list and area that is another than it was."""
    for contest in Contest.objects.filter(published_forms__isnull=False).distinct():
        yield from _forms(contest)
    yield from _lists()
    yield from _areas()


def _forms(contest: Contest) -> Iterator[str]:
    name = f"The form of {contest.code}"
    try:
        rows = PublishedForm.objects.filter(contest=contest).order_by("published_in")
        forms = [(row.published_in, fixed_part(ProtocolForm.from_json(row.body))) for row in rows]
        now = fixed_part(form_of(contest))
    except (KeyError, TypeError, ValueError):
        yield f"{name} was altered and cannot be read."
        return
    for (_number, before), (number, after) in pairwise(forms):
        if before != after:
            yield f"{name} in publication {number} is another than the one before."
    if forms[-1][1] != now:
        yield f"{name} is another than it was in publication {forms[-1][0]}."


def _lists() -> Iterator[str]:
    """Stations that have, or were published with, another number of voters than at first."""
    rows = stream(
        """
        SELECT DISTINCT c.code, s.code, f.published_in
        FROM tabulation_publishedfigures f
        JOIN tabulation_pollingstation s ON s.id = f.station_id
        JOIN candidates_contest c ON c.id = f.contest_id
        LEFT JOIN tabulation_conteststation cs ON cs.contest_id = c.id AND cs.station_id = s.id
        WHERE cs.id IS NULL OR f.registered IS DISTINCT FROM cs.registered
        ORDER BY c.code, s.code, f.published_in"""
    )
    for contest, station, number in rows:
        yield (
            f"Publication {number} has another number of registered voters for polling station"
            f" {station} in {contest} than the database."
        )


def _areas() -> Iterator[str]:
    rows = stream(
        """
        SELECT e.slug, a.code FROM tabulation_area a
        JOIN candidates_election e ON e.id = a.election_id
        LEFT JOIN tabulation_area above ON above.id = a.parent_id
        WHERE a.lineage <> coalesce(above.lineage, '{}') || a.id
        ORDER BY e.slug, a.code"""
    )
    for slug, code in rows:
        yield f"The area {code} of {slug} has another path than the area above it."
