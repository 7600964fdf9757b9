"""What the law makes of the figures: pure, exact arithmetic. No Django, never a forecast.

`apply_rule` applies the rule of a contest; each rule is one function, which answers with an outcome
or with the lot that is needed, and with its steps. `sentences` says the steps in English.
"""
