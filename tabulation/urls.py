"""Every address. The public's begin with a language or `data`, the staff's with `staff`."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import path, register_converter

from tabulation.views import aggregation, public, staff


class LanguageConverter:
    """One of the site's languages: `en`."""

    regex = "|".join(code for code, _name in settings.LANGUAGES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class CodeConverter(LanguageConverter):
    """The code of an area or a station, slashes and letters of any script included: `4/13`."""

    regex = r"\w+(?:[.\-/ ]\w+)*"


register_converter(LanguageConverter, "language")
register_converter(CodeConverter, "code")

urlpatterns: list[Any] = [
    # / - the public: documents of what is published
    path("", public.root),
    path("<language:language>/", public.archive, name="archive"),
    path("<language:language>/<slug:slug>/", public.election, name="election"),
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
    # /data/ - the public's files
    path("data/<slug:slug>/latest.json", public.latest, name="latest"),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.json",
        public.data,
        {"kind": "json"},
        name="data-json",
    ),
    path(
        "data/<slug:slug>/<int:number>/<slug:contest>.csv",
        public.data,
        {"kind": "csv"},
        name="data-csv",
    ),
    # /staff/ - behind sign-in
    path("staff/", staff.home, name="staff"),
    path("staff/sign-in/", staff.SignIn.as_view(), name="sign-in"),
    path("staff/sign-out/", LogoutView.as_view(), name="sign-out"),
    path("staff/<slug:slug>/<slug:contest>/", aggregation.aggregation, name="aggregation"),
    path("staff/<slug:slug>/<slug:contest>/publish/", aggregation.publish_now, name="publish"),
    path(
        "staff/<slug:slug>/<slug:contest>/area/<code:code>/",
        aggregation.aggregation,
        name="aggregation-area",
    ),
]
