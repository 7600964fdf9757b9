"""What a rule makes of the figures, in templates: `{% load outcome %}`."""

from django import template

from tabulation.public import outcome_words

register = template.Library()
for shown in (
    outcome_words.exact,
    outcome_words.part,
    outcome_words.method,
    outcome_words.in_words,
    outcome_words.named,
    outcome_words.of,
    outcome_words.told,
    outcome_words.decides,
):
    register.filter(shown)
register.simple_tag(outcome_words.answered)
register.simple_tag(outcome_words.decision_in_words)
