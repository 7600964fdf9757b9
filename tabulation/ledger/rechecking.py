"""Before a publication replaces sums: are those it replaces still the ones that were signed?

Whoever owns the database can alter a published row that the next publication only adds up. So the
publisher makes each area it replaces anew from what lies in it, up to the root that it signed.
"""

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.arithmetic.commitments.merkle import leaf_hash
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import auditing_ledger, manifests
from tabulation.ledger.records import area_record, record_hash
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.replacing import areas_above, keys_of
from tabulation.ledger.sums import LEDGER, grow_trees, tops
from tabulation.ledger.turnout import file_hash, turnout_bound
from tabulation.models import Publication

#: What an area's row says of what lies in it.
COLUMNS = (
    *("root", "children", "status", "stations", "counted", "annulled", "registered"),
    *("registered_counted", "figures", "filled", "broken", "evaluated"),
)
#: Areas that a refusal names.
NAMED = 10


def require_signed(last: Publication) -> None:
    """Raise PublicationRefused unless the roots in the ledger are those that ``last`` bound."""
    body = last.manifest.encode()
    if leaf_hash(body) != bytes(last.leaf) or manifests.rebuilt(last) != body:
        message = _(
            "Publication %(number)s differs from what was signed. Nothing was published. Have the"
            " database checked."
        )
        raise PublicationRefused(message % {"number": last.number})


def require_all(election: Election) -> None:
    """Raise PublicationRefused unless every row, sum and manifest that was published of
    ``election`` is still the one that was signed.
    """
    if any(auditing_ledger.findings_of(election)):
        message = _(
            "Figures that were published before differ from what was signed. Nothing was certified"
            " or published. Have the database checked."
        )
        raise PublicationRefused(message)


def require_areas(cursor: CursorWrapper, contest: Contest, form: ProtocolForm) -> None:
    """Raise PublicationRefused unless the areas above `changed_areas` are, as they stand, the sums
    of what stands in them, by the ``form`` they were published with.
    """
    wrong: list[str] = []
    for depth in areas_above(cursor, contest, "changed_areas", LEDGER, "touched_areas"):
        grow_trees(cursor, contest, form, depth, whole=False)
        cursor.execute(_differing(form), {**keys_of(contest, 0), "depth": depth})
        wrong += [code for (code,) in cursor.fetchall()]
    if wrong:
        message = _(
            "The published figures of some areas differ from what was signed. Nothing was"
            " published. Have the database checked. Areas: %(areas)s."
        )
        raise PublicationRefused(message % {"areas": ", ".join(sorted(wrong)[:NAMED])})


def require_turnout(contest: Contest, last: Publication) -> None:
    """Raise PublicationRefused unless the timed turnout of ``last`` is the one it bound."""
    bound = turnout_bound(last, contest.code)
    if bound and file_hash(contest, last.number, None, changed=True) != bound:
        message = _(
            "The published turnout of contest %(contest)s differs from what was signed. Nothing"
            " was published. Have the database checked."
        )
        raise PublicationRefused(message % {"contest": contest.code})


def _differing(form: ProtocolForm) -> str:
    """Codes of the areas of one depth that are another sum, or have a record of another hash."""

    def of(table: str) -> str:
        return ", ".join(f"{table}.{column}" for column in COLUMNS)

    return f"""
        SELECT a.code FROM touched_areas t
        JOIN tabulation_publishedfigures f ON f.id = t.replaces
        JOIN tabulation_area a ON a.id = f.area_id
        LEFT JOIN tabulation_area above ON above.id = a.parent_id AND a.id <> %(head)s
        LEFT JOIN ({tops(form)}) n ON n.area_id = t.area_id
        WHERE t.depth = %(depth)s AND (({of("f")}) IS DISTINCT FROM ({of("n")})
          OR f.hash <> {record_hash(area_record(form, "f", "a", "above"))})"""  # noqa: S608  # names of ours
