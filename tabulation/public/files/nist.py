"""NIST SP 1500-100 version 2: one report for each contest of a publication, down to the stations.

The specification: doi.org/10.6028/NIST.SP.1500-100r2; its schemas lie in `schemas_of_others`.
Counts are of voters, ballots or votes. What is not counted yet has no count, and never 0. Roll-ups
of areas are counts like those of stations; whoever adds up takes one level of units.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tabulation.arithmetic.form import Choice, ProtocolForm
from tabulation.ledger.reading import Unit
from tabulation.public.files.nist_text import PREFIX, Hole, Object, Text
from tabulation.public.files.spool import Spool
from tabulation.public.files.statement import Statement, in_chunks, licence_of
from tabulation.public.files.xml_ import identifier

#: Of both: one more whenever what they say changes.
NIST_VERSION = 2
#: A language nobody stated: the folder's own names.
UNDETERMINED = "und"
#: Kinds of unit that the specification has by the same names as an area's level.
LEVELS = ("country", "state", "county", "city", "municipality", "town", "village", "ward")
VARIATIONS = {"plurality": "plurality", "majority": "majority", "list": "proportional"}
COUNT_STATUS = {
    "not counted": "not-processed",
    "partial": "in-process",
    "counted": "completed",
    "annulled": "completed",
}
#: What the counts of an annulled station are of; those that count are of "total".
ANNULLED = {"Type": "other", "OtherType": "annulled"}
INVALID = (
    "Invalid ballots are BallotsRejected in the BallotCounts of each unit. VotersRegistered and"
    " VotersParticipated are those of the counted stations. Units without counts are not counted"
    " yet. Counts of the type other, annulled, belong to annulled stations and are in no sum."
)


def report(said: Statement, text: Text) -> Iterator[str]:
    """The report as text, in chunks. The stations are read once, and not held in memory."""
    with Spool() as spool:
        _Gathering(said, text, spool).gather()
        yield from in_chunks(text.document(_report(said, spool)))


def _object(kind: str, **members: Any) -> Object:
    """Without members that are not known."""
    known = {name: value for name, value in members.items() if value not in (None, "", [])}
    return {"@type": f"{PREFIX}{kind}", **known}


def _identified(kind: str, key: str, **members: Any) -> Object:
    return {"@id": key, **_object(kind, **members)}


def text_in(name: str, names: dict[str, str]) -> Object:
    """A name in every language there is."""
    every = {UNDETERMINED: name, **{code: text for code, text in names.items() if text}}
    return _object(
        "InternationalizedText",
        Text=[
            {**_object("LanguageString"), "Content": text, "Language": language}
            for language, text in every.items()
        ],
    )


def _external(kind: str, value: str) -> Object:
    return _object("ExternalIdentifier", Type="other", OtherType=kind, Value=value)


def unit_id(unit: Unit) -> str:
    return identifier(unit.kind, unit.code)


# --- what there is of each unit


class _Gathering:
    """Units, ballot counts and votes of every unit, each kind by itself."""

    def __init__(self, said: Statement, text: Text, spool: Spool) -> None:
        self.said, self.text, self.spool = said, text, spool
        #: Ids of what lies directly in an area, by its code.
        self.below: dict[str, list[str]] = defaultdict(list)

    def gather(self) -> None:
        said = self.said
        for area in said.areas:
            self.below[said.above(area)].append(unit_id(area))
            self._counts(area)
        for station in said.stations():
            self.below[said.above(station)].append(unit_id(station))
            self._add("units", "GpUnit", _unit(said.form, station, []))
            self._counts(station)
        for area in said.areas:
            self._add("units", "GpUnit", _unit(said.form, area, self.below[area.code]))

    def _counts(self, unit: Unit) -> None:
        ballots = _ballots(self.said.form, unit)
        if ballots:
            self._add("ballots", "BallotCounts", ballots)
        for number, votes in _votes(self.said.form, unit):
            self._add(f"votes-{number}", "VoteCounts", votes)

    def _add(self, kind: str, name: str, value: Object) -> None:
        text = self.text.item(name, value, first=not self.spool.holds(kind))
        self.spool.add(kind, text)


def _unit(form: ProtocolForm, unit: Unit, below: list[str]) -> Object:
    counts = unit.counted > 0
    figures = unit.figures or form.blank
    area = not unit.is_station
    kind = _kind(unit)
    return _identified(
        "ReportingUnit",
        unit_id(unit),
        ComposingGpUnitIds=below,
        ExternalIdentifier=[_external(f"code of the {unit.kind}", unit.code)],
        Name=text_in(unit.name, unit.names),
        CountStatus=[_count_status(unit)],
        Number=unit.code,
        SubUnitsReported=unit.counted + unit.annulled if area else None,
        TotalSubUnits=unit.stations if area else None,
        Type=kind,
        OtherType=(unit.level or "area") if kind == "other" else None,
        VotersParticipated=form.total("voters", figures) if counts else None,
        VotersRegistered=form.total("registered", figures) if counts else None,
    )


def _kind(unit: Unit) -> str:
    if unit.is_station:
        return "precinct"
    return unit.level if unit.level in LEVELS else "other"


def _count_status(unit: Unit) -> Object:
    return {**_object("CountStatus", Status=COUNT_STATUS[unit.status]), **_count_type(unit)}


def _count_type(unit: Unit) -> dict[str, str]:
    return ANNULLED if unit.status == "annulled" else {"Type": "total"}


def _ballots(form: ProtocolForm, unit: Unit) -> Object | None:
    figures = unit.figures or form.blank
    cast, rejected = form.cast(figures), form.total("invalid", figures)
    if cast is None and rejected is None:
        return None
    known = {"BallotsCast": cast, "BallotsRejected": rejected}
    return {
        **_object("BallotCounts", GpUnitId=unit_id(unit)),
        **_count_type(unit),
        **{name: number for name, number in known.items() if number is not None},
    }


def _votes(form: ProtocolForm, unit: Unit) -> Iterator[tuple[int, Object]]:
    start = {**_object("VoteCounts", GpUnitId=unit_id(unit)), **_count_type(unit)}
    for number, votes in form.votes(unit.figures or form.blank).items():
        if votes is not None:
            yield number, {**start, "Count": votes}


# --- the report around them


def _report(said: Statement, spool: Spool) -> Object:
    election, edition, form = said.election, said.publication, said.form
    return _object(
        "ElectionReport",
        Election=[_election(said, spool)],
        ExternalIdentifier=[
            _external("publication", str(edition.number)),
            *([_external("decision", edition.decision)] if edition.decision else []),
        ],
        Format="precinct-level",
        GeneratedDate=moment(edition.published_at),
        GpUnit=Hole(lambda: spool.read("units")),
        Issuer=said.issuer,
        IssuerAbbreviation=said.issuer,
        IsTest=said.is_test,
        Notes=_notes(said),
        Office=[_office(said)],
        Party=[
            _identified("Party", key, Name=text_in(name, {}))
            for name, key in _parties(form).items()
        ],
        Person=[_person(choice, key) for key, choice in _choices(form) if form.rule != "list"],
        SequenceStart=1,
        SequenceEnd=1,
        Status=said.status,
        TestType=("zeros" if said.zeroed else election.kind) if said.is_test else None,
        VendorApplicationId="Hashvark",
    )


def moment(at: datetime) -> str:
    """With its zone and without fractions of a second, as the schema wants it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _election(said: Statement, spool: Spool) -> Object:
    election = said.election
    day = election.polling_days[min(said.form.round, len(election.polling_days)) - 1].isoformat()
    return _object(
        "Election",
        BallotCounts=Hole(lambda: spool.read("ballots")),
        Candidate=[_candidate(said.form, choice, key) for key, choice in _choices(said.form)],
        Contest=[_contest(said, spool)],
        ElectionScopeId=unit_id(said.head),
        ExternalIdentifier=[_external("election", election.slug)],
        Name=text_in(election.name, election.names),
        StartDate=day,
        EndDate=day,
        Type="runoff" if said.form.round > 1 else "general",
    )


