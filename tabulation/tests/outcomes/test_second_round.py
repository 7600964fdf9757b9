"""The second round: made of the first, counted and decided beside it."""

import json
from datetime import date, timedelta

from django.db import transaction

from candidates.models import Candidate, Contest
from tabulation.counting import turnout
from tabulation.ledger.acts import decision_of, is_called_off, second_round_of
from tabulation.ledger.preview import preview_of
from tabulation.ledger.reading import latest, publications
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import Terms
from tabulation.models import (
    BallotScope,
    ControlRelation,
    Decision,
    Event,
    InaccuracyTerm,
    NotYours,
    ProtocolLine,
    PublishedFile,
    SecondRound,
    Sitting,
    form_of,
)
from tabulation.outcomes.certification import acts, sittings
from tabulation.outcomes.certification.rounds import _free_code, _number
from tabulation.outcomes.certification.sittings import Choice
from tabulation.tests.support.commission_world import SPLIT, TIED, Stage
from tabulation.tests.support.publishing import write
from tabulation.tests.support.turnout_world import EVENING, NOON, report, report_one
from tabulation.tests.support.world import NOW


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
        form = form_of(second)
        self.assertEqual([(line.key, line.number) for line in form.lines], [
            ("registered", "1"), ("voters", "2"), ("invalid", "3"),
            ("votes_1", "4"), ("votes_2", "5"),
        ])  # fmt: skip
        self.assertEqual(
            [(c.left, c.right) for c in form.checks], [((2,), (3, 4, 5)), ((1,), (2,))]
        )
        self.assertEqual(
            list(second.stations.order_by("station__code").values_list("registered", flat=True)),
            [100, 200, None],
        )
        self.world.election.refresh_from_db()
        self.assertEqual(self.world.election.polling_days, [date(2012, 7, 19), date(2012, 8, 2)])
        self.assertEqual(SecondRound.objects.get().order, [2, 1])
        after = Event.objects.get(act="second round created").after
        self.assertEqual((after["drawn"], after["drawn by"], after["witnesses"]),
                         ([2, 1], "Mariam", ["Narine"]))  # fmt: skip

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
        form = form_of(self.second_round(1, 2))
        self.assertEqual(
            [(check.left, check.right) for check in form.checks],
            [((2,), (3, 4, 5)), ((1,), (2,)), ((4,), (2,)), ((4,), ())],
        )
        self.assertEqual([(term.left, term.right) for term in form.terms], [((2,), (1,))])

    def test_its_name_is_another_where_the_folder_has_it(self) -> None:
        self.assertEqual(_free_code(self.world.contest, 2), "president-2")
        for code in ("president-2", "president-2-2"):
            Contest.objects.create(
                election=self.world.election, code=code, office="x", rule="majority", base="valid"
            )
        self.assertEqual(_free_code(self.world.contest, 2), "president-2-3")

    def test_the_first_round_is_decided_anew_while_the_second_is_counted(self) -> None:
        self.decided()
        first, self.world.contest = self.world.contest, self.second_round(1, 2)
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.world.publication()
        self.world.contest = first
        self.world.corrected(self.world.stations[1], (200, 79, 0, 19, 30, 30))
        write(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(decision="7-A")
        )
        later = Choice(kind=sittings.LATER)
        with self.assertRaisesMessage(acts.ActRefused, "are not finished and are not listed"):
            self.certify(decision="8-A")
        with self.assertRaisesMessage(acts.ActRefused, "left to another meeting"):
            self.certify(decision="8-A", choices={"president": later, "president-2": later})
        certified = self.certify(decision="8-A", choices={"president-2": later})
        self.assertEqual([one.code for one, _paper in sittings.undecided(certified)],
                         ["president-2"])  # fmt: skip
        self.world.contest = Contest.objects.get(round=2)
        self.world.accepted(self.world.stations[1], (90, 30, 0, 20, 10))
        self.assertEqual(preview_of(self.world.election).status, "unofficial-partial")
        self.assertEqual(self.world.publication().status, "unofficial-partial")

    def test_not_on_figures_that_changed_since(self) -> None:
        self.decided()
        self.world.corrected(self.world.stations[1], (200, 80, 0, 20, 19, 41))
        write(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(decision="7-A")
        )
        with self.assertRaisesMessage(acts.ActRefused, "must decide again"):
            self.second_round(1, 2)
        self.certify(decision="8-A")
        self.second_round(1, 41)

    def test_not_while_a_correction_waits_to_be_published(self) -> None:
        self.decided()
        self.world.corrected(self.world.stations[1], (200, 80, 0, 20, 19, 41))
        with self.assertRaisesMessage(acts.ActRefused, "Publish the new figures first"):
            self.second_round(1, 2)
        self.assertEqual(Contest.objects.count(), 1)
        self.nothing_came_of_it(2)

    def test_its_publication_binds_who_drew_the_order(self) -> None:
        self.decided()
        self.second_round(2, 1)
        manifest = json.loads(latest(self.world.election).manifest)
        file = PublishedFile.objects.get(published_in=3)
        self.assertEqual(manifest["files"], {"second-round.json": bytes(file.sha256).hex()})
        said = json.loads(bytes(file.body))
        self.assertEqual(
            [said[key] for key in ("contest", "second", "order", "drawn_by", "witnesses")],
            ["president", "president-2", [2, 1], "Mariam", ["Narine"]],
        )
        before = publications(self.world.election).get(number=2)
        self.assertIsNone(second_round_of(before, self.world.contest))
        self.assertEqual(
            second_round_of(latest(self.world.election), self.world.contest).order, [2, 1]
        )

    def test_another_decision_calls_it_off(self) -> None:
        self.decided()
        first, second = self.world.contest, self.second_round(1, 2)
        told = Choice(kind="invalid", words="The court set 5-A aside.")
        invalid = self.certify(decision="8-A", choices={"president": told})
        self.assertIs(is_called_off(invalid, second), True)
        self.assertEqual(sittings.undecided(invalid), [])
        page = self.client.get("/en/artsakh/president-2/outcome/")
        self.assertContains(page, "This round is called off.")
        self.assertNotContains(page, "Polling day, round 2")
        self.assertNotContains(
            self.client.get("/en/artsakh/president/outcome/"), "The second round is on"
        )
        self.assertContains(self.client.get("/en/artsakh/"), "This round is called off.")
        self.world.contest = second
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.assertEqual(preview_of(self.world.election).status, "correction")
        with (
            self.assertRaisesMessage(
                PublicationRefused, "needs the number of the commission's decision"
            ),
            transaction.atomic(),
        ):
            self.world.publication()
        write(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(decision="9-A")
        )
        self.world.contest = first
        anew = Choice(words="The higher court set 8-A aside.")
        restored = self.certify(decision="10-A", choices={"president": anew})
        self.assertIs(is_called_off(restored, second), False)
        self.assertIs(is_called_off(invalid, second), True)
        with self.assertRaisesMessage(
            acts.ActRefused, "The second round of this contest was created earlier."
        ):
            self.second_round(1, 2)

    def test_another_is_made_where_others_go_on(self) -> None:
        self.decided()
        second = self.second_round(1, 2)
        self.world.corrected(self.world.stations[1], (200, 80, 0, 20, 19, 41))
        write(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(decision="7-A")
        )
        self.certify(decision="8-A")
        other = self.second_round(1, 41)
        last = latest(self.world.election)
        self.assertEqual([one.code for one in (second, other)], ["president-2", "president-2-2"])
        self.assertEqual(
            [is_called_off(last, one) for one in (self.world.contest, second, other)],
            [False, True, False],
        )
        self.assertEqual(last.status, "pre-election")

    def test_its_turnout_is_reported_at_the_hours_of_the_first_on_its_own_day(self) -> None:
        report(self.world, (0, NOON, 20), (1, EVENING, 30))
        self.decided()
        second = self.second_round(2, 1)
        self.assertEqual(second.turnout_hours, [NOON, EVENING])
        said = {"contest": second, "station": self.world.stations[0], "hour": NOON, "voters": 21}
        with self.assertRaisesMessage(turnout.TurnoutRefused, "It is not yet"):
            report_one(**said, by=self.world.ina, at=NOW)
        report_one(**said, by=self.world.ina, at=NOW + timedelta(days=14))
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
        self.assertEqual(latest(self.world.election).status, "pre-election")
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
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.world.contest = first
        self.world.corrected(self.world.stations[0], (100, 61, 1, 40, 20, None))
        with (
            self.assertRaisesMessage(
                PublicationRefused, "needs the number of the commission's decision"
            ),
            transaction.atomic(),
        ):
            self.world.publication()
        self.assertEqual(preview_of(self.world.election).status, "correction")

    def test_the_first_round_is_decided_anew_before_the_second_has_begun(self) -> None:
        self.decided()
        self.second_round(1, 2)
        self.world.corrected(self.world.stations[1], (200, 79, 0, 19, 30, 30))
        write(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(decision="7-A")
        )
        certified = self.certify(decision="8-A")
        self.assertEqual(certified.status, "certified")
        decisions = Sitting.objects.get(decision="8-A").decisions
        self.assertEqual([one.contest.code for one in decisions.all()], ["president"])
        self.world.contest = Contest.objects.get(round=2)
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.assertEqual(self.world.publication().status, "unofficial-partial")

    def test_it_is_refused(self) -> None:
        Refused = acts.ActRefused
        self.count(SPLIT)
        with self.assertRaisesMessage(acts.ActRefused, "has not decided on a second round"):
            self.second_round(1, 2)
        self.certify()
        for name, order, said, error, told in (
            (
                "others",
                (1, 41),
                {},
                Refused,
                "The order must list exactly the candidates of the second round.",
            ),
            (
                "one",
                (1,),
                {},
                Refused,
                "The order must list exactly the candidates of the second round.",
            ),
            (
                "twice",
                (1, 1),
                {},
                Refused,
                "The order must list exactly the candidates of the second round.",
            ),
            (
                "the same day",
                (1, 2),
                {"polling_day": date(2012, 7, 19)},
                Refused,
                "after the first",
            ),
            ("no witness", (1, 2), {"witnesses": []}, Refused, "witnesses"),
            (
                "to come",
                (1, 2),
                {"drawn_at": NOW + timedelta(1)},
                Refused,
                "The time of the drawing of lots is in the future.",
            ),
            (
                "a supervisor",
                (1, 2),
                {"by": self.world.sona},
                NotYours,
                "Commission members for the whole country",
            ),
        ):
            with self.subTest(name), self.assertRaisesMessage(error, told):
                self.second_round(*order, **said)
        self.assertEqual(Contest.objects.count(), 1)
        self.second_round(1, 2)
        with self.assertRaisesMessage(
            acts.ActRefused, "The second round of this contest was created earlier."
        ):
            self.second_round(1, 2)
        self.assertEqual(Contest.objects.count(), 2)

    def test_there_is_none_where_somebody_is_elected(self) -> None:
        self.count()
        self.certify()
        with self.assertRaisesMessage(
            acts.ActRefused, "The commission has not decided on a second round"
        ):
            self.second_round(1, 2)
