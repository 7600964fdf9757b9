"""Every kind of file of a contest: what it is called, what it is for, and how it is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.reading import Unit
from tabulation.public.files import eml, long, nist, wide
from tabulation.public.files.json_ import JSON_VERSION, as_json, whole
from tabulation.public.files.nist_text import Json, Xml
from tabulation.public.files.statement import CSV, JSON, XML, Statement


@dataclass(frozen=True)
class Kind:
    """Files with one ending. ``version``: one more whenever what they say changes."""

    ending: str
    content_type: str
    version: int
    label: str | Promise
    #: One line: what it is for.
    use: str | Promise
    #: The same for programs' authors, and the schema that describes it there.
    summary: str
    make: Callable[[Statement], Iterator[str]]
    schema: str = ""


def _wide(said: Statement) -> Iterator[str]:
    return wide.csv_lines(said.form, said.election, said.stations())


def _long(said: Statement) -> Iterator[str]:
    return long.long_lines(said.form, said.election, said.stations(), said.codes)


def _json(said: Statement) -> Iterator[str]:
    yield as_json(whole(said))


KINDS = {
    kind.ending: kind
    for kind in (
        Kind(
            "csv",
            CSV,
            wide.CSV_VERSION,
            _("Every polling station, CSV"),
            _("for spreadsheets: one row a station, one column a line of the paper"),
            "Every polling station of a contest, a row each",
            _wide,
        ),
        Kind(
            "long.csv",
            CSV,
            long.LONG_VERSION,
            _("Every figure, CSV"),
            _("for statistics programs: one row for each station and line"),
            "Every figure of a contest, a row each",
            _long,
        ),
        Kind(
            "json",
            JSON,
            JSON_VERSION,
            _("Every area, JSON"),
            _("for web pages: the sums of the whole and of each area"),
            "The sums of the whole contest and of every area",
            _json,
            "Results",
        ),
        Kind(
            "nist.json",
            JSON,
            nist.NIST_VERSION,
            _("NIST SP 1500-100, JSON"),
            _("for programs that read any country's results: every station and area"),
            "A contest in NIST SP 1500-100 v2, JSON",
            lambda said: nist.report(said, Json()),
            "OpenObject",
        ),
        Kind(
            "nist.xml",
            XML,
            nist.NIST_VERSION,
            _("NIST SP 1500-100, XML"),
            _("the same as XML"),
            "A contest in NIST SP 1500-100 v2, XML",
            lambda said: nist.report(said, Xml()),
        ),
        Kind(
            "eml.xml",
            XML,
            eml.EML_VERSION,
            _("OASIS EML 510, XML"),
            _("the count in the Election Markup Language, version 5.0"),
            "A contest in OASIS EML 510, version 5.0",
            eml.message,
        ),
    )
}


def kinds_of(head: Unit, form: ProtocolForm) -> list[str]:
    """The files there are: EML has no form for a contest where nothing is counted."""
    return [name for name in KINDS if name != "eml.xml" or eml.has_count(head, form)]
