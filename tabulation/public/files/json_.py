"""Results as JSON: of a contest with its areas, of a unit; the proposals, and what is newest."""

import json
from collections.abc import Iterable
from typing import Any

from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.reading import Unit
from tabulation.outcomes.proposals.objects import as_object
from tabulation.outcomes.proposals.proposal import Proposal
from tabulation.public.document import Document, document
from tabulation.public.edition import Edition, numbered
from tabulation.public.files.statement import JSON, Statement, licence_of, on_ballot

#: Of the object: one more whenever its members or their meaning change.
JSON_VERSION = 2


def results(said: Statement, unit: Unit) -> dict[str, Any]:
    """The results of one unit as a JSON object. ``null`` is "not yet counted" or blank, never 0;
    ``not_on_ballot`` names the candidates who do not stand there.

    Counts are of voters, ballots or stations. ``relations`` says for each control relation in how
    many stations it is broken, of how many in which it could be evaluated.
    """
    election, publication, form = said.election, said.publication, said.form
    return {
        "election": election.slug,
        "name": election.name,
        "kind": election.kind,
        "notice": election.notice,
        "contest": said.contest.code,
        "office": form.office,
        "publication": publication.number,
        "status": str(said.status),
        "published_at": publication.published_at.isoformat(timespec="seconds"),
        "base": form.base,
        "candidates": {str(number): one.name for number, one in numbered(form).items()},
        "source": election.source,
        "licence": licence_of(election).title,
        **unit_results(form, unit),
    }


def unit_results(form: ProtocolForm, unit: Unit) -> dict[str, Any]:
    """What `results` says of the unit itself, without what all units of a contest share."""
    figures = unit.figures or form.blank
    return {
        "unit": unit.kind,
        "code": unit.code,
        "unit_name": unit.name,
        "unit_status": unit.status,
        "unchanged_since": unit.since,
        "version": unit.version,
        "reason": unit.reason,
        "decision": unit.decision,
        "stations": {
            "expected": unit.stations,
            "reported": unit.counted,
            "annulled": unit.annulled,
        },
        "registered_on_lists": {
            "expected": unit.registered,
            "reported": unit.registered_counted,
        },
        "registered": form.total("registered", figures),
        "voters": form.total("voters", figures),
        "invalid": form.total("invalid", figures),
        "valid": form.valid(figures),
        "votes": {str(number): votes for number, votes in form.votes(figures).items()},
        "not_on_ballot": [
            str(line.candidate)
            for line, stands in zip(form.lines, on_ballot(form, unit), strict=True)
            if not stands
        ],
        "lines": [
            {"number": line.number, "key": line.key, "name": line.name, "figure": figure}
            for line, figure in zip(form.lines, figures, strict=True)
        ],
        "relations": [
            {
                "code": check.code,
                "name": check.name,
                "severity": check.severity,
                "broken": unit.broken[i],
                "evaluated": unit.evaluated[i],
            }
            for i, check in enumerate(form.checks)
        ],
    }


def outcomes_of(published: Any, proposals: Iterable[Proposal]) -> dict[str, Any]:
    """The ``proposals`` of a publication, one for each contest, as docs/outcome.md has them."""
    return {
        "election": published.election.slug,
        "publication": published.number,
        "status": published.status,
        "notice": published.election.notice,
        "contests": [as_object(proposal) for proposal in proposals],
    }


def latest(edition: Edition) -> Document:
    """The number, time and status of the newest publication, in under 300 bytes."""
    published = edition.published
    body = {
        "publication": published.number,
        "published_at": published.published_at.isoformat(timespec="seconds"),
        "status": published.status,
    }
    return document(json.dumps(body), JSON)


def as_json(results_: object) -> str:
    return json.dumps(results_, ensure_ascii=False, indent=2) + "\n"


def whole(said: Statement) -> dict[str, Any]:
    """The results of the whole contest, and of each of its areas."""
    areas = [unit_results(said.form, area) for area in said.areas]
    return {**results(said, said.head), "areas": areas}
