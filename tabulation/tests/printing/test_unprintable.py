"""Where the typesetter fails or breaks down: a sentence for who asked, and nothing half done."""

import logging
import re
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase

from tabulation.models import Publication, PublishedFile, Sitting, User
from tabulation.printing import fonts, parts, typesetting
from tabulation.printing.typesetting import TypesettingFailed, typeset
from tabulation.tests.support.commission_world import PAGE, SAID, SITTING
from tabulation.tests.support.pdf_reading import ONE_TIME, PAPERS
from tabulation.tests.support.publishing import acts_in_the_test
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

SLIP = {"frame": {"language": "en"}, "slips": []}
LOG = "tabulation.printing.unprintable"


class PanicException(BaseException):
    """As the typesetter's own, which no `except Exception` catches."""


FAILURES: tuple[BaseException, ...] = (
    typesetting.typst.TypstError("cannot add integer and string"),
    RuntimeError("no such sheet"),
    ValueError("no such format"),
    OSError(28, "No space left on device"),
    MemoryError("out of memory"),
    PanicException("index out of bounds"),
)


def failing(error: BaseException | None = None) -> AbstractContextManager[Any]:
    """The typesetter breaks down, or fails with ``error``."""
    raised = error or PanicException("index out of bounds")
    return mock.patch.object(typesetting.typst, "compile_with_warnings", side_effect=raised)


class TypesettingTests(SimpleTestCase):
    def test_whatever_fails_is_told_in_a_sentence(self) -> None:
        for error in FAILURES:
            with self.subTest(repr(error)), failing(error):
                with self.assertRaises(TypesettingFailed) as caught:
                    typeset("slips", SLIP, at=NOW)
                said = str(caught.exception)
                self.assertTrue(said.startswith("The sheet slips could not be typeset: "), said)
                self.assertIn(str(error), said)
                self.assertIs(caught.exception.__cause__, error)

    def test_a_real_panic_and_after_it_the_next_paper(self) -> None:
        """The name that a panic goes by is the wheel's: here it is asked for one."""
        real = typesetting.typst.compile

        def panic(*_given: object, **_more: object) -> None:
            real(b"x", format="png", ppi=1e9)

        with (
            mock.patch.object(typesetting.typst, "compile_with_warnings", panic),
            self.assertRaisesMessage(TypesettingFailed, "the typesetter broke down: "),
        ):
            typeset("slips", SLIP, at=NOW)
        typesetting.forget()

    def test_who_stops_the_process_stops_it(self) -> None:
        for error in (KeyboardInterrupt(), SystemExit(1)):
            with self.subTest(repr(error)), failing(error), self.assertRaises(type(error)):
                typeset("slips", SLIP, at=NOW)

    def test_a_warning_and_a_paper_that_is_none(self) -> None:
        for made, said in (
            ((b"%PDF", [mock.Mock(message="layout did not converge")]), "layout did not converge"),
            (([b"%PDF", b"%PDF"], []), "it made no file"),
        ):
            with (
                self.subTest(said),
                mock.patch.object(typesetting.typst, "compile_with_warnings", return_value=made),
                self.assertRaisesMessage(TypesettingFailed, f"could not be typeset: {said}"),
            ):
                typeset("slips", SLIP, at=NOW)

    def test_fonts_that_are_not_installed(self) -> None:
        missing = fonts.FontsMissing("manimgx_fonts is not installed: see requirements.txt.")
        with (
            mock.patch.object(typesetting, "printable", side_effect=missing),
            self.assertRaisesMessage(TypesettingFailed, "is not installed: see requirements.txt."),
        ):
            typeset("slips", {"name": "Ñ"}, at=NOW)

    def test_what_cannot_be_forgotten(self) -> None:
        with (
            mock.patch.object(typesetting.typst, "compile", side_effect=PanicException("oh")),
            self.assertRaises(TypesettingFailed),
        ):
            typesetting.forget()


class UnprintableTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        for station, figures in zip(cls.world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            cls.world.accepted(station, figures)
        cls.world.publication()

    def setUp(self) -> None:
        cache.clear()
        # Django tells every 503 once more.
        logger = logging.getLogger("django.request")
        self.enterContext(mock.patch.object(logger, "disabled", True))

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))


