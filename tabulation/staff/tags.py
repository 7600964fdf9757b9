"""What the staff's templates say: `{% load staff %}`."""

from datetime import date

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tabulation.languages.formatting import figure
from tabulation.staff import event_words

register = template.Library()
register.filter(event_words.by_whom)
register.filter(event_words.in_words)
register.filter(event_words.value_of)
register.filter(event_words.readable)


@register.simple_tag
def days_left(day: date, today: date) -> str:
    """How far off a day is."""
    left = (day - today).days
    if left == 0:
        return _("The inauguration is today.")
    if left < 0:
        return _("The inauguration day has passed.")
    text = ngettext(
        "%(days)s day is left until the inauguration.",
        "%(days)s days are left until the inauguration.",
        left,
    )
    return text % {"days": figure(left)}
