"""What a reader asked a list of stations for, as plain texts: judged, and written as addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.fields import translated
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.listing import ANY_RELATION, StationFilter
from tabulation.public.edition import numbered

STATUSES = (
    ("counted", pgettext_lazy("polling station", "counted")),
    ("not counted", _("not yet counted")),
    ("annulled", pgettext_lazy("polling station", "annulled")),
)
ANY = ("", pgettext_lazy("filter", "any"))
#: Of a text in the query string, in characters.
LONGEST = 200
#: Ranges in percent, by the name before `_from` and `_to`.
RANGES = ("turnout", "share", "invalid")


def unasked_of(form: ProtocolForm) -> set[str]:
    """Filters and columns of what this form does not ask for."""
    voters, registered, invalid = map(form.positions, ("voters", "registered", "invalid"))
    lines_behind = {
        "voters": voters,
        "turnout": voters and registered,
        "over": voters and registered,
        "invalid": invalid,
        "breaks": form.checks,
        "breaches": form.checks,
    }
    return {name for name, lines in lines_behind.items() if not lines}


class PercentField(forms.DecimalField):
    """Percent with at most two decimals after a point or a comma; a percent sign is forgiven."""

    def __init__(self, label: Any, most: int = 100) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            label=label,
            required=False,
            min_value=0,
            max_value=most,
            decimal_places=2,
            max_digits=7,
            widget=widget,
        )

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        return super().to_python(text.removesuffix("%").strip().replace(",", "."))


class FilterForm(forms.Form):
    """Filters of the list of stations. What cannot be used is told at its field, and ignored."""

    area = forms.CharField(
        label=_("Area, by its code"),
        required=False,
        widget=forms.TextInput(attrs={"list": "areas", "autocomplete": "off"}),
        validators=[MaxLengthValidator(LONGEST)],
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[ANY, *STATUSES])
    leader = forms.ChoiceField(label=_("Most votes for"), required=False)
    breaks = forms.ChoiceField(label=_("Failed check"), required=False)
    turnout_from = PercentField(_("Turnout from, %"), most=1000)
    turnout_to = PercentField(_("Turnout to, %"), most=1000)
    share_from = PercentField(_("Leader from, %"))
    share_to = PercentField(_("Leader to, %"))
    invalid_from = PercentField(_("Invalid from, %"))
    invalid_to = PercentField(_("Invalid to, %"))
    corrected = forms.BooleanField(label=pgettext_lazy("filter", "Corrected"), required=False)
    over = forms.BooleanField(label=_("Turnout over 100%"), required=False)

    def __init__(
        self, asked: Mapping[str, str], *, form: ProtocolForm, areas: Sequence[Any], language: str
    ) -> None:
        super().__init__(asked, label_suffix="", use_required_attribute=False)
        self.areas = {area.code: area for area in areas}
        self.language = language
        fields: dict[str, Any] = self.fields
        fields["leader"].choices = [
            ANY,
            *(
                (str(number), translated(one.name, one.names, language))
                for number, one in numbered(form).items()
            ),
        ]
        fields["breaks"].choices = [
            ANY,
            (ANY_RELATION, _("any of them")),
            *((one.code, translated(one.name, one.names, language)) for one in form.checks),
        ]
        unasked = unasked_of(form)
        for name in list(fields):
            if name.removesuffix("_from").removesuffix("_to") in unasked:
                del fields[name]

    def clean_area(self) -> str:
        code: str = self.cleaned_data["area"]
        if code and code not in self.areas:
            raise forms.ValidationError(
                _("No area of this contest has this code. Enter a code from the list.")
            )
        return code

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in RANGES:
            low, high = cleaned.get(f"{name}_from"), cleaned.get(f"{name}_to")
            if low is not None and high is not None and low > high:
                self.add_error(
                    f"{name}_to",
                    _("This number is below the start of the range. Enter a higher number."),
                )
        return cleaned

    @property
    def wanted(self) -> StationFilter:
        """What can be used of what was asked."""
        self.is_valid()
        used = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        if "leader" in used:
            used["leader"] = int(used["leader"])
        return StationFilter(**used)

    @property
    def active(self) -> dict[str, str]:
        """What can be used, by field, as it stands in an address."""
        self.is_valid()
        return {
            name: "1" if value is True else str(value)
            for name, value in self.cleaned_data.items()
            if value not in ("", None, False)
        }

    def in_words(self, name: str) -> tuple[Any, Any]:
        """A filter in words: what it is, and what it is set to (nothing, when that is all)."""
        field = self.fields[name]
        value = self.active[name]
        if isinstance(field, forms.BooleanField):
            return field.label, ""
        if isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            return field.label, dict(choices)[value]
        if name == "area":
            area = self.areas[value]
            return field.label, f"{translated(area.name, area.names, self.language)} ({value})"
        return field.label, value


@dataclass(frozen=True)
class Query:
    """What stands behind the question mark: the filters in use, and the order."""

    filters: Mapping[str, str]
    sort: str = ""

    def address(self, *, without: str = "", **changes: Any) -> str:
        """The same query with some things changed: `?area=S&sort=-turnout`; pages begin anew."""
        changed = {**self.filters, "sort": self.sort, **changes}
        kept = {name: value for name, value in changed.items() if value and name != without}
        return f"?{urlencode(kept)}" if kept else "?"


#: What a list of polling stations can be filtered by, as its form has them.
FILTERS = tuple(FilterForm.base_fields)
