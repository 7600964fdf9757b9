"""Forms of timed turnout: the hour, the stations shown, a figure of each."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tabulation.models import TurnoutReport
from tabulation.staff.forms.protocols import FigureField, LineField


class TurnoutFilterForm(forms.Form):
    """The hour by which stations report, and what they are narrowed by: every state is an address.

    ``hours``: those at which the contest's stations report.
    """

    hour = forms.ChoiceField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"),
            _("There is no turnout report for this hour. Choose another hour."),
        ),
    )
    q = forms.CharField(
        label=_("Code begins with"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    missing = forms.BooleanField(label=_("Only those that have not reported"), required=False)

    def __init__(self, hours: Sequence[time], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [f"{hour:%H:%M}" for hour in hours]
        field: Any = self.fields["hour"]
        field.choices = [(hour, hour) for hour in choices]

    @property
    def time(self) -> time:
        return time.fromisoformat(self.cleaned_data["hour"])


class TurnoutForm(forms.Form):
    """How many had come to one station, what was seen there, and why it is so if it is odd."""

    voters = FigureField()
    #: What the page showed: another figure since, and somebody else was first.
    seen = forms.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput
    )
    reason = LineField(TurnoutReport, "reason", label=_("Reason"), required=False)

    def clean(self) -> dict[str, object]:
        data: dict[str, object] = super().clean() or {}
        cleared = "voters" in data and data["voters"] is None and data.get("seen") is not None
        if cleared:
            message = _("You cannot remove a reported figure. Enter the correct figure.")
            self.add_error("voters", message)
        return data

    @property
    def is_new(self) -> bool:
        """Whether anything else was typed than what stood there."""
        typed = self.cleaned_data.get("voters")
        return typed is not None and typed != self.cleaned_data.get("seen")
