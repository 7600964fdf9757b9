"""The public's files: they begin with `data`."""

from typing import Any

from django.urls import path

from tabulation.views import public, public_papers

urlpatterns: list[Any] = [
    # /data/schema/ - before the elections: none has this name
    path("data/schema/<slug:name>.json", public.schema, name="schema"),
    # /data/ - what there is, for programs and catalogues
    path("data/openapi.json", public.openapi, name="openapi"),
    path("data/catalog.jsonld", public.catalog, name="catalog"),
    # /data/ - what anybody checks a publication with: docs/verification.md
    path("data/<slug:slug>/key.txt", public.keys, name="keys"),
    path("data/<slug:slug>/checkpoint", public.newest_checkpoint, name="newest-checkpoint"),
    path("data/<slug:slug>/manifests.jsonl", public.manifests, name="manifests"),
    path("data/<slug:slug>/<int:number>/checkpoint", public.checkpoint, name="checkpoint"),
    path("data/<slug:slug>/<int:number>/manifest.json", public.manifest, name="manifest"),
    path(
        "data/<slug:slug>/<int:number>/files/<file:file>",
        public.published_file,
        name="published-file",
    ),
    path("data/<slug:slug>/<int:number>/<slug:contest>.form.json", public.form, name="form"),
    path("data/<slug:slug>/<int:number>/<slug:contest>.ledger.tsv", public.ledger, name="ledger"),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.reasons.tsv", public.reasons, name="reasons"
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.turnout.csv",
        public.turnout_data,
        name="turnout-csv",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.outcome.json",
        public.outcome_data,
        name="outcome-json",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>/proof/<code:code>.json",
        public.proof,
        name="proof-in",
    ),
    # /data/ - papers, in a language
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.protocol.<language:language>.pdf",
        public_papers.protocol,
        name="protocol-pdf",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>/area/<code:code>.<language:language>.pdf",
        public_papers.area,
        name="area-pdf",
    ),
    path("data/<slug:slug>/<slug:contest>/proof/<code:code>.json", public.proof, name="proof"),
    path("data/<slug:slug>/<slug:contest>/bundle/<code:code>.json", public.bundle, name="bundle"),
    # /data/ - the public's files
    path("data/<slug:slug>/latest.json", public.latest, name="latest"),
    path("data/<slug:slug>/rehearsal.zip", public.rehearsal, name="rehearsal"),
    path("data/<slug:slug>/<int:number>/datapackage.json", public.package, name="datapackage"),
    path("data/<slug:slug>/<int:number>/all.zip", public.everything, name="all-files"),
    *(
        path(
            f"data/<slug:slug>/<int:number>/<slug:contest>.{kind}",
            public.data,
            {"kind": kind},
            name=f"data-{kind}",
        )
        for kind in ("csv", "long.csv", "json", "nist.json", "nist.xml", "eml.xml")
    ),
    path(
        "data/<slug:slug>/<slug:contest>.difference-<int:earlier>-<int:later>.csv",
        public.difference_data,
        name="difference-csv",
    ),
]
