"""What stands at each public address, by the name of its route in `tabulation/urls`.

Whoever adds a public route adds a line here: a test compares the two, both ways. The path and its
parameters are read from the route itself, and are written nowhere else.
"""

from dataclasses import dataclass

from tabulation.public.pages.asking import FilterForm

HTML = "text/html; charset=utf-8"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"
XML = "application/xml"
ZIP = "application/zip"
PDF = "application/pdf"

PAGES, DATA, PROOFS, OTHERS = "pages", "data", "proofs", "embeds"
TAGS = {
    PAGES: "Pages for people: HTML, without scripts that they need, in the language of the path.",
    DATA: "Files of a publication, which never change, and what is newest.",
    PROOFS: "What anybody checks a publication with: docs/verification.md.",
    OTHERS: "Parts for other people's pages: the only ones that may stand in their frames.",
}


#: What a list of polling stations can be filtered by, as its form has them.
FILTERS = tuple(FilterForm.base_fields)


@dataclass(frozen=True)
class Operation:
    """What GET answers with 200. ``schema`` names one of `schemas.SCHEMAS`; without one it is text.

    ``query`` names the parameters of the query string that the address looks at, in
    `schemas.QUERY`; whatever else stands there is ignored. ``kept``: what is at the address never
    changes, so that it may be kept for ever.
    """

    tag: str
    summary: str
    media_type: str = HTML
    schema: str = ""
    query: tuple[str, ...] = ()
    kept: bool = False


