"""Figures into geometry: small answers worked out by hand, and what holds of any figures."""

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from tabulation.public.charts.bars import bars, seat_rows
from tabulation.public.charts.classes import (
    FORMS,
    MARGIN_STEPS,
    OTHER,
    SIZES,
    TURNOUT_STEPS,
    WAITING,
    Class,
    Palette,
    leader_class,
    sample,
    turnout_class,
)
from tabulation.public.charts.lines import (
    Series,
    line_chart,
    number_ticks,
    spread,
    thinned,
    time_ticks,
)
from tabulation.public.charts.maps import choropleth, thin
from tabulation.public.charts.mosaic import Block, Group, mosaic
from tabulation.public.charts.numbers import WIDTH, decimal
from tabulation.public.charts.scatter import COARSE, FINE, scatter, table_of
from tabulation.tests.support.small_folder import square

fractions_ = st.fractions(0, 100, max_denominator=1000)
points_ = st.lists(st.tuples(st.integers(0, 5000), st.none() | fractions_), max_size=20)
counts_ = st.dictionaries(
    st.tuples(st.integers(0, FINE), st.integers(0, FINE)), st.integers(1, 9), max_size=50
)


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


def starts(path: str) -> list[tuple[Fraction, Fraction]]:
    """Where each mark of a path begins: its marks end where they began."""
    x = y = Fraction(0)
    found = []
    for letter, rest in re.findall(r"([Mm])([-\d. ]+)(?:[hl])", path):
        dx, dy = (Fraction(n) for n in re.findall(r"-?\d+(?:\.\d+)?", rest))
        x, y = (dx, dy) if letter == "M" else (x + dx, y + dy)
        found.append((x, y))
    return found


class NumberTests(SimpleTestCase):
    def test_as_short_as_can_be_half_away_from_zero(self) -> None:
        for value, written in (
            (Fraction(0), "0"), (Fraction(5), "5"), (Fraction(1, 2), "0.5"),
            (Fraction(1, 20), "0.1"), (Fraction(-1, 20), "-0.1"), (Fraction(-1, 40), "0"),
            (Fraction(199, 100), "2"), (Fraction(100), "100"),
        ):  # fmt: skip
            with self.subTest(str(value)):
                self.assertEqual(decimal(value), written)

    @given(st.fractions(-1000, 1000))
    def test_never_further_off_than_half_a_tenth(self, value: Fraction) -> None:
        self.assertLessEqual(abs(Fraction(decimal(value)) - value), Fraction(1, 20))


class BarTests(SimpleTestCase):
    HALF = Fraction(50)

    def ends(self, shares: list[Fraction], mark: Fraction | None) -> list[float]:
        drawn = bars(list(enumerate(shares)), dict.fromkeys(range(len(shares)), "Name"), mark)
        return [numbers(bar.d)[2] for bar in drawn.bars]

    def test_a_whole_is_as_long_as_the_picture_is_wide(self) -> None:
        self.assertEqual(self.ends([Fraction(100), Fraction(25), Fraction(0)], None), [320, 80, 0])

    def test_exactly_half_ends_at_the_mark_and_a_vote_more_ends_past_it(self) -> None:
        little = Fraction(1, 10**6)
        at, past, before = self.ends([self.HALF, self.HALF + little, self.HALF - little], self.HALF)
        self.assertEqual((at, past, before), (160, 162, 158))

    @given(st.lists(fractions_, min_size=1, max_size=9))
    def test_what_is_beyond_is_beyond_and_a_larger_share_is_never_shorter(
        self, shares: list[Fraction]
    ) -> None:
        drawn = bars(list(enumerate(shares)), dict.fromkeys(range(9), "Name"), self.HALF)
        self.assertEqual([bar.beyond for bar in drawn.bars], [one > 50 for one in shares])
        ends = self.ends(shares, self.HALF)
        self.assertEqual([end > 160 for end in ends], [one > 50 for one in shares])
        ranked = [end for _share, end in sorted(zip(shares, ends, strict=True))]
        self.assertEqual(ranked, sorted(ranked))

    def test_one_mark_a_seat_and_no_block_for_none(self) -> None:
        drawn = seat_rows([(7, 5), (2, 0), (3, 1)], {7: "A", 2: "B", 3: "C"}, Palette((7, 2)))
        marks = {block.key: [len(starts(d)) for _name, d in block.paths] for block in drawn.blocks}
        self.assertEqual(marks, {7: [5], 3: [1]})
        self.assertEqual([block.paths[0][0] for block in drawn.blocks], ["k1", f"k{OTHER}"])


