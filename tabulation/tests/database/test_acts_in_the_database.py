"""Acts of the commission that the database refuses, whoever asks."""

from datetime import date, timedelta

from django.db import ProgrammingError, connection, transaction

from candidates.models import Contest, Election
from tabulation.ledger.reading import latest
from tabulation.models import Decision, Lot, PublishedFile, SecondRound, Sitting
from tabulation.tests.support.commission_world import SPLIT, TIED, Stage
from tabulation.tests.support.world import NOW, World, enrolled


class DatabaseTests(Stage):
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
        unconfirmed = enrolled("zara", "member", changed_by=self.world.mariam)
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
                election=self.world.election, published_in=3, drawn_at=NOW,
                first=self.world.contest, second=second, order=[1, 41],
                polling_day=date(2012, 8, 2), drawn_by="A", witnesses=["B"], decision="1",
                by=self.world.mariam, at=NOW,
            )  # fmt: skip

    def test_a_second_round_between_the_same_is_made_once(self) -> None:
        self.count(SPLIT)
        self.certify()
        made = SecondRound.objects.get(second=self.second_round(1, 2))
        again = Contest.objects.create(
            election=self.world.election, code="again", office="x", rule="majority", base="valid"
        )
        made.pk, made.second, made.order = None, again, [2, 1]
        made.published_in += 1
        made._state.adding = True
        with self.refused("second_round_is_made_once"):
            made.save()

    def test_a_polling_day_stays_once_anything_is_in(self) -> None:
        self.count(SPLIT)
        self.certify()
        second = self.second_round(1, 2)
        first_day, later = date(2012, 7, 19), date(2012, 8, 2)
        moved = date(2012, 8, 5)

        def hold(*days: date) -> None:
            Election.objects.filter(pk=second.election_id).update(polling_days=list(days))

        hold(first_day, moved)
        for name, days in (("the first", (date(2012, 7, 20), moved)), ("fewer", (first_day,))):
            with self.subTest(name), self.refused("polling_days_stay"):
                hold(*days)
        self.world.contest = second
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        with self.refused("polling_days_stay"):
            hold(first_day, later)

    def test_a_file_has_its_own_hash(self) -> None:
        self.count()
        with self.refused("published_file_has_its_hash"):
            PublishedFile.objects.create(
                election=self.world.election, published_in=2, name="a.txt", media_type="text/plain",
                body=b"x", sha256=b"\0" * 32,
            )  # fmt: skip
