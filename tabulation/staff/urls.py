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
    motions,
    orders,
    paper,
    people,
    progress,
    publishing,
    roster,
    rulings,
    staff,
    station,
    stations,
    turnout,
)

ELECTION = "staff/<slug:slug>/"
CONTEST = "staff/<slug:slug>/<slug:contest>/"

urlpatterns: list[URLPattern] = [
    # /staff/ - behind sign-in
    path("staff/", staff.home, name="staff"),
    path("staff/sign-in/", account.login, name="account_login"),
    path("staff/sign-in/code/", own.SecondFactor.as_view(), name="mfa_authenticate"),
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
    path("staff/account/app/", own.AddApp.as_view(), name="mfa_activate_totp"),
    path("staff/account/passkey/", own.AddPasskey.as_view(), name="mfa_add_webauthn"),
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
    path("staff/people/told/", people.told, name="people-told"),
    path("staff/people/<int:pk>/", people.one, name="person"),
    path("staff/people/<int:pk>/change/", people.change, name="person-change"),
    path("staff/people/<int:pk>/password/", people.new_password, name="person-password"),
    path("staff/people/<int:pk>/factor/", people.forget_factor, name="person-factor"),
    # /staff/ELECTION/ - who did what
    path(f"{ELECTION}events/", events.events, name="events"),
    path(f"{ELECTION}events.csv", events.events_csv, name="events-csv"),
    # /staff/ELECTION/autopublish/ - publishing without a person
    path(f"{ELECTION}autopublish/", publishing.autopublish, name="autopublish"),
    path(f"{ELECTION}autopublish/end/", publishing.end_autopublish, name="autopublish-end"),
    # /staff/ELECTION/decision/ - the commission's acts
    path(f"{ELECTION}decision/", commission.decision, name="decision"),
    path(f"{ELECTION}decision/sitting/", commission.sitting, name="sitting"),
    path(f"{CONTEST}lot/", commission.lot, name="lot"),
    path(f"{CONTEST}second-round/", commission.second_round, name="second-round"),
    path(f"{CONTEST}polling-day/", commission.polling_day, name="polling-day"),
    # /staff/ELECTION/acts/ - what members proposed
    path(f"{ELECTION}acts/", motions.acts, name="acts"),
    path(f"{ELECTION}acts/<int:number>/", motions.act, name="act"),
    path(f"{ELECTION}acts/<int:number>/confirm/", motions.confirm, name="act-confirm"),
    path(f"{ELECTION}orders/<int:pk>/", orders.order, name="order"),
    path(f"{ELECTION}acts/<int:number>/withdraw/", motions.withdraw, name="act-withdraw"),
    # /staff/ELECTION/roster/ - who sits on the commission
    path(f"{ELECTION}roster/", roster.show, name="roster"),
    path(f"{ELECTION}roster/change/", roster.change, name="roster-change"),
    # /staff/ELECTION/CONTEST/ - the count: intake, entry, verification, live sums
    path(f"{CONTEST}progress/", progress.progress, name="progress"),
    path(f"{CONTEST}progress/<code:code>/", progress.progress, name="progress-area"),
    path(f"{CONTEST}intake/", intake.desk, name="intake"),
    path(f"{CONTEST}turnout/", turnout.turnout, name="staff-turnout"),
    path(f"{CONTEST}turnout/<code:code>/", turnout.turnout, name="staff-turnout-area"),
    path(f"{CONTEST}paper/", paper.paper, name="paper"),
    path(f"{CONTEST}desk/", desk.desk, name="desk"),
    path(f"{CONTEST}next/", desk.next_protocol, name="entry-next"),
    path(f"{CONTEST}stations/", stations.stations, name="staff-stations"),
    path(f"{CONTEST}station/<code:code>/", station.station, name="staff-station"),
    path(f"{CONTEST}history/<code:code>/", station.history, name="history"),
    path(f"{CONTEST}start/<code:code>/", desk.start, name="entry-start"),
    path(f"{CONTEST}entry/<code:code>/", entry.form, name="entry"),
    path(f"{CONTEST}draft/<code:code>/", entry.draft, name="entry-draft"),
    *(
        path(f"{CONTEST}{name}/<code:code>/", view, name=name)
        for name, view in rulings.VIEWS.items()
    ),
    path(CONTEST, aggregation.aggregation, name="aggregation"),
    path(f"{CONTEST}publish/", publishing.publish_next, name="publish"),
    path(f"{CONTEST}area/<code:code>/", aggregation.aggregation, name="aggregation-area"),
]
