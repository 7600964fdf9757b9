"""Acts and what they changed, in templates: `{% load events %}`."""

from django import template

from tabulation.staff import event_words

register = template.Library()
for shown in (
    event_words.in_words,
    event_words.value_of,
):
    register.filter(shown)
