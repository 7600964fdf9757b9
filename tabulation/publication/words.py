"""The status word of a publication: what the count says, or what the commission has decided."""

from tabulation.models import Publication
from tabulation.publication.refusals import DecisionMissing, NotComplete, PublicationRefused

Status = Publication.Status
#: Words that only a decision of the commission gives.
DECIDED = (Status.CERTIFIED, Status.CORRECTION, Status.RECOUNT)
#: Of those, what can be said of figures that have not changed: a correction corrects something.
SAID_OF_THE_SAME = (Status.CERTIFIED, Status.RECOUNT)


def derived(done: int, stations: int, *, certified: bool) -> str:
    """The word nobody asks for: ``done`` stations are counted or annulled, of ``stations``.

    ``certified``: the commission has certified results before, and any change corrects them.
    """
    if certified:
        return Status.CORRECTION
    if not done:
        return Status.PRE_ELECTION
    return Status.COMPLETE if done == stations else Status.PARTIAL


def word(asked: str, decision: str, *, done: int, stations: int, certified: bool) -> str:
    """The word ``asked`` for (empty: the derived one), if it may be said.

    Raises DecisionMissing, NotComplete, and PublicationRefused for a word nobody may ask for.
    """
    if asked and asked not in DECIDED:
        raise PublicationRefused(f"{asked!r} follows from the count: nobody asks for it.")
    status = asked or derived(done, stations, certified=certified)
    if status in DECIDED and not decision:
        why = "" if asked else " Results were certified, so what changes now is a correction."
        raise DecisionMissing(
            f"A publication that is called {status} needs the number of the commission's"
            f" decision.{why}"
        )
    if status == Status.CERTIFIED and done < stations:
        raise NotComplete(
            f"Only {done} of {stations} stations are counted or annulled: nothing is certified yet."
        )
    return status


def is_news(asked: str, decision: str, last: Publication | None) -> bool:
    """Whether the word asked for is worth a publication although nothing changed since ``last``."""
    return asked in SAID_OF_THE_SAME and (
        last is None or (last.status, last.decision) != (asked, decision)
    )
