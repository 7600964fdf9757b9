"""What one protocol costs from its arrival to the sums: pages to wait for, statements to run."""

import re
from typing import Any
from unittest import mock

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from candidates.models import Contest
from tabulation.models import Protocol, form_in_use
from tabulation.models import form as models_form
from tabulation.models.form import FORMS_KEPT
from tabulation.tests.support.world import SOUTH, World

BASE = "/staff/artsakh/president/"
KEYS = ("registered", "voters", "invalid", "votes_1", "votes_2", "votes_41")

#: Begin, commit and savepoints are no statements.
CONTROL = re.compile(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE)")
#: What the pipeline of our best-measured peer takes is 31 requests and about 815 statements.
PAGES, STATEMENTS = 8, 100


class CostTests(TestCase):
    def setUp(self) -> None:
        self.world = World()
        self.pages = 0

    def signed_in(self, person: Any) -> Client:
        client = Client()
        client.force_login(person)
        return client

    def load(self, client: Client, method: str, path: str, data: Any = None) -> Any:
        """One page load: a redirect is followed, and is part of it."""
        self.pages += 1
        answer = getattr(client, method)(path, data, follow=True)
        self.assertEqual(answer.status_code, 200, path)
        return answer

    def test_one_protocol_through_the_whole_pipeline(self) -> None:
        ina, alice, bob, sona = (
            self.signed_in(p)
            for p in (self.world.ina, self.world.alice, self.world.bob, self.world.sona)
        )
        # A process reads the form once, with the first protocol that it sees of a contest.
        form_in_use(self.world.contest)
        with CaptureQueriesContext(connection) as statements:
            self.load(ina, "get", f"{BASE}intake/", {"code": "2/01"})
            self.load(ina, "post", f"{BASE}intake/", {"code": "2/01", "condition": "good"})
            for clerk in (alice, bob):
                self.load(clerk, "post", f"{BASE}next/")
                typed = dict(zip(KEYS, SOUTH, strict=True)) | {"revision": 0, "action": "finish"}
                self.load(clerk, "post", f"{BASE}entry/2/01/", typed)
            page = self.load(sona, "get", f"{BASE}station/2/01/")
            seen = page.context["acts"]["accept"].initial
            self.load(sona, "post", f"{BASE}accept/2/01/", seen)
        self.assertEqual(Protocol.objects.get().status, "accepted")
        self.assertLessEqual(self.pages, PAGES)
        counted = [q for q in statements.captured_queries if not CONTROL.match(q["sql"])]
        self.assertLessEqual(len(counted), STATEMENTS)


class FormsInUseTests(TestCase):
    """A process reads a form once, but does not keep more and more of them."""

    def setUp(self) -> None:
        models_form._form_in_use.cache_clear()
        self.addCleanup(models_form._form_in_use.cache_clear)

    def test_the_oldest_goes(self) -> None:
        read: list[int] = []
        with mock.patch.object(models_form, "form_of", lambda contest: read.append(contest.pk)):
            for pk in (*range(1, FORMS_KEPT + 2), FORMS_KEPT + 1, 1):
                form_in_use(Contest(pk=pk))
        self.assertEqual(read, [*range(1, FORMS_KEPT + 2), 1])
        self.assertEqual(models_form._form_in_use.cache_info().currsize, FORMS_KEPT)

    def test_two_databases_have_two_contests_of_one_key(self) -> None:
        world = World()
        with CaptureQueriesContext(connection) as first:
            form_in_use(world.contest)
        with CaptureQueriesContext(connection) as again:
            form_in_use(Contest.objects.get(pk=world.contest.pk))
        self.assertEqual(len(again), 1)
        with (
            mock.patch.dict(connection.settings_dict, NAME="another"),
            CaptureQueriesContext(connection) as elsewhere,
        ):
            form_in_use(world.contest)
        self.assertEqual(len(elsewhere), len(first))
