"""Every public document, each declared once.

Addresses, answers, the OpenAPI description, the mirror, the copy of the site, the sitemap and what
tests walk are derived from this list. A new page is a declaration here, its function, its template.
Addresses are tried in this order.
"""

from tabulation.public import addresses as of
from tabulation.public.declaration import (
    ASKED,
    DATA,
    FEW,
    FOR_EVER,
    MANY,
    NEWEST,
    OTHERS,
    PAGE,
    PAGES,
    PROOFS,
    Declaration,
    Turn,
    embed,
    file,
    page,
)
from tabulation.public.document import Document
from tabulation.public.edition import Edition, editions
from tabulation.public.files import (
    catalogue,
    documents,
    feed,
    latest,
    openapi,
    papers,
    proofs,
    sitemap,
)
from tabulation.public.files.kinds import KINDS
from tabulation.public.files.statement import CSV, JSON, ZIP
from tabulation.public.pages import (
    candidates,
    differences,
    embeds,
    finding,
    how,
    outcome,
    overview,
    pages,
    pictures,
    screen,
    station_list,
    turnout,
)
from tabulation.public.pages.asking import FILTERS

TEXT = "text/plain; charset=utf-8"
TSV = "text/tab-separated-values; charset=utf-8"
PDF = "application/pdf"
ELECTION = "<slug:slug>/"
CONTEST = f"{ELECTION}<slug:contest>/"
IN_PUBLICATION = f"{ELECTION}<int:number>/"
STEP = f"{CONTEST}difference/<int:earlier>/<int:later>/"


def _openapi() -> Document:
    return openapi.openapi_json(DOCUMENTS)


def _sitemaps() -> Document:
    return sitemap.sitemaps(editions())


def _sitemap(edition: Edition, language: str) -> Document:
    return sitemap.sitemap(DOCUMENTS, edition, language)


