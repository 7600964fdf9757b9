"""What data there is, for catalogues and search engines: DCAT 3 and schema.org, both as JSON-LD.

Only addresses differ from site to site: where no site is set they are relative to the document.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candidates.fields import translated
from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import publications
from tabulation.public.document import Document, absolute, document
from tabulation.public.files.kinds import KINDS
from tabulation.public.files.statement import CC_BY

JSON_LD = "application/ld+json"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
#: What would end the script that holds a text, or a line of it.
NOT_IN_HTML = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}

Contests = list[tuple[Contest, ProtocolForm]]


@dataclass(frozen=True)
class File:
    """A kind of file of a publication: the name of its address, its type, what is in it."""

    route: str
    media_type: str
    title: str | Promise
    per_contest: bool = True


#: The files of a publication. One line adds a kind to the catalogue and to the election's page.
FILES = (
    File("datapackage", "application/json", "datapackage.json", per_contest=False),
    File("all-files", "application/zip", gettext_lazy("All files, zip"), per_contest=False),
    *(
        File(f"data-{kind.ending}", kind.content_type.split(";")[0], kind.label)
        for kind in KINDS.values()
    ),
    File("outcome-json", "application/json", gettext_lazy("Outcome, JSON")),
)
#: The file that there is only of a contest in which something is counted.
OF_A_COUNT = "data-eml.xml"


def distributions(
    published: Any, contests: Contests, language: str, counted: set[int]
) -> Iterator[tuple[str, str, str]]:
    """Title, type and address of every file of a publication in `FILES`, whole publications' first.

    ``counted``: keys of the contests in which anything is counted.
    """
    slug, number = published.election.slug, published.number
    for file in FILES:
        if not file.per_contest:
            yield str(file.title), file.media_type, absolute(file.route, slug, number)
    for contest, form in contests:
        office = translated(form.office, form.offices, language)
        for file in FILES:
            if file.per_contest and (file.route != OF_A_COUNT or contest.pk in counted):
                address = absolute(file.route, slug, number, contest.code)
                yield f"{office}: {file.title}", file.media_type, address


def catalog_jsonld() -> Document:
    """The DCAT catalogue: a dataset an election, its distributions those of its newest publication.

    Titles are in every language that the election's folder has; the rest is English.
    """
    with translation.override("en"):
        newest = publications.newest_of_all()
        counted = publications.counted_contests(
            [contest for _published, contests in newest for contest, _paper in contests]
        )
        datasets = [_dcat_dataset(published, contests, counted) for published, contests in newest]
        catalogue = {
            "@context": CONTEXT,
            "@id": absolute("catalog"),
            "@type": "dcat:Catalog",
            "dct:title": _text("Results of elections", "en"),
            "dct:description": _text(
                "The results of every election on this site, down to each polling station.", "en"
            ),
            "dct:license": {"@id": CC_BY.address},
            "dct:publisher": {
                "@type": "foaf:Agent",
                "foaf:name": _text("The electoral commission", "en"),
            },
            "foaf:homepage": {"@id": absolute("root")},
            "dcat:service": {
                "@type": "dcat:DataService",
                "dct:title": _text("Every public address of this site", "en"),
                "dcat:endpointURL": {"@id": absolute("root")},
                "dcat:endpointDescription": {"@id": absolute("openapi")},
            },
            "dcat:dataset": datasets,
        }
    return document(json.dumps(catalogue, ensure_ascii=False, indent=1) + "\n", JSON_LD)


def _dcat_dataset(published: Any, contests: Contests, counted: set[int]) -> dict[str, Any]:
    election: Election = published.election
    page = absolute("election", "en", election.slug)
    days = election.polling_days
    return {
        "@id": f"{page}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": election.slug,
        "dct:title": _names(election),
        "dct:description": _text(_description(election, published), "en"),
        "dct:modified": _typed(published.published_at.isoformat(timespec="seconds"), "dateTime"),
        "dcat:version": str(published.number),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _typed(min(days).isoformat(), "date"),
            "dcat:endDate": _typed(max(days).isoformat(), "date"),
        },
        "dcat:landingPage": {"@id": page},
        **_dcat_licence(election),
        **(_said("dct:provenance", "dct:ProvenanceStatement", election.source)),
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": _text(title, "en"),
                "dcat:downloadURL": {"@id": address},
                "dcat:accessURL": {"@id": address},
                "dcat:mediaType": {"@id": MEDIA_TYPES + media_type},
                **_dcat_licence(election),
            }
            for title, media_type, address in distributions(published, contests, "en", counted)
        ],
    }


def _dcat_licence(election: Election) -> dict[str, Any]:
    """A licence is an address; words about one are a statement of rights."""
    if election.licence:
        return _said("dct:rights", "dct:RightsStatement", election.licence)
    return {"dct:license": {"@id": CC_BY.address}}


def _said(about: str, kind: str, words: str) -> dict[str, Any]:
    return {about: {"@type": kind, "rdfs:label": words}} if words else {}


def schema_org(language: str, published: Any, contests: Contests, counted: set[int]) -> SafeString:
    """The `Dataset` of an election for its own page, ready to stand inside a script there."""
    election: Election = published.election
    dataset = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": f"{absolute('election', language, election.slug)}#dataset",
        "name": translated(election.name, election.names, language),
        "description": _description(election, published),
        "url": absolute("election", language, election.slug),
        "identifier": election.slug,
        "version": str(published.number),
        "dateModified": published.published_at.isoformat(timespec="seconds"),
        "temporalCoverage": "/".join(
            day.isoformat() for day in (min(election.polling_days), max(election.polling_days))
        ),
        "inLanguage": language,
        "isAccessibleForFree": True,
        "license": {"@type": "CreativeWork", "name": election.licence}
        if election.licence
        else CC_BY.address,
        "creator": {"@type": "Organization", "name": _("The electoral commission")},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": title,
                "encodingFormat": media_type,
                "contentUrl": address,
            }
            for title, media_type, address in distributions(published, contests, language, counted)
        ],
    }
    body = json.dumps(dataset, ensure_ascii=False, separators=(",", ":"))
    return SafeString(body.translate(NOT_IN_HTML))


def _description(election: Election, published: Any) -> str:
    """At least fifty characters, as search engines want; what is said of the figures comes along.

    The language is the one in force.
    """
    sentence = _(
        "Votes, turnout and every protocol line of each polling station. The electoral commission"
        " published these data in publication %(number)s (%(status)s)."
    ) % {"number": published.number, "status": published.get_status_display()}
    return f"{sentence} {election.notice}".strip()


def _names(election: Election) -> list[dict[str, str]]:
    return [
        _text(election.name, "en"),
        *(_text(name, code) for code, name in election.names.items() if code != "en"),
    ]


def _text(value: str, language: str) -> dict[str, str]:
    return {"@value": value, "@language": language}


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{kind}"}
