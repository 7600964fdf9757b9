"""The page of the outcome: what the rule gives, by which steps, and what could still change it."""

import json
import re
from datetime import date
from fractions import Fraction as F
from io import StringIO
from types import SimpleNamespace

import jsonschema_rs
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase
from django.utils import translation

from candidates.models import Candidate, Contest
from tabulation.arithmetic.form import Choice
from tabulation.counting import correction
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.models import InaccuracyTerm
from tabulation.outcomes.certification.sittings import Choice as Chosen
from tabulation.outcomes.certification.sittings import Vote
from tabulation.outcomes.methods.margins import Gap
from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.sentences import NOT_INCLUSIVE, SENTENCES, sentence
from tabulation.outcomes.methods.terms import Outcome, OutcomeKind, RuleUnusable, Step
from tabulation.public.declaration import FILE
from tabulation.public.files.openapi import described
from tabulation.public.outcome_words import SPOKEN, answered, decides, exact
from tabulation.public.pages.dates import days_of
from tabulation.public.papers import binding
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support.commission_world import SPLIT, TIED, Stage
from tabulation.tests.support.lists_world import LISTS, ManyLists
from tabulation.tests.support.nkr_world import NKR
from tabulation.tests.support.publishing import write
from tabulation.tests.support.steps import STEPS
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

#: Election, publication, forms; the sums with their area, lists, annulled, inaccuracies;
#: lots, the decision, days with sittings.
QUERIES = 12
HOSTILE = '<script>alert(1)</script>"]]>={candidate}%(name)s\u202e'
WEST = (None, 30, 0, 0, 30, 0)


def text_of(html: str) -> str:
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace(" .", ".")


class Inaccurate(World):
    def make_contest(self) -> Contest:
        contest = super().make_contest()
        InaccuracyTerm.objects.create(
            contest=contest, ordinal=1, kind="difference", left=[1], right=[2]
        )
        return contest


class Alone(World):
    """One candidate, 1, with votes for, and against (2); nobody else."""

    RULE = World.RULE | {"outcome": {"against": 2}}

    def make_contest(self) -> Contest:
        contest = super().make_contest()
        Candidate.objects.filter(contest=contest, number=41).update(
            status="withdrawn", withdrawn_on="2012-07-01"
        )
        return contest


class Undescribed(World):
    RULE = {"rule": "list", "base": "valid", "seats": 3}


class ByMostVotes(World):
    RULE = {"rule": "plurality", "base": "ballots_cast"}


class PageTestCase(TestCase):
    def page(self, world: World, rest: str = "", language: str = "en") -> str:
        path = f"/{language}/{world.election.slug}/president/outcome/{rest}"
        answer = self.client.get(path)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def text(self, world: World, rest: str = "", language: str = "en") -> str:
        return text_of(self.page(world, rest, language))