#: Answered without a document: `views.py`.
WITHOUT_DOCUMENT = (
    Declaration(
        "root", "", documents.nothing, "Leads to the archive in English", tag=PAGES, turn=Turn.NEVER
    ),
    Declaration(
        "healthz",
        "healthz",
        documents.nothing,
        "Whether this server reaches its database",
        media_type=JSON,
        schema="Health",
        turn=Turn.NEVER,
    ),
)
#: Pages for people.
PEOPLE = (
    page(
        "archive",
        "",
        overview.archive,
        "Every election with published results",
        addresses=of.of_the_site,
        turn=Turn.HOT,
    ),
    page(
        "election",
        ELECTION,
        overview.election_page,
        "The newest results of an election: each contest, its areas",
        turn=Turn.HOT,
    ),
    page(
        "how",
        f"{ELECTION}how/",
        how.how_page,
        "How the results of an election are made: its lines, relations, rule",
    ),
    page(
        "candidate",
        f"{CONTEST}candidate/<int:candidate>/",
        candidates.candidate_page,
        "A candidate: votes and shares in every area",
        addresses=of.candidates,
    ),
    page(
        "outcome",
        f"{CONTEST}outcome/",
        outcome.outcome_page,
        "What the rule makes of the newest figures, step by step",
    ),
    page(
        "outcome-in",
        f"{CONTEST}outcome/<int:number>/",
        outcome.outcome_page,
        "What the rule made of the figures of one publication",
        addresses=of.by_number,
        turn=Turn.WHEN_ASKED,
        past=True,
    ),
    page(
        "publications",
        f"{ELECTION}publications/",
        pages.publications_page,
        "Every publication of an election, with its files",
        turn=Turn.HOT,
    ),
    page(
        "publication",
        f"{ELECTION}publications/<int:number>/",
        overview.election_page,
        "The results as they stood in one publication",
        addresses=of.publications,
        turn=Turn.WHEN_ASKED,
        past=True,
    ),
    page(
        "area-page",
        f"{CONTEST}area/<code:code>/-/<int:page>/",
        pages.area_page,
        "More of the polling stations of an area, 500 to a page",
        addresses=of.further_pages_of_areas,
        turn=Turn.AREAS,
    ),
    page(
        "area",
        f"{CONTEST}area/<code:code>/",
        pages.area_page,
        "An area: its sums, the areas and polling stations in it",
        addresses=of.areas,
        many=pages.area_pages,
        turn=Turn.AREAS,
    ),
    page(
        "station",
        f"{CONTEST}station/<code:code>/",
        pages.station_page,
        "A polling station: its protocol line by line, its checks",
        addresses=of.stations,
        many=pages.station_pages,
        stations=FEW,
    ),
    page(
        "turnout",
        f"{CONTEST}turnout/",
        turnout.turnout_page,
        "Turnout by the hour in the whole contest and the areas below",
    ),
    page(
        "turnout-area",
        f"{CONTEST}turnout/<code:code>/",
        turnout.turnout_page,
        "Turnout by the hour in an area and below it",
        addresses=of.turnout_of_areas,
    ),
    page(
        "difference",
        STEP,
        differences.difference_page,
        "What changed from one publication to a later one",
        addresses=of.steps,
    ),
    page(
        "difference-page",
        f"{STEP}-/<int:page>/",
        differences.difference_page,
        "More of what changed, 500 polling stations to a page",
        addresses=of.pages_of_steps(newly_counted=False),
        turn=Turn.WHEN_ASKED,
    ),
    page(
        "newly-counted",
        f"{STEP}newly-counted/",
        differences.newly_counted_page,
        "What was counted from one publication to a later one",
        addresses=of.steps,
    ),
    page(
        "newly-counted-page",
        f"{STEP}newly-counted/-/<int:page>/",
        differences.newly_counted_page,
        "More of what was counted, 500 to a page",
        addresses=of.pages_of_steps(newly_counted=True),
        turn=Turn.WHEN_ASKED,
    ),
    page(
        "feed",
        f"{ELECTION}feed.xml",
        feed.feed_xml,
        "The newest 100 publications as an Atom feed",
        tag=OTHERS,
        media_type=feed.ATOM,
        in_language=True,
    ),
    page(
        "sitemap",
        f"{ELECTION}sitemap.xml",
        _sitemap,
        "The pages of an election, for search engines",
        tag=OTHERS,
        media_type=sitemap.XML,
        in_language=True,
    ),
    page(
        "screen",
        f"{ELECTION}screen/",
        screen.screen_page,
        "The newest results in large letters, for the wall of a hall",
        turn=Turn.HOT,
    ),
    page(
        "embedding",
        f"{CONTEST}embed/",
        embeds.embedding_page,
        "What can be embedded of a contest, with the code to copy",
        tag=OTHERS,
    ),
)
#: Parts of pages: the only ones that may stand in others' frames.
PARTS = (
    embed(
        "embed-area",
        f"{CONTEST}area/<code:code>/results/",
        embeds.embed_area,
        "The results of an area, for a frame",
        addresses=of.areas,
        turn=Turn.NEVER,
    ),
    embed(
        "embed-station",
        f"{CONTEST}station/<code:code>/",
        embeds.embed_station,
        "The results of a polling station, for a frame",
        addresses=of.stations,
        stations=FEW,
        turn=Turn.NEVER,
    ),
    embed(
        "embed",
        f"{CONTEST}<slug:what>/",
        embeds.embed_page,
        "A part of a contest's newest results, for a frame",
        addresses=of.parts_to_embed,
    ),
)
PICTURES = (
    page(
        "map",
        f"{CONTEST}map/",
        pictures.map_page,
        "Who leads where: a map, or a mosaic of polling stations",
    ),
    page(
        "map-turnout",
        f"{CONTEST}map/turnout/",
        pictures.map_of_turnout,
        "Turnout by place: a map, or a mosaic of polling stations",
    ),
    page(
        "night",
        f"{CONTEST}night/",
        pictures.night_page,
        "Results through the night, publication by publication",
    ),
    page(
        "scatter",
        f"{CONTEST}scatter/",
        pictures.scatter_page,
        "Turnout against share, each polling station",
    ),
)
#: Search and lists: the only ones that read a query string.
LISTS = (
    page(
        "find",
        f"{CONTEST}find/",
        finding.find_page,
        "Find a polling station by code, place or address",
        cache=ASKED,
        turn=Turn.NEVER,
        query=("q",),
        asked=("", "?q=Stepanakert", "?q=nowhere"),
    ),
    page(
        "stations",
        f"{CONTEST}stations/",
        station_list.station_list,
        "Every polling station, filtered and sorted",
        cache=ASKED,
        turn=Turn.NEVER,
        in_language=True,
        query=(*FILTERS, "sort", "page"),
        asked=("", "?status=annulled&area=1"),
    ),
    page(
        "stations-csv",
        f"{CONTEST}stations.csv",
        station_list.station_file,
        "The polling stations that the filters leave",
        tag=DATA,
        media_type=CSV,
        cache=ASKED,
        turn=Turn.NEVER,
        in_language=True,
        query=(*FILTERS, "sort"),
    ),
)
#: What there is, for programs and catalogues.
ABOUT = (
    Declaration(
        "sitemaps",
        "sitemap.xml",
        _sitemaps,
        "The sitemaps of all elections, for search engines",
        media_type=sitemap.XML,
        cache=PAGE,
        turn=Turn.LATER,
        addresses=of.of_the_site,
    ),
    file(
        "schema",
        "schema/<slug:name>.json",
        documents.schema_file,
        "The JSON Schema of a file of ours",
        "application/schema+json",
        schema="OpenObject",
        cache=PAGE,
        turn=Turn.LATER,
        addresses=of.of_schemas,
    ),
    file(
        "openapi",
        "openapi.json",
        _openapi,
        "This description",
        JSON,
        schema="OpenAPI",
        cache=PAGE,
        turn=Turn.LATER,
        addresses=of.of_the_program,
    ),
    file(
        "catalog",
        "catalog.jsonld",
        catalogue.catalog_jsonld,
        "All data as a DCAT 3 catalogue in JSON-LD",
        "application/ld+json",
        schema="Catalog",
        cache=PAGE,
        turn=Turn.LATER,
        addresses=of.of_the_site,
    ),
)
#: What anybody checks a publication with: docs/verification.md.
CHECKS = (
    file(
        "keys",
        f"{ELECTION}key.txt",
        proofs.keys,
        "The public keys that signed the election's checkpoints",
        TEXT,
        tag=PROOFS,
        cache=PAGE,
        turn=Turn.LATER,
    ),
    file(
        "newest-checkpoint",
        f"{ELECTION}checkpoint",
        proofs.checkpoint,
        "The signed head of the log of publications",
        TEXT,
        tag=PROOFS,
        cache=NEWEST,
        addresses=of.newest_checkpoint,
        turn=Turn.NUMBER,
    ),
    file(
        "manifests",
        f"{ELECTION}manifests.jsonl",
        proofs.manifests,
        "Every manifest, one a line: the leaves of the log",
        "application/x-ndjson",
        tag=PROOFS,
        cache=PAGE,
    ),
    file(
        "checkpoint",
        f"{IN_PUBLICATION}checkpoint",
        proofs.checkpoint,
        "The signed head of the log at one publication",
        TEXT,
        tag=PROOFS,
        cache=PAGE,
        addresses=of.checkpoints,
        past=True,
    ),
    file(
        "manifest",
        f"{IN_PUBLICATION}manifest.json",
        proofs.manifest,
        "What one publication binds together",
        JSON,
        tag=PROOFS,
        schema="Manifest",
        cache=FOR_EVER,
        addresses=of.publications,
        past=True,
    ),
    file(
        "published-file",
        f"{IN_PUBLICATION}files/<file:file>",
        proofs.published_file,
        "A document that came out with a publication; the manifest has its hash",
        "*/*",
        tag=PROOFS,
        addresses=of.published_files,
        past=True,
    ),
    file(
        "form",
        f"{IN_PUBLICATION}<slug:contest>.form.json",
        proofs.form,
        "The form of a contest: lines, relations",
        JSON,
        tag=PROOFS,
        schema="Form",
        addresses=of.by_number,
    ),
    file(
        "ledger",
        f"{IN_PUBLICATION}<slug:contest>.ledger.tsv",
        proofs.ledger,
        "Every record of a contest as it is hashed, one a line",
        TSV,
        tag=PROOFS,
        addresses=of.by_number,
    ),
    file(
        "reasons",
        f"{IN_PUBLICATION}<slug:contest>.reasons.tsv",
        proofs.reasons,
        "The reasons of accepted warnings, each with its station",
        TSV,
        tag=PROOFS,
        addresses=of.by_number,
    ),
    file(
        "turnout-csv",
        f"{IN_PUBLICATION}<slug:contest>.turnout.csv",
        turnout.turnout_file,
        "Turnout of every area and polling station by the hour",
        CSV,
        cache=FOR_EVER,
        addresses=of.turnout_files,
    ),
    file(
        "outcome-json",
        f"{IN_PUBLICATION}<slug:contest>.outcome.json",
        outcome.outcome_file,
        "What the rule makes of a publication, with exact steps",
        JSON,
        schema="Outcome",
        addresses=of.by_number,
    ),
    file(
        "proof-in",
        f"{IN_PUBLICATION}<slug:contest>/proof/<code:code>.json",
        proofs.proof,
        "That a polling station is inside the total of a publication",
        JSON,
        tag=PROOFS,
        schema="StationProof",
        addresses=of.proofs_in_publication,
        stations=FEW,
        turn=Turn.NEVER,
    ),
    file(
        "protocol-pdf",
        f"{IN_PUBLICATION}<slug:contest>.protocol.<language:language>.pdf",
        papers.protocol,
        "The commission's protocol of a contest's results, PDF",
        PDF,
        addresses=of.by_number,
        in_language=True,
    ),
    file(
        "area-pdf",
        f"{IN_PUBLICATION}<slug:contest>/area/<code:code>.<language:language>.pdf",
        papers.area,
        "The results of an area as a PDF, to hang on a wall",
        PDF,
        addresses=of.areas_in_publication,
        in_language=True,
        turn=Turn.NEVER,
    ),
    file(
        "proof",
        f"{CONTEST}proof/<code:code>.json",
        proofs.proof,
        "That a polling station is inside the newest total",
        JSON,
        tag=PROOFS,
        schema="StationProof",
        cache=PAGE,
        addresses=of.proofs_of_stations,
        stations=FEW,
    ),
    file(
        "bundle",
        f"{CONTEST}bundle/<code:code>.json",
        proofs.bundle,
        "All that lies in an area, with its proof",
        JSON,
        tag=PROOFS,
        schema="AreaProof",
        cache=PAGE,
        addresses=of.bundles,
        stations=MANY,
    ),
)
FILES = (
    file(
        "latest",
        f"{ELECTION}latest.json",
        latest.latest_json,
        "Number, time and status of the newest publication: ask this often",
        JSON,
        schema="Latest",
        cache=NEWEST,
        turn=Turn.NUMBER,
    ),
    file(
        "rehearsal",
        f"{ELECTION}rehearsal.zip",
        documents.rehearsal,
        "The same files with zeros, to make programs ready",
        ZIP,
        cache=PAGE,
        addresses=of.rehearsal,
    ),
    file(
        "datapackage",
        f"{IN_PUBLICATION}datapackage.json",
        documents.package,
        "What the columns of the CSV files are: a Frictionless Data Package",
        JSON,
        schema="OpenObject",
        addresses=of.publications,
    ),
    file(
        "all-files",
        f"{IN_PUBLICATION}all.zip",
        documents.everything,
        "Every file of a publication in one",
        ZIP,
        addresses=of.publications,
    ),
    *(
        file(
            f"data-{kind.ending}",
            f"{IN_PUBLICATION}<slug:contest>.{kind.ending}",
            documents.data_file(kind),
            kind.summary,
            kind.content_type,
            schema=kind.schema,
            addresses=of.kind_of_file(kind.ending),
        )
        for kind in KINDS.values()
    ),
    file(
        "difference-csv",
        "<slug:slug>/<slug:contest>.difference-<int:earlier>-<int:later>.csv",
        differences.difference_file,
        "Every polling station that changed: what it was and what it is",
        CSV,
        addresses=of.steps,
    ),
)
DOCUMENTS: tuple[Declaration, ...] = (
    *WITHOUT_DOCUMENT,
    *PEOPLE,
    *PARTS,
    *PICTURES,
    *LISTS,
    *ABOUT,
    *CHECKS,
    *FILES,
)
