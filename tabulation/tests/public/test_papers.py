"""Papers of what is published: figures as in the ledger, names letter by letter, the same bytes."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock
from zipfile import ZipFile

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, override_settings

from candidates.models import Contest, Election
from tabulation.counting import correction
from tabulation.ledger import reading
from tabulation.models import Area, InaccuracyTerm, Publication
from tabulation.outcomes.certification import sittings
from tabulation.outcomes.certification.sittings import Choice, Vote
from tabulation.printing import fonts, parts, typesetting
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.printing.wording import DASH
from tabulation.public.declaration import FILE
from tabulation.public.papers import annex, binding
from tabulation.public.papers import protocol as papers_protocol
from tabulation.public.papers.area import area_table
from tabulation.staff.papers import blanks
from tabulation.tests.support import pdf_reading
from tabulation.tests.support.publishing import acts_in_the_test
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

SITE = "https://results.example.org"
#: Whatever the number of stations and areas.
QUERIES_OF_A_PROTOCOL, QUERIES_OF_AN_AREA = 8, 8
LANGUAGES = [code for code, _name in settings.LANGUAGES]
#: As 1,234 is written.
THOUSAND = {"en": "1,234", "hy": "1\u00a0234", "ru": "1\u00a0234", "fil": "1,234"}
SHARE = {"en": "63.64%", "hy": "63,64%", "ru": "63,64\u00a0%", "fil": "63.64%"}
HOSTILE = """#eval("x") <b>*b* _i_ $x$ ] [ ` ~ @a \\ #{q} // /*'=cmd|'!A0"""


def squeezed(text: str) -> str:
    return pdf_reading.SPACES.sub(" ", text)


class PrintableTests(SimpleTestCase):
    def test_what_no_font_has_is_told_and_what_is_no_letter_goes(self) -> None:
        for given, printed in (
            ("Niño Թեկնածու և Избирком", "Niño Թեկնածու և Избирком"),
            ("a\u202eb\u200fc", "abc"),
            ("a\x07b\nc", "a b c"),
            ("中", "[U+4E2D]"),
            ("a\u200bb", "a\u200bb"),
            ("\U000e0041", ""),
        ):
            with self.subTest(given):
                self.assertEqual(fonts.printable(given), printed)

    def test_an_empty_box_would_be_found(self) -> None:
        source = '#set text(font: "Noto Sans")\n中文'
        made = typesetting.typst.compile(source.encode(), font_paths=fonts.fonts(), format="pdf")
        self.assertEqual(pdf_reading.empty_boxes(made), 2)

    def test_a_sheet_that_is_not_there_is_told(self) -> None:
        with self.assertRaises(TypesettingFailed):
            typesetting.typeset("nothing", {}, at=NOW)


class Levelled(World):
    """Its areas say what they are."""

    def area(self, code: str, parent: Area | None) -> Area:
        area = Area.objects.create(
            election=self.election, code=code, name=f"Area {code}", parent=parent,
            level="region", levels={"ru": "область"},
        )  # fmt: skip
        area.refresh_from_db()
        return area


class PaperTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = Levelled(notice="Generated for tests")
        InaccuracyTerm.objects.create(
            contest=cls.world.contest, ordinal=1, kind="difference", left=[2], right=[3, 4, 5, 6]
        )
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.accepted(cls.world.stations[2], (None, 1234, 0, 1234, 0, 0))
        correction.annul(
            protocol=cls.world.contest.protocols.get(station=cls.world.stations[2]),
            reason="The box was opened.", decision="7-A", by=cls.world.mariam, at=NOW,
        )  # fmt: skip
        cls.world.publication("After a decision")

    def published(self) -> tuple[Publication, Contest, object]:
        newest = reading.latest(Election.objects.get(pk=self.world.election.pk))
        ((contest, form),) = reading.published_contests(newest)
        return newest, contest, form

    def protocol(self, language: str = "en", **more: object) -> bytes:
        return papers_protocol.protocol(*self.published(), language, **more)

    def area(self, code: str, language: str = "en") -> bytes:
        return area_table(*self.published(), code, language)


