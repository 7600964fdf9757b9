"""Forms validate and convert what people send; they save nothing."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tabulation.models import Publication

NOTE_LENGTH = Publication._meta.get_field("note").max_length or 0


class PublishForm(forms.Form):
    note = forms.CharField(
        label=_("Note shown with the publication"),
        help_text=_("Optional. A publication is public at once and can never be withdrawn."),
        max_length=NOTE_LENGTH,
        required=False,
    )
