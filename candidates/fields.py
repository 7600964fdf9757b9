"""Fields and helpers shared by everything that has a name."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


def validate_translations(value: object) -> None:
    """Refuse anything but an object that maps a language code to a text."""
    if not isinstance(value, dict) or not all(
        isinstance(code, str) and isinstance(text, str) for code, text in value.items()
    ):
        raise ValidationError("Translations are an object: language code to text.")


def validate_object(value: object) -> None:
    """Refuse anything but a JSON object."""
    if not isinstance(value, dict):
        raise ValidationError("It must be an object: setting to value.")


def translations_field() -> "models.JSONField[Any, Any]":
    """A name in other languages: ``{"hy": "Աղդամ"}``; the row's ``name`` is the fallback."""
    return models.JSONField(default=dict, blank=True, validators=[validate_translations])


def translated(name: str, names: dict[str, str], language: str) -> str:
    """The name a reader of ``language`` (a code: ``hy``) is shown; ``name`` when there is none."""
    return names.get(language) or name
