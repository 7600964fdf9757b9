"""Addresses of the same list, asked for otherwise."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag
def asked_with(query: Any, **changes: Any) -> str:
    """``query`` with some things changed: `{% asked_with query sort="-turnout" %}`."""
    return str(query.address(**changes))
