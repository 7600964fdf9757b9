"""OASIS EML 5.0, message 510: the count of one contest, with every area and station.

Counts are of voters, ballots or votes. A unit without counts is not in it, and never with 0; nor
is an annulled station, which is in no sum. Each line of the paper that is no candidate's is a
CountMetric, whose type is the line's key.
"""

from collections.abc import Iterator

from tabulation.arithmetic.form import Choice, ProtocolForm
from tabulation.ledger.reading import Unit
from tabulation.public.edition import numbered
from tabulation.public.files.nist import moment
from tabulation.public.files.statement import Statement, in_chunks, licence_of
from tabulation.public.files.xml_ import DECLARATION, attribute, comment, identifier, text, token

#: Of the message: one more whenever what it says changes.
EML_VERSION = 2
NAMESPACE = "urn:oasis:names:tc:evs:schema:eml"
#: The schema has no room for a longer name, in characters.
NAME_LENGTH = 70


def has_count(unit: Unit, form: ProtocolForm) -> bool:
    """Whether there is a count that the message could hold: it has no form for "nothing yet"."""
    return unit.counted > 0 and any(v is not None for v in form.votes(unit.figures).values())


def message(said: Statement) -> Iterator[str]:
    """The message as text, in chunks. Only of a contest whose head `has_count`."""
    return in_chunks(_message(said))


def _message(said: Statement) -> Iterator[str]:
    form, edition = said.form, said.publication
    yield DECLARATION
    yield comment(_remark(said))
    yield f'<EML xmlns="{NAMESPACE}" Id="510" SchemaVersion="5.0">\n'
    key = f"{said.election.slug}/{edition.number}/{said.contest.code}"
    yield f"<TransactionId>{text(key)}</TransactionId>\n"
    yield f"<IssueDate>{moment(edition.published_at)}</IssueDate>\n<Count>\n"
    yield from _identifiers(said)
    yield f"<TotalVotes>{_votes(form, said.head, _named(form))}</TotalVotes>\n"
    bare = _bare(form)
    for area in said.areas:
        if area.code != said.head.code:
            yield _unit(form, area, bare)
    for station in said.stations():
        yield _unit(form, station, bare)
    yield "</Contest></Contests></Election>\n</Count>\n</EML>\n"


def _remark(said: Statement) -> str:
    election = said.election
    parts = [election.notice, said.publication.note, f"Status: {said.status}."]
    if election.source:
        parts.append(f"Source: {election.source}.")
    parts.append(f"Licence: {licence_of(election).title}.")
    return " ".join(filter(None, parts))


def _identifiers(said: Statement) -> Iterator[str]:
    election, form = said.election, said.form
    slug = attribute(election.slug)
    yield f"<EventIdentifier Id={slug}>{_element('EventName', election.name)}"
    if election.notice:
        yield _element("EventQualifier", election.notice)
    yield f"</EventIdentifier>\n<Election><ElectionIdentifier Id={slug}>"
    yield f"{_element('ElectionName', election.name)}</ElectionIdentifier>\n<Contests><Contest>"
    yield f"<ContestIdentifier Id={attribute(said.contest.code)}>"
    yield f"{_element('ContestName', form.office)}</ContestIdentifier>\n"
    for name, holds in (
        ("Simulation", said.is_test),
        ("Final", said.status == "certified"),
        ("Partial", said.head.missing > 0),
    ):
        start = "<CountQualifier>" if name == "Simulation" else ""
        yield f"{start}<{name}>{'yes' if holds else 'no'}</{name}>"
    yield f"</CountQualifier>\n<NumberOfPositions>{form.seats}</NumberOfPositions>\n"


def _element(name: str, value: str) -> str:
    return f"<{name}>{text(token(value))}</{name}>"


def _named(form: ProtocolForm) -> dict[int, str]:
    """Each candidate with name, by number."""
    return {number: _candidate(choice) for number, choice in numbered(form).items()}


def _candidate(choice: Choice) -> str:
    name = token(choice.name)
    if len(name) > NAME_LENGTH:
        name = f"{name[: NAME_LENGTH - 1]}…"
    nominator = ""
    if choice.nominator:
        registered = _element("RegisteredName", choice.nominator)
        nominator = f"<AffiliationIdentifier>{registered}</AffiliationIdentifier>"
    return (
        f'<Candidate><CandidateIdentifier Id="{choice.number}">'
        f"{_element('CandidateName', name)}</CandidateIdentifier></Candidate>{nominator}"
    )


def _bare(form: ProtocolForm) -> dict[int, str]:
    """Each candidate by number alone: the names are in the totals."""
    return {
        number: f'<Candidate><CandidateIdentifier Id="{number}"/></Candidate>'
        for number in numbered(form)
    }


def _unit(form: ProtocolForm, unit: Unit, candidates: dict[int, str]) -> str:
    if not has_count(unit, form):
        return ""
    key = f"Id={attribute(identifier(unit.kind, unit.code))}"
    name = text(token(f"{unit.code} {unit.name}"))
    return (
        f"<ReportingUnitVotes><ReportingUnitIdentifier {key}>{name}</ReportingUnitIdentifier>"
        f"{_votes(form, unit, candidates)}</ReportingUnitVotes>\n"
    )


def _votes(form: ProtocolForm, unit: Unit, candidates: dict[int, str]) -> str:
    figures = unit.figures
    pieces = [
        f"<CountMetric Type={attribute(line.key)}>{figure}</CountMetric>"
        for line, figure in zip(form.lines, figures, strict=True)
        if line.candidate is None and figure is not None
    ]
    pieces += [
        f"<Selection>{candidates[number]}<ValidVotes>{votes}</ValidVotes></Selection>"
        for number, votes in form.votes(figures).items()
        if votes is not None
    ]
    cast, valid, invalid = (
        form.cast(figures),
        form.valid(figures),
        form.total("invalid", figures),
    )
    pieces += [
        f"<{name}>{number}</{name}>"
        for name, number in (("Cast", cast), ("TotalCounted", valid))
        if number is not None
    ]
    if invalid is not None:
        pieces.append(f'<RejectedVotes ReasonCode="invalid">{invalid}</RejectedVotes>')
    return "".join(pieces)
