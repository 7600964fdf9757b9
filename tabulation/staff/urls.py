"""Behind sign-in: they begin with `staff`, or with a language other than English and `staff`."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path

from tabulation.languages import converters as converters  # registers how codes stand in addresses
from tabulation.staff import sessions
from tabulation.staff.views import account as own
from tabulation.staff.views import (
    aggregation,
    commission,
    desk,
    entry,
    events,
    intake,
    paper,
    people,
    progress,
    publishing,
    rulings,
    staff,
    station,
    stations,
    turnout,
)

urlpatterns: list[URLPattern] = [
    # /staff/ - behind sign-in
    path("staff/", staff.home, name="staff"),
    path("staff/sign-in/", account.login, name="account_login"),
    path("staff/sign-in/code/", own.second_factor, name="mfa_authenticate"),
    path(
        "staff/sign-in/passkey/",
        login_not_required(webauthn.login_webauthn),
        name="mfa_login_webauthn",
    ),
    path("staff/sign-in/inactive/", account.account_inactive, name="account_inactive"),
    path("staff/sign-out/", account.logout, name="account_logout"),
    path("staff/stay/", sessions.stay, name="stay"),
    # /staff/account/ - one's own; the library goes to some of these by their names
    path("staff/account/", own.account, name="mfa_index"),
    path("staff/account/first/", own.first_steps, name="first-steps"),
    path("staff/account/password/", own.change_password, name="change-password"),
    path("staff/account/app/", own.add_app, name="mfa_activate_totp"),
    path("staff/account/passkey/", own.add_passkey, name="mfa_add_webauthn"),
    path("staff/account/factor/<int:pk>/remove/", own.remove_factor, name="remove-factor"),
    path("staff/account/again/", account.reauthenticate, name="account_reauthenticate"),
    path("staff/account/again/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        "staff/account/again/passkey/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    # /staff/people/ - the administrators', and who confirms what they did
    path("staff/people/", people.people, name="people"),
    path("staff/people/new/", people.new, name="people-new"),
    path("staff/people/many/", people.many, name="people-many"),
    path("staff/people/confirm/", people.confirm, name="people-confirm"),
    path("staff/people/<int:pk>/", people.one, name="person"),
    path("staff/people/<int:pk>/change/", people.change, name="person-change"),
    path("staff/people/<int:pk>/password/", people.new_password, name="person-password"),
    path("staff/people/<int:pk>/factor/", people.forget_factor, name="person-factor"),
    # /staff/ELECTION/ - who did what
    path("staff/<slug:slug>/events/", events.events, name="events"),
    path("staff/<slug:slug>/events.csv", events.events_csv, name="events-csv"),
    # /staff/ELECTION/autopublish/ - publishing without a person
    path("staff/<slug:slug>/autopublish/", publishing.autopublish, name="autopublish"),
    path("staff/<slug:slug>/autopublish/end/", publishing.end_autopublish, name="autopublish-end"),
    # /staff/ELECTION/decision/ - the commission's acts
    path("staff/<slug:slug>/decision/", commission.decision, name="decision"),
    path("staff/<slug:slug>/decision/sitting/", commission.sitting, name="sitting"),
    path("staff/<slug:slug>/<slug:contest>/lot/", commission.lot, name="lot"),
    path(
        "staff/<slug:slug>/<slug:contest>/second-round/",
        commission.second_round,
        name="second-round",
    ),
    path(
        "staff/<slug:slug>/<slug:contest>/polling-day/",
        commission.polling_day,
        name="polling-day",
    ),
    # /staff/ELECTION/CONTEST/ - the count: intake, entry, verification, live sums
    path("staff/<slug:slug>/<slug:contest>/progress/", progress.progress, name="progress"),
    path(
        "staff/<slug:slug>/<slug:contest>/progress/<code:code>/",
        progress.progress,
        name="progress-area",
    ),
    path("staff/<slug:slug>/<slug:contest>/intake/", intake.desk, name="intake"),
    path("staff/<slug:slug>/<slug:contest>/turnout/", turnout.turnout, name="staff-turnout"),
    path(
        "staff/<slug:slug>/<slug:contest>/turnout/<code:code>/",
        turnout.turnout,
        name="staff-turnout-area",
    ),
    path("staff/<slug:slug>/<slug:contest>/paper/", paper.paper, name="paper"),
    path("staff/<slug:slug>/<slug:contest>/desk/", desk.desk, name="desk"),
    path("staff/<slug:slug>/<slug:contest>/next/", desk.next_protocol, name="entry-next"),
    path("staff/<slug:slug>/<slug:contest>/stations/", stations.stations, name="staff-stations"),
    path(
        "staff/<slug:slug>/<slug:contest>/station/<code:code>/",
        station.station,
        name="staff-station",
    ),
    path("staff/<slug:slug>/<slug:contest>/history/<code:code>/", station.history, name="history"),
    path("staff/<slug:slug>/<slug:contest>/start/<code:code>/", desk.start, name="entry-start"),
    path("staff/<slug:slug>/<slug:contest>/entry/<code:code>/", entry.form, name="entry"),
    path("staff/<slug:slug>/<slug:contest>/draft/<code:code>/", entry.draft, name="entry-draft"),
    *(
        path(f"staff/<slug:slug>/<slug:contest>/{name}/<code:code>/", view, name=name)
        for name, view in (
            ("accept", rulings.accept),
            ("choose", rulings.choose),
            ("return", rulings.give_back),
            ("release", rulings.release),
            ("set-aside", rulings.set_aside),
            ("correct", rulings.correct),
            ("annul", rulings.annul),
            ("reinstate", rulings.reinstate),
        )
    ),
    path("staff/<slug:slug>/<slug:contest>/", aggregation.aggregation, name="aggregation"),
    path("staff/<slug:slug>/<slug:contest>/publish/", publishing.publish_next, name="publish"),
    path(
        "staff/<slug:slug>/<slug:contest>/area/<code:code>/",
        aggregation.aggregation,
        name="aggregation-area",
    ),
]
