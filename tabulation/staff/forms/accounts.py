"""Forms about people: they validate and convert, and save nothing."""

import secrets
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.models import Election
from tabulation.models import Area, User
from tabulation.staff.accounts.managing import BULK_LIMIT

WHOLE_COUNTRY = _("the whole country")


class PlaceForm(forms.Form):
    """A role and an area, which is named by its election and its code, as on the stations' list.

    Once it is cleaned it has the area alone.
    """

    role = forms.ChoiceField(label=_("Role"), choices=[("", "…"), *User.Role.choices])
    election = forms.ModelChoiceField(
        label=_("Area: election"),
        queryset=Election.objects.order_by("-polling_days", "slug"),
        to_field_name="slug",
        empty_label=WHOLE_COUNTRY,
        required=False,
        error_messages={
            "invalid_choice": _("This election does not exist. Choose an election from the list.")
        },
    )
    area = forms.CharField(
        label=_("Area: code"),
        help_text=_(
            "Enter a code only if you choose an election. The staff member will see this area"
            " and all areas inside it."
        ),
        required=False,
        max_length=60,
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or self.cleaned_data
        election, code = data.pop("election", None), data.get("area")
        if bool(election) != bool(code):
            if not self.errors:
                self.add_error(
                    "area",
                    _("Choose an election and enter the code of an area, or leave both empty."),
                )
            return data
        data["area"] = None
        if election and code:
            found = Area.objects.select_related("election").filter(election=election, code=code)
            data["area"] = found.first()
            if data["area"] is None:
                self.add_error(
                    "area",
                    _(
                        "This election has no area with this code. Check the code and enter it"
                        " again."
                    ),
                )
        return data


class NewAccountForm(PlaceForm):
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    real_name = forms.CharField(
        label=_("Real name"),
        help_text=_(
            "If you leave this empty, the staff member enters the name at the first sign-in."
        ),
        max_length=150,
        required=False,
    )
    field_order = ["username", "real_name"]


class ManyAccountsForm(PlaceForm):
    #: Tells a form that was sent twice: a reload would make other accounts than those printed.
    ticket = forms.CharField(
        max_length=32, widget=forms.HiddenInput, initial=lambda: secrets.token_hex(16)
    )
    name_prefix = forms.CharField(
        label=_("Names begin with"),
        help_text=_(
            "“clerk-” makes clerk-001, clerk-002 and so on. Numbering starts after the highest"
            " number in use."
        ),
        max_length=100,
        initial="clerk-",
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=BULK_LIMIT)
    field_order = ["name_prefix", "count"]


class ChangeAccountForm(PlaceForm):
    is_active = forms.BooleanField(label=_("Open: may sign in"), required=False)

    @staticmethod
    def initial_of(account: User) -> dict[str, object]:
        area = account.area
        return {
            "role": account.role,
            "election": area.election.slug if area else None,
            "area": area.code if area else "",
            "is_active": account.is_active,
        }


class ShownField(forms.Field):
    """Accounts as they were shown, each ``KEY~MOMENT`` of its last change: moments by keys."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> dict[int, datetime]:
        shown = {}
        for text in value or ():
            key, _tilde, moment = str(text).partition("~")
            try:
                shown[int(key[:18])] = datetime.fromisoformat(moment).astimezone(UTC)
            except (ValueError, OverflowError):
                raise ValidationError(
                    _(
                        "The page sent incomplete data. Nothing was confirmed. Check the list,"
                        " then confirm again."
                    )
                ) from None
        return shown


class ConfirmAccountsForm(forms.Form):
    shown = ShownField()


class ToldForm(forms.Form):
    """The newest event that a member has read of."""

    event = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class PeopleFilterForm(forms.Form):
    """What the list of people is narrowed by; every state of it is an address."""

    q = forms.CharField(label=_("Name"), required=False, max_length=150)
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", pgettext_lazy("filter", "any")), *User.Role.choices],
    )
    area = forms.CharField(label=_("Area's code"), required=False, max_length=60)
    active = forms.ChoiceField(
        label=_("Account"),
        required=False,
        choices=[
            ("", pgettext_lazy("filter", "any")),
            ("open", pgettext_lazy("account", "open")),
            ("closed", pgettext_lazy("account", "closed")),
        ],
    )


class OwnPasswordForm(forms.Form):
    """A password of one's own, twice, which is not the one it replaces."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        help_text=password_validators_help_text_html(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password, again"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        # The hasher's own check: the user's would improve the hash, and end the session with it.
        if check_password(password, self.user.password):
            raise ValidationError(_("This is your current password. Choose a different password."))
        return password

    def clean(self) -> dict[str, object]:
        data = super().clean() or self.cleaned_data
        if "password" in data and data.get("again") != data["password"]:
            self.add_error("again", _("The two passwords differ. Enter the same password twice."))
        return data


class FirstStepsForm(OwnPasswordForm):
    real_name = forms.CharField(
        label=_("Your real name"),
        help_text=_("The system shows this name beside each of your actions."),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["real_name", "password", "again"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        if user.real_name:
            del self.fields["real_name"]


class ChangePasswordForm(OwnPasswordForm):
    """``check``: whether the current password is right; it may refuse for a while."""

    current = forms.CharField(
        label=_("Current password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["current", "password", "again"]

    def __init__(self, user: User, *args: Any, check: Any = None, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.check = check

    def clean_current(self) -> str:
        current = str(self.cleaned_data["current"])
        if not self.check(self.user, current):
            raise ValidationError(
                _("This is not your current password. Enter the password that you use now.")
            )
        return current
