"""What the law makes of the figures: pure, exact arithmetic. No Django, never a forecast.

`decide` applies the rule of a contest; each rule is one function, which answers with an outcome or
with the lot that is needed, and with its steps. `words` says the steps in English.
"""

from tabulation.outcomes.deciding import decide
from tabulation.outcomes.lists import lists, seated
from tabulation.outcomes.margins import Gap, Reach, gaps, reach
from tabulation.outcomes.rules import (
    BASES,
    METHODS,
    SECOND_ROUNDS,
    SETTINGS,
    TIES,
    Rules,
    part_of_1,
)
from tabulation.outcomes.single import approval, majority, plurality, second_round
from tabulation.outcomes.standing import Standing, Verdict, standing_of, verdict
from tabulation.outcomes.terms import (
    STEPS,
    Count,
    Kind,
    Lot,
    LotNeeded,
    LotNotAskedFor,
    Outcome,
    RuleUnusable,
    Step,
)
from tabulation.outcomes.texts import Value

__all__ = [
    "BASES",
    "METHODS",
    "SECOND_ROUNDS",
    "SETTINGS",
    "STEPS",
    "TIES",
    "Count",
    "Gap",
    "Kind",
    "Lot",
    "LotNeeded",
    "LotNotAskedFor",
    "Outcome",
    "Reach",
    "RuleUnusable",
    "Rules",
    "Standing",
    "Step",
    "Value",
    "Verdict",
    "approval",
    "decide",
    "gaps",
    "lists",
    "majority",
    "part_of_1",
    "plurality",
    "reach",
    "seated",
    "second_round",
    "standing_of",
    "verdict",
]
