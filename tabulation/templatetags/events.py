"""What was done, in the page's language. The event keeps it in English for ever: it is hashed."""

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

register = template.Library()

#: Acts as `record` has them.
ACTS = (
    noop("accepted"),
    noop("account changed"),
    noop("account confirmed"),
    noop("account created"),
    noop("administrator created"),
    noop("annulled"),
    noop("annulment corrected"),
    noop("autopublish allowed"),
    noop("autopublish ended"),
    noop("compared"),
    noop("corrected"),
    noop("correction opened"),
    noop("countersigned"),
    noop("election loaded"),
    noop("entries returned"),
    noop("entry chosen"),
    noop("entry submitted"),
    noop("one-time password given"),
    noop("password changed"),
    noop("protocols imported as accepted"),
    noop("published"),
    noop("received"),
    noop("reinstated"),
    noop("seat released"),
    noop("seat taken"),
    noop("second factor added"),
    noop("second factor forgotten"),
    noop("second factor removed"),
    noop("set aside"),
)
#: What an act changed, by name.
NAMES = (
    noop("accepted at"),
    noop("active"),
    noop("area"),
    noop("attempt"),
    noop("by"),
    noop("condition"),
    noop("decision"),
    noop("ended"),
    noop("entry"),
    noop("factors"),
    noop("figures"),
    noop("files"),
    noop("from"),
    noop("key"),
    noop("lines"),
    noop("name"),
    noop("note"),
    noop("number"),
    noop("protocols"),
    noop("reason"),
    noop("reasons"),
    noop("remarks"),
    noop("role"),
    noop("roots"),
    noop("ruling decision"),
    noop("ruling reason"),
    noop("seat"),
    noop("slot"),
    noop("status"),
    noop("until"),
    noop("version"),
)
#: What some of these are, in one word: a status, a role, the condition of a paper, a factor.
VALUES = (
    noop("accepted"),
    noop("administrator"),
    noop("annulled"),
    noop("auditor"),
    noop("certified"),
    noop("clerk"),
    noop("corrected"),
    noop("correction"),
    noop("damaged"),
    noop("different"),
    noop("entered"),
    noop("errors"),
    noop("good"),
    noop("illegible"),
    noop("intake"),
    noop("member"),
    noop("open"),
    noop("pre-election"),
    noop("received"),
    noop("recount"),
    noop("set_aside"),
    noop("supervisor"),
    noop("totp"),
    noop("unofficial-complete"),
    noop("unofficial-partial"),
    noop("unsigned"),
    noop("verified"),
    noop("webauthn"),
)
#: Names of such values. Any other is somebody's own words, or a name, and stays as it was typed.
IN_ONE_WORD = ("condition", "factors", "role", "status")
KNOWN = frozenset((*ACTS, *NAMES, *VALUES))


@register.filter
def in_words(text: str) -> str:
    """An act, or the name of what it changed; as it stands where we have no words for it."""
    return _(text) if text in KNOWN else text


@register.filter
def value_of(value: Any, name: str) -> Any:
    """The value of what an act changed, in words where it is one of ours."""
    if isinstance(value, list):
        return [value_of(one, name) for one in value]
    return in_words(value) if name in IN_ONE_WORD and isinstance(value, str) else value


def acts_like(text: str) -> list[str]:
    """Acts whose words in the page's language hold ``text``, in any case."""
    return [act for act in ACTS if text.casefold() in _(act).casefold()]