class SmallWorldTests(PageTestCase):
    def counted(self, world: World, *figures: tuple[int | None, ...]) -> World:
        for station, one in zip(world.stations, figures, strict=False):
            world.accepted(station, one)
        world.publication()
        return world

    def test_before_the_count(self) -> None:
        text = self.text(self.counted(World()))
        self.assertIn("There is no answer of the rule. Nothing is counted yet.", text)
        self.assertIn("The commission decides.", text)
        for absent in ("Step by step", "Votes and shares", "difference that decides", "Still out"):
            self.assertNotIn(absent, text)

    def test_elected_with_steps_and_both_shares(self) -> None:
        text = self.text(self.counted(World(), NORTH, SOUTH, WEST))
        self.assertIn("Calculated outcome: Candidate 1 is elected in the first round.", text)
        self.assertIn("All shares are percentages of the valid votes. Base: 235.", text)
        self.assertIn("Candidate 1 has 140 votes, that is 59.57%.", text)
        self.assertIn("needs more than half of the base. Half of the base: 117.50.", text)
        # 140 of 235 valid votes and of 241 ballots cast.
        self.assertIn("Candidate 1 elected, as the rule gives it 140 59.57% 58.09%", text)
        self.assertIn("Margin between Candidate 1 and half of the base: 22.50.", text)
        self.assertIn("Every polling station has been counted or annulled.", text)

    def test_while_counting_nobody_is_said_to_be_elected(self) -> None:
        registered = (100, 200, 80)
        text = self.text(self.counted(World(registered=registered), NORTH, SOUTH))
        headline, rest = text.split("Votes and shares")
        self.assertIn(
            "Not decided yet. 1 polling station is not yet counted. Registered voters there: 80.",
            headline,
        )
        self.assertNotIn("elected", headline)
        table, _steps = rest.split("Step by step")
        self.assertNotIn("as the rule gives it", table)
        self.assertIn(
            "These steps use only the stations counted so far. They are not a forecast.", rest
        )
        self.assertIn("Registered voters at the uncounted stations: 80.", rest)

    def test_decided_before_the_end(self) -> None:
        text = self.text(self.counted(World("few", registered=(100, 200, 30)), NORTH, SOUTH))
        self.assertIn(
            "The outcome cannot change any more, although the count continues."
            " Candidate 1 is elected",
            text,
        )
        self.assertIn(
            "The missing polling stations cannot change this. The leader has enough votes.", text
        )

    def test_without_a_list_nobody_can_say(self) -> None:
        text = self.text(self.counted(World(), NORTH, SOUTH))
        self.assertIn("Whether it is decided, nobody can say yet.", text)
        self.assertIn(
            "The number of registered voters at the uncounted stations is not known.", text
        )

    def test_a_second_round_and_a_lot(self) -> None:
        even = (100, 61, 1, 30, 30, None)
        world = self.counted(World("second"), even, (200, 90, 0, 40, 50, 0), (*WEST[:4], 0, 30))
        text = self.text(world)
        self.assertIn("There is a second round between Candidate 2 and Candidate 1.", text)
        self.assertIn("goes on to the second round", text)
        tied = (200, 90, 0, 40, 25, 25)
        world = self.counted(World("tied", registered=(0, 200, 0)), (0,) * 5 + (None,), tied)
        world.accepted(world.stations[2], (0,) * 6)
        world.publication()
        text = self.text(world)
        self.assertIn(
            "Lots must be drawn for 1 place. In the tie: Candidate 2, Candidate 41.", text
        )
        self.assertIn(
            "There is a tie at 25 among Candidate 2, Candidate 41. The drawing of lots decides."
            " Places left: 1.",
            text,
        )

    def test_one_candidate_for_and_against(self) -> None:
        for slug, figures, gives in (
            ("for", (100, 61, 1, 40, 20, None), "Candidate 1 is elected in the first round."),
            (
                "against",
                (100, 61, 1, 30, 30, None),
                "The election failed. No candidate is elected.",
            ),
        ):
            with self.subTest(slug):
                world = Alone(slug, registered=(100, 0, 0))
                self.counted(world, figures, (0,) * 6, (0,) * 6)
                text = self.text(world)
                self.assertIn(f"Calculated outcome: {gives}", text)
                self.assertIn("nobody is elected by these votes", text)

    def test_most_votes_of_ballots_cast(self) -> None:
        world = self.counted(ByMostVotes("most"), NORTH, SOUTH, WEST)
        page = self.page(world)
        self.assertIn("Candidate 1 is elected.", text_of(page))
        self.assertIn("All shares are percentages of the ballots cast. Base: 241.", text_of(page))
        # No half decides, so none is marked; and the share of ballots cast does.
        self.assertNotIn('class="half"', page)
        self.assertIn('<td class="number decisive" data-value="58.0913">58.09%', page)

    def test_a_rule_that_cannot_be_applied_says_why(self) -> None:
        text = self.text(self.counted(Undescribed("lists"), NORTH))
        self.assertIn(
            "There is no answer of the rule. The settings of this contest do not name the method"
            " for dividing the seats.",
            text,
        )

    def test_inaccuracies_that_could_change_it_are_a_warning(self) -> None:
        page = self.page(self.counted(Inaccurate("inaccurate"), NORTH, SOUTH, WEST))
        text = text_of(page)
        # 39 in the north and 50 in the south, against 22.5; abroad nothing can be compared.
        self.assertIn("Inaccuracies in 2 counted polling stations: 89.", text)
        self.assertIn("Deciding margin: 22.50.", text)
        self.assertIn(
            "The inaccuracies reach the deciding margin. They could change the outcome.", text
        )
        self.assertIn("registered (1) \u2212 voters (2) without its sign", text)
        self.assertIn('class="notice warn"', page)

    def test_annulled_stations_and_the_answer_with_them_back(self) -> None:
        world = self.counted(World("annulled"), NORTH, SOUTH, (None, 100, 0, 0, 100, 0))
        correction.annul(
            protocol=world.contest.protocols.get(station=world.stations[2]),
            reason=HOSTILE, decision="7-A", by=world.mariam, at=NOW,
        )  # fmt: skip
        world.publication()
        page = self.page(world)
        self.assertIn('<a href="/en/annulled/president/station/2/02/">2/02</a>', page)
        self.assertNotIn("<script>alert", page)
        text = text_of(page)
        self.assertIn("Candidate 1 is elected in the first round.", text)
        self.assertIn("7-A", text)
        self.assertIn(
            "the calculated outcome would be another one. Candidate 2 is elected in the first", text
        )

    def test_who_withdrew_or_a_blank_line_leaves_it_in_doubt(self) -> None:
        world = World("doubt", registered=(100, 200, 10))
        Candidate.objects.filter(contest=world.contest, number=2).update(
            status="withdrawn", withdrawn_on="2012-07-01"
        )
        text = self.text(self.counted(world, NORTH, SOUTH))
        self.assertIn("Whether it is decided, nobody can say yet.", text)
        self.assertIn("Somebody who withdrew after the ballots were printed", text)

    def test_a_past_publication_says_so_and_stays(self) -> None:
        world = self.counted(World("past"), NORTH)
        before = self.text(world, "1/")
        world.accepted(world.stations[1], SOUTH)
        world.publication()
        self.assertEqual(self.text(world, "1/"), before)
        self.assertIn("This is what the rule made of this publication. See the newest", before)
        self.assertIn("Candidate 1 has 40 votes", before)
        self.assertIn("Candidate 1 has 140 votes", self.text(world))

    def test_unknown_addresses_are_no_page(self) -> None:
        self.counted(World())
        for path in (
            "/en/artsakh/mayor/outcome/", "/en/artsakh/president/outcome/2/",
            "/en/artsakh/president/outcome/0/", "/en/nowhere/president/outcome/",
            "/data/artsakh/2/president.outcome.json", "/data/artsakh/1/mayor.outcome.json",
        ):  # fmt: skip
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 404)

    def test_hostile_names_stay_text(self) -> None:
        for world in (World("hostile", prefix=HOSTILE), ManyLists("lists", prefix=HOSTILE)):
            with self.subTest(world.election.slug):
                world.accepted(world.stations[0], getattr(world, "figures", NORTH))
                world.publication()
                page = self.page(world)
                self.assertNotIn("<script>alert", page)
                self.assertIn("&lt;script&gt;", page)
                self.assertIn("{candidate}%(name)s", page)

    def test_links_lead_here(self) -> None:
        self.counted(World(), NORTH)
        for path, target in (
            ("", "outcome/"), ("publications/1/", "outcome/1/"), ("how/", "outcome/"),
            ("president/candidate/1/", "outcome/"),
        ):  # fmt: skip
            with self.subTest(path):
                answer = self.client.get(f"/en/artsakh/{path}")
                self.assertContains(answer, f'href="/en/artsakh/president/{target}"')


