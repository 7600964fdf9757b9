"""From a contest's rule to the function that applies it."""

from collections.abc import Sequence

from tabulation.outcomes.methods import single
from tabulation.outcomes.methods.lists import lists
from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.terms import Count, Lot, LotNeeded, Outcome, RuleUnusable
from tabulation.outcomes.methods.texts import gettext_noop


def apply_rule(count: Count, rules: Rules, lots: Sequence[Lot] = ()) -> Outcome | LotNeeded:
    """What the contest's rule makes of the count, with the lots that were drawn and recorded.

    Raises RuleUnusable, and LotNotAskedFor for a lot that decides no tie of this count.
    """
    if rules.rule == "list":
        return lists(count, rules, lots)
    if rules.rule == "plurality":
        return single.plurality(count, rules, lots)
    if rules.rule != "majority":
        raise RuleUnusable(
            gettext_noop(
                "This contest names a rule for electing that does not exist. Rule: {rule}."
            ),
            rule=repr(rules.rule),
        )
    if rules.seats != 1:
        raise RuleUnusable(
            gettext_noop(
                "The rule “more than half of the votes” fills only one seat. This contest has"
                " more seats."
            )
        )
    return single.majority(count, rules, lots)