class ClassTests(SimpleTestCase):
    def test_a_unit_without_a_leader_says_why(self) -> None:
        for status, leader, tied, name in (
            ("not counted", None, False, "waiting"),
            ("annulled", 1, False, "annulled"),
            ("counted", None, True, "tied"),
            ("counted", None, False, "empty"),
            ("counted", 1, False, "k2 m3"),
            ("partial", 1, False, "k2 m3"),
        ):
            with self.subTest(status, leader=leader, tied=tied):
                self.assertEqual(leader_class(status, leader, tied, 3, 2).name, name)

    def test_turnout_of_who_is_not_counted_or_keeps_no_list_is_no_step(self) -> None:
        for status, step, name in (
            ("not counted", 1, "waiting"), ("annulled", 1, "annulled"),
            ("counted", None, "unknown"), ("counted", 6, "t6"),
        ):  # fmt: skip
            with self.subTest(status, step=step):
                self.assertEqual(turnout_class(status, step).name, name)

    def test_every_candidate_has_a_form_and_every_step_a_size_of_its_own(self) -> None:
        self.assertEqual(len(set(FORMS)), OTHER)
        self.assertEqual(len(SIZES), len(TURNOUT_STEPS) + 1)
        self.assertEqual(sorted(set(SIZES)), list(SIZES))
        drawn = {sample(leader_class("counted", 1, False, 1, i)) for i in range(1, OTHER + 1)}
        self.assertEqual(len(drawn), OTHER)

    def test_the_first_two_have_the_first_colours_whoever_of_them_leads(self) -> None:
        votes = [(1, 5), (2, 90), (3, 0), (41, 91)]
        self.assertEqual(Palette.of(votes).numbers, (2, 41, 1, 3))
        votes[1] = (2, 92)
        self.assertEqual(Palette.of(votes).numbers, (2, 41, 1, 3))

    def test_before_the_count_the_ballot_s_order(self) -> None:
        self.assertEqual(Palette.of([(3, None), (1, None)]).numbers, (3, 1))

    def test_of_more_than_seven_the_last_are_others(self) -> None:
        palette = Palette.of([(number, number) for number in range(1, 10)])
        self.assertEqual(palette.numbers, (8, 9, 3, 4, 5, 6, 7))
        self.assertEqual([palette.place(n) for n in (8, 7, 1)], [1, 7, OTHER])


classes_ = st.builds(
    leader_class,
    st.sampled_from(["not counted", "annulled", "counted"]),
    st.none() | st.just(1),
    st.booleans(),
    st.integers(1, len(MARGIN_STEPS) + 1),
    st.integers(1, OTHER),
) | st.builds(turnout_class, st.just("counted"), st.none() | st.integers(1, len(TURNOUT_STEPS) + 1))
groups_ = st.lists(
    st.builds(
        Group,
        st.integers(),
        st.text("0123456789", min_size=1, max_size=6),
        st.text("abc def", max_size=30),
        st.lists(classes_, max_size=90),
    ),
    max_size=12,
)


def place(block: Block, index: int, pitch: int) -> tuple[int, int]:
    """The top left corner of the cell ``index`` of a block: along its rows from the left."""
    return block.x + index % block.columns * pitch, block.y + index // block.columns * pitch


