"""The public's pages: they begin with a language. Documents of what is published."""

from typing import Any

from django.urls import path

from tabulation.views import public, public_stations

urlpatterns: list[Any] = [
    # / - the public: documents of what is published
    path("", public.root, name="root"),
    path("<language:language>/", public.archive, name="archive"),
    path("<language:language>/<slug:slug>/", public.election, name="election"),
    path("<language:language>/<slug:slug>/how/", public.how, name="how"),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/candidate/<int:number>/",
        public.candidate,
        name="candidate",
    ),
    # /LANGUAGE/ELECTION/CONTEST/outcome/ - what the rule makes of the figures, step by step
    path("<language:language>/<slug:slug>/<slug:contest>/outcome/", public.outcome, name="outcome"),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/outcome/<int:number>/",
        public.outcome,
        name="outcome-in",
    ),
    path("<language:language>/<slug:slug>/publications/", public.publications, name="publications"),
    path(
        "<language:language>/<slug:slug>/publications/<int:number>/",
        public.publication,
        name="publication",
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/-/<int:page>/",
        public.area,
        name="area-page",
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/", public.area, name="area"
    ),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/station/<code:code>/",
        public.station,
        name="station",
    ),
    # /LANGUAGE/ELECTION/CONTEST/turnout/ - how many had come by each hour of polling day
    path("<language:language>/<slug:slug>/<slug:contest>/turnout/", public.turnout, name="turnout"),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/turnout/<code:code>/",
        public.turnout,
        name="turnout-area",
    ),
    # /LANGUAGE/ELECTION/CONTEST/difference/A/B/ - what changed from one publication to another
    *(
        path(
            "<language:language>/<slug:slug>/<slug:contest>/difference/<int:earlier>/<int:later>/"
            + rest,
            public.difference,
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
    path("<language:language>/<slug:slug>/feed.xml", public.feed, name="feed"),
    path("<language:language>/<slug:slug>/screen/", public.screen, name="screen"),
    path(
        "<language:language>/<slug:slug>/<slug:contest>/embed/", public.embedding, name="embedding"
    ),
    # /embed/ - parts of pages: the only ones that may stand in others' frames
    path(
        "embed/<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/results/",
        public.embed_area,
        name="embed-area",
    ),
    path(
        "embed/<language:language>/<slug:slug>/<slug:contest>/station/<code:code>/",
        public.embed_station,
        name="embed-station",
    ),
    path(
        "embed/<language:language>/<slug:slug>/<slug:contest>/<slug:what>/",
        public.embed,
        name="embed",
    ),
    # /LANGUAGE/ELECTION/CONTEST/ - pictures
    *(
        path(f"<language:language>/<slug:slug>/<slug:contest>/{rest}/", view, name=name)
        for rest, view, name in (
            ("map", public.map_of_leaders, "map"),
            ("map/turnout", public.map_of_turnout, "map-turnout"),
            ("night", public.night, "night"),
            ("scatter", public.scatter, "scatter"),
        )
    ),
    # /LANGUAGE/ELECTION/CONTEST/ - search and lists: the only ones that read a query string
    *(
        path(f"<language:language>/<slug:slug>/<slug:contest>/{rest}", view, name=name)
        for rest, view, name in (
            ("find/", public_stations.find, "find"),
            ("stations/", public_stations.stations, "stations"),
            ("stations.csv", public_stations.stations_csv, "stations-csv"),
        )
    ),
    # /healthz - for whoever watches the servers
    path("healthz", public.healthz, name="healthz"),
]
