"""What the law makes of the figures: pure, exact arithmetic. No Django, never a forecast.

`decide` applies the rule of a contest; each rule is one function, which answers with an outcome or
with the lot that is needed, and with its steps. `words` says the steps in English.
"""
