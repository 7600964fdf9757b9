"""The public's pages: they begin with a language. Documents of what is published."""

from typing import Any

from django.urls import path

from tabulation.languages import converters as converters
from tabulation.public.views import documents, stations

urlpatterns: list[Any] = [
    # / - the public: documents of what is published
    path("", documents.root, name="root"),
    path("<language:language>/", documents.archive, name="archive"),
    path("<language:language>/<slug:slug>/", documents.election, name="election"),
    path("<language:language>/<slug:slug>/how/", documents.how, name="how"),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/candidate/<int:number>/",
        documents.candidate,
        name="candidate",
    ),
    # /LANGUAGE/ELECTION/CONTEST/outcome/ - what the rule makes of the figures, step by step
    path(
        "<language:language>/<slug:slug>/<slug:contest>/outcome/", documents.outcome, name="outcome"
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/outcome/<int:number>/",
        documents.outcome,
        name="outcome-in",
    ),
    path(
        "<language:language>/<slug:slug>/publications/", documents.publications, name="publications"
    ),
    path(
        "<language:language>/<slug:slug>/publications/<int:number>/",
        documents.publication,
        name="publication",
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/-/<int:page>/",
        documents.area,
        name="area-page",
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/",
        documents.area,
        name="area",
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/station/<code:code>/",
        documents.station,
        name="station",
    ),
    # /LANGUAGE/ELECTION/CONTEST/turnout/ - how many had come by each hour of polling day
    path(
        "<language:language>/<slug:slug>/<slug:contest>/turnout/", documents.turnout, name="turnout"
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/turnout/<code:code>/",
        documents.turnout,
        name="turnout-area",
    ),
    # /LANGUAGE/ELECTION/CONTEST/difference/A/B/ - what changed from one publication to another
    *(
        path(
            "<language:language>/<slug:slug>/<slug:contest>/difference/<int:earlier>/<int:later>/"
            + rest,
            documents.difference,
            {"newly_counted": newly_counted},
            name=name,
        )
        for rest, newly_counted, name in (
            ("", False, "difference"),
            ("-/<int:page>/", False, "difference-page"),
            ("newly-counted/", True, "newly-counted"),
            ("newly-counted/-/<int:page>/", True, "newly-counted-page"),
        )
    ),
    # /LANGUAGE/ELECTION/ - for others' readers, and for a press hall
    path("<language:language>/<slug:slug>/feed.xml", documents.feed, name="feed"),
    path("<language:language>/<slug:slug>/screen/", documents.screen, name="screen"),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/embed/",
        documents.embedding,
        name="embedding",
    ),
    # /embed/ - parts of pages: the only ones that may stand in others' frames
    path(
        "embed/<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/results/",
        documents.embed_area,
        name="embed-area",
    ),
    path(
        "embed/<language:language>/<slug:slug>/<slug:contest>/station/<code:code>/",
        documents.embed_station,
        name="embed-station",
    ),
    path(
        "embed/<language:language>/<slug:slug>/<slug:contest>/<slug:what>/",
        documents.embed,
        name="embed",
    ),
    # /LANGUAGE/ELECTION/CONTEST/ - pictures
    *(
        path(f"<language:language>/<slug:slug>/<slug:contest>/{rest}/", view, name=name)
        for rest, view, name in (
            ("map", documents.map_of_leaders, "map"),
            ("map/turnout", documents.map_of_turnout, "map-turnout"),
            ("night", documents.night, "night"),
            ("scatter", documents.scatter, "scatter"),
        )
    ),
    # /LANGUAGE/ELECTION/CONTEST/ - search and lists: the only ones that read a query string
    *(
        path(f"<language:language>/<slug:slug>/<slug:contest>/{rest}", view, name=name)
        for rest, view, name in (
            ("find/", stations.find, "find"),
            ("stations/", stations.stations, "stations"),
            ("stations.csv", stations.stations_csv, "stations-csv"),
        )
    ),
    # /healthz - for whoever watches the servers
    path("healthz", documents.healthz, name="healthz"),
]
