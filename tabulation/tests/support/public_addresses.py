"""An example of every public address, by the name of its route: what many tests go through.

`test_public_addresses` fails when a route has none here, so whoever adds a page adds it. They are
of the election that `half_counted` makes.
"""

from tabulation.public.pages.embeds import PARTS
from tabulation.tests.support.nkr_world import ANNULLED, CORRECTED, WAITING

P = "/embed/{language}/nkr-2012/president/"
E, C = "/{language}/nkr-2012/", "/{language}/nkr-2012/president/"
D = "/data/nkr-2012/"

#: Pages for people: more than one where a page has more than one face.
PAGES: dict[str, tuple[str, ...]] = {
    "archive": ("/{language}/",),
    "election": (E,),
    "how": (f"{E}how/",),
    "publications": (f"{E}publications/",),
    "publication": (f"{E}publications/1/",),
    "candidate": (f"{C}candidate/2/",),
    "outcome": (f"{C}outcome/",),
    "outcome-in": (f"{C}outcome/2/",),
    "area": (f"{C}area/1/", f"{C}area/NKR/"),
    "area-page": (f"{C}area/1/-/1/",),
    "station": tuple(f"{C}station/{code}/" for code in (CORRECTED, ANNULLED, WAITING, "1/03")),
    "turnout": (f"{C}turnout/",),
    "turnout-area": (f"{C}turnout/1/",),
    "map": (f"{C}map/",),
    "map-turnout": (f"{C}map/turnout/",),
    "night": (f"{C}night/",),
    "scatter": (f"{C}scatter/",),
    "find": (f"{C}find/", f"{C}find/?q=Stepanakert", f"{C}find/?q=nowhere"),
    "stations": (f"{C}stations/", f"{C}stations/?status=annulled&area=1"),
    "difference": (f"{C}difference/2/3/", f"{C}difference/1/2/"),
    "difference-page": (f"{C}difference/2/3/-/1/",),
    "newly-counted": (f"{C}difference/1/2/newly-counted/",),
    "newly-counted-page": (f"{C}difference/1/2/newly-counted/-/1/",),
    "screen": (f"{E}screen/",),
    "embedding": (f"{C}embed/",),
    "embed": tuple(f"{P}{what}/" for what in PARTS),
    "embed-area": (f"{P}area/1/results/",),
    "embed-station": tuple(f"{P}station/{code}/" for code in (CORRECTED, ANNULLED, WAITING)),
}
#: Files for programs, by their type.
FILES: dict[str, tuple[str, str]] = {
    "healthz": ("/healthz", "application/json"),
    "latest": (f"{D}latest.json", "application/json"),
    "keys": (f"{D}key.txt", "text/plain"),
    "newest-checkpoint": (f"{D}checkpoint", "text/plain"),
    "manifests": (f"{D}manifests.jsonl", "application/x-ndjson"),
    "checkpoint": (f"{D}2/checkpoint", "text/plain"),
    "manifest": (f"{D}2/manifest.json", "application/json"),
    "published-file": (f"{D}3/files/note.txt", "text/plain"),
    "form": (f"{D}2/president.form.json", "application/json"),
    "ledger": (f"{D}2/president.ledger.tsv", "text/tab-separated-values"),
    "proof-in": (f"{D}2/president/proof/{CORRECTED}.json", "application/json"),
    "proof": (f"{D}president/proof/{CORRECTED}.json", "application/json"),
    "bundle": (f"{D}president/bundle/1.json", "application/json"),
    "data-json": (f"{D}3/president.json", "application/json"),
    "data-long.csv": (f"{D}3/president.long.csv", "text/csv"),
    "data-nist.json": (f"{D}3/president.nist.json", "application/json"),
    "data-nist.xml": (f"{D}3/president.nist.xml", "application/xml"),
    "data-eml.xml": (f"{D}3/president.eml.xml", "application/xml"),
    "protocol-pdf": (f"{D}3/president.protocol.hy.pdf", "application/pdf"),
    "area-pdf": (f"{D}3/president/area/1.ru.pdf", "application/pdf"),
    "datapackage": (f"{D}3/datapackage.json", "application/json"),
    "all-files": (f"{D}3/all.zip", "application/zip"),
    "rehearsal": (f"{D}rehearsal.zip", "application/zip"),
    "schema": ("/data/schema/results.json", "application/schema+json"),
    "outcome-json": (f"{D}3/president.outcome.json", "application/json"),
    "data-csv": (f"{D}3/president.csv", "text/csv"),
    "turnout-csv": (f"{D}3/president.turnout.csv", "text/csv"),
    "reasons": (f"{D}3/president.reasons.tsv", "text/tab-separated-values"),
    "catalog": ("/data/catalog.jsonld", "application/ld+json"),
    "openapi": ("/data/openapi.json", "application/json"),
    "feed": ("/en/nkr-2012/feed.xml", "application/atom+xml"),
    "stations-csv": ("/en/nkr-2012/president/stations.csv", "text/csv"),
    "difference-csv": (f"{D}president.difference-1-3.csv", "text/csv"),
}
#: What only leads elsewhere.
ELSEWHERE = {"root"}


def pages(language: str = "en") -> list[tuple[str, str]]:
    """Each page's route and address in ``language``."""
    return [
        (name, address.format(language=language))
        for name, addresses in PAGES.items()
        for address in addresses
    ]
