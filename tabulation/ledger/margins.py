"""What a proposal asks of the ledger beside the sums: inaccuracies, and the annulled stations.

Each is one statement over the rows of a contest's stations; nothing is joined.
"""

from dataclasses import dataclass

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.arithmetic.rules import inaccuracies_sql
from tabulation.database.statements import fetch
from tabulation.ledger.cells import STANDS, STATIONS, rows_of
from tabulation.ledger.reading import figures_in
from tabulation.models import Publication


@dataclass(frozen=True)
class Inaccuracies:
    """The inaccuracies of the counted stations added up, in ballots, and of how many stations.

    A station of which no term can be evaluated adds nothing and is not among them.
    """

    total: int
    stations: int


@dataclass(frozen=True)
class AnnulledStation:
    """A station whose figures left the sums, with why; ``registered``: ``None``, it has no list."""

    code: str
    reason: str
    decision: str
    registered: int | None
    figures: tuple[int | None, ...]


def inaccuracies_published(
    publication: Publication, contest: Contest, form: ProtocolForm
) -> Inaccuracies:
    """`rules.inaccuracies_sql` of every counted station, added up by the database."""
    statement = f"""
        SELECT coalesce(sum(one), 0)::bigint, count(one) FROM (
          SELECT {inaccuracies_sql(form.terms, "f.figures")} FROM {rows_of(form, STATIONS)} f
          WHERE {STANDS} AND {STATIONS} AND f.status = 'counted'
        ) stations (one)"""  # noqa: S608  # positions and names of ours
    (found,) = fetch(statement, {"contest": contest.pk, "number": publication.number})
    return Inaccuracies(*found)


def annulled_stations(publication: Publication, contest: Contest) -> list[AnnulledStation]:
    """The stations that stand annulled in ``publication``, by code, in one query."""
    found = figures_in(publication, contest).filter(station__isnull=False, status="annulled")
    columns = found.order_by("code").values_list(
        "code", "reason", "decision", "registered", "figures"
    )
    return [
        AnnulledStation(code, reason, decision, registered, tuple(figures or ()))
        for code, reason, decision, registered, figures in columns
    ]
