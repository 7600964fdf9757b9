"""Outlines of areas: read from the election folder, fixed by a publication, drawn as a map."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.test import TestCase

from candidates.models import Election
from tabulation.importing import shapes
from tabulation.importing.election import load_election
from tabulation.importing.problems import ImportRefused
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.reading import latest
from tabulation.models import Area, AreaShape
from tabulation.public.edition import Edition
from tabulation.public.pages import mapping
from tabulation.tests.support.publishing import write
from tabulation.tests.support.small_folder import FOLDER, PROTOCOLS, collection, feature, square
from tabulation.tests.support.world import NOW


class ShapesTestCase(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, content in FOLDER.items():
            (self.folder / name).write_text(content, encoding="utf-8")

    def load(self, body: object) -> Election:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        (self.folder / "areas.geojson").write_bytes(content)
        return load_election(self.folder, by=None, at=NOW)


class ImportTests(ShapesTestCase):
    def test_a_polygon_and_a_multipolygon_become_shapes_of_their_areas(self) -> None:
        several = {"type": "MultiPolygon", "coordinates": [square(46, 40)["coordinates"]] * 2}
        self.load(collection(feature("N", square(46, 41)), feature("S", several)))
        found = dict(AreaShape.objects.values_list("area__code", "geometry"))
        self.assertEqual(found["S"], several)
        self.assertEqual(found["N"]["coordinates"], [square(46, 41)["coordinates"]])

    def test_without_the_file_no_area_has_a_shape(self) -> None:
        load_election(self.folder, by=None, at=NOW)
        self.assertFalse(AreaShape.objects.exists())

    def test_what_is_wrong_is_told_with_the_feature_and_what_to_do(self) -> None:
        good = square(46, 41)
        open_ring = [[46, 41], [47, 41], [47, 42], [46, 42]]
        for body, told in (
            (b"\xff", "areas.geojson: it is not UTF-8 text (byte 0)"),
            (b'{"type":\n "x",}', "areas.geojson:2: it is not JSON"),
            (b"[" * 100_000, "deeper or longer than any map's"),
            ([], 'one object of type "FeatureCollection"'),
            ({"type": "FeatureCollection"}, 'with a list of "features"'),
            (collection(7), 'feature 1, type: each of the "features" must be of type "Feature"'),
            (collection(feature("N", good), feature(7, good)), "feature 2, properties.code: '7'"),
            (collection({"type": "Feature", "geometry": good}), "give it the code of its area"),
            (collection(feature("Q", good)), "feature 1, properties.code: 'Q': no area has this"),
            (collection(*[feature("N", good)] * 2), "feature 2, properties.code: 'N': this area"),
            (collection(feature("N", None)), "feature 1, geometry: the geometry must be a Polygon"),
            (
                collection(feature("N", {"type": "Point", "coordinates": [46, 41]})),
                "feature 1, geometry: 'Point': the geometry must be a Polygon or a MultiPolygon",
            ),
        ):
            with self.subTest(told):
                self.assert_told(body, told)
        for coordinates, told in (
            ([open_ring], "a ring ends with the position it begins with"),
            ([open_ring[:3]], "a ring is a list of four positions or more"),
            ([], "it has no ring"),
            (None, "a ring is a list of four positions or more"),
            ([[*open_ring, [46, 91]]], "'[46, 91]': write a position as longitude"),
            ([[*open_ring, [-181, 0]]], "'[-181, 0]': write a position as longitude"),
            ([[*open_ring, ["46", 41]]], "write a position as longitude"),
            ([[*open_ring, [True, 41]]], "write a position as longitude"),
            ([[*open_ring, [float("nan"), 41]]], "write a position as longitude"),
            ([[*open_ring, [float("inf"), 41]]], "write a position as longitude"),
            ([[*open_ring, 46]], "'46': write a position as longitude"),
        ):
            with self.subTest(told, coordinates=str(coordinates)):
                polygon = {"type": "Polygon", "coordinates": coordinates}
                place = "areas.geojson, feature 1, geometry.coordinates"
                message = self.assert_told(collection(feature("N", polygon)), told)
                self.assertIn(place, message)

    def assert_told(self, body: object, told: str) -> str:
        with self.assertRaises(ImportRefused) as caught, transaction.atomic():
            self.load(body)
        self.assertIn(told, str(caught.exception))
        self.assertFalse(Election.objects.exists())
        return str(caught.exception)

    def test_too_large_a_file_is_not_even_read(self) -> None:
        with mock.patch.object(shapes, "MOST_BYTES", 10):
            self.assert_told(b" " * 11, "it has 11 bytes, more than 10; simplify the outlines")

    def test_every_problem_is_told_with_those_of_the_other_files(self) -> None:
        (self.folder / "stations.csv").write_text("code,name\n1,First\n", encoding="utf-8")
        told = self.assert_told(collection(feature("N", None)), "stations.csv")
        self.assertIn("areas.geojson, feature 1", told)

    def test_a_dry_run_writes_none(self) -> None:
        (self.folder / "areas.geojson").write_text(
            json.dumps(collection(feature("N", square(46, 41)))), encoding="utf-8"
        )
        load_election(self.folder, by=None, at=NOW, dry_run=True)
        self.assertFalse(AreaShape.objects.exists())


class FixedTests(ShapesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.election = self.load(collection(feature("N", square(46, 41))))

    def test_shapes_are_fixed_once_anything_is_published(self) -> None:
        south = Area.objects.get(code="S")
        geometry = {"type": "MultiPolygon", "coordinates": []}
        with transaction.atomic():
            AreaShape.objects.create(area=south, geometry=geometry)
            transaction.set_rollback(True)
        write(election=self.election, by=None, at=NOW)
        with self.assertRaisesMessage(IntegrityError, "the shapes of areas are fixed"):
            AreaShape.objects.create(area=south, geometry=geometry)

    def test_nobody_changes_or_removes_one(self) -> None:
        for statement in ("UPDATE tabulation_areashape SET geometry = '{}'",
                          "DELETE FROM tabulation_areashape"):  # fmt: skip
            with (
                self.subTest(statement),
                self.assertRaisesMessage(ProgrammingError, "permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    def test_a_shape_is_a_multipolygon(self) -> None:
        with self.assertRaisesMessage(IntegrityError, "shape_is_a_multipolygon"):
            AreaShape.objects.create(area=Area.objects.get(code="S"), geometry={"type": "Point"})


class MapPageTests(ShapesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.election = self.load(
            collection(feature("N", square(46, 41)), feature("S", square(46, 40)))
        )
        (self.folder / "protocols.csv").write_text(PROTOCOLS, encoding="utf-8")

    def publish(self) -> None:
        contest = self.election.contests.get()
        load_protocols(contest, self.folder / "protocols.csv", by=None, at=NOW)
        write(election=self.election, by=None, at=NOW)

    def picture(self, path: str) -> str:
        body = self.client.get(f"/en/small/president/{path}/").content.decode()
        svg = re.search(r'<svg class="plot map".*?</svg>', body, re.S)
        assert svg
        return svg.group()

    def test_each_area_by_who_leads_with_the_candidate_s_number_on_it(self) -> None:
        self.publish()
        drawn = self.picture("map")
        self.assertEqual(re.findall(r'<path class="([^"]+)"', drawn), ["k1 m3", "waiting"])
        self.assertEqual(re.findall(r"<text[^>]*>([^<]*)</text>", drawn), ["1"])
        self.assertIn('<a href="/en/small/president/area/N/"', drawn)
        self.assertIn("<title>North</title>", drawn)

    def test_each_area_by_turnout_with_whole_percents_on_it(self) -> None:
        self.publish()
        drawn = self.picture("map/turnout")
        self.assertEqual(re.findall(r'<path class="([^"]+)"', drawn), ["t4", "waiting"])
        self.assertEqual(re.findall(r"<text[^>]*>([^<]*)</text>", drawn), ["60"])

    def test_nothing_counted_yet_is_no_number(self) -> None:
        write(election=self.election, by=None, at=NOW)
        for path in ("map", "map/turnout"):
            self.assertNotIn("<text", self.picture(path))

    def test_the_legend_counts_areas(self) -> None:
        self.publish()
        text = self.client.get("/en/small/president/map/").content.decode()
        self.assertIn("in how many areas", text)
        self.assertIn("Not yet counted: 1", text)

    def test_an_area_without_a_shape_is_in_the_table_and_the_caption_says_so(self) -> None:
        other = json.dumps(collection(feature("N", square(46, 41))))
        toml = (self.folder / "election.toml").read_text(encoding="utf-8")
        (self.folder / "election.toml").write_text(toml.replace('"small"', '"other"'))
        self.election = self.load(other.encode())
        self.publish()
        body = self.client.get("/en/other/president/map/").content.decode()
        self.assertIn("1 area has no outline on the map. Only the table shows it.", body)
        self.assertIn('<a href="/en/other/president/area/S/">South</a>', body)

    def test_queries_do_not_grow(self) -> None:
        self.publish()
        with self.assertNumQueries(8):
            self.client.get("/en/small/president/map/")

    def test_names_of_blocks_are_in_the_reader_s_language(self) -> None:
        (self.folder / "areas.geojson").unlink()
        for name, old, new in (
            ("election.toml", '"small"', '"other"'),
            ("areas.csv", "N,AM,North,,", "N,AM,North,Հյուսիս,"),
        ):
            path = self.folder / name
            path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        self.election = load_election(self.folder, by=None, at=NOW)
        self.publish()
        newest: Any = latest(self.election)
        edition = Edition(self.election, newest)
        picture = mapping.picture_of(edition, *edition.contests[0], turnout=False)
        for language, name in (("hy", "Հյուսիս"), ("ru", "North")):
            with self.subTest(language):
                drawn = picture.make(language).mosaic
                assert drawn
                self.assertEqual(drawn.blocks[0].name, name)
