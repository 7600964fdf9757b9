"""What the next publication would say, before it is one. Reads only."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.arithmetic.form import Line, ProtocolForm
from tabulation.counting.aggregation import LiveSums, sums_by_area
from tabulation.database.snapshots import one_snapshot
from tabulation.database.statements import fetch
from tabulation.ledger import status_words
from tabulation.ledger.acts import decided_contests
from tabulation.ledger.differences import CHANGED, Change, ChangeKind, Compared, sum_rows
from tabulation.ledger.reading import Unit, latest, unit_of_head
from tabulation.ledger.refusals import PreviewChanged, PublicationRefused
from tabulation.ledger.replacing import MANY
from tabulation.ledger.stations import IN_FORCE, PUBLISHED
from tabulation.ledger.turnout import waiting_turnout
from tabulation.models import Publication, PublishedForm, form_of

#: Changed stations shown of one contest; how many more there are is said.
SHOWN = 500

#: As the ledger has them now.
STANDING = """SELECT station_id, status, figures, version, reason, decision
  FROM tabulation_publishedfigures
  WHERE contest_id = %(contest)s AND station_id IS NOT NULL AND superseded_in IS NULL"""
#: As the publisher would write those that `touched` names (a test holds the two together).
WAITING = f"""SELECT cs.station_id, {PUBLISHED}
  FROM ({{touched}}) t
  JOIN tabulation_conteststation cs
    ON cs.station_id = t.station_id AND cs.contest_id = %(contest)s
  LEFT JOIN tabulation_protocol p ON p.contest_id = cs.contest_id
    AND p.station_id = cs.station_id AND p.{IN_FORCE}"""  # noqa: S608  # names of ours
QUEUED = (
    "SELECT DISTINCT station_id FROM tabulation_publicationqueue WHERE contest_id = %(contest)s"
)
ALL = "SELECT station_id FROM tabulation_conteststation WHERE contest_id = %(contest)s"


@dataclass(frozen=True)
class Seen:
    """What a person was looking at: the newest publication (0: none) and, where it matters, the
    `Preview.fingerprint`.
    """

    after: int
    fingerprint: str = ""


@dataclass(frozen=True)
class ContestPreview:
    """One contest: its sums as published and as they would be, and the stations that changed."""

    contest: Contest
    form: ProtocolForm
    form_changed: bool
    was: Unit | None
    now: LiveSums
    counts: dict[str, int]
    #: Those that were counted before, at most `SHOWN`.
    changes: list[Change]
    #: Stations whose timed turnout is new or another.
    reporting: int

    @property
    def newly_counted(self) -> int:
        return self.counts[ChangeKind.NEWLY_COUNTED]

    @property
    def changed(self) -> int:
        """Stations that say something else than before."""
        return sum(self.counts[kind] for kind in CHANGED)

    @property
    def not_shown(self) -> int:
        return self.changed - len(self.changes)

    @property
    def sums(self) -> list[tuple[Line, int | None, int | None, int | None]]:
        """Each line with its sum as published, as it would be, and the difference."""
        return sum_rows(self.form, self.was.figures if self.was else (), self.now.figures)


@dataclass(frozen=True)
class Preview:
    """What would be published now. ``fingerprint`` stands for all of it."""

    number: int
    last: Publication | None
    #: The word if nobody asks for another.
    status: str
    done: int
    stations: int
    contests: list[ContestPreview]
    fingerprint: str

    @property
    def after(self) -> int:
        """Number of the newest publication; 0: none."""
        return self.number - 1

    @property
    def changed(self) -> bool:
        """Whether there is anything to publish without a word of the commission's."""
        return self.last is None or any(
            part.form_changed or part.changed or part.newly_counted or part.reporting
            for part in self.contests
        )

    @property
    def status_label(self) -> str:
        return str(Publication.Status(self.status).label)


def preview_of(election: Election) -> Preview:
    """What the next publication of ``election`` would say, as of one moment.

    Raises PublicationRefused for a contest in which no station votes.
    """
    with one_snapshot():
        last = latest(election)
        parts = [_contest(last, contest) for contest in _contests(election)]
        decided = decided_contests(election)
        done, stations, certified = _standing([part for part, _digest in parts], decided)
    return Preview(
        number=last.number + 1 if last else 1,
        last=last,
        status=status_words.derived(done, stations, certified=certified),
        done=done,
        stations=stations,
        contests=[part for part, _digest in parts],
        fingerprint=_fingerprint(last, [digest for _part, digest in parts]),
    )


