"""Lots, the sitting that decides, the certified publication, the second round."""

import json
from datetime import date, timedelta
from io import StringIO
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from candidates.models import Candidate, Contest
from tabulation import certification, correction, deciding, turnout
from tabulation.certification import Choice, Vote
from tabulation.certification.rounds import _number
from tabulation.documents.dates import days_of
from tabulation.models import (
    BallotScope,
    ControlRelation,
    Decision,
    Event,
    InaccuracyTerm,
    Lot,
    NotYours,
    ProtocolLine,
    Publication,
    PublishedFile,
    SecondRound,
    Sitting,
    User,
    paper_of,
)
from tabulation.outcomes import Kind, LotNeeded
from tabulation.publication import (
    DecisionMissing,
    decision_of,
    latest,
    preview_of,
    publications,
    publish,
    published_contests,
    write,
)
from tabulation.tests.test_integrity import RefusalTestCase
from tabulation.tests.test_turnout import EVENING, NOON, report
from tabulation.tests.world import NORTH, NOW, SOUTH, CommittedTestCase, World

VOTE = Vote(present=("Mariam", "Narine", "Otar"), votes_for=2, votes_against=1)
#: 2 and 41 tie for the second place: 30 each, before them 1 with 40.
TIED = ((100, 50, 0, 30, 20, None), (200, 50, 0, 10, 10, 30), (None, 0, 0, 0, 0, 0))
#: Nobody above half, and no tie.
SPLIT = ((100, 60, 0, 40, 20, None), (200, 80, 0, 20, 30, 30), (None, 0, 0, 0, 0, 0))