def _contest(said: Statement, spool: Spool) -> Object:
    form, head, code = said.form, said.head, said.contest.code
    return _identified(
        "CandidateContest",
        identifier("contest", code),
        ContestSelection=[
            _selection(choice, key, spool)
            for key, choice in _choices(form)
            if choice.number is not None
        ],
        CountStatus=[_count_status(head)],
        ElectionDistrictId=unit_id(head),
        ExternalIdentifier=[_external("contest", code)],
        Name=form.office,
        SubUnitsReported=head.counted + head.annulled,
        TotalSubUnits=head.stations,
        VoteVariation=VARIATIONS[form.rule],
        NumberElected=form.seats,
        NumberRunoff=2 if form.rule == "majority" else None,
        OfficeIds=[identifier("office", code)],
        VotesAllowed=1,
    )


def _selection(choice: Choice, key: str, spool: Spool) -> Object:
    kind = f"votes-{choice.number}"
    return _identified(
        "CandidateSelection",
        f"selection-{key}",
        SequenceOrder=choice.number,
        VoteCounts=Hole(lambda: spool.read(kind)),
        CandidateIds=[f"candidate-{key}"],
    )


def _choices(form: ProtocolForm) -> list[tuple[str, Choice]]:
    """Who is on the ballot, and who withdrew before it was printed, by a key of each."""
    return [
        (f"w{i}" if choice.number is None else str(choice.number), choice)
        for i, choice in enumerate(form.choices)
    ]