OPERATIONS: dict[str, Operation] = {
    # pages
    "root": Operation(PAGES, "Leads to the archive in English"),
    "archive": Operation(PAGES, "Every election with published results"),
    "election": Operation(PAGES, "The newest results of an election: each contest, its areas"),
    "how": Operation(PAGES, "How the results of an election are made: its lines, relations, rule"),
    "candidate": Operation(PAGES, "A candidate: votes and shares in every area"),
    "outcome": Operation(PAGES, "What the rule makes of the newest figures, step by step"),
    "outcome-in": Operation(PAGES, "What the rule made of the figures of one publication"),
    "turnout": Operation(PAGES, "Turnout by the hour in the whole contest and the areas below"),
    "turnout-area": Operation(PAGES, "Turnout by the hour in an area and below it"),
    "publications": Operation(PAGES, "Every publication of an election, with its files"),
    "publication": Operation(PAGES, "The results as they stood in one publication"),
    "area": Operation(PAGES, "An area: its sums, the areas and polling stations in it"),
    "area-page": Operation(PAGES, "More of the polling stations of an area, 500 to a page"),
    "station": Operation(PAGES, "A polling station: its protocol line by line, its checks"),
    "map": Operation(PAGES, "Who leads where: a map, or a mosaic of polling stations"),
    "map-turnout": Operation(PAGES, "Turnout by place: a map, or a mosaic of polling stations"),
    "night": Operation(PAGES, "Results through the night, publication by publication"),
    "scatter": Operation(PAGES, "Turnout against share, each polling station"),
    "find": Operation(PAGES, "Find a polling station by code, place or address", query=("q",)),
    "stations": Operation(
        PAGES, "Every polling station, filtered and sorted", query=(*FILTERS, "sort", "page")
    ),
    "stations-csv": Operation(
        DATA, "The polling stations that the filters leave", CSV, query=(*FILTERS, "sort")
    ),
    "difference": Operation(PAGES, "What changed from one publication to a later one"),
    "difference-page": Operation(PAGES, "More of what changed, 500 polling stations to a page"),
    "newly-counted": Operation(PAGES, "What was counted from one publication to a later one"),
    "newly-counted-page": Operation(PAGES, "More of what was counted, 500 to a page"),
    "screen": Operation(PAGES, "The newest results in large letters, for the wall of a hall"),
    # parts for others
    "embedding": Operation(OTHERS, "What can be embedded of a contest, with the code to copy"),
    "embed": Operation(OTHERS, "A part of a contest's newest results, for a frame"),
    "embed-area": Operation(OTHERS, "The results of an area, for a frame"),
    "embed-station": Operation(OTHERS, "The results of a polling station, for a frame"),
    "feed": Operation(
        OTHERS, "The newest 100 publications as an Atom feed", "application/atom+xml; charset=utf-8"
    ),
    # data
    "latest": Operation(
        DATA, "Number, time and status of the newest publication: ask this often", JSON, "Latest"
    ),
    "data-json": Operation(
        DATA, "The sums of the whole contest and of every area", JSON, "Results", kept=True
    ),
    "outcome-json": Operation(
        DATA, "What the rule makes of a publication, with exact steps", JSON, "Outcome", kept=True
    ),
    "data-csv": Operation(DATA, "Every polling station of a contest, a row each", CSV, kept=True),
    "data-long.csv": Operation(DATA, "Every figure of a contest, a row each", CSV, kept=True),
    "data-nist.json": Operation(
        DATA, "A contest in NIST SP 1500-100 v2, JSON", JSON, "OpenObject", kept=True
    ),
    "data-nist.xml": Operation(DATA, "A contest in NIST SP 1500-100 v2, XML", XML, kept=True),
    "data-eml.xml": Operation(DATA, "A contest in OASIS EML 510, version 5.0", XML, kept=True),
    "datapackage": Operation(
        DATA,
        "What the columns of the CSV files are: a Frictionless Data Package",
        JSON,
        "OpenObject",
        kept=True,
    ),
    "all-files": Operation(DATA, "Every file of a publication in one", ZIP, kept=True),
    "rehearsal": Operation(DATA, "The same files with zeros, to make programs ready", ZIP),
    "schema": Operation(
        DATA, "The JSON Schema of a file of ours", "application/schema+json", "OpenObject"
    ),
    "turnout-csv": Operation(
        DATA, "Turnout of every area and polling station by the hour", CSV, kept=True
    ),
    "difference-csv": Operation(
        DATA, "Every polling station that changed: what it was and what it is", CSV, kept=True
    ),
    "protocol-pdf": Operation(DATA, "The commission's protocol of a contest's results, PDF", PDF),
    "area-pdf": Operation(DATA, "The results of an area as a PDF, to hang on a wall", PDF),
    "catalog": Operation(
        DATA, "All data as a DCAT 3 catalogue in JSON-LD", "application/ld+json", "Catalog"
    ),
    "openapi": Operation(DATA, "This description", JSON, "OpenAPI"),
    "healthz": Operation(DATA, "Whether this server reaches its database", JSON, "Health"),
    # proofs
    "keys": Operation(PROOFS, "The public keys that signed the election's checkpoints", TEXT),
    "newest-checkpoint": Operation(PROOFS, "The signed head of the log of publications", TEXT),
    "checkpoint": Operation(PROOFS, "The signed head of the log at one publication", TEXT),
    "manifests": Operation(
        PROOFS, "Every manifest, one a line: the leaves of the log", "application/x-ndjson"
    ),
    "manifest": Operation(
        PROOFS, "What one publication binds together", JSON, "Manifest", kept=True
    ),
    "published-file": Operation(
        PROOFS,
        "A document that came out with a publication; the manifest has its hash",
        "*/*",
        kept=True,
    ),
    "form": Operation(PROOFS, "The form of a contest: lines, relations", JSON, "Form", kept=True),
    "ledger": Operation(
        PROOFS,
        "Every record of a contest as it is hashed, one a line",
        "text/tab-separated-values; charset=utf-8",
        kept=True,
    ),
    "reasons": Operation(
        PROOFS,
        "The reasons of accepted warnings, each with its station",
        "text/tab-separated-values; charset=utf-8",
        kept=True,
    ),
    "proof": Operation(
        PROOFS, "That a polling station is inside the newest total", JSON, "StationProof"
    ),
    "proof-in": Operation(
        PROOFS,
        "That a polling station is inside the total of a publication",
        JSON,
        "StationProof",
        kept=True,
    ),
    "bundle": Operation(PROOFS, "All that lies in an area, with its proof", JSON, "AreaProof"),
}
