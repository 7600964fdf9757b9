"""Files for programs: open data, and what anybody checks a publication with."""

from typing import Any

from tabulation.printing.parts import PDF
from tabulation.public import addresses as of
from tabulation.public.declaration import (
    FEW,
    FOR_EVER,
    MANY,
    NEWEST,
    PAGE,
    PAGES,
    PROOFS,
    Declaration,
    Turn,
    file,
    one_of,
)
from tabulation.public.files import catalogue, documents, json_, proofs
from tabulation.public.files.kinds import KINDS
from tabulation.public.files.statement import CSV, JSON, ZIP
from tabulation.public.pages import differences, outcome, turnout
from tabulation.public.papers import binding

HOT, NUMBER, AREAS, LATER, WHEN_ASKED, NEVER = Turn
ELECTION = "<slug:slug>/"
CONTEST = f"{ELECTION}<slug:contest>/"
IN_PUBLICATION = f"{ELECTION}<int:number>/"


def check(
    name: str, path: str, make: Any, summary: str, media_type: str, **more: Any
) -> Declaration:
    """A file that a publication is checked with."""
    return file(name, path, make, summary, media_type, tag=PROOFS, **more)


#: Answered without a document: `views.py`.
WITHOUT_DOCUMENT = (
    Declaration(
        "root", "", documents.nothing, "Leads to the archive in English", tag=PAGES, turn=NEVER
    ),
    Declaration(
        "healthz",
        "healthz",
        documents.nothing,
        "Whether this server reaches its database",
        media_type=JSON,
        schema="Health",
        turn=NEVER,
    ),
)
#: What there is, for programs and catalogues.
ABOUT = (
    file(
        "schema",
        "schema/<slug:name>.json",
        documents.schema_file,
        "The JSON Schema of a file of ours",
        "application/schema+json",
        schema="OpenObject",
        cache=PAGE,
        turn=LATER,
        addresses=of.of_schemas,
    ),
    file(
        "catalog",
        "catalog.jsonld",
        catalogue.catalog_jsonld,
        "All data as a DCAT 3 catalogue in JSON-LD",
        "application/ld+json",
        schema="Catalog",
        cache=PAGE,
        turn=LATER,
        addresses=of.of_the_site,
    ),
)
#: What anybody checks a publication with: docs/verification.md.
CHECKS = (
    check(
        "keys",
        f"{ELECTION}key.txt",
        proofs.keys,
        "The public keys that signed the election's checkpoints",
        proofs.TEXT,
        cache=PAGE,
        turn=LATER,
    ),
    check(
        "newest-checkpoint",
        f"{ELECTION}checkpoint",
        proofs.checkpoint,
        "The signed head of the log of publications",
        proofs.TEXT,
        cache=NEWEST,
        addresses=of.newest_checkpoint,
        turn=NUMBER,
    ),
    check(
        "manifests",
        f"{ELECTION}manifests.jsonl",
        proofs.manifests,
        "Every manifest, one a line: the leaves of the log",
        proofs.LINES,
        cache=PAGE,
    ),
    check(
        "checkpoint",
        f"{IN_PUBLICATION}checkpoint",
        proofs.checkpoint,
        "The signed head of the log at one publication",
        proofs.TEXT,
        cache=PAGE,
        addresses=of.checkpoints,
        past=True,
    ),
    check(
        "manifest",
        f"{IN_PUBLICATION}manifest.json",
        proofs.manifest,
        "What one publication binds together",
        JSON,
        schema="Manifest",
        cache=FOR_EVER,
        addresses=of.publications,
        past=True,
    ),
    check(
        "file-list",
        f"{IN_PUBLICATION}filelist",
        proofs.file_list,
        "The signed list of the files made after a publication, with the hash of each",
        proofs.TEXT,
        cache=PAGE,
        addresses=of.file_lists,
        past=True,
    ),
    check(
        "published-file",
        f"{IN_PUBLICATION}files/<file:file>",
        proofs.published_file,
        "A document that came out with a publication; the manifest has its hash",
        "*/*",
        addresses=of.published_files,
        past=True,
    ),
    check(
        "form",
        f"{IN_PUBLICATION}<slug:contest>.form.json",
        proofs.form,
        "The form of a contest: lines, relations",
        JSON,
        schema="Form",
        addresses=of.by_number,
    ),
    check(
        "ledger",
        f"{IN_PUBLICATION}<slug:contest>.ledger.tsv",
        proofs.ledger,
        "Every record of a contest as it is hashed, one a line",
        proofs.TABLE,
        addresses=of.by_number,
    ),
    check(
        "reasons",
        f"{IN_PUBLICATION}<slug:contest>.reasons.tsv",
        proofs.reasons,
        "The reasons of accepted warnings, each with its station",
        proofs.TABLE,
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
        bound=True,
    ),
    check(
        "proof-in",
        f"{IN_PUBLICATION}<slug:contest>/proof/<code:code>.json",
        one_of(proofs.proofs),
        "That a polling station is inside the total of a publication",
        JSON,
        schema="StationProof",
        addresses=of.in_publication(of.proofs_of_stations),
        stations=FEW,
        turn=NEVER,
    ),
    file(
        "protocol-pdf",
        f"{IN_PUBLICATION}<slug:contest>.protocol.<language:language>.pdf",
        binding.protocol_file,
        "The commission's protocol of a contest's results, PDF",
        PDF,
        addresses=of.by_number,
        in_language=True,
        bound=True,
    ),
    file(
        "area-pdf",
        f"{IN_PUBLICATION}<slug:contest>/area/<code:code>.<language:language>.pdf",
        binding.area_file,
        "The results of an area as a PDF, to hang on a wall",
        PDF,
        addresses=of.in_publication(of.areas),
        in_language=True,
        turn=NEVER,
    ),
    check(
        "proof",
        f"{CONTEST}proof/<code:code>.json",
        one_of(proofs.proofs),
        "That a polling station is inside the newest total",
        JSON,
        schema="StationProof",
        cache=PAGE,
        addresses=of.proofs_of_stations,
        many=proofs.proofs,
        stations=FEW,
    ),
    check(
        "bundle",
        f"{CONTEST}bundle/<code:code>.json",
        proofs.bundle,
        "All that lies in an area, with its proof",
        JSON,
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
        json_.latest,
        "Number, time and status of the newest publication: ask this often",
        JSON,
        schema="Latest",
        cache=NEWEST,
        turn=NUMBER,
    ),
    file(
        "rehearsal",
        f"{ELECTION}rehearsal.zip",
        documents.rehearsal,
        "The same files with zeros, to make programs ready",
        ZIP,
        cache=PAGE,
        addresses=of.rehearsal,
        bound=True,
    ),
    file(
        "datapackage",
        f"{IN_PUBLICATION}datapackage.json",
        documents.package,
        "What the columns of the CSV files are: a Frictionless Data Package",
        JSON,
        schema="OpenObject",
        addresses=of.publications,
        bound=True,
    ),
    file(
        "all-files",
        f"{IN_PUBLICATION}all.zip",
        documents.everything,
        "Every file of a publication in one",
        ZIP,
        addresses=of.publications,
        bound=True,
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
            bound=True,
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
        bound=True,
    ),
)