def _candidate(form: ProtocolForm, choice: Choice, key: str) -> Object:
    party = _party_of(form, choice)
    return _identified(
        "Candidate",
        f"candidate-{key}",
        BallotName=text_in(choice.name, choice.names),
        ExternalIdentifier=[_external("ballot number", str(choice.number))]
        if choice.number is not None
        else None,
        PartyId=_parties(form).get(party),
        PersonId=None if form.rule == "list" else f"person-{key}",
        PreElectionStatus="withdrawn" if choice.status == "withdrawn" else "qualified",
    )


def _person(choice: Choice, key: str) -> Object:
    return _identified(
        "Person",
        f"person-{key}",
        FullName=text_in(choice.name, choice.names),
        Profession=text_in(choice.occupation, {}) if choice.occupation else None,
    )


def _party_of(form: ProtocolForm, choice: Choice) -> str:
    """Who nominated a candidate; a list is its own party."""
    return choice.name if form.rule == "list" else choice.nominator


def _parties(form: ProtocolForm) -> dict[str, str]:
    names = dict.fromkeys(filter(None, (_party_of(form, choice) for choice in form.choices)))
    return {name: f"party-{i}" for i, name in enumerate(names, 1)}


def _office(said: Statement) -> Object:
    return _identified(
        "Office",
        identifier("office", said.contest.code),
        ElectionDistrictId=unit_id(said.head),
        Name=text_in(said.form.office, said.form.offices),
    )


def _notes(said: Statement) -> str:
    election = said.election
    return " ".join(
        part
        for part in (
            election.notice,
            said.publication.note,
            INVALID,
            *_scopes(said),
            f"Source: {election.source}." if election.source else "",
            f"Licence: {licence_of(election).title}.",
        )
        if part
    )


def _scopes(said: Statement) -> Iterator[str]:
    """Where the candidates stand who do not stand everywhere."""
    for line in said.form.lines:
        if line.scope and line.candidate is not None:
            inside = ", ".join(
                said.codes.get(area[-1], "") or "no area here" for area in line.scope
            )
            yield f"Candidate {line.candidate} is on the ballot only in: {inside}."
