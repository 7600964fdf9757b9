"""The whole road once: an election folder, a paper typed by two people, the public's page."""

import json
import tempfile
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from candidates.models import Contest
from tabulation.counting import entry, intake, verification
from tabulation.models import PollingStation, User
from tabulation.tests.support.small_folder import FOLDER
from tabulation.tests.support.world import NOW, CommittedTestCase, cast


class RoadTests(CommittedTestCase):
    def test_from_paper_to_public(self) -> None:
        people = cast()
        with tempfile.TemporaryDirectory() as folder:
            for name, content in FOLDER.items():
                twice = content.replace("entries_required = 1", "entries_required = 2")
                (Path(folder) / name).write_text(twice, encoding="utf-8")
            call_command("load_election", folder, stdout=StringIO())
        contest = Contest.objects.select_related("election").get()
        station = PollingStation.objects.get(code="4/13")
        protocol = intake.receive(contest=contest, station=station, by=people["ina"], at=NOW)
        for person in (people["alice"], people["bob"]):
            seat = entry.take_seat(protocol=protocol, by=person, at=NOW)
            entry.submit(seat=seat, figures=[None, 31, 20, 10], by=person, at=NOW)
        verification.compare(protocol=protocol, at=NOW)
        verification.accept(protocol=protocol, by=people["sona"], at=NOW)

        self.client.force_login(User.objects.get(username="mariam"))
        live = self.client.get("/staff/small/president/")
        self.assertContains(live, "1 station has changed since.")
        form = self.client.get("/staff/small/president/publish/").context["form"]
        self.client.post("/staff/small/president/publish/", {**form.initial, "note": "the first"})
        self.client.logout()

        page = self.client.get("/en/small/president/station/4/13/")
        self.assertContains(page, "Unchanged since publication 1")
        self.assertContains(page, "66.67%")
        nation = json.loads(self.client.get("/data/small/1/president.json").content)
        self.assertEqual(nation["votes"], {"1": 20, "41": 10})
        self.assertEqual(nation["stations"], {"expected": 2, "reported": 1, "annulled": 0})
        out = StringIO()
        call_command("results", "small", "--station", "4/13", stdout=out)
        self.assertEqual(json.loads(out.getvalue())["voters"], 31)