class SittingTests(UnprintableTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(acts_in_the_test())
        self.sign_in("mariam")

    def test_nothing_is_recorded_and_what_was_typed_stays(self) -> None:
        said = {"decided_on": 1, **SAID}
        for error in (PanicException("index out of bounds"), RuntimeError("out of paper")):
            with self.subTest(repr(error)), failing(error):
                with self.assertLogs(LOG, "ERROR") as logged:
                    answer = self.client.post(SITTING, said)
                self.assertContains(answer, "Nothing was recorded or published.",
                                    status_code=503)  # fmt: skip
                self.assertContains(answer, "The box of 2/01 &lt;b&gt;was", status_code=503)
                self.assertContains(answer, 'name="decided_on" value="1"', status_code=503)
                self.assertNotContains(answer, str(error), status_code=503)
                self.assertIn(str(error), logged.output[0])
                self.assertEqual(Publication.objects.count(), 1)
                self.assertFalse(Sitting.objects.exists())
                self.assertFalse(PublishedFile.objects.exists())
        answer = self.client.post(SITTING, said)
        self.assertRedirects(answer, PAGE)
        names = PublishedFile.objects.filter(published_in=2).values_list("name", flat=True)
        self.assertIn("president.protocol.hy.pdf", names)


class StaffTests(UnprintableTestCase):
    def test_the_page_where_papers_are_asked_for(self) -> None:
        self.sign_in("sona")
        for what in ("area", "blank", "receipts"):
            with self.subTest(what), failing(), self.assertLogs(LOG, "ERROR"):
                answer = self.client.get(PAPERS, {"what": what, "area": "S", "language": "ru"})
                self.assertContains(
                    answer, "The system could not make the document.", status_code=503
                )
                self.assertContains(answer, '<option value="ru" selected>', status_code=503)

    def test_passwords_are_shown_on_a_page_then(self) -> None:
        self.sign_in("xenia")
        bob = self.world.bob
        with failing(), self.assertLogs("tabulation.staff.views.people", "ERROR") as logged:
            answer = self.client.post(f"/staff/people/{bob.pk}/password/", {"as": "pdf"})
        self.assertContains(answer, "Print this page now")
        (password,) = re.findall(f'class="typed">({ONE_TIME.pattern})<', answer.content.decode())
        self.assertTrue(User.objects.get(pk=bob.pk).check_password(password))
        self.assertNotIn("index out of bounds", logged.output[0])


class PublicTests(UnprintableTestCase):
    def test_a_page_in_the_language_of_the_paper(self) -> None:
        for path, language in (
            ("president.protocol.en.pdf", "en"),
            ("president/area/S.hy.pdf", "hy"),
        ):
            with self.subTest(path), failing():
                with self.assertLogs(LOG, "ERROR") as logged:
                    answer = self.client.get(f"/data/artsakh/1/{path}")
                self.assertEqual((answer.status_code, answer["Cache-Control"]), (503, "no-store"))
                self.assertContains(answer, f'<html lang="{language}">', status_code=503)
                self.assertContains(answer, f'href="/{language}/"', status_code=503)
                self.assertNotContains(answer, "index out of bounds", status_code=503)
                self.assertIn("index out of bounds", logged.output[0])
                self.assertFalse(answer.cookies)
                self.assertNotIn("Cookie", answer.get("Vary", ""))

    def test_what_was_bound_is_answered_as_it_was_kept(self) -> None:
        self.world.corrected(self.world.stations[0], (100, 61, 1, 39, 21, None))
        kept = ("president.protocol.en.pdf", parts.PDF, b"%PDF kept")
        self.world.publication(papers=lambda _published: [kept])
        with failing():
            answer = self.client.get("/data/artsakh/2/president.protocol.en.pdf")
        self.assertEqual(answer.content, b"%PDF kept")


class CommandTests(UnprintableTestCase):
    def test_a_paper(self) -> None:
        for what in ("protocol", "area", "annex", "blank", "receipts"):
            with self.subTest(what), failing(), TemporaryDirectory() as folder:
                with self.assertRaises(CommandError) as caught:
                    call_command("paper", "artsakh", what, "-o", f"{folder}/paper.pdf")
                self.assertEqual(caught.exception.returncode, 1)
                self.assertIn(f"{folder}/paper.pdf is not written. The sheet ",
                              str(caught.exception))  # fmt: skip
                self.assertIn("broke down: index out of bounds", str(caught.exception))
                self.assertEqual(list(Path(folder).iterdir()), [])

    def test_the_static_site_is_not_switched(self) -> None:
        with failing(), TemporaryDirectory() as folder:
            with self.assertRaisesMessage(CommandError, "The sheet protocol could not be typeset"):
                call_command("export_site", folder, election=["artsakh"], stdout=mock.Mock())
            self.assertFalse((Path(folder) / "public").exists())
