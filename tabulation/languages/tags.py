"""Figures, percents and names in templates: `{% load results %}`."""

from django import template

from tabulation.languages import formatting

register = template.Library()
for shown in (
    formatting.figure,
    formatting.signed,
    formatting.percent,
    formatting.round_percent,
    formatting.points,
    formatting.unlocalized,
    formatting.office,
    formatting.titled,
    formatting.labelled,
    formatting.sentence,
    formatting.translate_name,
    formatting.translate_text,
    formatting.label,
):
    register.filter(shown)
register.simple_tag(formatting.bar)