class DaysTests(PageTestCase):
    def test_from_the_announcement_to_the_inauguration(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        published = world.publication()
        election = world.election
        election.announced_on, election.inauguration_on = date(2012, 5, 20), date(2012, 9, 7)
        election.polling_days = [date(2012, 7, 19), date(2012, 8, 2)]
        self.assertEqual(
            [
                (str(day.what), day.round, day.on and day.on.isoformat(), day.done)
                for day in days_of(election, published)
            ],
            [
                ("Election announced", 0, "2012-05-20", True),
                ("Polling day", 1, "2012-07-19", True),
                ("First results published", 0, "2012-07-19", True),
                ("Results of all polling stations published", 0, None, False),
                ("Results certified", 1, None, False),
                ("Polling day", 2, "2012-08-02", False),
                ("Inauguration", 0, "2012-09-07", False),
            ],
        )  # fmt: skip

    def test_the_day_is_that_of_the_place(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        published = world.publication()
        # 20 hours in Greenwich.
        for zone, day in (("UTC", 19), ("Asia/Yerevan", 20), ("America/New_York", 19)):
            with self.subTest(zone):
                world.election.time_zone = zone
                days = {str(one.what): one.on for one in days_of(world.election, published)}
                self.assertEqual(days["First results published"], date(2012, 7, day))

    def test_both_pages_show_them_as_a_list(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        world.publication()
        for path in (
            "/en/artsakh/president/outcome/",
            "/en/artsakh/",
            "/en/artsakh/publications/1/",
        ):
            with self.subTest(path):
                page = self.client.get(path).content.decode()
                days = re.findall(r'<li class="(done|ahead)">(.*?)</li>', page, re.DOTALL)
                said = [(mark, " ".join(re.sub("<[^>]+>", "", one).split())) for mark, one in days]
                self.assertEqual(
                    said,
                    [
                        ("done", "Polling day: 19 July 2012"),
                        ("done", "First results published: 19 July 2012"),
                        ("ahead", "Results of all polling stations published: not yet"),
                        ("ahead", "Results certified: not yet"),
                    ],
                )


class ActsTests(Stage, PageTestCase):
    """What the commission did: it stands on the page of what came out with it, and later."""

    def test_a_decision_with_its_vote_and_opinions(self) -> None:
        self.count()
        before = self.text(self.world, "1/")
        vote = Vote(("Mariam", "Narine", "Otar"), 2, 1, 0, [("Otar", f"No: {HOSTILE}")])
        self.certify(vote=vote)
        page = self.page(self.world)
        text = text_of(page)
        self.assertIn("Decision 5-A: Candidate 1 is elected.", text)
        self.assertIn("Votes for: 2. Votes against: 1. Abstained: 0.", text)
        self.assertIn("The figures are those of publication 1.", text)
        self.assertIn("Present: Mariam, Narine, Otar.", text)
        self.assertIn("Otar: No: &lt;script&gt;", text)
        self.assertNotIn("<script>alert", page)
        self.assertNotIn("The decision differs from the calculated outcome.", text)
        self.assertIn("Results certified: 19 July 2012 · decision 5-A", text)
        self.assertNotIn("not yet", text)
        self.assertEqual(self.text(self.world, "1/"), before)
        self.assertIn("No decision of the commission about the outcome is published.", before)

    def test_a_decision_that_departs_from_the_proposal_says_so(self) -> None:
        self.count()
        self.certify(choices={"president": Chosen("invalid", "Inaccuracies are 12.")})
        text = self.text(self.world)
        self.assertIn("Calculated outcome: Candidate 1 is elected in the first round.", text)
        self.assertIn("Decision 5-A: The election is invalid. Inaccuracies are 12.", text)
        self.assertIn("The decision differs from the calculated outcome.", text)

    def test_a_lot_with_who_drew_it_and_who_saw_it(self) -> None:
        self.count(TIED)
        self.assertIn("Lots must be drawn for 1 place. In the tie: Candidate 2, Candidate 41.",
                      self.text(self.world))  # fmt: skip
        self.draw(41, 2, witnesses=["Narine", HOSTILE])
        page = self.page(self.world)
        text = text_of(page)
        self.assertIn("There is a second round between Candidate 1 and Candidate 41.", text)
        self.assertIn("Order drawn: Candidate 41, Candidate 2.", text)
        self.assertIn("Drawn by: Mariam. Witnesses: Narine, &lt;script&gt;", text)
        self.assertIn("Decision: 4-L.", text)
        self.assertIn("The tie of publication 1", text)
        self.assertNotIn("<script>alert", page)
        self.assertNotIn("Drawing of lots", self.text(self.world, "1/"))

    def test_a_second_round_from_the_first_to_its_own_page(self) -> None:
        self.count(SPLIT)
        self.certify()
        second = self.second_round(2, 1)
        text = self.text(self.world)
        self.assertIn("Decision 5-A: There is a second round between Candidate 1", text)
        self.assertIn("The second round is on 2 August 2012.", text)
        self.assertIn("Order drawn: Candidate 2, Candidate 1. Drawn by: Mariam.", text)
        self.world.contest = second
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.world.publication()
        self.world.contest = self.world.election.contests.get(round=1)
        page = self.page(self.world)
        self.assertIn('href="/en/artsakh/president-2/outcome/"', page)
        self.assertIn("Results certified: 19 July 2012 · round 1 · decision 5-A", text_of(page))
        self.assertRegex(
            text_of(page), r"2 August 2012 \(.*\) .*Results certified: not yet · round 2"
        )
        answer = self.client.get("/en/artsakh/")
        self.assertContains(answer, "President, round 2")
        self.assertContains(answer, "Decision 5-A:")

    def test_signed_papers_and_open_stations(self) -> None:
        self.count(stations=2)
        chosen = Chosen(open_stations=["2/02"])
        self.certify(choices={"president": chosen}, open_reason="It burnt <down>.",
                     papers=binding.papers_of)  # fmt: skip
        page = self.page(self.world)
        self.assertIn(
            "1 polling station was not finished. Stations: 2/02. It burnt &lt;down&gt;.",
            text_of(page),
        )
        for name in ("decision.json", "president.protocol.en.pdf"):
            with self.subTest(name):
                self.assertIn(f'href="/data/artsakh/2/files/{name}"', page)
                self.assertEqual(self.client.get(f"/data/artsakh/2/files/{name}").status_code, 200)


class ListsTests(PageTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = ManyLists("lists", registered=(50_000, 0, 0))
        cls.world.accepted(cls.world.stations[0], cls.world.figures)
        cls.world.publication()
        for station in cls.world.stations[1:]:
            cls.world.accepted(station, (0,) * len(cls.world.figures))
        cls.world.publication()

    def test_seats_are_not_shown_before_the_end(self) -> None:
        page = self.page(self.world, "1/")
        self.assertIn("Of seats nothing can be said before", text_of(page))
        self.assertNotIn("One mark is one seat", page)

    def test_a_hundred_seats_are_a_table_to_open(self) -> None:
        page = self.page(self.world)
        table = page[page.index("<details>") : page.index("</details>")]
        self.assertIn("Seats 1 to 99, one after the other", text_of(f"<main>{table}</main>"))
        self.assertEqual(table.count('<th scope="row">'), 99)
        steps = page[page.index('<ol class="steps">') : page.index("</ol>", page.index("steps"))]
        self.assertLess(steps.count("<li>"), 3 * LISTS)

    def test_seats_thresholds_and_a_mark_for_each_seat(self) -> None:
        page = self.page(self.world)
        text = text_of(page)
        self.assertIn("d'Hondt: votes divided by 1, 2, 3 and so on", text.replace("&#x27;", "'"))
        self.assertIn("Threshold 3.00% of valid votes Alliances: 5.00%", text)
        self.assertIn("List of a rather long name 22 independent, takes one seat 463 1.38%", text)
        self.assertIn("List of a rather long name 21 below the threshold 431", text)
        shown = [int(seats) for seats in re.findall(r'data-value="(\d+)">\1</td>\s*</tr>', page)]
        self.assertEqual(sum(shown), 100)
        self.assertEqual(len(shown), LISTS)
        mosaic = page[page.index('class="plot mosaic"') :]
        mosaic = mosaic[: mosaic.index("</svg>")]
        blocks = re.findall(r'<path class="k\d" d="([^"]+)"', mosaic)
        self.assertEqual([path.lower().count("m") for path in blocks], [n for n in shown if n])


class NkrTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        election = load_election(NKR, by=None, at=NOW)
        load_protocols(Contest.objects.get(), NKR / "protocols.csv", by=None, at=NOW)
        cls.publication = write(election=election, by=None, at=NOW)

    def test_both_shares_of_who_is_elected(self) -> None:
        text = text_of(self.client.get("/en/nkr-2012/president/outcome/").content.decode())
        self.assertIn("Bako Sahakyan is elected in the first round.", text)
        self.assertIn("Bako Sahakyan elected, as the rule gives it 47,085 66.65% 64.65%", text)
        self.assertIn("Bako Sahakyan has 47,085 votes, that is 66.65%.", text)
        self.assertIn("Margin between Bako Sahakyan and half of the base: 11,762.50.", text)
        self.assertIn("The inaccuracies could not change the outcome.", text)

    def test_numbers_are_as_the_language_writes_them(self) -> None:
        for language, thousand, shown in (
            ("ru", " ", "66,65 %"), ("hy", " ", "66,65%"), ("fil", ",", "66.65%"),
        ):  # fmt: skip
            with self.subTest(language):
                path = f"/{language}/nkr-2012/president/outcome/"
                text = text_of(self.client.get(path).content.decode())
                self.assertIn(f"47{thousand}085", text)
                self.assertIn(shown, text)

    def test_the_file_is_what_the_command_prints(self) -> None:
        answer = self.client.get("/data/nkr-2012/1/president.outcome.json")
        self.assertEqual(answer["Cache-Control"], FILE)
        out = StringIO()
        call_command("outcome", "nkr-2012", "--format", "json", stdout=out)
        self.assertEqual(answer.content.decode(), out.getvalue())
        self.assertEqual(json.loads(out.getvalue())["contests"][0]["proposal"]["elected"], [2])

    def test_the_queries_are_as_many_for_3_stations_as_for_274(self) -> None:
        world = Inaccurate("small")
        world.accepted(world.stations[0], NORTH)
        world.publication()
        for slug in ("small", "nkr-2012"):
            with self.subTest(slug), self.assertNumQueries(QUERIES):
                self.client.get(f"/en/{slug}/president/outcome/")
            number = f"/data/{slug}/1/president.outcome.json"
            with self.subTest(slug, file=True), self.assertNumQueries(QUERIES - 3):
                self.client.get(number)


class FileTests(PageTestCase):
    def test_every_kind_of_answer_is_as_openapi_describes_it(self) -> None:
        whole = described(DOCUMENTS)
        schema = jsonschema_rs.Draft202012Validator(
            {"$ref": "#/components/schemas/Outcome", "components": whole["components"]}
        )
        tied = (100, 60, 0, 30, 30, None)
        for world, kind in (
            (World("none"), "none"),
            (Inaccurate("elected"), "elected"),
            (ByMostVotes("lot"), "lot needed"),
            (World("second"), "second round"),
            (Undescribed("unusable"), "none"),
            (ManyLists("lists"), "elected"),
        ):
            slug = world.election.slug
            with self.subTest(slug):
                figures = {"none": None, "lot": tied, "second": tied}.get(slug, NORTH)
                if figures is not None:
                    world.accepted(world.stations[0], getattr(world, "figures", figures))
                world.publication()
                body = self.client.get(f"/data/{slug}/1/president.outcome.json").json()
                schema.validate(body)
                self.assertEqual(body["contests"][0]["proposal"]["kind"], kind)
                body["contests"][0]["proposal"]["kind"] = "a forecast"
                self.assertFalse(schema.is_valid(body))


class WordsTests(SimpleTestCase):
    """Each sentence can be said in each language, with whatever numbers."""

    NAMES = {n: Choice(n, f"Name {n}", names={"hy": f"Անուն {n}"}) for n in range(5)}

    def test_every_step_is_a_sentence_in_every_language(self) -> None:
        for code, places in STEPS.items():
            named = dict.fromkeys(places, 3) | ({"inclusive": 1} if "inclusive" in places else {})
            named |= {"candidates": (3,)} if "candidates" in places else {}
            for language in ("en", "hy", "ru", "fil"):
                with self.subTest(code, language=language), translation.override(language):
                    said = sentence(Step(code, named), lambda n: f"N{n}", SPOKEN)
                    self.assertNotRegex(said, r"[{}]|%\(")
                    self.assertTrue(said.strip())

    def test_exactly_enough_or_more_are_two_sentences(self) -> None:
        self.assertLessEqual(set(NOT_INCLUSIVE), set(SENTENCES))
        for code in NOT_INCLUSIVE:
            named = dict.fromkeys(STEPS[code], 1)
            with self.subTest(code):
                both = {sentence(Step(code, named | {"inclusive": i}), str) for i in (0, 1)}
                self.assertEqual(len(both), 2)

    def test_one_vote_is_not_many(self) -> None:
        for votes, said in (
            (1, "X has 1 vote, that is 0.00%."),
            (2, "X has 2 votes, that is 0.00%."),
        ):
            with self.subTest(votes):
                step = Step("votes", {"candidate": 1, "votes": votes, "share": 0})
                self.assertEqual(sentence(step, lambda _n: "X", SPOKEN), said)

    def test_a_problem_keeps_its_text_for_other_languages(self) -> None:
        with self.assertRaises(RuleUnusable) as refused:
            Rules.of({"threshold": "much"}, rule="list")
        why = refused.exception.why
        self.assertEqual(
            str(refused.exception),
            "The setting threshold must be a percentage. Present value: 'much'.",
        )
        self.assertEqual(
            why.text, "The setting {setting} must be a percentage. Present value: {value}."
        )
        self.assertEqual(SPOKEN.filled(why), str(why))

    def test_numbers_with_two_decimals_where_they_are_not_whole(self) -> None:
        for value, shown in (
            (1234, "1,234"), (F(2469, 2), "1,234.50"), (F(1, 3), "0.33"), (F(1999, 1000), "2.00"),
            (F(1, 2000), "0.00"), (F(8, 2), "4"),
        ):  # fmt: skip
            with self.subTest(str(value)):
                self.assertEqual(exact(value), shown)

    def test_every_answer_in_words(self) -> None:
        for rule, round_, found, said in (
            ("majority", 1, {"elected": (1,)}, "Name 1 is elected in the first round."),
            ("majority", 2, {"elected": (1,)}, "Name 1 is elected in the second round."),
            ("plurality", 1, {"elected": (1, 2)}, "Elected: Name 1, Name 2."),
            ("plurality", 1, {"elected": (1,), "vacant": 1}, "elected. 1 place stays vacant."),
            ("list", 1, {"seats": ((1, 2), (2, 3), (3, 0))}, "Seats: Name 2 3, Name 1 2."),
        ):
            with self.subTest(said):
                paper = SimpleNamespace(rule=rule, round=round_)  # all that is looked at
                self.assertIn(
                    said, answered(Outcome(OutcomeKind.ELECTED, **found), paper, self.NAMES)
                )

    def test_every_difference_in_words(self) -> None:
        for which, candidates, said in (
            ("last_place", (1, 2), "Margin between Name 1 and Name 2 for the last place: 1."),
            ("half", (1,), "Margin between Name 1 and half of the base: 1."),
            ("turnout", (), "Margin between the voters who voted and the minimum turnout: 1."),
            ("seat", (1, 2), "Votes that would move a seat from Name 1 to Name 2: 1."),
            (
                "seat",
                (1, 2, 3),
                "Margin between those who tie for a seat (Name 1, Name 2, Name 3): 1.",
            ),
            ("threshold", (3,), "Margin between Name 3 and the threshold: 1."),
        ):
            with self.subTest(which):
                self.assertEqual(decides(Gap(which, 1, candidates), self.NAMES), said)
