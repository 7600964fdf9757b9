"""What no publication changes: the form that the first one stood on."""

from dataclasses import replace

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.refusals import PublicationRefused
from tabulation.models import PublishedForm


def fixed_part(form: ProtocolForm) -> ProtocolForm:
    """The form without what may still change: whether a candidate withdrew."""
    choices = tuple(replace(one, status="", withdrawn_on="") for one in form.choices)
    return replace(form, choices=choices)


def require_fixed_form(contest: Contest, form: ProtocolForm, number: int) -> None:
    """Raise PublicationRefused where publication ``number`` would have another form than the one
    before it. The figures of a station mean what the form says.
    """
    before = PublishedForm.objects.filter(contest=contest, superseded_in=number).first()
    if before and fixed_part(ProtocolForm.from_json(before.body)) != fixed_part(form):
        raise PublicationRefused(
            f"The form of contest {contest.code} was altered after publication"
            f" {before.published_in}. Nothing was published. Compare the database with its backup."
        )
