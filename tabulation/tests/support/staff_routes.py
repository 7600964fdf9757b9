"""Who gets in at each address of the staff, and which addresses are open to everybody."""

from dataclasses import dataclass

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from tabulation.models import User
from tabulation.public.site import DOCUMENTS

#: What is declared as public, and the way in.
PUBLIC = {
    *(declared.path for declared in DOCUMENTS),
    "staff/sign-in/",
    "staff/sign-in/code/",
    "staff/sign-in/passkey/",
    "staff/sign-in/inactive/",
    "staff/sign-out/",
}


ALL = frozenset(User.Role.values)


CLERK = {"clerk"}


SUPERVISOR = {"supervisor"}


INTAKE = {"intake", "supervisor"}


PRINT = {"intake", "supervisor", "member"}


DECIDE = {"supervisor", "member"}


EVENTS = {"member", "auditor"}


HOURS = {"intake", "supervisor", "member"}


SUMS = DECIDE | {"auditor"}


PEOPLE = {"administrator", "auditor", "member"}


CONFIRM = {"administrator", "member", "supervisor"}


MANAGE = {"administrator"}


NOBODY: set[str] = set()


@dataclass(frozen=True)
class Access:
    """Who gets in at ``path``. ``abroad``: also who works for another area than the path's."""

    path: str
    get: set[str] | frozenset[str] = ALL
    post: set[str] | frozenset[str] = frozenset()
    abroad: bool = True


C, P = "staff/<slug:slug>/<slug:contest>/", "/staff/artsakh/president/"
A = "staff/<slug:slug>/acts/"


