"""What was done, in the page's language. The event keeps it in English for ever: it is hashed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from tabulation.languages.formatting import DASH
from tabulation.models import Decision, Protocol, Publication, Receipt, User

#: Acts as `record` has them.
ACTS = (
    gettext_noop("accepted"),
    gettext_noop("account changed"),
    gettext_noop("account confirmed"),
    gettext_noop("account created"),
    gettext_noop("administrator created"),
    gettext_noop("annulled"),
    gettext_noop("annulment corrected"),
    gettext_noop("autopublish allowed"),
    gettext_noop("autopublish ended"),
    gettext_noop("compared"),
    gettext_noop("corrected"),
    gettext_noop("correction opened"),
    gettext_noop("countersigned"),
    gettext_noop("decided"),
    gettext_noop("election loaded"),
    gettext_noop("entries returned"),
    gettext_noop("entry chosen"),
    gettext_noop("entry submitted"),
    gettext_noop("lot recorded"),
    gettext_noop("one-time password given"),
    gettext_noop("password changed"),
    gettext_noop("polling day moved"),
    gettext_noop("protocols imported as accepted"),
    gettext_noop("published"),
    gettext_noop("received"),
    gettext_noop("reinstated"),
    gettext_noop("seat released"),
    gettext_noop("seat taken"),
    gettext_noop("second factor added"),
    gettext_noop("second factor forgotten"),
    gettext_noop("second factor removed"),
    gettext_noop("second round created"),
    gettext_noop("set aside"),
    gettext_noop("turnout corrected"),
    gettext_noop("turnout reported"),
)
#: What an act changed, by name.
NAMES = (
    gettext_noop("accepted at"),
    gettext_noop("active"),
    gettext_noop("area"),
    gettext_noop("attempt"),
    gettext_noop("by"),
    gettext_noop("condition"),
    gettext_noop("decision"),
    gettext_noop("drawn"),
    gettext_noop("drawn by"),
    gettext_noop("ended"),
    gettext_noop("entry"),
    gettext_noop("factors"),
    gettext_noop("figures"),
    gettext_noop("files"),
    gettext_noop("from"),
    gettext_noop("hour"),
    gettext_noop("key"),
    gettext_noop("lines"),
    gettext_noop("name"),
    gettext_noop("note"),
    gettext_noop("number"),
    gettext_noop("outcome"),
    gettext_noop("places"),
    gettext_noop("polling day"),
    gettext_noop("protocols"),
    gettext_noop("publication"),
    gettext_noop("reason"),
    gettext_noop("reasons"),
    gettext_noop("remarks"),
    gettext_noop("role"),
    gettext_noop("roots"),
    gettext_noop("ruling decision"),
    gettext_noop("ruling reason"),
    gettext_noop("seat"),
    gettext_noop("slot"),
    gettext_noop("status"),
    gettext_noop("until"),
    gettext_noop("version"),
    gettext_noop("voters"),
    gettext_noop("votes"),
    gettext_noop("witnesses"),
)
#: What a value is called where people choose it, by the name of the value. Any other value is
#: somebody's own words, or a name, and stays as it was typed.
CHOICES: dict[str, dict[str, object]] = {
    "condition": dict(Receipt.Condition.choices),
    "factors": {"totp": gettext_lazy("Authenticator app"), "webauthn": gettext_lazy("Passkey")},
    "outcome": dict(Decision.Kind.choices),
    "role": dict(User.Role.choices),
    "status": {**dict(Publication.Status.choices), **dict(Protocol.Status.choices)},
}
KNOWN = frozenset((*ACTS, *NAMES))


def in_words(text: str) -> str:
    """An act, or the name of what it changed; as it stands where we have no words for it."""
    return _(text) if text in KNOWN else text


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
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(readable(item) or DASH for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {readable(item) or DASH}" for name, item in value.items())
    return str(value)


def acts_like(text: str) -> list[str]:
    """Acts whose words in the page's language hold ``text``, in any case."""
    return [act for act in ACTS if text.casefold() in _(act).casefold()]
