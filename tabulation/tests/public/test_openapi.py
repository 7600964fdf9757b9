"""The OpenAPI description: complete, valid, and what the site really answers."""

import copy
import json
import re
from typing import Any

from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import SimpleTestCase, TestCase, override_settings
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator

from tabulation.public import views
from tabulation.public.files import openapi
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support.nkr_world import CORRECTED, WAITING, half_counted
from tabulation.tests.support.public_routes import routes
from tabulation.tests.support.publishing import write
from tabulation.tests.support.tags import slow

OPERATIONS = {declared.name: declared for declared in DOCUMENTS}


def described() -> Any:
    return openapi.described(DOCUMENTS)


class DescriptionTests(SimpleTestCase):
    def test_every_public_route_is_described_and_nothing_else_is(self) -> None:
        self.assertEqual(set(routes()), set(OPERATIONS))
        self.assertEqual(len(routes()), len(views.urlpatterns))
        self.assertEqual(len(described()["paths"]), len(OPERATIONS))

    def test_it_is_valid_by_the_official_meta_schema(self) -> None:
        OpenAPIV31SpecValidator(described()).validate()

    def test_a_mistake_would_be_found(self) -> None:
        broken = copy.deepcopy(described())
        broken["paths"]["/healthz"]["get"]["responses"]["200"].pop("description")
        self.assertFalse(OpenAPIV31SpecValidator(broken).is_valid())

    def test_every_reference_leads_somewhere(self) -> None:
        whole = described()
        references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(whole)))
        self.assertGreater(len(references), 20)
        for reference in references:
            with self.subTest(reference):
                found = whole
                for step in reference.split("/"):
                    found = found[step]

    def test_every_file_in_json_is_more_than_a_text(self) -> None:
        for name, operation in OPERATIONS.items():
            with self.subTest(name):
                is_json = operation.media_type.endswith("json") and name != "manifests"
                self.assertEqual(is_json, bool(operation.schema))

    def test_every_part_of_an_address_has_a_parameter(self) -> None:
        for path, item in described()["paths"].items():
            with self.subTest(path):
                parts = re.findall(r"{(\w+)}", path)
                named = [part["$ref"].rsplit("/", 1)[1] for part in item.get("parameters", [])]
                self.assertEqual(named, parts)
                self.assertIn("head", item)

    def test_the_patterns_take_what_the_routes_take(self) -> None:
        parameters = described()["components"]["parameters"]
        for name, value, good in (
            ("code", "4/13", True),
            ("code", "01.009", True),
            ("code", "Ստեփանակերտ 4", True),
            ("code", "../etc", False),
            ("code", "", False),
            ("slug", "nkr-2012", True),
            ("slug", "4/13", False),
        ):
            with self.subTest(name, value=value):
                found = re.search(parameters[name]["schema"]["pattern"], value)
                self.assertEqual(bool(found), good)

    @override_settings(SITE="https://results.example.org")
    def test_it_names_the_site_and_the_licence(self) -> None:
        whole = described()
        self.assertEqual(whole["servers"], [{"url": "https://results.example.org"}])
        self.assertEqual(whole["info"]["license"]["name"], "CC BY 4.0")

    def test_it_is_served_to_programs_of_any_site(self) -> None:
        answer = self.client.get("/data/openapi.json")
        self.assertEqual(answer.json(), described())
        self.assertEqual(answer["Content-Type"], "application/json")
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")


#: Parts of addresses with which there is something in the half-counted election, or nearly so.
KNOWN: dict[str, list[Any]] = {
    "slug": ["nkr-2012"],
    "contest": ["president", "mayor"],
    "code": ["1", "NKR", CORRECTED, WAITING, "9/99"],
    "number": [1, 2, 3],
    "candidate": [2, 9],
    "earlier": [1, 2],
    "later": [2, 3],
    "page": [1, 2],
    "name": ["results", "latest"],
    "file": ["note.txt", "decision.json"],
}


@slow
class SchemathesisTests(TestCase):
    """Requests made from the description; the answers are held against it."""

    @classmethod
    def setUpTestData(cls) -> None:
        half_counted(write)

    def setUp(self) -> None:
        # The end of a request would end the connection, and the test's transaction with it.
        for signal in (signals.request_started, signals.request_finished):
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)

    def test_whatever_the_patterns_take(self) -> None:
        seen = self.ask_everything(described(), examples=10)
        self.assertIn(("proof-in", 404), seen)

    def test_what_is_there_or_nearly_so(self) -> None:
        whole = json.loads(json.dumps(described()))
        for name, values in KNOWN.items():
            whole["components"]["parameters"][name]["schema"] = {"enum": values}
            del whole["components"]["parameters"][name]["example"]
        seen = self.ask_everything(whole, examples=32)
        # Every address was found at least once: what was held against it was not only "nothing".
        found = {name for name, status in seen if status in (200, 302)}
        self.assertEqual(found, set(OPERATIONS) | {f"{name}-head" for name in OPERATIONS})

    def ask_everything(self, whole: Any, *, examples: int) -> set[tuple[str, int]]:
        """What was answered: the operations, with each status."""
        import schemathesis  # takes a second, which only these tests shall wait for

        schema = schemathesis.openapi.from_dict(whole)
        schema.app = get_wsgi_application()
        seen: set[tuple[str, int]] = set()
        for found in schema.get_all_operations():
            operation = found.ok()
            with self.subTest(f"{operation.method} {operation.path}"):
                self.ask(operation, seen, examples)
        return seen

    def ask(self, operation: Any, seen: set[tuple[str, int]], examples: int) -> None:
        from schemathesis import checks
        from schemathesis.specs.openapi import checks as conformance

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def asked(case: Any) -> None:
            answer = case.call()
            seen.add((operation.definition.raw["operationId"], answer.status_code))
            case.validate_response(
                answer,
                checks=[
                    checks.not_a_server_error,
                    conformance.status_code_conformance,
                    conformance.content_type_conformance,
                    conformance.response_headers_conformance,
                    conformance.response_schema_conformance,
                ],
            )

        asked()
