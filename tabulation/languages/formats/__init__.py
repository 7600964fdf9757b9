"""How each language writes dates and numbers: `FORMAT_MODULE_PATH`. One folder a language.

Dates are in Django's letters: `E` is a month as it stands beside a day. Numbers are taken by the
filters of `languages/formatting.py`.
"""
