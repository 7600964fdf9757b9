"""One member proposes, another confirms: the commission acts by several."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from unittest import mock

from django.db import IntegrityError, ProgrammingError, connection, transaction

from candidates.models import Election
from tabulation.counting import correction, verification
from tabulation.ledger import releasing, signing
from tabulation.ledger.autopublishing import allow_period, end_period
from tabulation.ledger.preview import preview_of
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.signing import SigningRefused
from tabulation.ledger.writing import Terms, publish, release_all
from tabulation.models import (
    AutopublishPeriod,
    Event,
    Lot,
    Motion,
    MotionConfirmation,
    NotYours,
    Protocol,
    ProtocolRefused,
    SecondRound,
    Sitting,
    User,
)
from tabulation.outcomes.certification import motions
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.outcomes.certification.carrying import plain
from tabulation.outcomes.certification.polling_days import move_polling_day
from tabulation.tests.support.commission_world import TIED, VOTE
from tabulation.tests.support.motion_world import MotionTestCase, Several
from tabulation.tests.support.publishing import write
from tabulation.tests.support.shown import shown
from tabulation.tests.support.threads import together
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    World,
    altered,
    audit,
    enrolled,
)

CORRECTED = (100, 61, 2, 39, 20, None)


class AnnulmentTests(MotionTestCase):
    def test_one_member_annuls_nothing_alone(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        with self.refused("acts_are_confirmed"):
            correction.annul(
                protocol=protocol, reason="fire", decision="7-A", by=self.mariam, at=NOW
            )
            self.at_the_commit()
        protocol.refresh_from_db()
        self.assertEqual(protocol.status, "accepted")

    def test_another_member_confirms_and_it_is_done(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        motion = self.proposed(self.annulment(protocol))
        protocol.refresh_from_db()
        self.assertEqual(protocol.status, "accepted")
        self.assertEqual(self.confirmed(motion).state, "confirmed")
        self.at_the_commit()
        protocol.refresh_from_db()
        self.assertEqual((protocol.status, protocol.ruling_decision), ("annulled", "7-A"))
        said = [
            (e.act, e.by_name) for e in Event.objects.filter(subject=motion.subject).order_by("id")
        ]
        self.assertEqual(said, [("act proposed", "mariam"), ("act confirmed", "narine")])
        self.assertEqual(Event.objects.get(act="annulled").by, self.mariam)

    def test_who_confirms_is_another_member_and_each_once(self) -> None:
        world = self.world
        motion = self.proposed(self.annulment(world.accepted(world.stations[0], NORTH)))
        abroad = self.member("zara", area=world.south)
        closed = self.member("zoya", is_active=False)
        new = self.member("zina", changed_by=world.sona)
        for by, error in (
            (self.mariam, ActRefused), (world.sona, NotYours), (abroad, NotYours),
            (closed, NotYours), (new, NotYours), (User.objects.get(username="otar"), NotYours),
        ):  # fmt: skip
            with self.subTest(by), self.assertRaises(error):
                self.confirmed(motion, by=by)
            constraint = (
                "motion_is_confirmed_by_another" if by == self.mariam else "motion_is_a_members"
            )
            with self.subTest(by, asked="database"), self.refused(constraint):
                MotionConfirmation.objects.create(motion=motion, by=by, at=NOW)
        self.confirmed(motion, by=self.member("naira", area=world.north))
        with self.refused("motion_has_ended"):
            MotionConfirmation.objects.create(motion=motion, by=self.narine, at=NOW)

    def test_who_proposes_is_a_member_of_the_station(self) -> None:
        drafted = self.annulment(self.world.accepted(self.world.stations[0], NORTH))
        for by in (self.world.sona, self.member("zara", area=self.world.south)):
            with self.subTest(by), self.assertRaises(NotYours):
                self.proposed(drafted, by=by)
        self.assertFalse(Motion.objects.exists())
        self.proposed(drafted, by=self.member("naira", area=self.world.north))

    def test_what_cannot_be_done_is_not_proposed(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        drafted = self.annulment(protocol)
        drafted.arguments["decision"] = " "
        with self.assertRaisesMessage(ProtocolRefused, "Enter the number of the decision."):
            self.proposed(drafted)
        drafted = self.annulment(protocol)
        drafted.act = "reinstate"
        with self.assertRaisesMessage(ProtocolRefused, "You can reinstate only an annulled"):
            self.proposed(drafted)
        self.assertFalse(Motion.objects.exists())

    def test_what_changed_since_is_refused_and_ends(self) -> None:
        world = self.world
        protocol = world.accepted(world.stations[0], NORTH)
        first, second = (self.proposed(self.annulment(protocol)) for _time in range(2))
        self.confirmed(first)
        refused = self.confirmed(second)
        self.assertEqual(refused.state, "refused")
        self.assertIn("This protocol changed after the act was proposed.", refused.refusal)
        event = Event.objects.get(act="act refused")
        self.assertEqual((event.subject, event.by), (second.subject, self.narine))
        with self.assertRaisesMessage(ActRefused, "This act is not waiting any more."):
            self.confirmed(second)

    def test_it_waits_for_a_day(self) -> None:
        motion = self.proposed(self.annulment(self.world.accepted(self.world.stations[0], NORTH)))
        late = NOW + timedelta(hours=24)
        self.assertEqual(motion.expires_at, late)
        with self.assertRaisesMessage(ActRefused, "Status: expired"):
            self.confirmed(motion, at=late)
        with self.refused("motion_has_ended"):
            MotionConfirmation.objects.create(motion=motion, by=self.narine, at=late)
        self.assertEqual(motions.expire_due(at=late - timedelta(seconds=1)), 0)
        self.assertEqual((motions.expire_due(at=late), motions.expire_due(at=late)), (1, 0))
        event = Event.objects.get(act="act expired")
        self.assertEqual((event.by, event.by_name), (None, "Hashvark"))

    def test_its_proposer_alone_withdraws_it(self) -> None:
        motion = self.proposed(self.annulment(self.world.accepted(self.world.stations[0], NORTH)))
        with self.assertRaises(NotYours):
            motions.withdraw(motion=motion, by=self.narine, at=NOW)
        motions.withdraw(motion=motion, by=self.mariam, at=NOW)
        with self.assertRaises(ActRefused):
            motions.withdraw(motion=motion, by=self.mariam, at=NOW)
        with self.assertRaisesMessage(ActRefused, "Status: withdrawn"):
            self.confirmed(motion)

    def test_a_proposer_who_is_no_member_any_more_acts_no_more(self) -> None:
        self.count()
        seen = preview_of(self.world.election)
        on = {"after": seen.after, "fingerprint": seen.fingerprint}
        said = {"word": "recount", "status": "recount", "decision": "7-A", "note": ""}
        motions_of = [
            self.proposed(self.annulment(Protocol.objects.get(station__code="1/01"))),
            self.proposed(self.drafted("publish", on, **said)),
        ]
        altered("mariam", role="auditor")
        for motion in motions_of:
            self.assertEqual(self.confirmed(motion).state, "refused")
        self.assertFalse(Protocol.objects.exclude(status="accepted").exists())
        self.nothing_came_of_it(1)

    def test_nothing_of_it_is_changed(self) -> None:
        motion = self.proposed(self.annulment(self.world.accepted(self.world.stations[0], NORTH)))
        for statement in (
            "UPDATE tabulation_motion SET arguments = '{}'",
            "UPDATE tabulation_motion SET carried_in = 1",
            "UPDATE tabulation_motion SET needed = 1",
            "DELETE FROM tabulation_motion",
            "DELETE FROM tabulation_motionconfirmation",
            "UPDATE tabulation_motionconfirmation SET by_id = by_id",
            "UPDATE candidates_election SET confirmations = 0",
        ):
            with (
                self.subTest(statement),
                self.refused("permission denied", ProgrammingError),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
        rows = Motion.objects.filter(pk=motion.pk)
        with self.refused("motion_is_confirmed_by_others"):
            rows.update(state="confirmed", ended_at=NOW)
        rows.update(state="withdrawn", ended_at=NOW)
        for state in ("waiting", "expired"):
            with self.subTest(state), self.refused("motion_ends_once"):
                rows.update(state=state)

    def test_fewer_confirmations_than_the_folder_asks_for(self) -> None:
        drafted = self.annulment(self.world.accepted(self.world.stations[0], NORTH))
        row = {"number": 1, "by": self.mariam, "at": NOW, "expires_at": NOW + timedelta(hours=1)}
        for more, constraint in (
            ({"needed": 0}, "motion_waits"),
            ({"needed": 1, "state": "confirmed", "ended_at": NOW}, "motion_waits"),
            ({"needed": 1, "by": self.world.sona}, "motion_is_a_members"),
            ({"needed": 1}, "motion_names_what_it_is_about"),
            ({"needed": 1, "contest": World("other").contest}, "motion_in_one_election"),
        ):
            with self.subTest(more), self.refused(constraint):
                said = {name: getattr(drafted, name) for name in ("election", "act", "station")}
                Motion.objects.create(**{**said, "arguments": {}, "taken_on": {}, **row, **more})

    def test_an_exercise_may_let_a_member_act_alone_and_nothing_else(self) -> None:
        for kind in ("real", "archive"):
            with self.subTest(kind), self.refused("election_acts_are_confirmed"):
                Election.objects.create(
                    slug=f"{kind}-0", name="x", kind=kind, polling_days=[NOW.date()],
                    confirmations=0,
                )  # fmt: skip


class TwoOthers(World):
    ELECTION = {"confirmations": 2}


class TwoOthersTests(MotionTestCase):
    WORLD = TwoOthers

    def test_the_last_that_it_needs_carries_it_out(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        motion = self.proposed(self.annulment(protocol))
        self.assertEqual(self.confirmed(motion).state, "waiting")
        with self.assertRaisesMessage(ActRefused, "You confirmed this act earlier."):
            self.confirmed(motion)
        with self.refused("motion_is_confirmed_by_others"):
            Motion.objects.filter(pk=motion.pk).update(state="confirmed", ended_at=NOW)
        self.assertEqual(Protocol.objects.get().status, "accepted")
        self.assertEqual(self.confirmed(motion, by=self.member("nune")).state, "confirmed")
        self.assertEqual(Protocol.objects.get().status, "annulled")
        said = Event.objects.filter(subject=motion.subject).values_list("by_name", "after__state")
        self.assertEqual(list(said)[1:], [("narine", "waiting"), ("nune", "confirmed")])

    def test_who_confirmed_it_and_is_no_member_any_more_does_not_count(self) -> None:
        motion = self.proposed(self.annulment(self.world.accepted(self.world.stations[0], NORTH)))
        self.confirmed(motion)
        altered("narine", is_active=False)
        refused = self.confirmed(motion, by=self.member("nune"))
        self.assertEqual((refused.state, refused.confirmations.count()), ("refused", 1))
        self.assertEqual(Protocol.objects.get().status, "accepted")


class EveryActTests(MotionTestCase):
    """Each alone is refused by the database, and done when another member confirms it."""

    def alone(self, do: Callable[[], object]) -> None:
        name = "tabulation.ledger.writing._require_confirmed"
        with mock.patch(name), self.refused("acts_are_confirmed"):
            do()
            self.at_the_commit()

    def of_station(self, act: str, protocol: Protocol) -> Motion:
        now = Protocol.objects.get(pk=protocol.pk)
        taken_on = {"version": now.version, "seen": shown(now)}
        return self.drafted(act, taken_on, now, reason="court", decision="8-A")

    def test_reinstatement_and_correction_of_an_annulment(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        self.by_several(self.of_station("annul", protocol))
        said = {"reason": "court", "decision": "9-A", "by": self.mariam, "at": NOW}
        self.alone(lambda: correction.reinstate(protocol=protocol, **said))
        self.alone(
            lambda: correction.correct(contest=protocol.contest, station=protocol.station, **said)
        )
        self.by_several(self.of_station("reinstate", protocol))
        self.by_several(self.of_station("annul", protocol))
        self.by_several(self.of_station("correct", protocol))
        self.assertEqual(Event.objects.filter(act="annulment corrected").count(), 1)

    def test_a_correction_before_anything_is_certified_is_a_supervisor_s(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        correction.correct(
            contest=protocol.contest, station=protocol.station, reason="x", decision="1",
            by=self.world.sona, at=NOW,
        )  # fmt: skip
        self.at_the_commit()

    def test_certification_and_what_is_corrected_after_it(self) -> None:
        self.count()
        self.alone(self.certify)
        self.by_several(self.certification())
        self.assertEqual(Sitting.objects.get().by, self.mariam)
        protocol = Protocol.objects.get(station__code="1/01")
        said = {"reason": "court", "decision": "9-A", "at": NOW}
        for by in (self.mariam, self.world.sona):
            self.alone(
                lambda by=by: correction.correct(
                    contest=protocol.contest, station=protocol.station, by=by, **said
                )
            )
        self.by_several(self.of_station("correct", protocol))
        version = Protocol.objects.get(version=2)
        verification.accept(
            protocol=self.world.type_in(version, CORRECTED), by=self.world.sona, at=NOW
        )
        self.at_the_commit()

    def test_publication_by_decision(self) -> None:
        self.count()
        said = {"election": self.world.election, "by": self.mariam, "at": NOW}
        said["terms"] = Terms(status="recount", decision="7-A")
        with (
            self.assertRaisesMessage(PublicationRefused, "One member must propose"),
            transaction.atomic(),
        ):
            write(**said)
        self.alone(lambda: write(**said))
        seen = preview_of(self.world.election)
        taken_on = {"after": seen.after, "fingerprint": seen.fingerprint}
        said = {"word": "recount", "status": "recount", "decision": "7-A", "note": ""}
        self.by_several(self.drafted("publish", taken_on, **said))
        last = latest(self.world.election)
        self.assertEqual((last.number, last.status, last.by), (2, "recount", self.mariam))

    def test_a_publication_of_other_figures_is_refused(self) -> None:
        self.count(stations=2)
        seen = preview_of(self.world.election)
        taken_on = {"after": seen.after, "fingerprint": seen.fingerprint}
        said = {"word": "recount", "status": "recount", "decision": "7-A", "note": ""}
        motion = self.proposed(self.drafted("publish", taken_on, **said))
        self.world.accepted(self.world.stations[2], SOUTH)
        refused = self.confirmed(motion)
        self.assertEqual(refused.state, "refused")
        self.assertIn("Other protocols were accepted", refused.refusal)
        self.nothing_came_of_it(1)

    def test_automatic_publication(self) -> None:
        period = {"from_at": NOW, "until_at": NOW + timedelta(hours=2), "decision": "9-A"}
        self.alone(
            lambda: allow_period(election=self.world.election, by=self.mariam, at=NOW, **period)
        )
        self.by_several(self.drafted("autopublish", {}, **period))
        self.assertEqual(AutopublishPeriod.objects.get().until_at, period["until_at"])

    def test_a_lot_a_second_round_and_its_day(self) -> None:
        self.count(TIED)
        drawn = {"drawn_at": NOW, "drawn_by": "Mariam", "witnesses": ["Vahe"]}
        on, contest = {"publication": 1}, self.world.contest
        self.alone(lambda: self.draw(41, 2))
        self.by_several(self.drafted("lot", on, contest, order=[41, 2], decision="4-L", **drawn))
        self.assertEqual(Lot.objects.get().drawn, [41, 2])
        self.by_several(self.certification())
        self.alone(lambda: self.second_round(1, 41))
        on, day = {"publication": 3}, date(2012, 8, 2)
        self.by_several(
            self.drafted(
                "second round", on, contest, order=[41, 1], polling_day=day, decision="6-A", **drawn
            )
        )
        second = SecondRound.objects.get().second
        moved = {"polling_day": date(2012, 8, 5), "decision": "7-A"}
        self.alone(lambda: move_polling_day(contest=second, by=self.mariam, at=NOW, **moved))
        self.by_several(self.drafted("polling day", {}, second, **moved))
        self.world.election.refresh_from_db()
        self.assertEqual(self.world.election.polling_days[1], date(2012, 8, 5))
        moved = {"polling_day": date(2012, 8, 9), "decision": "8-A"}
        first = self.proposed(self.drafted("polling day", {}, second, **moved))
        # Another proposal of the same day, by another decision, keeps nobody from the first.
        self.proposed(self.drafted("polling day", {}, second, **{**moved, "decision": "9-A"}))
        self.assertEqual(self.confirmed(first).state, "confirmed")
        self.at_the_commit()


class ClosingTests(MotionTestCase):
    """While a certification waits, its figures stay."""

    def verified(self) -> Protocol:
        return self.world.type_in(self.world.received(self.world.stations[2]), SOUTH)

    def certifying(self) -> Motion:
        choices = {"president": {"kind": "", "words": "", "open_stations": ["2/02"]}}
        return self.proposed(self.certification(choices=choices, open_reason="Burnt."))

    def test_nothing_is_accepted_until_it_is_withdrawn_or_expired(self) -> None:
        self.count(stations=2)
        protocol = self.verified()
        for end in (
            lambda motion: motions.withdraw(motion=motion, by=self.mariam, at=NOW),
            lambda motion: motions.expire_due(at=NOW + timedelta(days=1)),
        ):
            motion = self.certifying()
            with self.assertRaisesMessage(ProtocolRefused, "are certifying the results"):
                verification.accept(protocol=protocol, by=self.world.sona, at=NOW)
            with self.refused("acceptance_is_open"):
                Protocol.objects.filter(pk=protocol.pk).update(
                    status="accepted", figures=SOUTH, accepted_at=NOW
                )
            end(motion)
        accepted = verification.accept(protocol=protocol, by=self.world.sona, at=NOW)
        self.assertEqual(accepted.status, "accepted")

    def test_it_expires_by_the_clock_alone(self) -> None:
        self.count(stations=2)
        protocol = self.verified()
        self.certifying()
        later = NOW + timedelta(days=1)
        verification.accept(protocol=protocol, by=self.world.sona, at=later)

    def test_figures_that_changed_all_the_same_are_not_certified(self) -> None:
        self.count()
        motion = self.proposed(self.certification())
        self.by_several(self.annulment(Protocol.objects.get(station__code="1/01")))
        refused = self.confirmed(motion)
        self.assertEqual(refused.state, "refused")
        self.assertIn("Figures have changed since publication 1.", refused.refusal)
        self.assertFalse(Sitting.objects.exists())
        self.nothing_came_of_it(1)


class AcceptsVerified(World):
    ELECTION = {"confirmations": 1}

    def __init__(self) -> None:
        super().__init__(accepts_verified=True)


class ClosingWithoutASupervisorTests(MotionTestCase):
    WORLD = AcceptsVerified

    def test_what_two_people_typed_alike_waits_for_a_supervisor(self) -> None:
        for station, figures in zip(self.world.stations[:2], (NORTH, SOUTH), strict=True):
            self.world.type_in(self.world.received(station), figures)
        self.world.publication()
        choices = {"president": {"kind": "", "words": "", "open_stations": ["2/02"]}}
        self.proposed(self.certification(choices=choices, open_reason="Burnt."))
        protocol = self.world.received(self.world.stations[2])
        for clerk in (self.world.alice, self.world.bob):
            self.world.entered(protocol, SOUTH, clerk, then=verification.compare_if_complete)
        protocol.refresh_from_db()
        self.assertEqual(protocol.status, "verified")


class CommittedTests(CommittedTestCase):
    """With the locks and the snapshot of a publisher."""

    def setUp(self) -> None:
        self.world = Several()
        self.others = [enrolled(name, "member") for name in ("narine", "nune")]
        for station, figures in zip(self.world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            self.world.accepted(station, figures)
        with transaction.atomic():
            self.world.publication()

    def proposed(self, on: int = 1) -> Motion:
        said = {"decision": "5-A", "held_at": NOW, "vote": VOTE, "choices": {}, "open_reason": ""}
        drafted = Motion(
            election=self.world.election, act="certify", taken_on={"publication": on},
            arguments=plain(said),
        )  # fmt: skip
        return motions.propose(drafted=drafted, by=self.world.mariam, at=NOW)

    def confirm(self, motion: Motion, by: User) -> Motion:
        return motions.confirm(motion=Motion.objects.get(pk=motion.pk), by=by, at=NOW)

    def test_two_confirm_at_once_and_it_is_certified_once(self) -> None:
        motion = self.proposed()
        works = [partial(self.confirm, motion, by) for by in self.others]
        raised = together(*works)
        self.assertEqual([str(one) for one in raised], [
            "This act is not waiting any more. Nothing was saved."
            " Status: confirmed and carried out."
        ])  # fmt: skip
        self.assertEqual(Sitting.objects.get().published_in, 2)
        self.assertEqual(motion.confirmations.count(), 1)

    def test_what_was_confirmed_once_is_no_leave_to_do_it_again(self) -> None:
        period = {"from_at": NOW, "until_at": NOW + timedelta(hours=1), "decision": "9-A"}
        of = {"election": self.world.election}
        drafted = Motion(**of, act="autopublish", taken_on={}, arguments=plain(period))
        motion = motions.propose(drafted=drafted, by=self.world.mariam, at=NOW)
        self.assertEqual(self.confirm(motion, self.others[0]).state, "confirmed")
        said = {"by": self.world.mariam, "at": NOW}
        end_period(period=AutopublishPeriod.objects.get(), **said)
        with self.assertRaisesMessage(IntegrityError, "is proposed by a member and confirmed"):
            allow_period(**of, **said, **period)
        self.assertEqual(AutopublishPeriod.objects.count(), 1)

    def test_the_audit_finds_nothing_in_what_several_did(self) -> None:
        protocol = Protocol.objects.get(station__code="2/02")
        annulled = motions.propose(
            drafted=Motion(
                election=self.world.election, act="annul", contest=protocol.contest,
                station=protocol.station, arguments={"reason": "fire", "decision": "7-A"},
                taken_on={"version": 1, "seen": shown(protocol)},
            ),
            by=self.world.mariam, at=NOW,
        )  # fmt: skip
        self.assertEqual(self.confirm(annulled, self.others[0]).state, "confirmed")
        publish(election=self.world.election, by=self.world.mariam, at=NOW)
        certified = self.proposed(2)
        self.assertEqual(self.confirm(certified, self.others[1]).state, "confirmed")
        self.assertEqual(list(audit().findings()), [])

    def test_withdrawn_while_it_is_confirmed_one_of_both_happens(self) -> None:
        motion = self.proposed()
        raised = together(
            lambda: motions.withdraw(motion=motion, by=self.world.mariam, at=NOW),
            lambda: self.confirm(motion, self.others[0]),
        )
        self.assertEqual(len(raised), 1)
        self.assertIn("This act is not waiting any more.", str(raised[0]))
        motion.refresh_from_db()
        self.assertEqual(Sitting.objects.count(), int(motion.state == "confirmed"))

    def test_without_a_key_it_waits_on(self) -> None:
        motion = self.proposed()
        name = "tabulation.ledger.sealing.seal_waiting"
        with (
            mock.patch(name, side_effect=SigningRefused("no key")),
            self.assertRaisesMessage(PublicationRefused, "no key"),
        ):
            self.confirm(motion, self.others[0])
        motion.refresh_from_db()
        self.assertEqual((motion.state, motion.confirmations.count()), ("waiting", 0))
        self.assertEqual(self.confirm(motion, self.others[0]).state, "confirmed")

    def test_without_a_key_nothing_is_compared_and_it_waits_on(self) -> None:
        motion = self.proposed()  # after a publication that sealed the events of the figures
        with (
            mock.patch.object(signing, "signer", side_effect=SigningRefused("no key")),
            self.assertRaisesMessage(PublicationRefused, "no key"),
        ):
            self.confirm(motion, self.others[0])
        motion.refresh_from_db()
        self.assertEqual((motion.state, motion.confirmations.count()), ("waiting", 0))

    def test_nothing_is_proposed_while_a_publication_waits_to_be_released(self) -> None:
        self.world.corrected(self.world.stations[0], CORRECTED)
        with (
            mock.patch.object(releasing.manifests, "signed", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            publish(election=self.world.election, by=self.world.mariam, at=NOW)
        with self.assertRaisesMessage(ActRefused, "The next publication is being made."):
            self.proposed()
        release_all()
        self.assertEqual(self.proposed(2).number, 1)

    def test_done_but_not_released_it_is_confirmed_and_released_later(self) -> None:
        motion = self.proposed()
        refusals = [None, SigningRefused("no key")]
        with (
            mock.patch("tabulation.ledger.writing.release_prepared", side_effect=refusals),
            self.assertRaisesMessage(PublicationRefused, "no key"),
        ):
            self.confirm(motion, self.others[0])
        motion.refresh_from_db()
        self.assertEqual(motion.state, "confirmed")
        self.assertEqual(latest(self.world.election).number, 1)
        release_all()
        self.assertEqual(latest(self.world.election).status, "certified")
