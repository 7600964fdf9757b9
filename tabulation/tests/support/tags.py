"""Marks that pytest and Django's own runner both understand."""

from typing import TypeVar

import pytest
from django.test import tag

T = TypeVar("T", bound=type)


def slow(case: T) -> T:
    """Left out of the README's test command; `pytest -m slow` or `manage.py test --tag slow`."""
    return pytest.mark.slow(tag("slow")(case))


def drill(case: T) -> T:
    """Takes minutes: run by hand, with `pytest -m drill`, and by no CI."""
    return pytest.mark.drill(tag("drill")(case))


def browser(case: T) -> T:
    """Needs Chromium."""
    return pytest.mark.browser(tag("browser")(case))
