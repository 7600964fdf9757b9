"""Forms validate and convert what people send; they save nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db.models import Model
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from candidates.fields import translated
from candidates.models import Contest
from tabulation.arithmetic.form import Check, ProtocolForm, read_mark
from tabulation.ledger.status_words import REQUESTABLE
from tabulation.models import (
    AutopublishPeriod,
    Draft,
    Protocol,
    Publication,
    Receipt,
    WarningReason,
)

#: The longest code of a station.
CODE = 60
#: The longest text in the code of a blank protocol (`paper.mark_of`).
SCANNED = 180


class LineField(forms.CharField):
    """A line of text, as long as the column ``column`` of a model; browsers suggest nothing."""

    widget = forms.TextInput(attrs={"autocomplete": "off"})

    def __init__(self, model: type[Model], column: str, **kwargs: Any) -> None:
        of: Any = model._meta.get_field(column)
        super().__init__(max_length=of.max_length, **kwargs)


class DecisionNumberField(LineField):
    """The number of a decision of the commission, as ``model`` keeps it."""

    def __init__(self, model: type[Model]) -> None:
        super().__init__(
            model,
            "decision",
            label=_("Number of the decision"),
            error_messages={"required": _("Enter the number of the decision.")},
        )


class PublishForm(forms.Form):
    """What the person says of a publication, and what they were looking at."""

    after = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    seen = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)
    status = forms.ChoiceField(
        label=_("Publication status"),
        required=False,
        choices=[("", _("as the count says")), *((s.value, s.label) for s in REQUESTABLE)],
    )
    decision = LineField(
        Publication,
        "decision",
        label=_("Number of the commission's decision"),
        help_text=_("Required if you choose a status that the system does not set from the count."),
        required=False,
    )
    note = forms.CharField(
        label=_("Note shown with the publication"),
        help_text=_("Optional. A publication is public immediately. You cannot take it back."),
        max_length=Publication._meta.get_field("note").max_length,
        required=False,
    )

    def __init__(self, *args: Any, word: str = "", **kwargs: Any) -> None:
        """``word``: what the count says by itself."""
        super().__init__(*args, **kwargs)
        if word:
            first = (("", _("as the count says: %(word)s") % {"word": word}),)
            status: Any = self.fields["status"]
            status.choices = [*first, *status.choices[1:]]

    def clean(self) -> dict[str, object]:
        data: dict[str, object] = super().clean() or {}
        if data.get("status") and "decision" in data and not data["decision"]:
            self.add_error("decision", _("Enter the number of the decision."))
        return data


class FigureField(forms.CharField):
    """One line of the paper: digits, or nothing, which is blank and never 0."""

    widget = forms.TextInput(
        attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 9, "class": "figure"}
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=9,
            validators=[
                RegexValidator(r"\A[0-9]+\Z", _("Enter only digits, without spaces or signs."))
            ],
            **kwargs,
        )

    def clean(self, value: object) -> int | None:
        text = super().clean(value)
        return int(text) if text else None


class EntryForm(forms.Form):
    """The paper, line by line.

    ``absent``: positions (from 1) not on the ballot of the station. ``kept``: figures by position
    of lines that were not given back, and stay as they were typed. ``draft``: what is saved.
    """

    revision = forms.IntegerField(
        min_value=0,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value"),
            _("This page is outdated. Nothing was saved. Open the page again."),
        ),
    )

    def __init__(
        self,
        protocol_form: ProtocolForm,
        absent: Sequence[int],
        kept: Mapping[int, int | None],
        draft: Draft | None,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(data)
        self.protocol_form = protocol_form
        self.absent = set(absent)
        self.kept = kept
        for position, line in enumerate(protocol_form.lines, 1):
            if position not in self.absent and position not in kept:
                name = translated(line.name, line.names, get_language() or "")
                field = FigureField(label=f"{line.number} {name}")
                field.widget.attrs["aria-describedby"] = f"said-{line.key}"
                self.fields[line.key] = field
        self.initial = {"revision": 0}
        if draft is not None:
            self.initial = {"revision": draft.revision, **self.shown(draft.figures)}

    @property
    def figures(self) -> list[int | None]:
        """The typed figures in paper order; what could not be read is blank."""
        return [
            self.kept[position] if position in self.kept else self.cleaned_data.get(line.key)
            for position, line in enumerate(self.protocol_form.lines, 1)
        ]

    def missing(self, data: Mapping[str, object]) -> list[str]:
        """Lines of the paper that ``data`` does not speak of at all."""
        return [name for name in self.fields if name not in data and name != "revision"]

    def shown(self, figures: Sequence[int | None]) -> dict[str, str]:
        """Figures as the page's fields hold them, by key."""
        pairs = zip(self.protocol_form.lines, figures, strict=False)
        return {
            line.key: "" if value is None else str(value)
            for line, value in pairs
            if line.key in self.fields
        }


