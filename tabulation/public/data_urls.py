"""The public's files: they begin with `data`."""

from typing import Any

from django.urls import path

from tabulation.languages import converters as converters
from tabulation.public.views import documents, papers

urlpatterns: list[Any] = [
    # /data/schema/ - before the elections: none has this name
    path("data/schema/<slug:name>.json", documents.schema, name="schema"),
    # /data/ - what there is, for programs and catalogues
    path("data/openapi.json", documents.openapi, name="openapi"),
    path("data/catalog.jsonld", documents.catalog, name="catalog"),
    # /data/ - what anybody checks a publication with: docs/verification.md
    path("data/<slug:slug>/key.txt", documents.keys, name="keys"),
    path("data/<slug:slug>/checkpoint", documents.newest_checkpoint, name="newest-checkpoint"),
    path("data/<slug:slug>/manifests.jsonl", documents.manifests, name="manifests"),
    path("data/<slug:slug>/<int:number>/checkpoint", documents.checkpoint, name="checkpoint"),
    path("data/<slug:slug>/<int:number>/manifest.json", documents.manifest, name="manifest"),
    path(
        "data/<slug:slug>/<int:number>/files/<file:file>",
        documents.published_file,
        name="published-file",
    ),
    path("data/<slug:slug>/<int:number>/<slug:contest>.form.json", documents.form, name="form"),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.ledger.tsv", documents.ledger, name="ledger"
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.reasons.tsv",
        documents.reasons,
        name="reasons",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.turnout.csv",
        documents.turnout_data,
        name="turnout-csv",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.outcome.json",
        documents.outcome_data,
        name="outcome-json",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>/proof/<code:code>.json",
        documents.proof,
        name="proof-in",
    ),
    # /data/ - papers, in a language
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.protocol.<language:language>.pdf",
        papers.protocol,
        name="protocol-pdf",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>/area/<code:code>.<language:language>.pdf",
        papers.area,
        name="area-pdf",
    ),
    path("data/<slug:slug>/<slug:contest>/proof/<code:code>.json", documents.proof, name="proof"),
    path(
        "data/<slug:slug>/<slug:contest>/bundle/<code:code>.json", documents.bundle, name="bundle"
    ),
    # /data/ - the public's files
    path("data/<slug:slug>/latest.json", documents.latest, name="latest"),
    path("data/<slug:slug>/rehearsal.zip", documents.rehearsal, name="rehearsal"),
    path("data/<slug:slug>/<int:number>/datapackage.json", documents.package, name="datapackage"),
    path("data/<slug:slug>/<int:number>/all.zip", documents.everything, name="all-files"),
    *(
        path(
            f"data/<slug:slug>/<int:number>/<slug:contest>.{kind}",
            documents.data,
            {"kind": kind},
            name=f"data-{kind}",
        )
        for kind in ("csv", "long.csv", "json", "nist.json", "nist.xml", "eml.xml")
    ),
    path(
        "data/<slug:slug>/<slug:contest>.difference-<int:earlier>-<int:later>.csv",
        documents.difference_data,
        name="difference-csv",
    ),
]
