"""The pages on which an act is read back, proposed and confirmed."""

import hashlib
import os
from typing import Any
from unittest import mock

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.db.models import JSONField, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tabulation.ledger.preview import preview_of
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import NothingToPublish
from tabulation.models import Event, Motion, Protocol, Sitting
from tabulation.tests.staff import test_sign_in
from tabulation.tests.support.commission_world import SAID, TIED
from tabulation.tests.support.motion_pages import ACTS, SITTING, PageTestCase
from tabulation.tests.support.shown import shown
from tabulation.tests.support.world import NORTH, totp

STATION = "/staff/artsakh/president/station/1/01/"
ANNUL = "/staff/artsakh/president/annul/1/01/"


class AnnulmentPageTests(PageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.protocol = self.world.accepted(self.world.stations[0], NORTH)
        seen = shown(self.protocol)
        self.said = {"reason": "A fire <b>", "decision": "7-A", "seen": seen}

    def status(self) -> str:
        return Protocol.objects.get(pk=self.protocol.pk).status

    def test_from_the_station_to_the_annulment(self) -> None:
        page = self.send(ANNUL, "What will happen", **self.said)
        for told in ("A fire &lt;b&gt;", "7-A", "1/01", "Then 1 other member must confirm it."):
            self.assertContains(page, told)
        self.assertFalse(Motion.objects.exists())
        again = {**self.repeated(page), "reason": self.said["reason"]}
        self.by_code(ANNUL, "You proposed the act.", **again)
        self.assertEqual(self.status(), "accepted")
        self.assertContains(self.client.get(f"{ACTS}1/"), "Withdraw this act")
        self.sign_in("narine")
        self.assertContains(self.client.get(f"{ACTS}1/"), "Confirm this act")
        self.by_code(f"{ACTS}1/confirm/", "You confirmed the act. It was carried out.")
        self.assertEqual(self.status(), "annulled")
        self.at_the_commit()
        self.assertEqual(Event.objects.get(act="act confirmed").by_name, "narine")

    def test_a_wrong_code_proposes_and_confirms_nothing(self) -> None:
        self.send(ANNUL, "Incorrect code", 400, **self.said, code="000000")
        self.assertFalse(Motion.objects.exists())
        self.by_code(ANNUL, "You proposed the act.", **self.said)
        self.sign_in("narine")
        self.send(f"{ACTS}1/confirm/", "Incorrect code", 400, code="000000")
        self.send(f"{ACTS}1/confirm/", "This field is required", 400)
        self.assertEqual((self.status(), Motion.objects.get().state), ("accepted", "waiting"))

    def test_a_page_that_is_out_of_date_is_told_so(self) -> None:
        for code in ({}, {"code": totp()}):
            self.send(ANNUL, "This protocol changed", 409, **{**self.said, "seen": "1.x.9"}, **code)
        self.assertFalse(Motion.objects.exists())

    def test_a_factor_whose_row_was_spoilt_is_told_so(self) -> None:
        for data in (None, [], {}, {"secret": "spoilt"}):
            Authenticator.objects.filter(user=self.mariam).update(data=Value(data, JSONField()))
            told = "cannot read the secret of your authenticator app"
            self.by_code(ANNUL, told, 400, **self.said)
        self.assertFalse(Motion.objects.exists())

    def test_who_proposed_it_does_not_confirm_it(self) -> None:
        self.by_code(ANNUL, "You proposed the act.", **self.said)
        self.by_code(f"{ACTS}1/confirm/", "You proposed this act. Nothing was saved.", 409)
        self.assertEqual(self.status(), "accepted")

    def test_withdrawn_it_is_not_confirmed(self) -> None:
        self.by_code(ANNUL, "You proposed the act.", **self.said)
        self.send(f"{ACTS}1/withdraw/", "You withdrew the act.")
        self.sign_in("narine")
        self.by_code(f"{ACTS}1/confirm/", "This act is not waiting any more.", 409)
        self.assertEqual(self.status(), "accepted")
        self.assertContains(self.client.get(ACTS), "withdrawn")


CONTEST = "/staff/artsakh/president/"
DRAWN = {
    "drawn_at": "2012-07-19T12:00", "drawn_by": "Mariam", "witnesses": "Vahe\nZoya",
    "decision": "4-L",
}  # fmt: skip


class EveryActPageTests(PageTestCase):
    def both(self, url: str, told: str, **said: Any) -> None:
        """Mariam proposes what the page read back, and Narine confirms it."""
        before = Motion.objects.count()
        self.sign_in("mariam")
        page = self.send(url, "Propose this act", **said)
        self.assertContains(page, told)
        self.assertEqual(Motion.objects.count(), before)
        self.by_code(url, "You proposed the act.", **said)
        self.sign_in("narine")
        address = f"{ACTS}{before + 1}/"
        for waits in ("/staff/", "/staff/artsakh/decision/", ACTS):
            self.assertContains(self.client.get(waits), f'href="{address}"')
        self.assertContains(self.client.get(address), told)
        self.by_code(f"{address}confirm/", "It was carried out.")
        self.at_the_commit()
        ended = self.client.get(address)
        self.assertContains(ended, "Confirmed by narine")
        self.assertNotContains(ended, 'name="code"')
        self.assertNotContains(self.client.get("/staff/"), f'href="{address}"')

    def test_lot_certification_second_round_and_its_day(self) -> None:
        self.count(TIED)
        self.both(f"{CONTEST}lot/", "41 Candidate 41", asked_in=1, order="41 2", **DRAWN)
        sat = {**SAID, "held_at": "2012-07-19T10:00", "decided_on": 2}
        self.both(SITTING, "There is a second round between Candidate 1 and Candidate 41.", **sat)
        self.assertContains(self.client.get(f"{ACTS}2/"), "<p>4 votes 1: 40</p>")
        self.assertEqual(Sitting.objects.get().present, ["Mariam", "Narine", "Otar"])
        said = {**DRAWN, "decision": "6-A", "polling_day": "2012-08-02"}
        self.both(f"{CONTEST}second-round/", "2 August 2012", asked_in=3, order="1 41", **said)
        moved = {"polling_day": "2012-08-05", "decision": "7-A"}
        self.both("/staff/artsakh/president-2/polling-day/", "5 August 2012", **moved)

    def test_publication_by_decision_and_automatic_publication(self) -> None:
        self.count()
        seen = preview_of(self.world.election)
        said = {"after": 1, "seen": seen.fingerprint, "status": "recount", "decision": "7-A"}
        self.both(f"{CONTEST}publish/", "Recount", **said)
        self.assertEqual(latest(self.world.election).status, "recount")
        period = {"from_at": "2112-07-19T20:00", "until_at": "2112-07-20T02:00", "decision": "9-A"}
        self.both("/staff/artsakh/autopublish/", "2112", **period)

    def test_what_the_count_says_one_member_publishes(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        seen = preview_of(self.world.election)
        name = "tabulation.outcomes.certification.ordering.prepare"
        with mock.patch(name, side_effect=NothingToPublish("as ever")) as publish:
            self.send(f"{CONTEST}publish/", "as ever", 409, after=0, seen=seen.fingerprint)
        self.assertEqual(publish.call_count, 1)

    def test_what_is_wrong_is_told_before_a_code_is_asked_for(self) -> None:
        self.count()
        for said, status, told in (
            ({"votes_for": 9}, 409, "3. Votes in total: 10."),
            ({"decision": " "}, 400, "Enter the number of the decision."),
            ({"decided_on": "7"}, 409, "came out after you opened this page"),
        ):
            sat = {**SAID, "held_at": "2012-07-19T10:00", "decided_on": 1, **said}
            for code in ({}, {"code": totp()}):
                with self.subTest(str(said), code=code):
                    self.send(SITTING, told, status, **sat, **code)
        self.assertFalse(Motion.objects.exists())

    def test_queries_stay_the_same_however_many_there_are(self) -> None:
        self.count()
        protocols = list(Protocol.objects.all())
        found = []
        for protocol in protocols:
            self.proposed(self.annulment(protocol))
            counted = []
            for url in (ACTS, "/staff/", "/staff/artsakh/decision/"):
                with CaptureQueriesContext(connection) as queries:
                    self.client.get(url)
                counted.append(len(queries))
            found.append(counted)
        self.assertEqual(found[1], found[2])

    def test_the_list_is_sorted_by_its_address(self) -> None:
        for protocol in [self.world.accepted(s, NORTH) for s in self.world.stations[:1]]:
            self.proposed(self.annulment(protocol))
            self.proposed(self.annulment(protocol))
        page = self.client.get(f"{ACTS}?sort=number").content.decode()
        self.assertLess(page.index(f"{ACTS}1/"), page.index(f"{ACTS}2/"))
        page = self.client.get(f"{ACTS}?sort=-number").content.decode()
        self.assertLess(page.index(f"{ACTS}2/"), page.index(f"{ACTS}1/"))
        for order in ("state", "act", "by", "expires_at", "station", "decision", "x"):
            self.assertEqual(self.client.get(f"{ACTS}?sort={order}").status_code, 200)


class KeyTests(PageTestCase):
    """A passkey in place of the code, over the question that the page itself asked."""

    def setUp(self) -> None:
        super().setUp()
        self.protocol = self.world.accepted(self.world.stations[0], NORTH)
        self.proposed(self.annulment(self.protocol), at=timezone.now())
        self.sign_in("narine")
        self.key: Any = test_sign_in.KeyTests("test_a_key_that_verified_its_person")
        self.key.mariam, self.key.id = self.narine, os.urandom(16)
        self.key.key = ec.generate_private_key(ec.SECP256R1())
        self.key.rp = hashlib.sha256(b"testserver").digest()
        self.key.keep()

    def confirm_by(self, flags: int) -> int:
        page = self.client.get(f"{ACTS}1/", secure=True)
        self.assertContains(page, 'data-passkey="get"')
        challenge = self.client.session["mfa.webauthn.state"]["challenge"]
        said = {"credential": self.key.answer(challenge, flags)}
        return self.client.post(f"{ACTS}1/confirm/", said, secure=True).status_code

    def test_a_passkey_confirms_and_one_without_its_person_does_not(self) -> None:
        present, verified = test_sign_in.KeyTests.PRESENT, test_sign_in.KeyTests.VERIFIED
        self.assertEqual(self.confirm_by(present), 400)
        self.assertEqual(Motion.objects.get().state, "waiting")
        self.assertEqual(self.confirm_by(present | verified), 302)
        self.assertEqual(Motion.objects.get().state, "confirmed")

    def test_what_is_no_answer_of_a_passkey(self) -> None:
        for said in ("", "{}", "[]", "x", '{"id": 1}'):
            with self.subTest(said):
                self.send(f"{ACTS}1/confirm/", 'role="alert"', 400, credential=said)