class ConfirmForm(forms.Form):
    """What a clerk says after being asked to look once more."""

    #: What was shown: another figure since, and the question is asked again.
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    checked = forms.BooleanField(
        required=False,
        label=_("I have checked these lines against the paper. They match what I entered."),
    )


class ReasonsForm(forms.Form):
    """Why figures that break a warning stand: one reason for each, in the clerk's own words."""

    #: The browser must not stop who wants to save and go on later.
    use_required_attribute = False

    def __init__(self, warnings: Sequence[Check], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [check.code for check in warnings]
        for code in self.codes:
            self.fields[f"reason_{code}"] = LineField(
                WarningReason,
                "reason",
                label=_("Reason"),
                error_messages={
                    "required": _(
                        "Give a reason. Enter what the paper protocol or the station's documents"
                        " say."
                    )
                },
            )

    @property
    def reasons(self) -> dict[str, str]:
        """The reasons by the code of their relation."""
        return {code: self.cleaned_data[f"reason_{code}"] for code in self.codes}


class CodeForm(forms.Form):
    """A polling station by its code, typed or scanned."""

    code = forms.CharField(
        label=_("Code of the polling station"),
        max_length=SCANNED,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, contest: Contest | None = None, **kwargs: Any) -> None:
        """``contest``: whose papers these are; another contest's are refused."""
        super().__init__(*args, **kwargs)
        self.contest = contest

    def clean_code(self) -> str:
        return self.station_in(self.cleaned_data["code"])

    def station_in(self, text: str) -> str:
        """The station's code, typed as it is or scanned from a blank protocol of ours."""
        mark = read_mark(text)
        if mark is None:
            MaxLengthValidator(CODE)(text)
            return text
        election, contest, station = mark
        of = self.contest
        if of is not None and (election, contest) != (of.election.slug, of.code):
            message = _(
                "This protocol is from another contest, “%(contest)s” of “%(election)s”. Open"
                " that contest or enter another code."
            )
            raise forms.ValidationError(message % {"contest": contest, "election": election})
        return station


class ReceiptForm(CodeForm):
    """What intake says of a paper."""

    condition = forms.ChoiceField(
        label=_("Condition of the paper"),
        choices=Receipt.Condition.choices,
        initial=Receipt.Condition.GOOD,
    )
    #: What a scanner typed while the echo was on the screen: another paper than this one.
    again = forms.CharField(
        label=_("Enter logs it; another code leaves it"),
        max_length=SCANNED,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    remarks = forms.CharField(
        label=_("Remarks"),
        max_length=Receipt._meta.get_field("remarks").max_length,
        required=False,
    )

    def clean_again(self) -> str:
        return self.station_in(self.cleaned_data["again"])


class PaperForm(forms.Form):
    """Which paper to print, of which area, in which language."""

    what = forms.ChoiceField(
        label=_("Paper"),
        choices=[
            ("area", _("Results for the wall")),
            ("blank", _("Blank protocols")),
            ("receipts", _("Receipt of a delivery")),
        ],
    )
    area = forms.CharField(label=_("Code of the area"), max_length=CODE)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class SeenForm(forms.Form):
    """What every decision says: which version in which state the person was looking at."""

    seen = forms.CharField(max_length=100, widget=forms.HiddenInput)


class ChooseForm(SeenForm):
    entry = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


class ReasonForm(SeenForm):
    reason = LineField(
        Protocol, "reason", label=_("Reason"), error_messages={"required": _("Give a reason.")}
    )


class ReturnForm(ReasonForm):
    whole = forms.BooleanField(label=_("Every line is typed again"), required=False)


class ReleaseForm(ReasonForm):
    seat = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


class DecisionForm(ReasonForm):
    decision = DecisionNumberField(Protocol)


class StationFilterForm(forms.Form):
    """What a list of stations is narrowed by; every state of it is an address."""

    q = forms.CharField(label=_("Code or name"), required=False, max_length=100)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", pgettext_lazy("filter", "any")),
            ("expected", pgettext_lazy("status of a protocol", "expected")),
            *Protocol.Status.choices,
        ],
    )
    area = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)


class MomentField(forms.DateTimeField):
    """A day and a time as the browser's own picker writes them, in the current time zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class AutopublishForm(forms.Form):
    """A decision of the commission that partial results are published by themselves."""

    decision = DecisionNumberField(AutopublishPeriod)
    from_at = MomentField(label=pgettext_lazy("heading", "From"))
    until_at = MomentField(label=pgettext_lazy("heading", "Until"))


class EndAutopublishForm(forms.Form):
    #: The decision that ends.
    end = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


class EventFilterForm(forms.Form):
    """What an election's events are narrowed by; every state of it is an address."""

    subject = forms.CharField(label=_("Object"), required=False, max_length=250)
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    act = forms.CharField(label=_("Action"), required=False, max_length=60)
    since = MomentField(label=pgettext_lazy("heading", "From"), required=False)
    until = MomentField(label=pgettext_lazy("heading", "To"), required=False)
