"""What the commission's page says of days."""

from datetime import date

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tabulation.languages.formatting import figure

register = template.Library()


@register.simple_tag
def days_left(day: date, today: date) -> str:
    """How far off a day is."""
    left = (day - today).days
    if left == 0:
        return _("That is today.")
    if left < 0:
        return _("That day is over.")
    text = ngettext("%(days)s day is left.", "%(days)s days are left.", left)
    return text % {"days": figure(left)}
