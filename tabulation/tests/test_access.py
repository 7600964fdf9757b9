"""Every address has an access decision: the public ones are listed here, the rest want a person."""

from django.test import TestCase
from django.urls import URLPattern, get_resolver

from tabulation.tests.world import World

PUBLIC = {
    "",
    "healthz",
    "<language:language>/",
    "<language:language>/<slug:slug>/",
    "<language:language>/<slug:slug>/publications/",
    "<language:language>/<slug:slug>/publications/<int:number>/",
    "<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/-/<int:page>/",
    "<language:language>/<slug:slug>/<slug:contest>/area/<code:code>/",
    "<language:language>/<slug:slug>/<slug:contest>/station/<code:code>/",
    "data/<slug:slug>/latest.json",
    "data/<slug:slug>/<int:number>/<slug:contest>.json",
    "data/<slug:slug>/<int:number>/<slug:contest>.csv",
    "staff/sign-in/",
    "staff/sign-in/code/",
    "staff/sign-in/inactive/",
    "staff/sign-out/",
}
#: The staff's, below the sign-in, with something to fill in.
OF_CONTEST = "staff/<slug:slug>/<slug:contest>/"
STAFF = {
    "staff/": "/staff/",
    "staff/<slug:slug>/events/": "/staff/artsakh/events/",
    "staff/<slug:slug>/events.csv": "/staff/artsakh/events.csv",
    OF_CONTEST: "/staff/artsakh/president/",
    **{
        f"{OF_CONTEST}{route}": f"/staff/artsakh/president/{path}"
        for route, path in (
            ("publish/", "publish/"),
            ("stations/", "stations/"),
            ("area/<code:code>/", "area/S/"),
            ("station/<code:code>/", "station/2/01/"),
            ("history/<code:code>/", "history/2/01/"),
            ("start/<code:code>/", "start/2/01/"),
            ("entry/<code:code>/", "entry/2/01/"),
            ("draft/<code:code>/", "draft/2/01/"),
            *(
                (f"{act}/<code:code>/", f"{act}/2/01/")
                for act in (
                    "accept",
                    "choose",
                    "return",
                    "release",
                    "set-aside",
                    "correct",
                    "annul",
                    "reinstate",
                )
            ),
            ("progress/", "progress/"),
            ("progress/<code:code>/", "progress/S/"),
            ("intake/", "intake/"),
            ("desk/", "desk/"),
            ("next/", "next/"),
        )
    },
}


def routes() -> dict[str, URLPattern]:
    found = {}
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern), "an include: list its routes here too"
        found[str(pattern.pattern)] = pattern
    return found


class AccessTests(TestCase):
    def test_every_route_is_decided(self) -> None:
        self.assertEqual(set(routes()), PUBLIC | set(STAFF))

    def test_the_open_ones_are_these_and_no_others(self) -> None:
        open_ = {
            route
            for route, pattern in routes().items()
            if not getattr(pattern.callback, "login_required", True)
        }
        self.assertEqual(open_, PUBLIC)

    def test_a_stranger_gets_no_further_than_the_sign_in(self) -> None:
        World()
        for path in STAFF.values():
            for method in ("get", "post"):
                with self.subTest(path, method=method):
                    answer = getattr(self.client, method)(path)
                    self.assertEqual(answer.status_code, 302)
                    self.assertTrue(answer["Location"].startswith("/staff/sign-in/"))

    def test_after_the_sign_in_comes_a_page_never_the_address_of_a_button(self) -> None:
        World()
        path = STAFF[f"{OF_CONTEST}publish/"]
        for came_from, page in (
            ("http://testserver/staff/artsakh/president/", "/staff/artsakh/president/"),
            ("http://elsewhere.example/staff/x/", "/staff/"),
            ("", "/staff/"),
        ):
            with self.subTest(came_from):
                answer = self.client.post(path, headers={"Referer": came_from})
                self.assertRedirects(answer, f"/staff/sign-in/?next={page}")

    def test_the_address_of_a_button_has_a_page(self) -> None:
        self.client.force_login(World().mariam)
        answer = self.client.get(STAFF[f"{OF_CONTEST}publish/"])
        self.assertContains(answer, "Nothing to read here", status_code=405)