class Stage(RefusalTestCase):
    """Acts inside the test's own transaction."""

    def setUp(self) -> None:
        name = "tabulation.certification.common.publishing"
        self.enterContext(mock.patch(name, lambda _election: transaction.atomic()))

    def count(self, rows: Any = (NORTH, SOUTH, SOUTH), stations: int = 3) -> Publication:
        for station, figures in list(zip(self.world.stations, rows, strict=True))[:stations]:
            self.world.accepted(station, figures)
        return self.world.publication()

    def certify(self, **said: Any) -> Publication:
        last = latest(self.world.election)
        given: dict[str, Any] = {
            "election": self.world.election, "decided_on": last.number if last else 1,
            "decision": "5-A", "held_at": NOW, "vote": VOTE, "choices": {},
            "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        with transaction.atomic():
            return certification.certify(**{**given, **said})

    def draw(self, *drawn: int, **said: Any) -> Publication:
        given: dict[str, Any] = {
            "contest": self.world.contest, "asked_in": latest(self.world.election).number,
            "drawn": drawn, "drawn_at": NOW, "drawn_by": "Mariam", "witnesses": ["Narine"],
            "decision": "4-L", "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        with transaction.atomic():
            return certification.record_lot(**{**given, **said})

    def second_round(self, *order: int, **said: Any) -> Contest:
        given: dict[str, Any] = {
            "first": self.world.contest, "order": order, "polling_day": date(2012, 8, 2),
            "drawn_at": NOW, "drawn_by": "Mariam", "witnesses": ["Narine"], "decision": "6-A",
            "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        return certification.create_second_round(**{**given, **said})

    def nothing_came_of_it(self, number: int) -> None:
        self.assertEqual(latest(self.world.election).number, number)
        self.assertFalse(PublishedFile.objects.filter(published_in__gt=number).exists())


class SittingTests(Stage):
    def test_what_the_rule_proposes_is_decided_and_certified(self) -> None:
        self.count()
        certified = self.certify()
        self.assertEqual((certified.number, certified.status, certified.decision),
                         (2, "certified", "5-A"))  # fmt: skip
        decision = decision_of(certified, self.world.contest)
        self.assertEqual((decision.kind, decision.elected, decision.as_proposed),
                         ("elected", [1], True))  # fmt: skip
        self.assertEqual(decision.sitting.present, ["Mariam", "Narine", "Otar"])
        self.assertIsNone(decision_of(publications(self.world.election).last(), self.world.contest))

    def test_the_manifest_binds_the_decision_with_its_steps(self) -> None:
        self.count()
        opinions = [("Otar", 'The "box" of 2/01 <was> open.\n')]
        vote = Vote(VOTE.present, 2, 1, opinions=opinions)
        certified = self.certify(vote=vote)
        file = PublishedFile.objects.get(published_in=2, name="decision.json")
        manifest = json.loads(certified.manifest)
        self.assertEqual(manifest["files"], {"decision.json": bytes(file.sha256).hex()})
        body = json.loads(bytes(file.body))
        self.assertEqual(body["vote"], {"abstained": 0, "against": 1, "for": 2})
        self.assertEqual(body["opinions"], [{"member": "Otar", "text": opinions[0][1]}])
        (contest,) = body["contests"]
        self.assertEqual(contest["root"], manifest["contests"][0]["root"])
        self.assertEqual(contest["proposal"]["proposal"]["elected"], [1])
        self.assertEqual(contest["proposal"]["steps"][0]["step"], "of_valid_votes")
        answer = self.client.get("/data/artsakh/2/files/decision.json")
        self.assertEqual(answer.content, bytes(file.body))

    def test_it_is_in_the_events_before_it_is_sealed(self) -> None:
        self.count()
        self.certify()
        event = Event.objects.get(act="decided")
        self.assertEqual(event.subject, "decision 5-A of artsakh")
        self.assertEqual(event.after["outcome"], {"president": "elected"})
        self.assertEqual(event.after["votes"], [2, 1, 0])
        published = Event.objects.filter(act="published").last()
        self.assertLess(event.pk, published.pk)

    def test_other_documents_come_out_beside_it(self) -> None:
        self.count()
        seen = []

        def papers(published: Publication) -> list[tuple[str, str, bytes]]:
            seen.append((published.number, published.pk, published.status))
            return [("president.protocol.hy.pdf", "application/pdf", b"%PDF")]

        manifest = json.loads(self.certify(papers=papers).manifest)
        self.assertEqual(sorted(manifest["files"]), ["decision.json", "president.protocol.hy.pdf"])
        self.assertEqual(seen, [(2, None, "certified")])

    def test_a_departure_from_the_rule_wants_words(self) -> None:
        self.count()
        with self.assertRaisesMessage(certification.ActRefused, "departs from the proposal"):
            self.certify(choices={"president": Choice(kind="invalid", words=" ")})
        self.nothing_came_of_it(1)
        self.certify(choices={"president": Choice("invalid", "Inaccuracies are 12, the gap is 3.")})
        decision = Decision.objects.get()
        self.assertEqual((decision.kind, decision.elected, decision.as_proposed),
                         ("invalid", [], False))  # fmt: skip

    def test_who_and_what_is_refused(self) -> None:
        Refused, world = certification.ActRefused, self.world
        self.count()
        inside = User.objects.create(username="zara", role="member", area=world.south)
        stranger = Vote(VOTE.present, 2, 1, opinions=[("Zara", "No.")])
        for name, said, error, told in (
            ("a supervisor", {"by": world.sona}, NotYours, "Only a commission member"),
            ("an auditor", {"by": User.objects.get(username="otar")}, NotYours, "Only"),
            ("a member of an area", {"by": inside}, NotYours, "whole country"),
            ("no number", {"decision": " "}, Refused, "number of the decision"),
            ("held later", {"held_at": NOW + timedelta(hours=1)}, Refused, "after it was held"),
            ("too few votes", {"vote": Vote(VOTE.present, 2, 0)}, Refused, "adds up to 2"),
            ("a tie", {"vote": Vote(("A", "B"), 1, 1)}, Refused, "nothing is decided"),
            ("twice", {"vote": Vote(("A", "A", "B"), 3, 0)}, Refused, "stands twice"),
            ("nobody", {"vote": Vote((), 0, 0)}, Refused, "nothing is decided"),
            ("an opinion of a stranger", {"vote": stranger}, Refused, "was not present"),
            ("other figures", {"decided_on": 7}, certification.FiguresChanged, "came out"),
        ):
            with self.subTest(name), self.assertRaisesMessage(error, told):
                self.certify(**said)
        self.assertFalse(Sitting.objects.exists())
        self.nothing_came_of_it(1)

    def test_nothing_is_decided_before_anything_is_published(self) -> None:
        with self.assertRaises(certification.NothingPublished):
            self.certify()

    def test_figures_that_nobody_saw_are_not_certified(self) -> None:
        self.count()
        self.world.corrected(self.world.stations[0], (100, 61, 1, 39, 21, None))
        with self.assertRaisesMessage(certification.FiguresChanged, "publish them first"):
            self.certify()
        self.nothing_came_of_it(1)
        self.world.publication()
        self.assertEqual(self.certify().number, 3)

    def test_open_stations_are_listed_one_by_one_with_a_reason(self) -> None:
        Open = certification.OpenStations
        self.count(stations=2)
        correction.correct(
            contest=self.world.contest, station=self.world.stations[0], reason="recount",
            decision="3-A", by=self.world.mariam, at=NOW,
        )  # fmt: skip

        def listed(*codes: str) -> dict[str, Any]:
            return {"choices": {"president": Choice(open_stations=codes)}}

        for name, said, told in (
            ("none", {}, "2 stations are open, and the decision does not list them: 1/01, 2/02."),
            ("one of two", listed("1/01"), "1 station is open, and the decision"),
            ("one too many", listed("1/01", "2/01", "2/02"), "Nothing is open about 2/01"),
            ("no reason", listed("1/01", "2/02"), "Say why it is decided"),
        ):
            with self.subTest(name), self.assertRaisesMessage(Open, told):
                self.certify(**said)
        self.nothing_came_of_it(1)
        self.assertEqual(self.certify(open_reason="Both are small.", **listed("1/01", "2/02"))
                         .status, "certified")  # fmt: skip
        self.assertEqual(Sitting.objects.get().open_stations, {"president": ["1/01", "2/02"]})

    def test_its_number_is_the_same_with_spaces_about_it(self) -> None:
        self.count()
        self.assertEqual(self.certify(decision=" 5-A ").decision, "5-A")
        self.assertEqual(Sitting.objects.get().decision, "5-A")

    def test_a_decision_stands_until_figures_change(self) -> None:
        self.count()
        self.certify()
        with self.assertRaisesMessage(certification.DecidedAlready, "nothing has changed"):
            self.certify(decision="6-A")
        self.world.corrected(self.world.stations[0], (100, 61, 1, 39, 21, None))
        with self.assertRaises(DecisionMissing), transaction.atomic():
            self.world.publication()
        self.assertEqual(preview_of(self.world.election).status, "correction")
        write(election=self.world.election, by=self.world.mariam, at=NOW, decision="7-A")
        with self.assertRaisesMessage(certification.DecidedAlready, "5-A is recorded already"):
            self.certify()
        self.assertEqual(self.certify(decision="8-A").number, 4)
        self.assertEqual(Decision.objects.count(), 2)


class LotTests(Stage):
    def outcome(self) -> Any:
        published = latest(self.world.election)
        (pair,) = published_contests(published)
        return deciding.propose(published, *pair)

    def test_the_rule_stops_until_a_lot_is_recorded_and_then_goes_on(self) -> None:
        self.count(TIED)
        found = self.outcome().answer.outcome
        self.assertIsInstance(found, LotNeeded)
        self.assertEqual((sorted(found.among), found.places), ([2, 41], 1))
        with self.assertRaisesMessage(certification.LotMissing, "a lot is drawn"):
            self.certify()
        drawn = self.draw(41, 2)
        self.assertEqual((drawn.number, drawn.status), (2, "unofficial-complete"))
        found = self.outcome()
        self.assertEqual((found.answer.outcome.kind, found.answer.outcome.advancing),
                         (Kind.SECOND_ROUND, (1, 41)))  # fmt: skip
        self.assertEqual([lot.decision for lot in found.lots], ["4-L"])
        self.assertIn("lot", [step.code for step in found.answer.outcome.steps])
        call_command("outcome", "artsakh", stdout=(out := StringIO()))
        self.assertIn("4-L, drawn by Mariam, 2012-07-19 20:00 UTC, before Narine: 41 Candidate 41,",
                      out.getvalue())  # fmt: skip
        self.assertEqual(decision_of(self.certify(), self.world.contest).advancing, [1, 41])

    def test_who_when_and_witnesses_are_bound(self) -> None:
        self.count(TIED)
        published = self.draw(41, 2, witnesses=["Narine", "Վահե <b>"])
        body = json.loads(bytes(PublishedFile.objects.get().body))
        self.assertEqual((body["drawn"], body["places"], body["asked_in"]), ([41, 2], 1, 1))
        self.assertEqual(body["witnesses"], ["Narine", "Վահե <b>"])
        self.assertEqual(list(json.loads(published.manifest)["files"]), ["lot.json"])
        self.assertEqual(Event.objects.get(act="lot recorded").after["drawn"], [41, 2])

    def test_a_lot_that_was_not_asked_for_is_refused(self) -> None:
        Refused = certification.LotNotAskedFor
        self.count(TIED)
        for name, drawn in (("others", (1, 2)), ("one more", (1, 2, 41)), ("nobody", ())):
            with self.subTest(name), self.assertRaises(Refused):
                self.draw(*drawn)
        for name, said, told in (
            ("no witness", {"witnesses": [" "]}, "before witnesses"),
            ("nobody drew", {"drawn_by": ""}, "who drew the lot"),
            ("no number", {"decision": " "}, "number of the minutes"),
            ("to come", {"drawn_at": NOW + timedelta(minutes=1)}, "after it was drawn"),
            ("other figures", {"asked_in": 7}, "came out meanwhile"),
        ):
            with (
                self.subTest(name),
                self.assertRaisesMessage(certification.ActRefused, told),
            ):
                self.draw(41, 2, **said)
        with self.assertRaises(NotYours):
            self.draw(41, 2, by=self.world.sona)
        self.nothing_came_of_it(1)
        self.draw(41, 2)
        with self.assertRaises(Refused):
            self.draw(2, 41)

    def test_not_while_stations_are_out(self) -> None:
        self.count(TIED, stations=2)
        with self.assertRaises(certification.LotNotAskedFor):
            self.draw(41, 2)

    def test_not_where_a_decision_stands(self) -> None:
        self.count(TIED)
        self.certify(choices={"president": Choice("invalid", "The boxes were open.")})
        with self.assertRaises(certification.LotNotAskedFor):
            self.draw(41, 2)

    def test_a_lot_for_other_sums_is_left_alone(self) -> None:
        self.count(TIED)
        self.draw(41, 2)
        self.world.corrected(self.world.stations[1], (200, 50, 0, 10, 11, 29))
        self.world.publication()
        found = self.outcome()
        self.assertEqual(found.answer.outcome.advancing, (1, 2))
        self.assertEqual(found.lots, ())


class SecondRoundTests(Stage):
    def decided(self) -> None:
        self.count(SPLIT)
        self.certify()

    def test_stations_form_and_office_are_carried_over(self) -> None:
        self.decided()
        second = self.second_round(2, 1)
        self.assertEqual((second.code, second.round, second.rule), ("president-2", 2, "majority"))
        self.assertEqual(
            [(c.number, c.name) for c in second.candidates.all()],
            [(1, "Candidate 2"), (2, "Candidate 1")],
        )
        paper = paper_of(second)
        self.assertEqual([(line.key, line.number) for line in paper.lines], [
            ("registered", "1"), ("voters", "2"), ("invalid", "3"),
            ("votes_1", "4"), ("votes_2", "5"),
        ])  # fmt: skip
        self.assertEqual(
            [(c.left, c.right) for c in paper.checks], [((2,), (3, 4, 5)), ((1,), (2,))]
        )
        self.assertEqual(
            list(second.stations.order_by("station__code").values_list("registered", flat=True)),
            [100, 200, None],
        )
        self.world.election.refresh_from_db()
        self.assertEqual(self.world.election.polling_days, [date(2012, 7, 19), date(2012, 8, 2)])
        self.assertEqual(SecondRound.objects.get().order, [2, 1])
        self.assertEqual(Event.objects.get(act="second round created").after["drawn"], [2, 1])

    def test_lines_are_numbered_as_the_paper_is(self) -> None:
        for form, first, second in (("4", "4", "5"), ("8.1", "8.1", "8.2"), ("3.1a", "3.1a", "5")):
            with self.subTest(form):
                line = ProtocolLine(number=form, candidate=Candidate(number=1))
                place = ProtocolLine(number="5")
                self.assertEqual(_number(line, line, Candidate(number=1)), first)
                self.assertEqual(_number(line, place, Candidate(number=2)), second)

    def test_what_was_said_of_those_who_are_gone_is_left_out(self) -> None:
        for ordinal, left, operator, right in (
            (3, [3], "<=", [6]), (4, [6], "<=", [1]), (5, [4, 6], "<=", [2]), (6, [4], ">=", []),
        ):  # fmt: skip
            ControlRelation.objects.create(
                contest=self.world.contest, ordinal=ordinal, code=f"more-{ordinal}", name="More",
                left=left, operator=operator, right=right, severity="warning",
            )  # fmt: skip
        for ordinal, right in ((1, [6]), (2, [1])):
            InaccuracyTerm.objects.create(
                contest=self.world.contest, ordinal=ordinal, kind="excess", left=[2], right=right
            )
        self.decided()
        paper = paper_of(self.second_round(1, 2))
        self.assertEqual(
            [(check.left, check.right) for check in paper.checks],
            [((2,), (3, 4, 5)), ((1,), (2,)), ((4,), (2,)), ((4,), ())],
        )
        self.assertEqual([(term.left, term.right) for term in paper.terms], [((2,), (1,))])

    def test_its_name_is_another_where_the_folder_has_it(self) -> None:
        self.decided()
        for code in ("president-2", "president-2-2"):
            Contest.objects.create(
                election=self.world.election, code=code, office="x", rule="majority", base="valid"
            )
        self.assertEqual(self.second_round(1, 2).code, "president-2-3")

    def test_not_on_figures_that_changed_since(self) -> None:
        self.decided()
        self.world.corrected(self.world.stations[1], (200, 80, 0, 20, 19, 41))
        write(election=self.world.election, by=self.world.mariam, at=NOW, decision="7-A")
        with self.assertRaisesMessage(certification.NoDecision, "it is decided anew"):
            self.second_round(1, 2)
        self.certify(decision="8-A")
        self.second_round(1, 41)

    def test_its_turnout_is_reported_at_the_hours_of_the_first_on_its_own_day(self) -> None:
        report(self.world, (0, NOON, 20), (1, EVENING, 30))
        self.decided()
        second = self.second_round(2, 1)
        self.assertEqual(second.turnout_hours, [NOON, EVENING])
        said = {"contest": second, "station": self.world.stations[0], "hour": NOON, "voters": 21}
        with self.assertRaises(turnout.HourToCome):
            turnout.report(**said, by=self.world.ina, at=NOW)
        turnout.report(**said, by=self.world.ina, at=NOW + timedelta(days=14))
        self.assertEqual(second.turnout.get().voters, 21)

    def test_who_stands_in_some_areas_only_does_so_again(self) -> None:
        self.count(TIED)
        self.draw(41, 2)
        self.certify()
        second = self.second_round(41, 1)
        scope = BallotScope.objects.get(line__contest=second)
        self.assertEqual(
            (scope.area, scope.line.candidate.name), (self.world.south, "Candidate 41")
        )

    def test_it_is_counted_and_certified_while_the_first_stays_as_it_is(self) -> None:
        self.decided()
        second = self.second_round(1, 2)
        self.world.contest = second
        published = self.world.publication()
        self.assertEqual(published.status, "pre-election")
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.assertEqual(self.world.publication().status, "unofficial-partial")
        for station in self.world.stations[1:]:
            self.world.accepted(station, (90, 30, 0, 20, 10))
        self.assertEqual(self.world.publication().status, "unofficial-complete")
        certified = self.certify(decision="9-A")
        decision = decision_of(certified, second)
        self.assertEqual((decision.kind, decision.elected), ("elected", [1]))
        self.assertEqual(Decision.objects.count(), 2)

    def test_the_first_round_changes_by_decision_only(self) -> None:
        self.decided()
        self.world.contest, first = self.second_round(1, 2), self.world.contest
        self.world.publication()
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.world.contest = first
        self.world.corrected(self.world.stations[0], (100, 61, 1, 40, 20, None))
        with self.assertRaises(DecisionMissing), transaction.atomic():
            self.world.publication()
        self.assertEqual(preview_of(self.world.election).status, "correction")

    def test_the_first_round_is_decided_anew_before_the_second_has_begun(self) -> None:
        self.decided()
        self.second_round(1, 2)
        self.world.publication()
        self.world.corrected(self.world.stations[1], (200, 79, 0, 19, 30, 30))
        write(election=self.world.election, by=self.world.mariam, at=NOW, decision="7-A")
        certified = self.certify(decision="8-A")
        self.assertEqual(certified.status, "certified")
        decisions = Sitting.objects.get(decision="8-A").decisions
        self.assertEqual([one.contest.code for one in decisions.all()], ["president"])
        self.world.contest = Contest.objects.get(round=2)
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.assertEqual(self.world.publication().status, "unofficial-partial")

    def test_it_is_refused(self) -> None:
        Refused = certification.ActRefused
        self.count(SPLIT)
        with self.assertRaisesMessage(certification.NoDecision, "No decision"):
            self.second_round(1, 2)
        self.certify()
        for name, order, said, error, told in (
            ("others", (1, 41), {}, Refused, "not of those"),
            ("one", (1,), {}, Refused, "not of those"),
            ("twice", (1, 1), {}, Refused, "not of those"),
            (
                "the same day",
                (1, 2),
                {"polling_day": date(2012, 7, 19)},
                Refused,
                "after the first",
            ),
            ("no witness", (1, 2), {"witnesses": []}, Refused, "witnesses"),
            ("to come", (1, 2), {"drawn_at": NOW + timedelta(1)}, Refused, "after it was drawn"),
            ("a supervisor", (1, 2), {"by": self.world.sona}, NotYours, "Only"),
        ):
            with self.subTest(name), self.assertRaisesMessage(error, told):
                self.second_round(*order, **said)
        self.assertEqual(Contest.objects.count(), 1)
        self.second_round(1, 2)
        with self.assertRaises(certification.RoundExists):
            self.second_round(1, 2)
        self.assertEqual(Contest.objects.count(), 2)

    def test_there_is_none_where_somebody_is_elected(self) -> None:
        self.count()
        self.certify()
        with self.assertRaises(certification.NoDecision):
            self.second_round(1, 2)


class DatabaseTests(Stage):
    """What is refused whoever asks."""

    def test_acts_are_evidence(self) -> None:
        self.count(TIED)
        self.draw(41, 2)
        self.certify()
        self.second_round(1, 41)
        for model in (Lot, Sitting, Decision, SecondRound, PublishedFile):
            table = model._meta.db_table
            for statement in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"):
                with (
                    self.subTest(statement),
                    self.refused("permission denied", ProgrammingError),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(statement)

    def test_impossible_acts(self) -> None:
        self.count(SPLIT)
        self.certify()
        sitting = Sitting.objects.get()
        other = World("other").contest
        unconfirmed = User.objects.create(
            username="zara", role="member", changed_by=self.world.mariam
        )
        row = {
            "election": self.world.election, "decision": "1", "held_at": NOW, "decided_on": 2,
            "published_in": 3, "present": ["A"], "votes_for": 1, "votes_against": 0,
            "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        lot = {
            "election": self.world.election, "contest": self.world.contest, "asked_in": 1,
            "published_in": 3, "drawn": [1, 2], "places": 1, "drawn_at": NOW, "drawn_by": "A",
            "witnesses": ["B"], "decision": "1", "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        decision = {"sitting": sitting, "contest": other, "kind": "failed", "as_proposed": True}
        round_ = {
            "first": self.world.contest, "second": other, "order": [1, 2], "drawn_at": NOW,
            "polling_day": date(2012, 8, 2), "drawn_by": "A", "witnesses": ["B"], "decision": "1",
            "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        for model, fields, change, constraint in (
            (Sitting, row, {"votes_for": 0}, "sitting_voted_for_it"),
            (Sitting, row, {"votes_against": 1}, "sitting_voted_for_it"),
            (Sitting, row, {"published_in": 2}, "comes_with_its_publication"),
            (Sitting, row, {"decision": "5-A"}, "sitting_decision_once"),
            (Sitting, row, {"by": self.world.sona}, "act_is_recorded_by_a_member"),
            (Sitting, row, {"by": unconfirmed}, "act_is_recorded_by_a_member"),
            (Sitting, row, {"open_stations": {"president": ["1"]}}, "sitting_says_why"),
            (Sitting, row, {"decided_on": 9, "published_in": 10}, "sitting_is_about_a_publication"),
            (Sitting, row, {"at": NOW - timedelta(1)}, "sitting_was_held_before"),
            (Lot, lot, {"places": 2}, "lot_is_among_more"),
            (Lot, lot, {"witnesses": []}, "lot_has_witnesses"),
            (Lot, lot, {"contest": other}, "act_in_one_election"),
            (Lot, lot, {"published_in": 1}, "comes_with_its_publication"),
            (Lot, lot, {"by": self.world.sona}, "act_is_recorded_by_a_member"),
            (Decision, decision, {}, "act_in_one_election"),
            (Decision, decision, {"kind": "invalid"}, "act_in_one_election"),
            (SecondRound, round_, {}, "act_in_one_election"),
            (SecondRound, round_, {"order": [1, 41]}, "act_in_one_election"),
        ):
            name = f"{model.__name__} {sorted(change)}"
            with self.subTest(name), self.refused(constraint):
                model.objects.create(**{**fields, **change})

    def test_a_decision_names_whom_it_is_about(self) -> None:
        self.count()
        last = latest(self.world.election)
        row = {
            "election": self.world.election, "decision": "1", "held_at": NOW,
            "decided_on": last.number, "published_in": 2, "present": ["A"], "votes_for": 1,
            "votes_against": 0, "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        with transaction.atomic():
            self._decide_wrongly(Sitting.objects.create(**row))
            transaction.set_rollback(True)  # no publication came of it

    def _decide_wrongly(self, sitting: Sitting) -> None:
        for change, constraint in (
            ({"kind": "elected"}, "decision_names_whom_it_is_about"),
            ({"kind": "second round", "advancing": [1]}, "decision_names_whom_it_is_about"),
            ({"kind": "failed", "elected": [1]}, "decision_names_whom_it_is_about"),
            ({"kind": "invalid", "as_proposed": True}, "decision_says_why_it_departs"),
            ({"kind": "invalid", "as_proposed": False}, "decision_says_why_it_departs"),
            ({"kind": "won", "words": "x", "as_proposed": False}, "decision_kind_is_known"),
        ):
            given = {"as_proposed": True, **change}
            with self.subTest(change), self.refused(constraint):
                Decision.objects.create(sitting=sitting, contest=self.world.contest, **given)

    def test_a_sitting_is_certified_or_nothing(self) -> None:
        self.count()
        self.world.corrected(self.world.stations[0], (100, 61, 1, 39, 21, None))
        with self.refused("sitting_certifies"):
            Sitting.objects.create(
                election=self.world.election, decision="1", held_at=NOW, decided_on=1,
                published_in=2, present=["A"], votes_for=1, votes_against=0,
                by=self.world.mariam, at=NOW,
            )  # fmt: skip
            self.world.publication()

    def test_a_second_round_is_between_those_who_go_on(self) -> None:
        self.count(SPLIT)
        self.certify()
        second = Contest.objects.create(
            election=self.world.election, code="again", office="x", rule="majority", base="valid"
        )
        with self.refused("second_round_was_decided"):
            SecondRound.objects.create(
                first=self.world.contest, second=second, order=[1, 41], drawn_at=NOW,
                polling_day=date(2012, 8, 2), drawn_by="A", witnesses=["B"], decision="1",
                by=self.world.mariam, at=NOW,
            )  # fmt: skip
        self.world.election.polling_days = [date(2012, 7, 20)]
        with self.refused("polling_days_are_added"):
            self.world.election.save(update_fields=["polling_days"])

    def test_a_file_has_its_own_hash(self) -> None:
        self.count()
        with self.refused("published_file_has_its_hash"):
            PublishedFile.objects.create(
                election=self.world.election, published_in=2, name="a.txt", media_type="text/plain",
                body=b"x", sha256=b"\0" * 32,
            )  # fmt: skip


class CertifiedBeforeTests(CommittedTestCase):
    """Results that a publication certified before sittings were recorded."""

    def test_what_changes_is_a_correction_still(self) -> None:
        world = World()
        for station, figures in zip(world.stations, SPLIT, strict=True):
            world.accepted(station, figures)
        with transaction.atomic():
            world.publication()
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tabulation_publication DISABLE TRIGGER USER")
            cursor.execute("UPDATE tabulation_publication SET status = 'certified', decision = '3'")
            cursor.execute("ALTER TABLE tabulation_publication ENABLE TRIGGER USER")
        page = self.client.get("/en/artsakh/president/outcome/")
        self.assertContains(page, "the commission decides.")
        self.assertNotContains(page, "No decision of it about the outcome")

        world.corrected(world.stations[0], (100, 61, 1, 40, 20, None))
        preview = preview_of(world.election)
        self.assertEqual((preview.status, preview.needs_decision), ("correction", True))
        with self.assertRaises(DecisionMissing), transaction.atomic():
            world.publication()
        said = {"election": world.election, "by": world.mariam, "at": NOW}
        with (
            self.assertRaisesMessage(IntegrityError, "nothing is preliminary any more"),
            mock.patch(
                "tabulation.publication.writing.words.word", lambda *_a, **_k: "pre-election"
            ),
            transaction.atomic(),
        ):
            write(**said)
        self.assertEqual(publish(**said, decision="7-A").status, "correction")
        certified = certification.certify(
            **said, decided_on=2, decision="8-A", held_at=NOW, vote=VOTE, choices={}
        )
        self.assertEqual(certified.status, "certified")
        days = days_of(world.election, certified)
        what = [(day.publication, day.decision) for day in days if day.decision]
        self.assertEqual(what, [(1, "3"), (2, "7-A"), (3, "8-A")])


class CommittedTests(CommittedTestCase):
    """With the locks and the snapshot of a publisher."""

    def test_a_lot_a_sitting_and_a_second_round(self) -> None:
        world = World()
        for station, figures in zip(world.stations, TIED, strict=True):
            world.accepted(station, figures)
        with transaction.atomic():
            world.publication()
        certification.record_lot(
            contest=world.contest, asked_in=1, drawn=(2, 41), drawn_at=NOW, drawn_by="Mariam",
            witnesses=["Narine"], decision="4-L", by=world.mariam, at=NOW,
        )  # fmt: skip
        certified = certification.certify(
            election=world.election, decided_on=2, decision="5-A", held_at=NOW, vote=VOTE,
            choices={}, by=world.mariam, at=NOW,
        )  # fmt: skip
        self.assertEqual((certified.number, certified.status), (3, "certified"))
        second = certification.create_second_round(
            first=world.contest, order=(2, 1), polling_day=date(2012, 8, 2), drawn_at=NOW,
            drawn_by="Mariam", witnesses=["Narine"], decision="6-A", by=world.mariam, at=NOW,
        )  # fmt: skip
        self.assertEqual(second.round, 2)
        refused = {"decided_on": 2, "decision": "7-A"}
        with self.assertRaises(certification.FiguresChanged):
            certification.certify(
                election=world.election, held_at=NOW, vote=VOTE, choices={}, by=world.mariam,
                at=NOW, **refused,
            )  # fmt: skip
