"""Forms of the commission's acts: a lot, a sitting, a second round."""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tabulation.models import Decision, Lot, Membership, SecondRound, Sitting, User
from tabulation.outcomes.certification.roster import ADD, END
from tabulation.outcomes.certification.sittings import LATER, Choice, Vote
from tabulation.staff.forms.protocols import DecisionNumberField, LineField, MomentField

#: What a sitting says of a contest that it decides anew, as the rule proposes.
ANEW = "anew"
#: Of so many an order is chosen from a list of all orders; of more it is typed.
CHOSEN = 3
MOST = 2**31 - 1
#: After the name at the beginning of an opinion: a colon, and what Armenian writes in its place.
COLONS = "[:։՝]"
#: Between two entries of a list that people write; a code may hold a space, a number may not.
BETWEEN = r"[\n,;:։՝]+"
Names = Sequence[tuple[int, str]]


class LinesField(forms.CharField):
    """Names, one a line."""

    widget = forms.Textarea(attrs={"rows": 5})

    def clean(self, value: object) -> list[str]:
        lines = [one.strip() for one in super().clean(value).splitlines()]
        found = [one for one in lines if one]
        if any(len(one) > 200 for one in found):
            raise forms.ValidationError(
                _("A name can have at most 200 characters. Enter a shorter name.")
            )
        return found


class OpinionsField(forms.CharField):
    """Separate opinions as (member, text): each begins a paragraph with the name and a colon."""

    widget = forms.Textarea(attrs={"rows": 5})

    def clean(self, value: object) -> list[tuple[str, str]]:
        text = super().clean(value).replace("\r\n", "\n").strip()
        found: list[tuple[str, str]] = []
        for paragraph in re.split(r"\n\s*\n", text) if text else ():
            name, *rest = re.split(COLONS, paragraph, maxsplit=1)
            text_of = "".join(rest)
            if not name.strip() or not text_of.strip():
                message = _(
                    "Begin each opinion with the member's name and a colon. Enter the text"
                    " after the colon."
                )
                raise forms.ValidationError(message)
            found.append((name.strip(), text_of.strip()))
        return found


