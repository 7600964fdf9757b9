"""What was done, in the page's language. The event keeps it in English for ever: it is hashed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from tabulation.languages.formatting import DASH
from tabulation.models import Decision, Motion, Protocol, Publication, Receipt, User


def pgettext_noop(_context: str, text: str) -> str:
    """Marks a text for translation in its context, and hands it back."""
    return text


#: Acts as `record` has them.
ACTS = (
    pgettext_noop("activity log", "accepted"),
    pgettext_noop("activity log", "account changed"),
    pgettext_noop("activity log", "account confirmed"),
    pgettext_noop("activity log", "account created"),
    pgettext_noop("activity log", "act confirmed"),
    pgettext_noop("activity log", "act expired"),
    pgettext_noop("activity log", "act proposed"),
    pgettext_noop("activity log", "act refused"),
    pgettext_noop("activity log", "act taken back"),
    pgettext_noop("activity log", "account enrolled"),
    pgettext_noop("activity log", "annulled"),
    pgettext_noop("activity log", "annulment corrected"),
    pgettext_noop("activity log", "autopublish allowed"),
    pgettext_noop("activity log", "autopublish ended"),
    pgettext_noop("activity log", "commission enrolled"),
    pgettext_noop("activity log", "compared"),
    pgettext_noop("activity log", "corrected"),
    pgettext_noop("activity log", "correction opened"),
    pgettext_noop("activity log", "countersigned"),
    pgettext_noop("activity log", "decided"),
    pgettext_noop("activity log", "election loaded"),
    pgettext_noop("activity log", "entries returned"),
    pgettext_noop("activity log", "entry chosen"),
    pgettext_noop("activity log", "entry submitted"),
    pgettext_noop("activity log", "lot recorded"),
    pgettext_noop("activity log", "new log begun"),
    pgettext_noop("activity log", "member added"),
    pgettext_noop("activity log", "membership ended"),
    pgettext_noop("activity log", "one-time password given"),
    pgettext_noop("activity log", "one-time password given by decision"),
    pgettext_noop("activity log", "password changed"),
    pgettext_noop("activity log", "polling day moved"),
    pgettext_noop("activity log", "protocols imported as accepted"),
    pgettext_noop("activity log", "published"),
    pgettext_noop("activity log", "received"),
    pgettext_noop("activity log", "reinstated"),
    pgettext_noop("activity log", "seat released"),
    pgettext_noop("activity log", "seat taken"),
    pgettext_noop("activity log", "second factor added"),
    pgettext_noop("activity log", "second factor forgotten"),
    pgettext_noop("activity log", "second factor removed"),
    pgettext_noop("activity log", "second factors removed by decision"),
    pgettext_noop("activity log", "second round created"),
    pgettext_noop("activity log", "set aside"),
    pgettext_noop("activity log", "turnout corrected"),
    pgettext_noop("activity log", "turnout reported"),
)
#: What an act changed, by name.
NAMES = (
    pgettext_noop("activity log", "accepted at"),
    pgettext_noop("activity log", "act"),
    pgettext_noop("activity log", "active"),
    pgettext_noop("activity log", "administrators"),
    pgettext_noop("activity log", "area"),
    pgettext_noop("activity log", "arguments"),
    pgettext_noop("activity log", "attempt"),
    pgettext_noop("activity log", "by"),
    pgettext_noop("activity log", "change"),
    pgettext_noop("activity log", "changed by"),
    pgettext_noop("activity log", "commission"),
    pgettext_noop("activity log", "condition"),
    pgettext_noop("activity log", "confirmed by"),
    pgettext_noop("activity log", "decision"),
    pgettext_noop("activity log", "drawn"),
    pgettext_noop("activity log", "drawn by"),
    pgettext_noop("activity log", "ended"),
    pgettext_noop("activity log", "entry"),
    pgettext_noop("activity log", "factors"),
    pgettext_noop("activity log", "figures"),
    pgettext_noop("activity log", "files"),
    pgettext_noop("activity log", "first confirmed by"),
    pgettext_noop("activity log", "from"),
    pgettext_noop("activity log", "hour"),
    pgettext_noop("activity log", "key"),
    pgettext_noop("activity log", "lines"),
    pgettext_noop("activity log", "member"),
    pgettext_noop("activity log", "members"),
    pgettext_noop("activity log", "name"),
    pgettext_noop("activity log", "note"),
    pgettext_noop("activity log", "number"),
    pgettext_noop("activity log", "outcome"),
    pgettext_noop("activity log", "places"),
    pgettext_noop("activity log", "polling day"),
    pgettext_noop("activity log", "protocols"),
    pgettext_noop("activity log", "publication"),
    pgettext_noop("activity log", "reason"),
    pgettext_noop("activity log", "reasons"),
    pgettext_noop("activity log", "remarks"),
    pgettext_noop("activity log", "role"),
    pgettext_noop("activity log", "roots"),
    pgettext_noop("activity log", "ruling decision"),
    pgettext_noop("activity log", "ruling reason"),
    pgettext_noop("activity log", "seat"),
    pgettext_noop("activity log", "slot"),
    pgettext_noop("activity log", "state"),
    pgettext_noop("activity log", "status"),
    pgettext_noop("activity log", "taken on"),
    pgettext_noop("activity log", "until"),
    pgettext_noop("activity log", "version"),
    pgettext_noop("activity log", "voters"),
    pgettext_noop("activity log", "votes"),
    pgettext_noop("activity log", "withheld"),
    pgettext_noop("activity log", "witnesses"),
)
#: What a value is called where people choose it, by the name of the value. Any other value is
#: somebody's own words, or a name, and stays as it was typed.
CHOICES: dict[str, dict[str, object]] = {
    "act": dict(Motion.Act.choices),
    "change": {
        "add": gettext_lazy("A member joins the roster"),
        "end": gettext_lazy("A membership ends"),
    },
    "condition": dict(Receipt.Condition.choices),
    "factors": {"totp": gettext_lazy("Authenticator app"), "webauthn": gettext_lazy("Passkey")},
    "outcome": dict(Decision.Kind.choices),
    "role": dict(User.Role.choices),
    "state": dict(Motion.State.choices),
    "status": {**dict(Publication.Status.choices), **dict(Protocol.Status.choices)},
}
KNOWN = frozenset((*ACTS, *NAMES))
#: In place of typed figures that nobody may read yet.
WITHHELD_TEXT = gettext_lazy("withheld until both entries are finished")


def in_words(text: str) -> str:
    """An act, or the name of what it changed; as it stands where we have no words for it."""
    return pgettext("activity log", text) if text in KNOWN else text


def by_whom(name: object) -> object:
    """Who did it. `record` names a person, a program, or the command line: no user name."""
    return _("the server's command line") if name == "command line" else name


def value_of(value: object, name: str) -> object:
    """The value of what an act changed, in words where it is one of ours."""
    if isinstance(value, list):
        return [value_of(one, name) for one in value]
    if isinstance(value, dict):
        return {key: value_of(one, name) for key, one in value.items()}
    if name in CHOICES and isinstance(value, str):
        return str(CHOICES[name].get(value, value))
    return value


def readable(value: object, none: str = "") -> str:
    """A value of an event in words, never JSON; ``none`` where there is nothing."""
    if value is None:
        return none
    if isinstance(value, bool):
        return pgettext("activity log", "yes") if value else pgettext("activity log", "no")
    if isinstance(value, list):
        return ", ".join(readable(item) or DASH for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {readable(item) or DASH}" for name, item in value.items())
    return str(value)


def acts_like(text: str) -> list[str]:
    """Acts whose words in the page's language hold ``text``, in any case."""
    return [act for act in ACTS if text.casefold() in in_words(act).casefold()]