class MosaicTests(SimpleTestCase):
    FULL = leader_class("counted", 1, False, 3, 1)

    def test_three_stations_in_two_areas(self) -> None:
        drawn = mosaic([Group(1, "N", "North", [self.FULL]), Group(2, "S", "S", [WAITING] * 2)])
        north, south = drawn.blocks
        self.assertEqual((north.x, north.y, north.columns, north.rows), (0, 15, 1, 1))
        self.assertEqual(north.paths, (("k1 m3", "M0 15h12v12h-12z"),))
        self.assertEqual(south.paths, (("waiting", "M23 18h6v6h-6zm0 14h6v6h-6z"),))

    def test_no_station_is_no_block(self) -> None:
        self.assertEqual(mosaic([]).blocks, ())
        self.assertEqual(mosaic([Group(1, "N", "North", [])]).blocks, ())

    def test_a_name_that_does_not_fit_is_cut_or_its_code(self) -> None:
        wide, narrow, last = mosaic(
            [
                Group(1, "01", "Samtskhe-Javakheti", [self.FULL] * 24),
                Group(2, "02", "Kvemo Kartli", [self.FULL]),
                Group(3, "03", "Poti", [self.FULL]),
            ]
        ).blocks
        self.assertEqual((wide.label, narrow.label, last.label), ("Samtskhe-Jav…", "02", "Poti"))

    def test_four_thousand_stations_are_a_path_a_class_and_area(self) -> None:
        groups = [Group(i, str(i), "", [self.FULL, WAITING] * 25) for i in range(80)]
        drawn = mosaic(groups)
        self.assertEqual(sum(len(block.paths) for block in drawn.blocks), 160)

    @given(groups_, st.booleans())
    def test_every_station_has_one_cell_inside_the_picture_and_no_two_the_same(
        self, groups: list[Group], names: bool
    ) -> None:
        drawn = mosaic(groups, names=names)
        corners: list[tuple[int, int]] = []
        for block, group in zip(drawn.blocks, [g for g in groups if g.cells], strict=True):
            at = [place(block, i, drawn.pitch) for i in range(len(group.cells))]
            self.assertEqual(
                sum(len(starts(d)) for name, d in block.paths if name != "annulled"),
                sum(cell.name != "annulled" for cell in group.cells),
            )
            corners += at
        self.assertEqual(len(set(corners)), len(corners))
        for x, y in corners:
            self.assertTrue(0 <= x < WIDTH and 0 <= y < drawn.height)
        self.assert_apart(corners, drawn.pitch)

    def assert_apart(self, corners: list[tuple[int, int]], pitch: int) -> None:
        """No cell begins inside another: looked for among those near it."""
        near: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for x, y in corners:
            for i in (-1, 0, 1):
                for j in (-1, 0, 1):
                    for a, b in near.get((x // pitch + i, y // pitch + j), []):
                        self.assertFalse(abs(x - a) < pitch - 2 and abs(y - b) < pitch - 2)
            near.setdefault((x // pitch, y // pitch), []).append((x, y))


class LineTests(SimpleTestCase):
    def test_two_points_from_corner_to_corner(self) -> None:
        chart = line_chart([Series("a", [(0, 0), (10, 100)])], [0, 10], most=100)
        self.assertEqual(chart.lines[0].d, "M46 186L292 12")
        self.assertEqual([tick.value for tick in chart.up], [0, 20, 40, 60, 80, 100])
        self.assertEqual([tick.at for tick in chart.across], ["46", "292"])

    def test_a_step_holds_until_the_next_figure_and_the_last_to_the_edge(self) -> None:
        points = [(0, 50), (25, 100)]
        chart = line_chart([Series("a", points, filled=True)], [], steps=True, most=100)
        self.assertEqual(chart.lines[0].d, "M46 99H282.5V12H292")
        self.assertEqual(chart.lines[0].area, "M46 99H282.5V12H292V186H46z")

    def test_no_figure_is_a_gap_and_never_0(self) -> None:
        points = [(0, 50), (1, None), (2, 50), (3, 50), (4, None)]
        for steps in (False, True):
            with self.subTest(steps=steps):
                d = line_chart([Series("a", points)], [], steps=steps, most=100).lines[0].d
                self.assertEqual(d.count("M"), 2)
                self.assertNotIn("186", d)
        nothing = line_chart([Series("a", [(0, None)])], [0], most=100).lines[0]
        self.assertEqual((nothing.d, nothing.end, nothing.label), ("", None, ""))

    def test_a_single_point_is_a_dot(self) -> None:
        chart = line_chart([Series("a", [(5, 50)])], [5], most=100)
        self.assertEqual(chart.lines[0].d, "M169 99h0")

    def test_the_axis_ends_above_the_largest(self) -> None:
        for most, ends in ((0, 1), (3, 3), (63, 80), (101, 150), (1_203_456, 1_500_000)):
            with self.subTest(most=most):
                chart = line_chart([Series("a", [(0, most)])], [])
                self.assertEqual(chart.up[-1].value, ends)

    def test_round_moments_of_a_night(self) -> None:
        for first, last, found in (
            (1210, 1723, [1320, 1440, 1560, 1680]),
            (1200, 1212, [1200, 1205, 1210]),
            (7, 7, [7]),
            (0, 2880, [0, 720, 1440, 2160, 2880]),
        ):
            with self.subTest(first=first, last=last):
                self.assertEqual(time_ticks(first, last), found)

    def test_round_numbers_of_publications(self) -> None:
        self.assertEqual(number_ticks(1, 1), [1])
        self.assertEqual(number_ticks(1, 6), [1, 2, 3, 4, 5, 6])
        self.assertEqual(number_ticks(1, 23), [1, 5, 10, 15, 20])
        self.assertEqual(number_ticks(1, 1200), [1, 500, 1000])

    @given(st.lists(st.integers(), min_size=1, max_size=600), st.integers(2, 240))
    def test_thinned_keeps_the_ends_and_the_order(self, points: list[int], most: int) -> None:
        kept = thinned(list(enumerate(points)), most)
        self.assertEqual(len(kept), min(most, len(points)))
        self.assertEqual((kept[0][0], kept[-1][0]), (0, len(points) - 1))
        self.assertEqual(sorted({i for i, _point in kept}), [i for i, _point in kept])

    @given(st.lists(fractions_, max_size=12))
    def test_names_stand_apart_inside_the_picture_in_the_order_of_their_lines(
        self, at: list[Fraction]
    ) -> None:
        placed = spread({str(i): y + 12 for i, y in enumerate(at)}, 8, 12, 112)
        order = sorted(placed, key=lambda key: placed[key])
        for above, below in pairwise(order):
            self.assertGreaterEqual(placed[below] - placed[above], 8)
            self.assertLessEqual(at[int(above)], at[int(below)])
        self.assertTrue(all(12 <= y <= 112 for y in placed.values()))

    @given(
        st.lists(points_, max_size=5),
        st.booleans(),
    )
    def test_every_point_is_inside_the_frame(self, series: Any, steps: bool) -> None:
        made = [Series(str(i), sorted(one, key=lambda p: p[0])) for i, one in enumerate(series)]
        chart = line_chart(made, [], steps=steps, most=100)
        for line in chart.lines:
            for x, y in re.findall(r"[ML ](-?[\d.]+) (-?[\d.]+)", line.d):
                self.assertTrue(chart.left <= float(x) <= chart.right)
                self.assertTrue(chart.top <= float(y) <= chart.bottom)
            for y in re.findall(r"V([\d.]+)", line.d):
                self.assertTrue(chart.top <= float(y) <= chart.bottom)


class ScatterTests(SimpleTestCase):
    def test_the_corners(self) -> None:
        drawn = scatter({(0, 0): 1, (FINE, FINE): 1}, FINE)
        self.assertEqual(drawn.paths, (("dot", "M46 260h0m252-236h0"),))

    def test_stations_at_one_place_shine_through_each_other(self) -> None:
        self.assertEqual(len(scatter({(7, 7): 1}, FINE).paths), 1)
        self.assertEqual(len(scatter({(7, 7): 3}, FINE).paths), 3)
        self.assertEqual(len(scatter({(7, 7): 300}, FINE).paths), 5)

    def test_of_very_many_a_circle_says_how_many(self) -> None:
        drawn = scatter({(1, 1): 1000, (2, 2): 300, (3, 3): 1}, COARSE)
        self.assertEqual([name for name, _d in drawn.paths], ["n1", "n5", "n6"])

    @given(counts_)
    def test_every_place_is_drawn_inside_the_frame(self, counts: Any) -> None:
        drawn = scatter(counts, FINE)
        places = [at for _name, d in drawn.paths for at in starts(d)]
        self.assertEqual(len(places), sum(min(count, 5) for count in counts.values()))
        for x, y in places:
            self.assertTrue(drawn.left <= x <= drawn.right)
            self.assertTrue(drawn.top <= y <= drawn.bottom)

    @given(counts_)
    def test_the_table_has_every_station_once(self, counts: Any) -> None:
        table = table_of(counts, FINE, 5, 10)
        self.assertEqual(sum(map(sum, table)), sum(counts.values()))

    def test_a_bound_is_in_the_field_above_it(self) -> None:
        table = table_of({(40, 80): 1, (39, 79): 2, (400, 400): 4}, FINE, 5, 10)
        self.assertEqual((table[1][1], table[0][0], table[9][4]), (1, 2, 4))


class MapTests(SimpleTestCase):
    def test_two_squares_side_by_side_at_the_equator(self) -> None:
        drawn = choropleth({"a": square(0, 0), "b": square(1, 0)})
        a, b = drawn.shapes
        self.assertEqual(drawn.height, 324)
        self.assertEqual(a.d, "M4 320l316 0 0-316-316 0z")
        self.assertEqual(b.d, "M320 320l316 0 0-316-316 0z")
        self.assertEqual(a.label, (162, 162))

    def test_further_north_the_same_degrees_are_narrower(self) -> None:
        equator, north = (choropleth({"a": square(0, y, 1)}) for y in (-0.5, 59.5))
        self.assertEqual(equator.height, 640)
        wide = [max(numbers(one.shapes[0].d)) for one in (equator, north)]
        self.assertEqual(north.height, 640)
        self.assertLess(wide[1], wide[0] * 1.3)
        xs = re.findall(r"l(\d+) 0", north.shapes[0].d)
        self.assertEqual(int(xs[0]), 316)  # half of what it is high, at 60 degrees

    def test_a_hole_is_a_ring_of_the_path(self) -> None:
        outer, inner = square(0, 0, 4)["coordinates"][0], square(1, 1, 1)["coordinates"][0]
        shape = {"type": "Polygon", "coordinates": [outer, inner[::-1]]}
        self.assertEqual(choropleth({"a": shape}).shapes[0].d.count("M"), 2)

    def test_a_speck_is_still_drawn_and_has_no_label(self) -> None:
        speck = choropleth({"a": square(0, 0, 10), "b": square(20, 0, 0.0001)}).shapes[1]
        self.assertRegex(speck.d, r"^M\d+ \d+l2 0 0 2-2 0z$")
        self.assertIsNone(speck.label)

    def test_thinned_shapes_keep_what_a_picture_shows(self) -> None:
        ring = [[i / 100_000, 0.0] for i in range(100_001)]
        shape = {"type": "Polygon", "coordinates": [[*ring, [1.0, 1.0, 9.0], [0.0, 0.0]]]}
        thinner = thin({"a": shape})["a"]
        (kept,) = thinner["coordinates"][0]
        self.assertEqual(thinner["type"], "MultiPolygon")
        self.assertEqual(len(kept), 10_003)
        self.assertEqual(kept[-2:], [[1.0, 1.0], [0.0, 0.0]])
        self.assertEqual(choropleth({"a": thinner}).shapes[0].d, "M4 636l632 0 0-632z")

    def test_a_ring_that_thins_to_nothing_stays_a_ring(self) -> None:
        shapes = thin({"a": square(0, 0, 180), "b": square(50, 50, 0.000_001)})
        self.assertEqual(len(shapes["b"]["coordinates"][0][0]), 4)

    @given(
        st.lists(
            st.tuples(st.integers(-17_900, 17_800), st.integers(-8_900, 8_800)),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    def test_every_corner_is_inside_the_picture(self, at: list[tuple[int, int]]) -> None:
        shapes = {str(i): square(x / 100, y / 100) for i, (x, y) in enumerate(at)}
        drawn = choropleth(thin(shapes))
        self.assertEqual(len(drawn.shapes), len(shapes))
        for shape in drawn.shapes:
            x = y = 0
            for letter, rest in re.findall(r"([Ml])([-\d ]+)", shape.d):
                pairs = [int(n) for n in re.findall(r"-?\d+", rest)]
                for dx, dy in zip(pairs[::2], pairs[1::2], strict=True):
                    x, y = (dx, dy) if letter == "M" else (x + dx, y + dy)
                    self.assertTrue(0 <= x <= drawn.width and 0 <= y <= drawn.height, shape.d)


class ColourTests(SimpleTestCase):
    """The style sheet: strong steps stand out from the paper, light and dark."""

    CSS = (Path(settings.BASE_DIR) / "static" / "css" / "hashvark.css").read_text(encoding="utf-8")

    def properties(self, *, dark: bool) -> dict[str, str]:
        found: dict[str, str] = {}
        for scheme, body in re.findall(r"(^  )?:root \{(.*?)\}", self.CSS, re.S | re.M):
            if bool(scheme) == dark:
                found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body))
        return found

    def luminance(self, colour: str) -> float:
        """Relative luminance, WCAG 2.2."""
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def test_every_colour_of_a_mark_is_three_to_one_against_the_paper(self) -> None:
        names = ["turnout", *(f"k{i}" for i in range(1, OTHER + 1))]
        for dark in (False, True):
            colours = self.properties(dark=dark)
            paper = self.luminance(colours["paper"])
            for name in names:
                with self.subTest(name, dark=dark):
                    light, deep = sorted([paper, self.luminance(colours[name])], reverse=True)
                    self.assertGreaterEqual((light + 0.05) / (deep + 0.05), 3)

    def test_every_class_of_a_mark_is_in_the_style_sheet(self) -> None:
        places = [leader_class("counted", 1, False, 1, i) for i in range(1, OTHER + 1)]
        steps = [turnout_class("counted", i) for i in range(1, len(TURNOUT_STEPS) + 2)]
        rest = [Class(n, "") for n in ("waiting", "annulled", "tied", "empty", "unknown")]
        for name in {part for of in (*places, *steps, *rest) for part in of.name.split()}:
            with self.subTest(name):
                self.assertRegex(self.CSS, rf"\.plot \.{name}\b")
