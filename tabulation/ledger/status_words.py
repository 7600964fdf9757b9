"""The status word of a publication: what the count says, or what the commission has decided."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tabulation.ledger.refusals import PublicationRefused
from tabulation.models import Publication

Status = Publication.Status
#: Words that only a decision of the commission gives.
DECIDED = (Status.CERTIFIED, Status.CORRECTION, Status.RECOUNT)
#: Of those, what can be said of figures that have not changed: a correction corrects something.
SAID_OF_THE_SAME = (Status.RECOUNT,)
#: What a person may ask for: certified comes of a sitting alone.
REQUESTABLE = (Status.CORRECTION, Status.RECOUNT)


def derived(done: int, stations: int, *, certified: bool) -> str:
    """The word nobody asks for: ``done`` stations are counted or annulled, of ``stations``.

    ``certified``: every contest is decided, or a decided one changes: any change corrects them.
    """
    if certified:
        return Status.CORRECTION
    if not done:
        return Status.PRE_ELECTION
    return Status.COMPLETE if done == stations else Status.PARTIAL


def word(
    requested: str, decision: str, *, done: int, stations: int, certified: bool, listed: int = 0
) -> str:
    """The word ``requested`` (empty: the derived one), if it may be said. ``listed``: stations that
    the decision itself says are open.

    Raises PublicationRefused.
    """
    if requested and requested not in DECIDED:
        message = _("The system sets the status “%(status)s” from the count. You cannot choose it.")
        raise PublicationRefused(message % {"status": repr(requested)})
    status = requested or derived(done, stations, certified=certified)
    if status in DECIDED and not decision:
        message = _(
            "The status “%(status)s” needs the number of the commission's decision. Nothing was"
            " published. Enter the number."
        ) % {"status": Status(status).label}
        why = _("The results are certified. Any change from now on is a correction.")
        raise PublicationRefused(message if requested else f"{message} {why}")
    if status == Status.CERTIFIED and done + listed < stations:
        message = ngettext(
            "Only %(done)s of %(stations)s polling station has been counted or annulled. Nothing"
            " was certified. Finish the other station or list it in the decision.",
            "Only %(done)s of %(stations)s polling stations have been counted or annulled."
            " Nothing was certified. Finish the other stations or list them in the decision.",
            stations,
        )
        raise PublicationRefused(message % {"done": done, "stations": stations})
    return status


def is_news(requested: str, decision: str, last: Publication | None) -> bool:
    """Whether the word asked for is worth a publication although nothing changed since ``last``."""
    return requested in SAID_OF_THE_SAME and (
        last is None or (last.status, last.decision) != (requested, decision)
    )