#: The staff's routes. PK is put in: the account of somebody in area S.
STAFF = {
    "staff/": Access("/staff/"),
    "staff/stay/": Access("/staff/stay/", ALL, ALL),
    # one's own account
    "staff/account/": Access("/staff/account/"),
    "staff/account/first/": Access("/staff/account/first/", ALL, ALL),
    "staff/account/password/": Access("/staff/account/password/", NOBODY, ALL),
    "staff/account/app/": Access("/staff/account/app/", ALL, ALL),
    "staff/account/passkey/": Access("/staff/account/passkey/", ALL, ALL),
    "staff/account/factor/<int:pk>/remove/": Access("/staff/account/factor/1/remove/", ALL, ALL),
    "staff/account/again/": Access("/staff/account/again/", ALL, ALL),
    "staff/account/again/code/": Access("/staff/account/again/code/", ALL, ALL),
    "staff/account/again/passkey/": Access("/staff/account/again/passkey/", ALL, ALL),
    # other people's
    "staff/people/": Access("/staff/people/", PEOPLE | CONFIRM),
    "staff/people/confirm/": Access("/staff/people/confirm/", NOBODY, CONFIRM),
    "staff/people/told/": Access("/staff/people/told/", NOBODY, {"member"}),
    "staff/people/new/": Access("/staff/people/new/", MANAGE, MANAGE),
    "staff/people/many/": Access("/staff/people/many/", MANAGE, MANAGE),
    "staff/people/<int:pk>/": Access("/staff/people/PK/", PEOPLE, abroad=False),
    "staff/people/<int:pk>/change/": Access("/staff/people/PK/change/", NOBODY, MANAGE, False),
    "staff/people/<int:pk>/password/": Access("/staff/people/PK/password/", NOBODY, MANAGE, False),
    "staff/people/<int:pk>/factor/": Access("/staff/people/PK/factor/", NOBODY, MANAGE, False),
    # the count
    f"{C}": Access(P, SUMS),
    f"{C}publish/": Access(f"{P}publish/", {"member"}, {"member"}, False),
    f"{C}stations/": Access(f"{P}stations/"),
    f"{C}area/<code:code>/": Access(f"{P}area/S/", SUMS, abroad=False),
    f"{C}station/<code:code>/": Access(f"{P}station/2/01/", abroad=False),
    f"{C}start/<code:code>/": Access(f"{P}start/2/01/", NOBODY, CLERK, False),
    f"{C}entry/<code:code>/": Access(f"{P}entry/2/01/", CLERK, CLERK, False),
    f"{C}draft/<code:code>/": Access(f"{P}draft/2/01/", NOBODY, CLERK, False),
    f"{C}accept/<code:code>/": Access(f"{P}accept/2/01/", NOBODY, DECIDE, False),
    f"{C}history/<code:code>/": Access(f"{P}history/2/01/", SUMS, abroad=False),
    f"{C}progress/": Access(f"{P}progress/"),
    f"{C}progress/<code:code>/": Access(f"{P}progress/S/", abroad=False),
    f"{C}intake/": Access(f"{P}intake/", INTAKE, INTAKE),
    f"{C}turnout/": Access(f"{P}turnout/", HOURS | {"auditor"}, HOURS),
    f"{C}turnout/<code:code>/": Access(f"{P}turnout/S/", HOURS | {"auditor"}, HOURS, False),
    f"{C}paper/": Access(f"{P}paper/", PRINT),
    f"{C}desk/": Access(f"{P}desk/", CLERK),
    f"{C}next/": Access(f"{P}next/", NOBODY, CLERK),
    f"{C}choose/<code:code>/": Access(f"{P}choose/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}return/<code:code>/": Access(f"{P}return/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}release/<code:code>/": Access(f"{P}release/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}set-aside/<code:code>/": Access(f"{P}set-aside/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}correct/<code:code>/": Access(f"{P}correct/2/01/", NOBODY, DECIDE, False),
    f"{C}annul/<code:code>/": Access(f"{P}annul/2/01/", NOBODY, {"member"}, False),
    f"{C}reinstate/<code:code>/": Access(f"{P}reinstate/2/01/", NOBODY, {"member"}, False),
    "staff/<slug:slug>/autopublish/": Access(
        "/staff/artsakh/autopublish/", {"member"}, {"member"}, False
    ),
    "staff/<slug:slug>/autopublish/end/": Access(
        "/staff/artsakh/autopublish/end/", NOBODY, {"member"}, False
    ),
    "staff/<slug:slug>/decision/": Access(
        "/staff/artsakh/decision/", {"member", "auditor"}, set(), False
    ),
    "staff/<slug:slug>/decision/sitting/": Access(
        "/staff/artsakh/decision/sitting/", NOBODY, {"member"}, False
    ),
    f"{A}": Access("/staff/artsakh/acts/", {"member", "auditor"}),
    f"{A}<int:number>/": Access("/staff/artsakh/acts/1/", {"member", "auditor"}),
    f"{A}<int:number>/confirm/": Access("/staff/artsakh/acts/1/confirm/", NOBODY, {"member"}),
    "staff/<slug:slug>/orders/<int:pk>/": Access(
        "/staff/artsakh/orders/1/", {"member", "auditor"}, abroad=False
    ),
    f"{A}<int:number>/withdraw/": Access("/staff/artsakh/acts/1/withdraw/", NOBODY, {"member"}),
    "staff/<slug:slug>/roster/": Access(
        "/staff/artsakh/roster/", {"member", "auditor"}, set(), False
    ),
    "staff/<slug:slug>/roster/change/": Access(
        "/staff/artsakh/roster/change/", NOBODY, {"member"}, False
    ),
    f"{C}lot/": Access(f"{P}lot/", NOBODY, {"member"}, False),
    f"{C}second-round/": Access(f"{P}second-round/", NOBODY, {"member"}, False),
    f"{C}polling-day/": Access(f"{P}polling-day/", NOBODY, {"member"}, False),
    # who did what
    "staff/<slug:slug>/events/": Access("/staff/artsakh/events/", EVENTS, abroad=False),
    "staff/<slug:slug>/events.csv": Access("/staff/artsakh/events.csv", EVENTS, abroad=False),
}


def routes() -> dict[str, URLPattern]:
    """Every route, the staff's without the language before them: English has none."""
    found = {}
    for entry in get_resolver().url_patterns:
        translated = isinstance(getattr(entry, "pattern", None), LocalePrefixPattern)
        for pattern in entry.url_patterns if translated else [entry]:
            assert isinstance(pattern, URLPattern), "an include: list its routes here too"
            found[str(pattern.pattern)] = pattern
    return found