def check_seen(seen: Seen | None, election: Election, *, requested: str) -> None:
    """Raise PublicationRefused or PreviewChanged when there is something else than was ``seen``.

    Asked by the publisher in its own snapshot: what passes here is what is published.
    """
    if seen is None:
        return
    last = latest(election)
    if seen.after != (last.number if last else 0):
        raise PublicationRefused(
            _(
                "Publication %(number)s came out after you opened this page. The next publication"
                " would show the figures below."
            )
            % {"number": last.number if last else 0}
        )
    if not seen.fingerprint:
        return
    digests = []
    decided = decided_contests(election)
    corrects = False
    for contest in _contests(election):
        form = form_of(contest)
        compared, _form = _compared(contest, form)
        digests.append(_digest(contest, form, compared))
        waits = any(number for _kind, _hash, number in digests[-1][2])
        corrects = corrects or (contest.pk in decided and waits)
    if seen.fingerprint != _fingerprint(last, digests):
        raise PreviewChanged(
            _(
                "Nothing was published. Other protocols were accepted after you opened this page."
                " Check the new figures below, then publish again."
            ),
            final=bool(requested) or corrects,
        )


def _contests(election: Election) -> list[Contest]:
    return list(election.contests.select_related("constituency__area").order_by("round", "code"))


def _standing(parts: list[ContestPreview], decided: set[int]) -> tuple[int, int, bool]:
    """Stations done and in all where nothing is decided yet (everywhere, when all is), and whether
    there is something to correct: everything is decided, or something decided changes.
    """
    undecided = [part.now for part in parts if part.contest.pk not in decided]
    sums = undecided or [part.now for part in parts]
    changed = any(
        part.form_changed or part.changed or part.newly_counted
        for part in parts
        if part.contest.pk in decided
    )
    done = sum(area.counted + area.annulled for area in sums)
    return done, sum(area.stations for area in sums), bool(decided) and (changed or not undecided)


def _contest(last: Publication | None, contest: Contest) -> tuple[ContestPreview, list[Any]]:
    form = form_of(contest)
    compared, published_form = _compared(contest, form)
    digest = _digest(contest, form, compared)
    counts = {kind: number for kind, _hash, number in digest[2]}
    reporting, _readings = digest[3]
    sums = sums_by_area(contest, form=form)
    if not sums:
        message = _(
            "Contest %(contest)s has no polling stations. Nothing was published. Tell your"
            " administrator."
        )
        raise PublicationRefused(message % {"contest": contest.code})
    part = ContestPreview(
        contest=contest,
        form=form,
        form_changed=published_form is None or ProtocolForm.from_json(published_form.body) != form,
        was=unit_of_head(last, contest) if last and published_form else None,
        now=sums[0],
        counts={kind.value: counts.get(kind.value, 0) for kind in ChangeKind},
        changes=compared.changes(kinds=CHANGED, first=0, most=SHOWN),
        reporting=reporting,
    )
    return part, digest


def _compared(contest: Contest, form: ProtocolForm) -> tuple[Compared, PublishedForm | None]:
    """The stations to publish beside what is published of them, and the form as published."""
    published_form = PublishedForm.objects.filter(contest=contest, superseded_in=None).first()
    touched = QUEUED if published_form else ALL
    keys = {"contest": contest.pk}
    ((number,),) = fetch(f"SELECT count(*) FROM ({touched}) t", keys)  # noqa: S608  # one of two constants
    compared = Compared(STANDING, WAITING.format(touched=touched), keys, number > MANY)
    return compared, published_form


def _digest(contest: Contest, form: ProtocolForm, compared: Compared) -> list[Any]:
    return [contest.code, form.as_json(), compared.digests(), waiting_turnout(contest)]


def _fingerprint(last: Publication | None, digests: list[list[Any]]) -> str:
    text = json.dumps([last.number if last else 0, digests], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
