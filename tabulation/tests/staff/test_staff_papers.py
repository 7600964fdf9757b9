"""Papers for the staff: blank protocols, receipts, slips, and the page where they are asked for."""

from unittest import mock

from django.core.cache import cache
from django.test import SimpleTestCase, TestCase

from candidates.models import Contest
from tabulation.arithmetic.form import mark_of, read_mark
from tabulation.counting import verification
from tabulation.models import User
from tabulation.printing.wording import DASH
from tabulation.staff.accounts import managing
from tabulation.staff.papers import blanks, receipts, slips
from tabulation.staff.papers.blanks import boxes
from tabulation.tests.support import pdf_reading
from tabulation.tests.support.pdf_reading import ONE_TIME, PAPERS
from tabulation.tests.support.world import NORTH, NOW, World, enrolled

#: Whatever the number of stations.
QUERIES = 8
INTAKE = "/staff/artsakh/president/intake/"


class MarkTests(SimpleTestCase):
    def test_what_is_printed_is_read(self) -> None:
        for code in ("4/13", "01.009", "1 A/2", "7"):
            with self.subTest(code):
                mark = mark_of("artsakh", "president", code)
                self.assertEqual(read_mark(mark), ("artsakh", "president", code))

    def test_all_else_is_no_mark(self) -> None:
        for text in (
            "4/13",
            "",
            "hashvark:1/artsakh/president",
            "hashvark:2/a/b/c",
            "https://x/y/z",
        ):
            with self.subTest(text):
                self.assertIsNone(read_mark(text))

    def test_boxes_have_room_for_a_fifth_more(self) -> None:
        for registered, count in ((None, 4), (0, 4), (8333, 4), (8334, 5), (99_999, 6)):
            with self.subTest(registered):
                self.assertEqual(boxes(registered), count)


class StaffPaperTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World(notice="Generated for tests")

    def setUp(self) -> None:
        cache.clear()
        self.contest = Contest.objects.select_related("election").get(code="president")


class BlankTests(StaffPaperTestCase):
    def test_a_page_a_station_with_the_lines_of_its_ballot(self) -> None:
        with mock.patch("tabulation.staff.papers.blanks.qr", wraps=blanks.qr) as qr:
            (paper,) = blanks.blanks(self.contest, self.world.country, "en")
        north, south, none = pdf_reading.pages(paper.content)
        self.assertEqual(paper.name, "president.blank.en.pdf")
        for text in ("1/01 Station 1/01", "Area N", "Voters on the list 100", "4 Candidate 1"):
            self.assertIn(text, north)
        self.assertNotIn("Candidate 41", north)
        self.assertIn("6 Candidate 41", south)
        self.assertIn(f"Voters on the list {DASH}", none)
        for page in (north, south, none):
            self.assertIn("Generated for tests", page)
            self.assertIn("Page 1", page)
        marks = [call.args[0] for call in qr.call_args_list]
        self.assertEqual(
            marks, [f"hashvark:1/artsakh/president/{c}" for c in ("1/01", "2/01", "2/02")]
        )

    def test_of_one_area_in_every_language(self) -> None:
        for language in ("en", "hy", "ru", "fil"):
            with self.subTest(language):
                (paper,) = blanks.blanks(self.contest, self.world.south, language)
                self.assertEqual(len(pdf_reading.pages(paper.content)), 2)
                self.assertEqual(pdf_reading.empty_boxes(paper.content), 0)
                (again,) = blanks.blanks(self.contest, self.world.south, language)
                self.assertEqual(paper.content, again.content)

    def test_as_many_queries_whatever_the_number_of_stations(self) -> None:
        for _more in range(2):
            with self.assertNumQueries(QUERIES):
                list(blanks.blanks(self.contest, self.world.country, "en"))
            station = self.world.station(f"3/{_more}", self.world.south)
            self.world.contest.stations.create(station=station, registered=5)


