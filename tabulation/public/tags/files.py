"""Which files there are of a contest, and how their data may be used."""

from django import template

from candidates.models import Election
from tabulation.languages.formatting import translate_text
from tabulation.public.files.kinds import KINDS, Kind, kinds_of
from tabulation.public.files.statement import licence_of
from tabulation.public.pages.results import Result

register = template.Library()


@register.simple_tag
def files_of(result: Result) -> list[tuple[str, Kind]]:
    """The name of each file's address, and its kind. ``result`` is of the whole contest."""
    return [(f"data-{name}", KINDS[name]) for name in kinds_of(result.unit, result.form)]


@register.filter
def licence(election: Election) -> str:
    """The licence that the folder names, else CC BY 4.0."""
    if election.licence:
        return translate_text(election, "licence")
    return licence_of(election).title
