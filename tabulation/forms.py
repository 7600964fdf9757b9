"""Forms validate and convert what people send; they save nothing."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from tabulation.models import Protocol, Publication
from tabulation.paper import Paper

NOTE_LENGTH = Publication._meta.get_field("note").max_length or 0


class PublishForm(forms.Form):
    note = forms.CharField(
        label=_("Note shown with the publication"),
        help_text=_("Optional. A publication is public at once and can never be withdrawn."),
        max_length=NOTE_LENGTH,
        required=False,
    )


class FigureField(forms.CharField):
    """One line of the paper: digits, or nothing, which is blank and never 0."""

    widget = forms.TextInput(
        attrs={
            "inputmode": "numeric",
            "autocomplete": "off",
            "maxlength": 9,
            "class": "figure",
        }
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=9,
            validators=[RegexValidator(r"\A[0-9]+\Z", _("Digits only, no spaces or signs."))],
            **kwargs,
        )

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        return int(text) if text else None


class EntryForm(forms.Form):
    """The paper, line by line. ``absent``: positions (from 1) not on the ballot of the station."""

    revision = forms.IntegerField(
        min_value=0,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value"), _("This page is out of date: read it anew.")
        ),
    )

    def __init__(self, paper: Paper, absent: Sequence[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paper = paper
        self.absent = set(absent)
        for position, line in enumerate(paper.lines, 1):
            if position not in self.absent:
                field = FigureField(label=f"{line.number} {line.name}")
                field.widget.attrs["aria-describedby"] = f"said-{line.key}"
                self.fields[line.key] = field

    @property
    def figures(self) -> list[int | None]:
        """The typed figures in paper order; what could not be read is blank."""
        return [self.cleaned_data.get(line.key) for line in self.paper.lines]

    def missing(self, data: Any) -> list[str]:
        """Lines of the paper that ``data`` does not speak of at all."""
        return [name for name in self.fields if name not in data and name != "revision"]

    def shown(self, figures: Sequence[int | None]) -> dict[str, str]:
        """Figures as the page's fields hold them, by key."""
        pairs = zip(self.paper.lines, figures, strict=False)
        return {
            line.key: "" if value is None else str(value)
            for line, value in pairs
            if line.key in self.fields
        }

    @classmethod
    def initial_of(
        cls, paper: Paper, figures: Sequence[int | None], revision: int
    ) -> dict[str, Any]:
        keyed = {line.key: value for line, value in zip(paper.lines, figures, strict=False)}
        return {"revision": revision, **keyed}


class ConfirmForm(forms.Form):
    """What a clerk says after being asked to look once more."""

    #: What was shown: another figure since, and the question is asked again.
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    checked = forms.BooleanField(
        required=False, label=_("I have compared these lines with the paper: it says what I typed.")
    )


class StationFilterForm(forms.Form):
    """What a list of stations is narrowed by; every state of it is an address."""

    q = forms.CharField(label=_("Code or name"), required=False, max_length=100)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("any")), ("expected", _("expected")), *Protocol.Status.choices],
    )
    area = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)


class MomentField(forms.DateTimeField):
    """A day and a time as the browser's own picker writes them, in the current time zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class EventFilterForm(forms.Form):
    """What an election's events are narrowed by; every state of it is an address."""

    subject = forms.CharField(label=_("Subject"), required=False, max_length=250)
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    act = forms.CharField(label=_("Act"), required=False, max_length=60)
    since = MomentField(label=_("From"), required=False)
    until = MomentField(label=_("To"), required=False)