class ReceiptTests(StaffPaperTestCase):
    def test_what_came_and_what_did_not(self) -> None:
        self.world.received(self.world.stations[1])
        (paper,) = receipts.receipts(self.contest, self.world.south, "en", at=NOW)
        said = pdf_reading.text(paper.content)
        for text in (
            "S Area S", "2/01 Station 2/01 19 Jul 2012, 20:00 in order",
            f"2/02 Station 2/02 {DASH}", "Polling stations 2", "Logged at intake 1",
            "Handed over by", "Received by", "Generated for tests",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertIn(text, said)
        self.assertNotIn("1/01", said)

    def test_a_paper_that_was_set_aside_is_not_here(self) -> None:
        protocol = self.world.received(self.world.stations[1])
        verification.set_aside(protocol=protocol, reason="twice", by=self.world.sona, at=NOW)
        (paper,) = receipts.receipts(self.contest, self.world.south, "en", at=NOW)
        self.assertIn(f"2/01 Station 2/01 {DASH}", pdf_reading.text(paper.content))


class ScanTests(StaffPaperTestCase):
    def scan(self, mark: str) -> object:
        self.client.force_login(self.world.ina)
        return self.client.get(INTAKE, {"code": mark})

    def test_intake_reads_the_code_of_a_blank_protocol(self) -> None:
        answer = self.scan(mark_of("artsakh", "president", "2/01"))
        self.assertContains(answer, "Station 2/01")
        self.assertContains(answer, 'name="code" value="2/01"')

    def test_a_paper_of_another_contest_is_refused(self) -> None:
        for mark in (mark_of("artsakh", "mayor", "2/01"), mark_of("nkr", "president", "2/01")):
            with self.subTest(mark):
                answer = self.scan(mark)
                self.assertContains(
                    answer, "This protocol is from another contest", status_code=400
                )

    def test_one_scanned_over_another_leaves_it(self) -> None:
        self.client.force_login(self.world.ina)
        given = {"code": "2/01", "condition": "good"}
        again = mark_of("artsakh", "president", "2/02")
        answer = self.client.post(INTAKE, given | {"again": again})
        self.assertRedirects(answer, f"{INTAKE}?code=2%2F02")
        same = mark_of("artsakh", "president", "2/01")
        answer = self.client.post(INTAKE, given | {"again": same}, follow=True)
        self.assertContains(
            answer, "The protocol of polling station 2/01 (Station 2/01) was received."
        )


class PageTests(StaffPaperTestCase):
    def ask(self, **given: str) -> object:
        return self.client.get(PAPERS, {"language": "en", **given})

    def test_each_paper_of_ones_own_area(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        member = enrolled("m", "intake", area=self.world.north)
        self.client.force_login(member)
        self.assertContains(self.client.get(PAPERS), "Area N")
        for what, text in (("area", "N Area N"), ("blank", "1/01"), ("receipts", "1/01")):
            with self.subTest(what):
                answer = self.ask(what=what, area="N", language="hy")
                self.assertEqual(answer["Content-Type"], "application/pdf")
                self.assertEqual(answer["Cache-Control"], "no-store")
                self.assertIn(text, pdf_reading.text(answer.content))
                self.assertEqual(self.ask(what=what, area="S").status_code, 403)

    def test_many_stations_are_a_zip(self) -> None:
        self.client.force_login(self.world.sona)
        with mock.patch("tabulation.staff.papers.blanks.STATIONS_IN_A_VOLUME", 1):
            answer = self.ask(what="blank", area="S")
        self.assertEqual(answer["Content-Type"], "application/zip")
        self.assertTrue(b"".join(answer.streaming_content).startswith(b"PK"))

    def test_what_is_refused(self) -> None:
        self.client.force_login(self.world.mariam)
        answer = self.ask(what="area", area="N")
        self.assertContains(
            answer,
            (
                "No results have been published for this area yet. No document was made. Try again"
                " after the next publication."
            ),
            status_code=409,
        )
        self.assertEqual(self.ask(what="money", area="N").status_code, 400)
        self.assertEqual(self.ask(what="blank", area="N", language="de").status_code, 400)
        self.assertEqual(self.ask(what="blank", area="Q").status_code, 404)
        self.assertEqual(self.client.post(PAPERS).status_code, 405)

    def test_pages_lead_there_for_who_may_print(self) -> None:
        progress = "/staff/artsakh/president/progress/"
        self.client.force_login(self.world.sona)
        for page in (progress, "/staff/artsakh/president/", "/staff/"):
            with self.subTest(page):
                self.assertContains(self.client.get(page), PAPERS)
        self.client.force_login(self.world.alice)
        self.assertNotContains(self.client.get(progress), PAPERS)


class SlipTests(StaffPaperTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(User.objects.get(username="xenia"))

    def test_slips_as_a_pdf_have_passwords_that_open(self) -> None:
        given = {"name_prefix": "clerk-", "count": "3", "role": "clerk", "area": ""}
        form = self.client.get("/staff/people/many/").context["form"]
        given["ticket"] = form.initial.get("ticket") or form["ticket"].value()
        answer = self.client.post("/staff/people/many/", given | {"as": "pdf"})
        self.assertEqual(answer["Content-Type"], "application/pdf")
        self.assertEqual(answer["Cache-Control"], "no-store")
        said = pdf_reading.text(answer.content)
        found = ONE_TIME.findall(said)
        self.assertEqual(len(found), 3)
        for i, password in enumerate(found, 1):
            user = User.objects.get(username=f"clerk-{i:03}")
            self.assertTrue(user.check_password(password))
            self.assertIn(f"User name clerk-{i:03}", said)

    def test_one_new_password_as_a_pdf(self) -> None:
        bob = self.world.bob
        answer = self.client.post(f"/staff/people/{bob.pk}/password/", {"as": "pdf"})
        (password,) = ONE_TIME.findall(pdf_reading.text(answer.content))
        self.assertTrue(User.objects.get(pk=bob.pk).check_password(password))

    def test_the_typesetter_forgets_them(self) -> None:
        user = User(username="Ñuñez *x* #y", role="clerk", real_name="Աննա")
        slip = managing.Slip(user, "abcd-efgh-2345-wxyz")
        with mock.patch("tabulation.staff.papers.slips.forget") as forget:
            made = slips.slips([slip] * 12, "https://x.example/staff/", at=NOW)
        forget.assert_called_once_with()
        said = pdf_reading.text(made)
        self.assertEqual(said.count("abcd-efgh-2345-wxyz"), 12)
        self.assertIn("Ñuñez *x* #y", said)
        self.assertEqual(pdf_reading.empty_boxes(made), 0)
