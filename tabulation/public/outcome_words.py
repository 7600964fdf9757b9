"""What a rule makes of the figures, in the words of the page's language: `{% load outcome %}`."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from tabulation.arithmetic.form import ProtocolForm
from tabulation.languages.formatting import decimals, figure, percent, translate_name
from tabulation.outcomes.methods.margins import Gap
from tabulation.outcomes.methods.sentences import sentence
from tabulation.outcomes.methods.terms import LotNeeded, Outcome, OutcomeKind, Step
from tabulation.outcomes.methods.texts import Filled, Tongue, Value

register = template.Library()
Names = Mapping[int, Any]
#: More lists than these are named in the table, and not in the sentence.
MOST_LISTS = 6


@register.filter
def exact(value: Value | None) -> str:
    """`12,345`, or with two decimals what is no whole number; a dash for none."""
    if value is None or value == int(value):
        return figure(None if value is None else int(value))
    # Two decimals of a positive number: the whole part, grouped, and what is left.
    hundredths = (2 * Fraction(value) * 100 + 1) // 2
    whole, rest = divmod(hundredths, 100)
    return f"{figure(whole)}{decimals(f'.{rest:02}')}"


@register.filter
def part(value: Fraction) -> str:
    """A part of 1 in percent."""
    return percent(100 * value)


METHODS: dict[str, Promise] = {
    "largest_remainder": gettext_lazy("largest remainder (Hare)"),
    "dhondt": gettext_lazy("d'Hondt: votes divided by 1, 2, 3 and so on"),
    "sainte_lague": gettext_lazy("Sainte-Laguë: votes divided by 1, 3, 5 and so on"),
    "modified_sainte_lague": gettext_lazy(
        "modified Sainte-Laguë: votes divided by 1.4, 3, 5 and so on"
    ),
}


@register.filter
def method(name: str) -> str:
    """How seats are divided."""
    return str(METHODS.get(name, name))


#: The language of the page.
SPOKEN = Tongue(
    text=gettext,
    texts=ngettext,
    number=exact,
    percent=lambda value: part(Fraction(value)),
)


@register.filter
def in_words(step: Step, names: Names) -> str:
    """A step as a sentence; ``names``: by ballot number whoever can be named."""
    return sentence(step, lambda number: translate_name(names[number]), SPOKEN)


@register.filter
def named(number: int, names: Names) -> str:
    """Who has a ballot number."""
    return translate_name(names[number])


@register.filter
def of(mapping: Mapping[str, Any], key: str) -> Any:
    """What a mapping has at a key; none where it has nothing."""
    return mapping.get(key)


@register.filter
def problem_in_words(problem: Filled) -> str:
    """Why there is no proposal."""
    return SPOKEN.filled(problem)


@register.simple_tag
def answered(found: Outcome | LotNeeded, form: ProtocolForm, names: Names) -> str:
    """What the rule gives, in a sentence."""
    if isinstance(found, LotNeeded):
        among = named_in_order(found.among, names)
        return ngettext(
            "Lots must be drawn for %(places)s place. In the tie: %(names)s.",
            "Lots must be drawn for %(places)s places. In the tie: %(names)s.",
            found.places,
        ) % {"places": figure(found.places), "names": among}
    if found.kind == OutcomeKind.FAILED:
        return _("The election failed. No candidate is elected.")
    if found.kind == OutcomeKind.SECOND_ROUND:
        return _second_round(found, names)
    vacant = ngettext(
        "%(places)s place stays vacant.", "%(places)s places stay vacant.", found.vacant
    ) % {"places": figure(found.vacant)}
    given = _seats(found, names) if form.rule == "list" else _elected(found, form, names)
    return f"{given} {vacant}" if found.vacant else given


def _second_round(found: Outcome, names: Names) -> str:
    if len(found.advancing) == 2:
        first, second = (translate_name(names[number]) for number in found.advancing)
        return _("There is a second round between %(first)s and %(second)s.") % {
            "first": first,
            "second": second,
        }
    return _("There is a second round. Candidates in the second round: %(names)s.") % {
        "names": named_in_order(found.advancing, names)
    }


def _elected(found: Outcome, form: ProtocolForm, names: Names) -> str:
    who = {"name": named_in_order(found.elected, names)}
    if len(found.elected) != 1:
        return _("Elected: %(name)s.") % who
    if form.rule != "majority":
        return _("%(name)s is elected.") % who
    if form.round == 1:
        return _("%(name)s is elected in the first round.") % who
    return _("%(name)s is elected in the second round.") % who


def _seats(found: Outcome, names: Names) -> str:
    order = sorted(found.seats, key=lambda one: -one[1])
    having = [(number, mine) for number, mine in order if mine]
    if len(having) > MOST_LISTS:
        return _("%(count)s lists and independents have seats. The table shows how many.") % {
            "count": figure(len(having))
        }
    each = ", ".join(f"{translate_name(names[number])} {figure(mine)}" for number, mine in having)
    return _("Seats: %(seats)s.") % {"seats": each}


@register.simple_tag
def decision_in_words(decision: Any, names: Names) -> str:
    """What the commission decided about a contest, in a sentence."""
    match decision.kind:
        case "elected" if decision.seats:
            order = sorted(decision.seats, key=lambda one: -one[1])
            pairs = tuple((number, mine) for number, mine in order)
            return _seats(Outcome(OutcomeKind.ELECTED, seats=pairs), names)
        case "elected":
            who = named_in_order(decision.elected, names)
            return ngettext("%(name)s is elected.", "Elected: %(name)s.", len(decision.elected)) % {
                "name": who
            }
        case "second round":
            return _second_round(
                Outcome(OutcomeKind.SECOND_ROUND, advancing=tuple(decision.advancing)), names
            )
    return f"{capfirst(decision.get_kind_display())}."


@register.filter
def decides(gap: Gap, names: Names) -> str:
    """A margin that decides, as a sentence: between what it is, and how large."""
    who = dict(zip(("a", "b"), (translate_name(names[n]) for n in gap.candidates), strict=False))
    size = {"margin": exact(gap.difference)}
    if gap.which == "half":
        return _("Margin between %(a)s and half of the base: %(margin)s.") % {**who, **size}
    if gap.which == "turnout":
        return _("Margin between the voters who voted and the minimum turnout: %(margin)s.") % size
    if gap.which == "threshold":
        return _("Margin between %(a)s and the threshold: %(margin)s.") % {**who, **size}
    if gap.which == "last_place":
        return _("Margin between %(a)s and %(b)s for the last place: %(margin)s.") % {**who, **size}
    if len(gap.candidates) == 2:
        return _("Votes that would move a seat from %(a)s to %(b)s: %(margin)s.") % {**who, **size}
    tied = {"names": named_in_order(gap.candidates, names)}
    return _("Margin between those who tie for a seat (%(names)s): %(margin)s.") % {**tied, **size}


@register.filter
def named_in_order(numbers: Iterable[int], names: Names) -> str:
    """Who has these ballot numbers, in the same order."""
    return ", ".join(translate_name(names[number]) for number in numbers)
