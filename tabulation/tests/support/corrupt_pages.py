"""One corrupt person at the staff's pages, beside honest people: a machine for Hypothesis.

They send any form of these pages, with their own session. Others go on with their work in between.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tabulation.ledger.reading import latest
from tabulation.models import Draft, Entry, Event, Motion, Seat, User
from tabulation.tests.support.commission_world import SAID, SITTING
from tabulation.tests.support.honest_people import (
    ADMINISTRATORS,
    MEMBERS,
    OWN_SECRET,
    PAPERS,
    REFUSALS,
    ROLES,
    Crowd,
    Honest,
    at_the_commit,
    corrupt_name,
)
from tabulation.tests.support.shown import shown
from tabulation.tests.support.staff_routes import STAFF
from tabulation.tests.support.world import KEYS, PASSWORD, SECRET, totp

CONTEST = "/staff/artsakh/president/"
RULINGS = ("accept", "choose", "return", "release", "set-aside", "correct", "annul", "reinstate")
DRAWN = {
    "drawn_at": "2012-07-19T12:00", "drawn_by": "Mariam", "witnesses": "Vahe\nZoya",
    "decision": "4-L", "order": "2 1", "polling_day": "2012-08-02", "asked_in": "1",
}  # fmt: skip
PERIOD = {"from_at": "2012-07-19T20:00", "until_at": "2032-07-19T22:00", "decision": "9-A"}


CODES = st.sampled_from(sorted(PAPERS))
NAMES = st.sampled_from(
    ("alice", "sona", "mariam", "narine", "xenia", "otar", "new-001", "new-002", "mal")
)
A_ROLE, WHICH, EITHER = st.sampled_from(ROLES), st.integers(0, 7), st.booleans()
#: The code of the corrupt person's own app, of somebody else's, a wrong one, none.
SECRETS = st.sampled_from((OWN_SECRET, OWN_SECRET, OWN_SECRET, SECRET, "", None))
Given = dict[str, st.SearchStrategy[Any]]
HONEST: dict[str, Given] = {
    "work_on": {"code": CODES, "who": WHICH, "steps": st.integers(1, 7)},
    "recount": {"code": CODES},
    "publish": {},
    "propose": {
        "act": st.sampled_from(("annul", "annul", "reinstate", "correct", "certify")),
        "code": CODES,
    },
    "confirm": {"who": st.sampled_from(MEMBERS)},
    "manage": {
        "name": st.sampled_from(("new-001", "new-002")),
        "role": A_ROLE,
        "in_south": EITHER,
        "who": st.sampled_from(ADMINISTRATORS),
    },
    "confirm_accounts": {"who": st.sampled_from((*MEMBERS, "sona"))},
}
ATTACKS: dict[str, Given] = {
    "open_the_page": {"code": CODES},
    "rule_about": {
        "act": st.sampled_from(RULINGS),
        "code": CODES,
        "which": WHICH,
        "old": EITHER,
        "secret": SECRETS,
    },
    "type_in": {"code": CODES, "false": EITHER, "finish": EITHER},
    "receive": {"code": CODES},
    "publish_falsely": {
        "word": st.sampled_from(("", "", "certified", "recount", "correction")),
        "secret": SECRETS,
    },
    "act_for_the_commission": {
        "act": st.sampled_from(("sitting", "lot", "second-round", "polling-day", "autopublish")),
        "secret": SECRETS,
    },
    "confirm_an_act": {"number": st.integers(0, 3), "secret": SECRETS, "back": EITHER},
    "manage_accounts": {
        "name": NAMES,
        "role": A_ROLE,
        "in_south": EITHER,
        "open_": EITHER,
        "what": st.sampled_from(("new", "many", "change", "change", "password", "factor")),
    },
    "confirm_all_accounts": {"own": EITHER},
    "change_the_own_password": {},
    "send_again": {"which": WHICH},
    "look": {"path": st.sampled_from(sorted(access.path for access in STAFF.values()))},
}
#: What is tried twice as often, for it is the daily work of the role.
DAILY = {
    "intake": ("receive",),
    "clerk": ("type_in",),
    "supervisor": ("rule_about", "receive", "confirm_all_accounts"),
    "member": ("rule_about", "publish_falsely", "act_for_the_commission", "confirm_an_act"),
    "auditor": ("look",),
    "administrator": ("manage_accounts", "confirm_all_accounts"),
}


class AtThePages(RuleBasedStateMachine):
    """What a corrupt person may try, and what honest people do meanwhile."""

    world: Crowd
    role: str
    #: How often each act was done and refused, in all examples together.
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()

    @initialize(in_south=st.booleans())
    def begin(self, in_south: bool) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        cache.clear()
        self.honest = Honest(self.world)
        self.corrupt = self.honest.people[corrupt_name(self.role, in_south)]
        self.client = Client()
        self.client.force_login(self.corrupt)
        self.first_event = Event.objects.order_by("-pk").values_list("pk", flat=True)[0]
        #: Forms that were sent, and may be sent again.
        self.sent: list[tuple[str, dict[str, Any]]] = []
        #: What pages showed of each station's protocol, in the order of time.
        self.seen: dict[str, list[str]] = {code: ["1.accepted.1"] for code in PAPERS}

    def teardown(self) -> None:
        if not hasattr(self, "atomic"):
            return
        try:
            self.at_the_end()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def at_the_end(self) -> None:
        """What is asked once of each example."""

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """One rule for all: Hypothesis leaves out rules at random, and few examples are run."""
        if data.draw(st.sampled_from(("go on", "attack", "attack"))) == "go on":
            self.drawn(data, HONEST, *["work_on"] * 5, *["confirm", "confirm_accounts"] * 2)
        else:
            self.drawn(data, self.attacks, *DAILY[self.role] * 4, *["call"] * 4)

    @property
    def attacks(self) -> dict[str, Given]:
        return ATTACKS

    def drawn(self, data: st.DataObject, acts: dict[str, Given], *more: str) -> None:
        """One of ``acts``, with what is drawn for it."""
        name = data.draw(st.sampled_from((*acts, *more)))
        getattr(self, name)(**data.draw(st.fixed_dictionaries(acts[name])))

    # Honest people

    def honestly(self, name: str, done: bool) -> None:
        (self.done if done else self.refused)[f"honest: {name}"] += 1

    def work_on(self, code: str, who: int, steps: int) -> None:
        for step in range(steps):
            self.honestly("count", self.honest.work_on(code, who + step))

    def recount(self, code: str) -> None:
        self.honestly("recount", self.honest.recount(code))

    def publish(self) -> None:
        self.honestly("publish", self.honest.publish())

    def propose(self, act: str, code: str) -> None:
        self.honestly("propose", self.honest.propose(act, code))

    def confirm(self, who: str) -> None:
        self.honestly("let expire", self.honest.let_expire())
        self.honestly("confirm", self.honest.confirm(who))

    def manage(self, name: str, role: str, in_south: bool, who: str) -> None:
        self.honestly("manage", self.honest.manage(name, role, in_south, who))

    def confirm_accounts(self, who: str) -> None:
        self.honestly("confirm accounts", self.honest.confirm_accounts(who))

    # The corrupt person, on the pages

    def send(self, name: str, url: str, **said: Any) -> None:
        """A form of theirs, in a transaction as of its own. The act counts as done where it left
        an event or a draft of theirs.
        """
        secret = said.pop("secret", None)
        if secret is not None:
            said["code"] = totp(secret) if secret else "000000"
        self.sent.append((url, said))
        self.does(name, lambda: self.post(url, said))

    def post(self, url: str, said: dict[str, Any]) -> None:
        cache.clear()  # the same code again: a test does not wait for the next one
        answer = self.client.post(url, {k: v for k, v in said.items() if v is not None})
        assert answer.status_code < 500, (url, said, answer.status_code)

    def does(self, name: str, act: Callable[[], Any]) -> None:
        before = self.traces()
        try:
            with transaction.atomic():
                act()
                at_the_commit()
        except REFUSALS:
            pass
        (self.done if self.traces() != before else self.refused)[name] += 1

    def traces(self) -> tuple[int, int]:
        theirs = Event.objects.filter(by=self.corrupt, pk__gt=self.first_event)
        drafts = Draft.objects.filter(seat__person=self.corrupt)
        return theirs.count(), sum(drafts.values_list("revision", flat=True))

    def open_the_page(self, code: str) -> None:
        protocol = self.honest.newest(code)
        if protocol is not None:
            self.seen[code].append(shown(protocol))

    def rule_about(self, act: str, code: str, which: int, old: bool, secret: str | None) -> None:
        """``old``: what some page showed earlier is said to be seen."""
        protocol = self.honest.newest(code)
        pages = self.seen[code]
        entries = list(Entry.objects.order_by("pk").values_list("pk", flat=True))
        seats = list(Seat.objects.order_by("pk").values_list("pk", flat=True))
        self.send(
            act, f"{CONTEST}{act}/{code}/", reason="So.", decision="9-Z", secret=secret,
            seen=pages[which % len(pages)] if old or protocol is None else shown(protocol),
            entry=entries[which % len(entries)] if entries else 1,
            seat=seats[which % len(seats)] if seats else 1,
            whole="on" if which % 2 else None,
        )  # fmt: skip

    def type_in(self, code: str, false: bool, finish: bool) -> None:
        figures = list(self.honest.paper[code])
        if false:
            figures[3], figures[4] = figures[3] + figures[4], 0
        draft = Draft.objects.filter(seat__person=self.corrupt, seat__protocol__station__code=code)
        lines = {key: "" if n is None else n for key, n in zip(KEYS, figures, strict=True)}
        self.send("take a seat", f"{CONTEST}start/{code}/")
        if finish:
            revision = draft.values_list("revision", flat=True).first() or 0
            shown_ = ",".join("" if n is None else str(n) for n in figures)
            more = {"action": "finish", "checked": "on", "shown": shown_}
            self.send("type", f"{CONTEST}entry/{code}/", revision=revision, **lines, **more)
        else:
            self.send("draft", f"{CONTEST}draft/{code}/", revision=0, **lines)

    def receive(self, code: str) -> None:
        self.send("receive", f"{CONTEST}intake/", code=code, condition="good")

    def publish_falsely(self, word: str, secret: str | None) -> None:
        page = self.client.get(f"{CONTEST}publish/")
        hidden = dict(re.findall(r'name="(after|seen)" value="([^"]*)"', page.content.decode()))
        self.send(
            "publish", f"{CONTEST}publish/", **hidden, status=word,
            decision="9-Z" if word else "", secret=secret,
        )  # fmt: skip

    def act_for_the_commission(self, act: str, secret: str | None) -> None:
        last = latest(self.world.election)
        if act == "sitting":
            on = last.number if last else 1
            self.send(act, SITTING, decided_on=on, **SAID, secret=secret)
        elif act == "autopublish":
            self.send(act, "/staff/artsakh/autopublish/", **PERIOD, secret=secret)
        else:
            self.send(act, f"{CONTEST}{act}/", **DRAWN, secret=secret)

    def confirm_an_act(self, number: int, secret: str | None, back: bool) -> None:
        """The newest of what was proposed, or one before."""
        numbers = list(Motion.objects.order_by("-number").values_list("number", flat=True)[:4])
        number = numbers[number % len(numbers)] if numbers else 1
        if back:
            self.send("withdraw", f"/staff/artsakh/acts/{number}/withdraw/")
        else:
            self.send("confirm", f"/staff/artsakh/acts/{number}/confirm/", secret=secret)

    def manage_accounts(self, name: str, role: str, in_south: bool, open_: bool, what: str) -> None:
        place = {"election": "artsakh", "area": "S"} if in_south else {}
        if what in ("new", "many"):
            data = {"username": f"their-{role}", "name_prefix": "their-", "count": 2}
            self.send(
                f"{what} account", f"/staff/people/{what}/", role=role, **place, **data,
                ticket=f"{len(self.sent)}",
            )  # fmt: skip
            return
        user = self.corrupt if name == "mal" else User.objects.filter(username=name).first()
        if user is not None:
            is_open = "on" if open_ else None
            self.send(
                what, f"/staff/people/{user.pk}/{what}/", role=role, is_active=is_open, **place
            )

    def confirm_all_accounts(self, own: bool) -> None:
        """All that wait, or oneself, as somebody's page shows them."""
        rows = User.objects.filter(confirmed_by=None, changed_at__isnull=False)
        rows = rows.filter(pk=self.corrupt.pk) if own else rows.filter(enrolled_by_decision="")
        waiting = [f"{pk}~{at.isoformat()}" for pk, at in rows.values_list("pk", "changed_at")]
        for shown_ in (waiting, *([one] for one in waiting)):
            self.send("confirm accounts", "/staff/people/confirm/", shown=shown_)

    def change_the_own_password(self) -> None:
        new = {"password": "another horse battery", "again": "another horse battery"}
        self.send("own password", "/staff/account/password/", current=PASSWORD, **new)
        self.client.force_login(User.objects.get(pk=self.corrupt.pk))

    def send_again(self, which: int) -> None:
        if self.sent:
            url, said = self.sent[-1 - which % len(self.sent)]
            self.does("send again", lambda: self.post(url, said))

    def look(self, path: str) -> None:
        """A page of the staff; reading writes nothing."""
        before = self.traces()
        answer = self.client.get(path.replace("PK", str(self.corrupt.pk)))
        assert answer.status_code < 500, (path, answer.status_code)
        assert self.traces() == before, path
        self.done["look"] += 1
