"""What was done, in the page's language. The event keeps it in English for ever: it is hashed."""

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
KNOWN = frozenset((*ACTS, *NAMES))


@register.filter
def in_words(text: str) -> str:
    """An act, or the name of what it changed; as it stands where we have no words for it."""
    return _(text) if text in KNOWN else text


def acts_like(text: str) -> list[str]:
    """Acts whose words in the page's language hold ``text``, in any case."""
    return [act for act in ACTS if text.casefold() in _(act).casefold()]