class CountField(forms.IntegerField):
    """How many members."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=999, **kwargs)


class OrderField(forms.CharField):
    """Ballot numbers in the order in which they were drawn."""

    def __init__(self, names: Names, **kwargs: Any) -> None:
        self.numbers = [number for number, _name in names]
        kwargs.setdefault(
            "help_text", _("Enter the ballot numbers in the order drawn, with spaces between them.")
        )
        if len(names) <= CHOSEN:
            kwargs["help_text"] = ""
            kwargs["widget"] = forms.RadioSelect(choices=list(_orders(names)))
        super().__init__(**kwargs)

    def clean(self, value: object) -> list[int]:
        words = re.sub(BETWEEN, " ", super().clean(value)).split()
        if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
            raise forms.ValidationError(_("Enter only digits and spaces."))
        numbers = [int(word) for word in words]
        if sorted(numbers) != sorted(self.numbers):
            raise forms.ValidationError(_("List every number exactly once, and no others."))
        return numbers


def _orders(names: Names) -> Iterable[tuple[str, str]]:
    for order in itertools.permutations(names):
        numbers = " ".join(str(number) for number, _name in order)
        yield numbers, ", ".join(name for _number, name in order)


class SittingForm(forms.Form):
    """A sitting: who was present, how they voted, and what was decided about each contest."""

    decided_on = forms.IntegerField(min_value=1, max_value=MOST, widget=forms.HiddenInput)
    decision = DecisionNumberField(Sitting)
    held_at = MomentField(label=_("When the sitting was held"))
    present = LinesField(label=_("Members present"), help_text=_("Enter one name on each line."))
    votes_for = CountField(label=_("Votes for"))
    votes_against = CountField(label=_("Votes against"))
    abstained = CountField(label=pgettext_lazy("heading", "Abstained"), initial=0)
    opinions = OpinionsField(
        label=_("Separate opinions"),
        help_text=_(
            "Begin each opinion with the member's name and a colon. Leave an empty line between"
            " opinions. The opinions are published word for word."
        ),
        required=False,
        max_length=100_000,
    )

    def __init__(
        self,
        *args: Any,
        codes: Sequence[str],
        decided: Sequence[str] = (),
        roster: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """``codes``: of the contests that wait for a decision; ``decided``: of those that have one,
        and may be decided anew. ``roster``: of whom those present are picked; none: any names.
        """
        super().__init__(*args, **kwargs)
        if roster:
            self.fields["present"] = forms.MultipleChoiceField(
                label=_("Members present"),
                choices=[(name, name) for name in roster],
                widget=forms.CheckboxSelectMultiple,
            )
        self.decided = decided
        self.codes = [*codes, *decided]
        some_wait = len(codes) > 1 or (codes and decided)
        later = [(LATER, _("nothing yet: it is left to another sitting"))] if some_wait else []
        for code in self.codes:
            self.fields[f"kind-{code}"] = forms.ChoiceField(
                label=_("What was decided"),
                required=False,
                choices=[("", _("as the rule proposes")), *self.departures(), *later]
                if code in codes
                else [
                    ("", _("nothing anew: the decision stands")),
                    (ANEW, _("anew: as the rule proposes")),
                    *self.departures(),
                ],
                widget=forms.RadioSelect,
            )
            self.fields[f"words-{code}"] = forms.CharField(
                label=_("Why, or what, in the commission's words"),
                help_text=_(
                    "Required if the decision differs from the calculated outcome. Also"
                    " required to decide again when no figures have changed."
                ),
                required=False,
                max_length=Decision._meta.get_field("words").max_length,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
            self.fields[f"open-{code}"] = forms.CharField(
                label=_("Stations that are not finished but are part of this decision"),
                help_text=_("Enter one station code on each line."),
                required=False,
                max_length=1_000_000,
                widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none"}),
            )
        self.fields["open_reason"] = forms.CharField(
            label=_("Why it is decided although stations are open"),
            required=False,
            max_length=Sitting._meta.get_field("open_reason").max_length,
        )

    @staticmethod
    def departures() -> list[tuple[str, Any]]:
        """What the commission may decide whatever the rule says."""
        kinds = (Decision.Kind.INVALID, Decision.Kind.FAILED, Decision.Kind.OTHERWISE)
        return [(kind.value, kind.label) for kind in kinds]

    def fields_of(self, code: str, *, is_open: bool) -> list[forms.BoundField]:
        """Those about one contest; of open stations where some are, or were typed."""
        is_open = is_open or bool(self[f"open-{code}"].value())
        return [self[f"{name}-{code}"] for name in ("kind", "words", *["open"] * is_open)]

    def own_fields(self, *, is_open: bool) -> list[forms.BoundField]:
        """Those about the sitting itself."""
        own = [field for field in self.visible_fields() if "-" not in field.name]
        is_open = is_open or bool(self["open_reason"].value())
        return [field for field in own if is_open or field.name != "open_reason"]

    @property
    def vote(self) -> Vote:
        data = self.cleaned_data
        return Vote(
            data["present"], data["votes_for"], data["votes_against"], data["abstained"],
            data["opinions"],
        )  # fmt: skip

    @property
    def choices(self) -> dict[str, Choice]:
        data = self.cleaned_data
        return {
            code: Choice(
                self._kind(code),
                data[f"words-{code}"],
                [one.strip() for one in re.split(BETWEEN, data[f"open-{code}"]) if one.strip()],
            )
            for code in self.codes
        }

    def _kind(self, code: str) -> str:
        """As `Choice` has it."""
        kind: str = self.cleaned_data[f"kind-{code}"]
        if code not in self.decided:
            return kind
        return {"": LATER, ANEW: ""}.get(kind, kind)


class DrawForm(forms.Form):
    """Something that was drawn: by whom, when, before whom."""

    #: The publication that the page showed.
    asked_in = forms.IntegerField(min_value=1, max_value=MOST, widget=forms.HiddenInput)
    drawn_at = MomentField(label=_("When it was drawn"))
    drawn_by = LineField(Lot, "drawn_by", label=_("Drawn by"))
    witnesses = LinesField(label=_("Witnesses"), help_text=_("Enter one name on each line."))
    decision = LineField(Lot, "decision", label=_("Number of the minutes or the decision"))

    def __init__(self, *args: Any, names: Names, **kwargs: Any) -> None:
        """``names``: number and name of each among whom it was drawn."""
        super().__init__(*args, **kwargs)
        self.fields["order"] = OrderField(names, label=_("In the order drawn"))
        self.order_fields(["order"])


class LotForm(DrawForm):
    """A lot for the tie that the page showed."""


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RoundForm(DrawForm):
    polling_day = DayField(label=_("Polling day of the second round"))


class DayForm(forms.Form):
    """Another polling day of a later round."""

    polling_day = DayField(label=_("Polling day of the second round"))
    decision = DecisionNumberField(SecondRound)


class RosterForm(forms.Form):
    """Somebody who joins the roster, or whose membership ends."""

    change = forms.ChoiceField(choices=[(ADD, ADD), (END, END)], widget=forms.HiddenInput)
    #: The user names on the roster that the page showed.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    member = forms.ChoiceField(label=_("Member"))
    decision = DecisionNumberField(Membership)

    def __init__(self, *args: Any, kind: str, people: Iterable[User], **kwargs: Any) -> None:
        """``kind``: which of the two; ``people``: whom it can be about."""
        super().__init__(*args, **{"auto_id": f"{kind}-%s", **kwargs})
        self.kind = kind
        of: Any = self.fields["member"]
        of.choices = [("", _("Choose a member")), *((one.username, str(one)) for one in people)]

    def clean_seen(self) -> list[str]:
        return [name for name in self.cleaned_data["seen"].split(",") if name]