class ProtocolTests(PaperTestCase):
    def test_the_figures_are_those_of_the_ledger(self) -> None:
        newest, contest, _form = self.published()
        head = reading.unit_of_head(newest, contest)
        self.assertEqual(head.figures, (300, 211, 6, 140, 60, 5))
        said = pdf_reading.text(self.protocol())
        for line in (
            "1 registered 300", "2 voters 211", "3 invalid 6", "4 Candidate 1 140",
            "5 Candidate 2 60", "6 Candidate 41 5",
            "1 Candidate 1 140 68.29%", "2 Candidate 2 60 29.27%", "41 Candidate 41 5 2.44%",
            "Shares are percentages of the valid votes. Valid votes: 205.",
            "Expected Counted Annulled Not yet counted 3 2 1 0",
            "N Area N 1 of 1 100 61 61.00% 1", "S Area S 1 of 2 200 150 75.00% 5",
            "In all 2 of 3 300 211 70.33% 6",
            f"N Area N 40 20 {DASH}", "S Area S 100 40 5", "In all 140 60 5",
            "Publication 1, preliminary, complete", "19 July 2012, 20:00", "After a decision",
            "Inaccuracies in 2 counted polling stations: 0.",
            "Candidate 1 is elected in the first round.",
            "Decision 7-A annulled the results of polling station 2/02. The box was opened.",
            "With the annulled polling stations in the totals, the calculated outcome would be"
            " the same.",
        ):  # fmt: skip
            with self.subTest(line):
                self.assertIn(line, said)

    def test_every_page_has_the_notice_the_publication_and_the_root(self) -> None:
        newest, contest, _form = self.published()
        head = reading.unit_of_head(newest, contest)
        root = reading.node_of(newest, contest, head)
        self.assertIn(f'"root":"{root}"', newest.manifest)
        groups = " ".join(root[i : i + 4] for i in range(0, 64, 4))
        for language in LANGUAGES:
            found = pdf_reading.pages(self.protocol(language))
            for page in found:
                with self.subTest(language):
                    self.assertIn("Generated for tests", page)
                    self.assertIn(groups, page)
                    self.assertIn("Election of the small world", page)
            self.assertGreater(len(found), 1)

    def test_every_language_has_its_letters_and_its_numbers(self) -> None:
        _newest, contest, form = self.published()
        names = {"hy": "Բակո Սահակյան և", "ru": "Бако Саакян ЁЙ", "fil": "Niño Peña"}
        form = replace(form, choices=(replace(form.choices[0], names=names), *form.choices[1:]))
        self.world.corrected(self.world.stations[0], (1234, 110, 0, 70, 40, None))
        newest = self.world.publication()
        for language in LANGUAGES:
            made = area_table(newest, contest, form, "N", language)
            with self.subTest(language):
                said = pdf_reading.text(made)
                self.assertIn(names.get(language, "Candidate 1"), said)
                self.assertIn(squeezed(THOUSAND[language]), said)
                self.assertEqual(pdf_reading.empty_boxes(made), 0)
                armenian = any("Armenian" in name for name in pdf_reading.fonts(made))
                self.assertEqual(armenian, language == "hy")

    def test_a_share_is_written_as_the_language_writes_it(self) -> None:
        self.world.corrected(self.world.stations[0], (100, 66, 0, 40, 26, None))
        self.world.corrected(self.world.stations[1], (100, 11, 0, 9, 2, 0))
        self.world.publication()
        for language in LANGUAGES:
            with self.subTest(language):
                self.assertIn(squeezed(SHARE[language]), pdf_reading.text(self.protocol(language)))

    def test_hostile_names_are_printed_letter_by_letter(self) -> None:
        world = World("hostile", prefix=f"{HOSTILE} 中文\u202e ", notice=HOSTILE)
        world.accepted(world.stations[0], NORTH)
        newest = world.publication(HOSTILE)
        ((contest, form),) = reading.published_contests(newest)
        printed = HOSTILE.replace(" ", "")
        for made, places in (
            (
                papers_protocol.protocol(newest, contest, form, "en"),
                ("AreaN", "Candidate41", "President"),
            ),
            (area_table(newest, contest, form, "N", "en"), ("Station1/01", "AreaN")),
            (next(annex.annex(newest, contest, form, "en")).content, ("President",)),
            (next(blanks.blanks(world.contest, world.country, "en")).content, ("Candidate1",)),
        ):
            said = pdf_reading.text(made).replace(" ", "")
            for place in places:
                with self.subTest(place):
                    self.assertIn(f"{printed}[U+4E2D][U+6587]{place}", said)
            self.assertEqual(pdf_reading.empty_boxes(made), 0)

    def test_the_same_bytes_for_an_unsaved_publication(self) -> None:
        newest, _contest, _form = self.published()
        self.assertEqual(list(binding.papers_of(newest)), [])
        self.world.certified()
        newest, _contest, _form = self.published()
        fields = ("election", "number", "status", "decision", "note", "published_at")
        unsaved = Publication(**{name: getattr(newest, name) for name in fields})
        made = list(binding.papers_of(unsaved))
        names = [f"president.protocol.{language}.pdf" for language in LANGUAGES]
        self.assertEqual([paper.name for paper in made], names)
        self.assertEqual({paper.media_type for paper in made}, {"application/pdf"})
        for paper, language in zip(made, LANGUAGES, strict=True):
            with self.subTest(language):
                self.assertEqual(paper.content, self.protocol(language))

    def test_the_same_bytes_in_another_process(self) -> None:
        newest, contest, form = self.published()
        with mock.patch("tabulation.public.papers.protocol.typeset") as typeset:
            papers_protocol.protocol(newest, contest, form, "hy")
        (_sheet, data), _at = typeset.call_args
        program = (
            "import sys, json, hashlib, datetime, django; django.setup();"
            "from tabulation.printing.typesetting import typeset;"
            "at = datetime.datetime.fromisoformat(sys.argv[1]);"
            "made = typeset('protocol', json.load(sys.stdin), at=at);"
            "print(hashlib.sha256(made).hexdigest())"
        )
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tabulation.settings",
            "PYTHONHASHSEED": "7",
            "TZ": "Asia/Manila",
        }
        done = subprocess.run(
            [sys.executable, "-c", program, newest.published_at.isoformat()],
            input=json.dumps(data), capture_output=True, text=True, check=True,
            cwd=settings.BASE_DIR, env=environment,
        )  # fmt: skip
        own = papers_protocol.protocol(newest, contest, form, "hy")
        self.assertEqual(done.stdout.strip(), hashlib.sha256(own).hexdigest())

    def test_a_decision_is_printed_and_else_there_are_lines_for_it(self) -> None:
        without = pdf_reading.text(self.protocol())
        self.assertIn("The commission decided", without)
        self.assertEqual(without.count("Member name signature"), 7)
        correction.correct(
            contest=self.world.contest, station=self.world.stations[0], reason="recount",
            decision="8-A", by=self.world.mariam, at=NOW,
        )  # fmt: skip
        vote = Vote(
            ("Mariam Petrosyan", "Gor Sargsyan", "Վահե #eval"), 2, 1,
            opinions=[("Gor Sargsyan", "I do not *agree*."), ("Վահե #eval", "ղ" * 33_000)],
        )  # fmt: skip
        with acts_in_the_test():
            certified = sittings.certify(
                election=self.world.election, decided_on=1, decision="12-A", held_at=NOW, vote=vote,
                choices={"president": Choice("invalid", "Too many $x$.", open_stations=["1/01"])},
                open_reason="It is small.", papers=binding.papers_of, by=self.world.mariam, at=NOW,
            )  # fmt: skip
        said = pdf_reading.text(self.protocol())
        self.assertEqual(said.replace(" ", "").count("ղ"), 33_000)
        for text in (
            "Decision number 12-A", "Sitting 19 July 2012, 20:00", "The election is invalid.",
            "Decided on the figures of publication 1", "Too many $x$.", "Votes for 2",
            "Members present Mariam Petrosyan, Gor Sargsyan, Վահե #eval",
            "Separate opinion of Gor Sargsyan: I do not *agree*.",
            "Polling stations that were open 1/01", "Why it was decided all the same It is small.",
            "Member Mariam Petrosyan name signature",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertIn(text, said)
        files = json.loads(certified.manifest)["files"]
        own = hashlib.sha256(self.protocol("hy")).hexdigest()
        self.assertEqual(files["president.protocol.hy.pdf"], own)
        target = "tabulation.public.papers.protocol.protocol"
        with mock.patch(target, side_effect=AssertionError("what is bound is not made anew")):
            for path in ("files/president.protocol.hy.pdf", "president.protocol.hy.pdf"):
                served = self.client.get(f"/data/artsakh/2/{path}")
                self.assertEqual(hashlib.sha256(served.content).hexdigest(), own, path)
                self.assertEqual(served["Content-Type"], "application/pdf")
                self.assertEqual(served["Cache-Control"], FILE)

    def test_before_the_count_nothing_is_0(self) -> None:
        fresh = World("fresh", prefix="F ")
        fresh.publication()
        newest = reading.latest(fresh.election)
        ((contest, form),) = reading.published_contests(newest)
        said = pdf_reading.text(papers_protocol.protocol(newest, contest, form, "en"))
        self.assertIn(f"4 F Candidate 1 {DASH}", said)
        self.assertIn(f"1 F Candidate 1 {DASH} {DASH}", said)
        self.assertIn("Nothing is counted yet.", said)

    def test_the_code_leads_to_the_public_page_where_the_site_is_known(self) -> None:
        address = "/hy/artsakh/publications/1/"
        for site in ("", SITE):
            with self.subTest(site), override_settings(SITE=site):
                target = "tabulation.printing.parts.qr"
                with mock.patch(target, wraps=parts.qr) as qr:
                    said = pdf_reading.text(self.protocol("hy"))
                self.assertIn(site + address, said)
                asked = [call.args[0] for call in qr.call_args_list]
                self.assertEqual(asked, [SITE + address] if site else [])

    def test_as_many_queries_whatever_the_number_of_stations_and_areas(self) -> None:
        for count in (2, 9):
            newest, contest, form = self.larger(count)
            with self.subTest(count):
                with self.assertNumQueries(QUERIES_OF_A_PROTOCOL):
                    papers_protocol.protocol(newest, contest, form, "en")
                with self.assertNumQueries(QUERIES_OF_AN_AREA):
                    area_table(newest, contest, form, "S", "en")

    def larger(self, count: int) -> tuple[Publication, Contest, object]:
        """A world with so many more areas, and stations in the south."""
        world = World(f"larger-{count}")
        for i in range(count):
            area = world.area(f"X{i}", world.country)
            for station in (world.station(f"8/{i}", area), world.station(f"9/{i}", world.south)):
                world.contest.stations.create(station=station, registered=10)
        world.accepted(world.stations[0], NORTH)
        newest = world.publication()
        ((contest, form),) = reading.published_contests(newest)
        return newest, contest, form


class AreaTests(PaperTestCase):
    def test_an_area_of_stations(self) -> None:
        said = pdf_reading.text(self.area("S"))
        for text in (
            "S Area S (region)", "2/01 Station 2/01 counted 200 150 75.00% 5",
            f"2/02 Station 2/02 annulled {DASH} 1,234 {DASH} 0", "In all 1 of 2 200 150 75.00% 5",
            "2/01 Station 2/01 100 40 5", "Posted on the wall: day and time", "Generated for tests",
            "/en/artsakh/president/area/S/",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertIn(text, said)
        self.assertIn("S Area S (область)", pdf_reading.text(self.area("S", "ru")))

    def test_its_hash_is_the_node_of_the_area(self) -> None:
        newest, contest, _form = self.published()
        unit = reading.unit_of_area(newest, contest, "S")
        node = reading.node_of(newest, contest, unit)
        groups = " ".join(node[i : i + 4] for i in range(0, 64, 4))
        self.assertIn(groups, pdf_reading.text(self.area("S")))

    def test_who_is_not_on_the_ballot_has_no_figure(self) -> None:
        said = pdf_reading.text(self.area("N"))
        self.assertIn("6 Candidate 41 not on the ballot here", said)
        self.assertNotIn("Candidate 41 0", said)

    def test_an_area_of_areas(self) -> None:
        said = pdf_reading.text(self.area("AM"))
        self.assertIn("N Area N 1 of 1 100 61 61.00% 1", said)

    def test_stations_that_are_left_out_are_told(self) -> None:
        with mock.patch("tabulation.public.papers.area.MOST_STATIONS", 1):
            said = pdf_reading.text(self.area("S"))
        self.assertIn("The table shows the first 1 of the 2 polling stations of this area.", said)
        self.assertNotIn("2/02", said)

    def test_an_area_that_is_not_there(self) -> None:
        with self.assertRaises(reading.UnknownUnit):
            self.area("Q")


class AnnexTests(PaperTestCase):
    def test_every_station_in_volumes_and_the_whole_at_the_end(self) -> None:
        with mock.patch("tabulation.public.papers.annex.STATIONS_IN_A_VOLUME", 2):
            made = list(annex.annex(*self.published(), "en"))
        names = ["president.annex.en.1-of-2.pdf", "president.annex.en.2-of-2.pdf"]
        self.assertEqual([paper.name for paper in made], names)
        one, two = (pdf_reading.text(paper.content) for paper in made)
        self.assertIn("1/01 Station 1/01 counted 100 61 1 40 20 x", one)
        self.assertIn("2/01 Station 2/01 counted 200 150 5 100 40 5", one)
        self.assertIn("Volume 1 of 2", one)
        self.assertIn(f"2/02 Station 2/02 annulled {DASH} 1,234 0 1,234 0 0", two)
        self.assertIn("In all 2 of 3 300 211 6 140 60 5", two)
        self.assertNotIn("In all", one)

    def test_one_volume_has_no_number(self) -> None:
        (paper,) = annex.annex(*self.published(), "hy")
        self.assertEqual(paper.name, "president.annex.hy.pdf")
        self.assertEqual(pdf_reading.empty_boxes(paper.content), 0)


class CommandTests(PaperTestCase):
    def written(self, *arguments: str) -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "paper"
            call_command("paper", "artsakh", *arguments, "-o", str(path))
            self.assertEqual([p.name for p in Path(folder).iterdir()], ["paper"])
            return path.read_bytes()

    def test_each_paper(self) -> None:
        for arguments, text in (
            (("protocol", "--language", "ru"), "20:00"),
            (("protocol", "--publication", "1", "--contest", "president"), "Publication 1"),
            (("area", "--area", "S"), "Area S"),
            (("area",), "Area AM"),
            (("annex",), "Station 2/02"),
            (("blank", "--area", "N"), "1/01"),
            (("receipts",), "Receipt of protocols"),
        ):
            with self.subTest(arguments):
                self.assertIn(text, pdf_reading.text(self.written(*arguments)))

    def test_the_same_as_at_its_public_address(self) -> None:
        answer = self.client.get("/data/artsakh/1/president.protocol.hy.pdf")
        self.assertEqual(self.written("protocol", "--language", "hy"), answer.content)

    def test_volumes_are_a_zip(self) -> None:
        with mock.patch("tabulation.staff.papers.blanks.STATIONS_IN_A_VOLUME", 2):
            content = self.written("blank")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "blank.zip"
            path.write_bytes(content)
            with ZipFile(path) as archive:
                names = archive.namelist()
                first = archive.read(names[0])
        self.assertEqual(names, [f"president.blank.en.{i}-of-2.pdf" for i in (1, 2)])
        self.assertEqual(len(pdf_reading.pages(first)), 2)

    def test_what_is_refused(self) -> None:
        World("later", prefix="L ")
        for arguments, said in (
            (("nowhere", "protocol"), "There is no election 'nowhere'"),
            (("later", "protocol"), "Nothing of later is published yet."),
            (("artsakh", "protocol", "--publication", "9"), "No publication 9 of artsakh"),
            (("artsakh", "protocol", "--contest", "mayor"), "has no contest 'mayor'"),
            (("artsakh", "area", "--area", "Q"), "There is no area 'Q' in president."),
            (("artsakh", "protocol", "--area", "S"), "protocol knows no --area"),
            (("artsakh", "blank", "--publication", "1"), "blank knows no --publication"),
        ):
            with self.subTest(arguments), TemporaryDirectory() as folder:
                with self.assertRaisesMessage(CommandError, said):
                    call_command("paper", *arguments, "-o", f"{folder}/paper.pdf")
                self.assertEqual(list(Path(folder).iterdir()), [])
        with self.assertRaisesMessage(CommandError, "There is no folder"):
            call_command("paper", "artsakh", "protocol", "-o", "/nonexistent/paper.pdf")


class PublicTests(PaperTestCase):
    def test_a_paper_for_anybody(self) -> None:
        for path in ("president.protocol.fil.pdf", "president/area/S.hy.pdf"):
            with self.subTest(path):
                answer = self.client.get(f"/data/artsakh/1/{path}")
                self.assertEqual(answer["Content-Type"], "application/pdf")
                self.assertTrue(answer.content.startswith(b"%PDF-"))
                self.assertNotIn("immutable", answer["Cache-Control"])
                self.assertFalse(answer.cookies)
                again = self.client.get(
                    f"/data/artsakh/1/{path}", headers={"If-None-Match": answer["ETag"]}
                )
                self.assertEqual(again.status_code, 304)

    def test_what_was_never_published_is_not_there(self) -> None:
        World("later", prefix="L ")
        for path in (
            "artsakh/2/president.protocol.en.pdf", "artsakh/1/mayor.protocol.en.pdf",
            "artsakh/1/president.protocol.de.pdf", "artsakh/1/president/area/Q.en.pdf",
            "artsakh/1/president/area/2/01.en.pdf", "later/1/president.protocol.en.pdf",
        ):  # fmt: skip
            with self.subTest(path):
                self.assertEqual(self.client.get(f"/data/{path}").status_code, 404)

    def test_the_results_page_leads_to_the_protocol_in_its_language(self) -> None:
        answer = self.client.get("/hy/artsakh/")
        self.assertContains(answer, "/data/artsakh/1/president.protocol.hy.pdf")
