"""Election folders and protocol files: what is wrong is told, all of it, and nothing is written."""

import gzip
from datetime import time
from io import StringIO
from unittest import mock

from django.core.management import CommandError, call_command

from candidates.models import Candidate, Contest, Election
from tabulation.importing.problems import ImportRefused
from tabulation.importing.protocols import load_protocols
from tabulation.models import (
    Area,
    BallotScope,
    ControlRelation,
    Event,
    InaccuracyTerm,
    PollingStation,
    Protocol,
    ProtocolLine,
    TimedTurnout,
    form_of,
)
from tabulation.tests.support.folder_case import FolderTestCase
from tabulation.tests.support.small_folder import COMMISSION, FOLDER
from tabulation.tests.support.world import NOW

PROTOCOLS = "station_code,registered,voters,votes_1,votes_41\n01.009,100,60,59,-\n4/13,,30,20,10\n"


class ElectionFolderTests(FolderTestCase):
    def test_a_cell_of_several_lines_arrives(self) -> None:
        names = ["First\rhall", "First\nhall", "First\r\nhall", "First, hall"]
        stations = "".join(f'7/{i},"{name}",N,1\n' for i, name in enumerate(names))
        self.change("stations.csv", "4/13,", f"{stations}4/13,")
        self.load()
        found = PollingStation.objects.filter(code__startswith="7/").order_by("code")
        self.assertEqual(list(found.values_list("name", flat=True)), names)

    def test_everything_arrives(self) -> None:
        election = self.load()
        self.assertEqual(election.names, {"hy": "Փոքր ընտրություն"})
        self.assertEqual([a.code for a in Area.objects.order_by("pk")], ["AM", "N", "S"])
        self.assertEqual(Area.objects.get(code="AM").names, {"hy": "Երկիր"})
        self.assertEqual(PollingStation.objects.get(code="4/13").area.code, "S")
        self.assertEqual(Candidate.objects.get(number=1).party.name, "Party")
        self.assertEqual(str(Candidate.objects.get(name="Cid").withdrawn_on), "2012-07-10")
        lines = ProtocolLine.objects.values_list("position", "key", "number", "name")
        self.assertEqual(
            list(lines),
            [
                (1, "registered", "1", "Voters"),
                (2, "voters", "2", "Took part"),
                (3, "votes_1", "3.1", "Ann"),
                (4, "votes_41", "3.41", "Ben"),
            ],
        )
        relation = ControlRelation.objects.get()
        self.assertEqual((relation.left, relation.right), ([2], [3, 4]))
        self.assertEqual((float(relation.tolerance), relation.percent), (2.5, True))
        self.assertEqual(InaccuracyTerm.objects.get().left, [3, 4])
        self.assertEqual(BallotScope.objects.get().area.code, "S")
        self.assertEqual(TimedTurnout.objects.count(), 2)

    def test_loading_is_an_event_with_the_files_digests(self) -> None:
        self.load()
        event = Event.objects.get(act="election loaded")
        self.assertEqual(set(event.after["files"]), set(FOLDER))

    def test_dry_run_checks_and_writes_nothing(self) -> None:
        self.load(dry_run=True)
        self.assertEqual(Election.objects.count(), 0)
        self.change("areas.csv", "N,AM", "N,XX")
        self.assertTrue(self.problems(lambda: self.load(dry_run=True)))

    def test_as_a_rehearsal_beside_the_election_itself(self) -> None:
        self.change("election.toml", 'kind = "rehearsal"', 'kind = "real"\nquorum = 3')
        self.change("election.toml", "entries_required = 1", "entries_required = 2")
        self.write("commission.csv", COMMISSION)
        self.load()
        rehearsal = self.load(rehearsal=True)
        self.assertEqual((rehearsal.slug, rehearsal.kind), ("small-rehearsal", "rehearsal"))
        self.assertEqual(Election.objects.get(slug="small").kind, "real")

    def test_another_accepts_in_a_real_election_and_where_the_folder_says_so(self) -> None:
        self.assertFalse(self.load(dry_run=True).acceptor_differs)
        real = (
            ('kind = "rehearsal"', 'kind = "real"\nquorum = 3'),
            ("entries_required = 1", "entries_required = 2"),
        )
        for old, new in real:
            self.change("election.toml", old, new)
        self.write("commission.csv", COMMISSION)
        self.assertTrue(self.load(dry_run=True).acceptor_differs)
        self.assertFalse(self.load(dry_run=True, rehearsal=True).acceptor_differs)
        said = "entries_required = 2\nacceptor_differs = "
        self.change("election.toml", "entries_required = 2", f"{said}true")
        self.assertTrue(self.load(dry_run=True, rehearsal=True).acceptor_differs)
        self.change("election.toml", f"{said}true", f"{said}false")
        self.assertFalse(self.load().acceptor_differs)

    def test_a_rehearsal_has_its_hours_still_to_be_reported(self) -> None:
        self.assertEqual(self.load(rehearsal=True).contests.get().turnout.count(), 2)
        self.change("election.toml", 'slug = "small"', 'slug = "named"')
        self.change("election.toml", 'base = "valid"',
                    'base = "valid"\nturnout_hours = ["11:00", "15:00"]')  # fmt: skip
        rehearsal = self.load(rehearsal=True).contests.get()
        self.assertEqual((rehearsal.turnout.count(), len(rehearsal.turnout_hours)), (0, 2))
        self.assertEqual(self.load().contests.get().turnout.count(), 2)

    def test_twice_is_refused(self) -> None:
        self.load()
        self.assertEqual(self.problems(self.load), [(0, "slug", "small")])

    def test_gzip(self) -> None:
        plain = (self.folder / "stations.csv").read_bytes()
        (self.folder / "stations.csv").unlink()
        self.write("stations.csv.gz", gzip.compress(plain))
        self.load()
        self.assertEqual(PollingStation.objects.count(), 2)

    def test_each_fault_is_told_with_its_place(self) -> None:
        cases: list[tuple[str, str, str, tuple[int, str, str]]] = [
            ("areas.csv", "N,AM,North", "N,XX,North", (3, "parent_code", "XX")),
            ("areas.csv", "N,AM,North", "N,,North", (3, "parent_code", "")),
            ("areas.csv", "N,AM,North", "S,AM,North", (4, "code", "S")),
            ("areas.csv", "N,AM,North", "N,AM,", (3, "name", "")),
            ("areas.csv", "N,AM,North", "?,AM,North", (3, "code", "?")),
            ("stations.csv", "4/13,Second", "01.009,Second", (3, "code", "01.009")),
            ("stations.csv", "Second,S", "Second,X", (3, "area_code", "X")),
            ("stations.csv", "N,100", "N,1e2", (2, "registered", "1e2")),
            ("stations.csv", "code,name", "code,nom", (1, "nom", "")),
            ("stations.csv", "N,100", "N,100,7", (2, "", "")),
            ("candidates.csv", "41,Ben", "1,Ben", (3, "number", "1")),
            ("candidates.csv", "41,Ben", ",Ben", (3, "number", "")),
            ("candidates.csv", "41,Ben", "07,Ben", (3, "number", "07")),
            ("candidates.csv", "41,Ben", "41, ", (3, "name", " ")),
            ("candidates.csv", "41,Ben,,,", "41,Ben,,,Party", (3, "party", "Party")),
            ("candidates.csv", "41,Ben,,,", "41,Ben,,P,Other", (2, "party", "Party")),
            ("candidates.csv", "2012-07-10", "2012-02-30", (4, "withdrawn_on", "2012-02-30")),
            ("candidates.csv", "name_hy", "name_x', '", (1, "name_x'", "")),
            ("candidates.csv", "name_hy", "name_english", (1, "name_english", "")),
            ("stations.csv", "Second", "Sec\0nd", (0, "", "")),
            ("stations.csv", "4/13,Second", '4/13,"Second', (0, "", "")),
            ("scope.csv", "41,S", "041,S", (2, "number", "041")),
            ("candidates.csv", ",2012-07-10", ",", (4, "withdrawn_on", "")),
            ("candidates.csv", "2012-07-10", "10.7.2012", (4, "withdrawn_on", "10.7.2012")),
            ("scope.csv", "41,S", "7,S", (2, "number", "7")),
            ("scope.csv", "41,S", "41,Q", (2, "area_code", "Q")),
            ("turnout.csv", "11:00", "25:00", (2, "time", "25:00")),
            ("turnout.csv", "01.009,11:00", "9,11:00", (2, "station_code", "9")),
            ("turnout.csv", "11:00,20", "11:00,-20", (2, "voters", "-20")),
        ]
        for name, old, new, expected in cases:
            with self.subTest(f"{name}: {new}"):
                for other, content in FOLDER.items():
                    self.write(other, content)
                self.change(name, old, new)
                self.assertIn((expected[0], expected[1]), [p[:2] for p in self.problems(self.load)])
                self.assertIn(expected, self.problems(self.load))
                self.assertEqual(Election.objects.count(), 0)

    def test_areas_in_a_circle(self) -> None:
        self.write("areas.csv", "code,parent_code,name\nAM,,Country\nN,S,North\nS,N,South\n")
        self.assertEqual(
            self.problems(self.load), [(2 + 1, "parent_code", "S"), (4, "parent_code", "N")]
        )

    def test_each_fault_of_the_configuration(self) -> None:
        cases = [
            ('slug = "small"', 'slug = "Small One"', "election.slug"),
            ('slug = "small"', 'slug = "people"', "election.slug"),
            ('slug = "small"', 'slug = "schema"', "election.slug"),
            ('code = "president"', 'code = "events"', "contest[1].code"),
            ("entries_required = 1", 'accept = "anything"', "election.accept"),
            ('kind = "rehearsal"', 'kind = "test"', "election.kind"),
            ('kind = "rehearsal"', 'kind = "real"', "election.entries_required"),
            ('kind = "rehearsal"', 'kind = "real"', "election.quorum"),
            ('kind = "rehearsal"', 'kind = "archive"\nconfirmations = 0', "election.confirmations"),
            ('code = "president"', 'code = "acts"', "contest[1].code"),
            ("Asia/Yerevan", "Asia/Nowhere", "election.time_zone"),
            ("entries_required = 1", "entries_required = 3", "election.entries_required"),
            ("entries_required", "acceptor_differs", "election.acceptor_differs"),
            ("entries_required = 1", 'acceptor_differs = "yes"', "election.acceptor_differs"),
            ("entries_required = 1", 'entries_required = "1"', "election.entries_required"),
            ("entries_required", "entry_required", "election.entry_required"),
            ("[2012-07-19, 2012-08-02]", "[2012-08-02, 2012-07-19]", "election.polling_days"),
            ("announced = 2012-05-01", "announced = 2012-09-01", "election.announced"),
            ("inauguration = 2012-09-07", "inauguration = 2012-07-01", "election.inauguration"),
            ('rule = "majority"', 'rule = "lots"', "contest[1].rule"),
            ('role = "voters"', 'role = "registered"', "contest[1].line"),
            ('role = "voters"', 'role = "voter"', "contest[1].line[2].role"),
            ('left = ["voters"]', 'left = ["signed"]', "relation balance, left"),
            ('operator = ">="', 'operator = ">"', "contest[1].relation[1].operator"),
            ('"2.5 %"', '"some"', "contest[1].relation[1].tolerance"),
            ('key = "voters"', 'key = "registered"', "president.line.key"),
            ('code = "president"', 'code = "president"\narea = "Q"', "area"),
            ('code = "president"', 'code = "president"\nround = 3', "contest[1].round"),
            ("[election]", "[election", ""),
            ('slug = "small"', 'slug = ""', "election.slug"),
            ('name = "Small election"', 'name = " "', "election.name"),
            ('name = "Small election"', 'name = "a\\u0000"', "election.name"),
            ('kind = "rehearsal"', 'kind = ""', "election.kind"),
            ('operator = ">="', 'operator = ""', "contest[1].relation[1].operator"),
            ("[2012-07-19, 2012-08-02]", "[2012-07-19T10:00:00]", "election.polling_days"),
            ("[2012-07-19, 2012-08-02]", '["19 July"]', "election.polling_days"),
            ("announced = 2012-05-01", "announced = 2012-05-01T00:00:00", "election.announced"),
            ('code = "balance"', f'code = "{"b" * 41}"', "contest[1].relation[1].code"),
            ('number = "2"', f'number = "{"2" * 21}"', "contest[1].line[2].number"),
            ("votes_{number}", "votes_'{number}", "contest[1].line[3].key"),
            ("votes_{number}", "v%s_{number}", "contest[1].line[3].key"),
            ('right = ["votes"]', 'right = ["voters"]', "contest[1].relation[1].left"),
            ('right = ["votes"]', 'right = ["votes", "votes_1"]', "relation balance, right"),
            ('right = ["votes"]', 'right = ["votes", "votes"]', "contest[1].relation[1].right"),
            ('code = "president"', 'code = "manifest"', "contest[1].code"),
            ('code = "president"', 'code = "datapackage"', "contest[1].code"),
            ('key = "voters"', 'key = "status"', "contest[1].line[2].key"),
            ("[[contest]]", "[contest]", "contest"),
            *(
                ('base = "valid"', f'base = "valid"\nturnout_hours = {hours}',
                 "contest[1].turnout_hours")
                for hours in ('"11:00"', "[11]", "[11:00:00]", '["24:00"]', '["9:00"]',
                              '["11:00", "11:00"]', '["17:00", "11:00"]')
            ),
        ]  # fmt: skip
        for old, new, column in cases:
            with self.subTest(new):
                self.write("election.toml", FOLDER["election.toml"])
                self.change("election.toml", old, new)
                self.assertIn(column, [problem[1] for problem in self.problems(self.load)])
                self.assertEqual(Election.objects.count(), 0)

    def test_hours_of_turnout_are_kept_and_the_file_keeps_to_them(self) -> None:
        self.change("election.toml", 'base = "valid"',
                    'base = "valid"\nturnout_hours = ["11:00", "15:00"]')  # fmt: skip
        right = (self.folder / "turnout.csv").read_text()
        self.write("turnout.csv", "station_code,time,voters\n01.009,11:00,20\n01.009,14:00,25\n")
        self.assertEqual(self.problems(self.load), [(3, "time", "14:00")])
        self.write("turnout.csv", right)
        self.load()
        self.assertEqual(self.contest().turnout_hours, [time(11), time(15)])

    def test_any_hours_will_do_where_none_are_named(self) -> None:
        self.load()
        self.assertEqual(self.contest().turnout_hours, [])
        self.assertTrue(TimedTurnout.objects.exists())

    def test_details_of_the_rule_are_kept_as_they_were_given(self) -> None:
        given = 'turnout = "25 %"\nturnout_inclusive = false\nadvance = 3\ntie = "all"\nagainst = 1'
        self.write("election.toml", f"{FOLDER['election.toml']}\n[contest.outcome]\n{given}\n")
        self.load()
        expected = {
            "turnout": "25 %", "turnout_inclusive": False, "advance": 3, "tie": "all", "against": 1,
        }  # fmt: skip
        self.assertEqual(self.contest().outcome, expected)
        self.assertEqual(form_of(self.contest()).outcome, expected)

    def test_without_details_the_form_is_as_before(self) -> None:
        self.load()
        self.assertEqual(self.contest().outcome, {})
        self.assertNotIn("outcome", form_of(self.contest()).as_json())

    def test_each_fault_of_the_details_of_a_rule(self) -> None:
        for rule, given, column in (
            ("majority", 'turnout = "25"', "contest[1].outcome.turnout"),
            ("majority", "turnout = 25", "contest[1].outcome.turnout"),
            ("majority", 'turnout_inclusive = "yes"', "contest[1].outcome.turnout_inclusive"),
            ("majority", "advance = 1", "contest[1].outcome.advance"),
            ("majority", 'tie = "age"', "contest[1].outcome.tie"),
            ("majority", "quorum = 3", "contest[1].outcome.quorum"),
            ("majority", 'method = "dhondt"', "contest[1].outcome.method"),
            ("majority", "against = 7", "president.outcome.against"),
            ("plurality", "advance = 2", "contest[1].outcome.advance"),
            ("list", 'threshold = "5 %"', "contest[1].outcome.method"),
            ("list", 'method = "droop"', "contest[1].outcome.method"),
            ("list", 'method = "dhondt"\nthreshold = "101 %"', "contest[1].outcome.threshold"),
            ("list", 'method = "dhondt"\nthreshold_base = "all"',
             "contest[1].outcome.threshold_base"),
            ("list", 'method = "dhondt"\nalliances = [0]', "contest[1].outcome.alliances"),
            ("list", 'method = "dhondt"\nalliances = [1, 1]', "contest[1].outcome.alliances"),
            ("list", 'method = "dhondt"\nalliances = [7]', "president.outcome.alliances"),
            ("list", 'method = "dhondt"\nindependents = [true]', "contest[1].outcome.independents"),
            ("list", 'method = "dhondt"\nalliances = [1]\nindependents = [1]',
             "contest[1].outcome.independents"),
        ):  # fmt: skip
            with self.subTest(rule=rule, given=given):
                content = FOLDER["election.toml"].replace('"majority"', f'"{rule}"')
                self.write("election.toml", f"{content}\n[contest.outcome]\n{given}\n")
                self.assertIn(column, [problem[1] for problem in self.problems(self.load)])
        self.write("election.toml", FOLDER["election.toml"])
        self.change("election.toml", 'code = "president"', 'code = "president"\noutcome = 3')
        self.assertIn("contest[1].outcome", [problem[1] for problem in self.problems(self.load)])
        with_roles = FOLDER["election.toml"].replace(', role = "voters"', "")
        self.write("election.toml", f'{with_roles}\n[contest.outcome]\nturnout = "25 %"\n')
        self.assertIn("contest[1].outcome.turnout", [p[1] for p in self.problems(self.load)])

    def test_a_missing_file(self) -> None:
        for name in ("election.toml", "areas.csv", "stations.csv", "candidates.csv"):
            with self.subTest(name):
                (self.folder / name).unlink()
                with self.assertRaisesMessage(ImportRefused, name):
                    self.load()
                self.write(name, FOLDER[name])

    def test_a_contest_without_stations_or_candidates_or_at_all(self) -> None:
        self.write("stations.csv", "code,name,area_code\n")
        (self.folder / "turnout.csv").unlink()
        with self.assertRaisesMessage(ImportRefused, "no station votes in the contest president"):
            self.load()
        self.write("stations.csv", FOLDER["stations.csv"])
        (self.folder / "scope.csv").unlink()
        self.write("candidates.csv", "number,name\n")
        with self.assertRaisesMessage(ImportRefused, "nobody stands in the contest president"):
            self.load()
        toml = FOLDER["election.toml"]
        self.write("election.toml", toml[: toml.index("[[contest]]")])
        with self.assertRaisesMessage(ImportRefused, "there is no [[contest]]; add one"):
            self.load()

    def test_a_line_that_grows_too_long_with_the_name_filled_in(self) -> None:
        self.change("candidates.csv", "41,Ben", f"41,{'B' * 200}")
        self.change("election.toml", 'name = "{name}"', 'name = "Votes for {name}"')
        self.assertEqual(
            self.problems(self.load), [(0, "president.line.name", f"Votes for {'B' * 200}")]
        )

    def test_two_who_withdrew_before_printing(self) -> None:
        row = ",Dan,,,,withdrawn,2012-07-11\n"
        self.write("candidates.csv", FOLDER["candidates.csv"] + row)
        self.load()
        self.assertEqual(Candidate.objects.filter(number=None).count(), 2)

    def test_a_file_that_breaks_off_in_the_middle_leaves_the_others_to_be_read(self) -> None:
        """Past the first buffers, when rows are on their way into the database already."""
        many = "".join(f"x/{i},Station,N,1\n" for i in range(20_000))
        content = ("code,name,area_code,registered\n" + many).encode()
        self.change("turnout.csv", "11:00", "late")
        for name, broken in (
            ("stations.csv", content + b"\xff,\xff,N,1\n"),
            ("stations.csv", content + b'"open'),
            ("stations.csv.gz", gzip.compress(content)[:-20]),
        ):
            with self.subTest(name):
                (self.folder / "stations.csv").unlink(missing_ok=True)
                self.write(name, broken)
                self.assertIn((0, "", ""), self.problems(self.load))

    def test_more_languages_than_a_function_has_arguments(self) -> None:
        codes = [f"{a}{b}" for a in "abcdefgh" for b in "abcdefgh"]
        names = ",".join(f"name_{code}" for code in codes)
        self.write(
            "areas.csv",
            f"code,parent_code,name,{names}\nN,,North{',x' * 64}\nS,N,South{',' * 64}\n",
        )
        self.load()
        self.assertEqual(len(Area.objects.get(code="N").names), 64)

    def test_what_lies_outside_the_contest(self) -> None:
        self.change("election.toml", 'base = "valid"', 'base = "valid"\narea = "N"')
        problems = self.problems(self.load)
        self.assertIn((2, "area_code", "S"), problems)
        (self.folder / "scope.csv").unlink()
        self.write("turnout.csv", "station_code,time,voters\n4/13,11:00,2\n")
        self.assertEqual(self.problems(self.load), [(2, "station_code", "4/13")])

    def test_optional_files_may_be_missing(self) -> None:
        for name in ("scope.csv", "turnout.csv"):
            (self.folder / name).unlink()
        self.load()

    def test_two_contests_share_the_files(self) -> None:
        toml = FOLDER["election.toml"]
        second = toml[toml.index("[[contest]]") :].replace('"president"', '"mayor"')
        self.write("election.toml", toml + second.replace("base = ", 'area = "S"\nbase = '))
        self.assertIn((1, "contest", ""), self.problems(self.load))
        self.write("candidates.csv", "contest,number,name\npresident,1,Ann\nmayor,1,Dan\n")
        self.write("scope.csv", "contest,number,area_code\npresident,1,S\n")
        self.write("turnout.csv", "contest,station_code,time,voters\nmayor,4/13,11:00,5\n")
        self.load()
        mayor = Contest.objects.get(code="mayor")
        self.assertEqual([row.station.code for row in mayor.stations.all()], ["4/13"])
        self.assertEqual([c.name for c in mayor.candidates.all()], ["Dan"])


class ProtocolFileTests(FolderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load()

    def test_blank_is_blank_and_a_dash_is_not_on_the_ballot(self) -> None:
        self.assertEqual(self.load_protocols(PROTOCOLS), 2)
        figures = dict(Protocol.objects.values_list("station__code", "figures"))
        self.assertEqual(figures, {"01.009": [100, 60, 59, None], "4/13": [None, 30, 20, 10]})

    def test_no_rows_is_told(self) -> None:
        header = PROTOCOLS.splitlines()[0] + "\n"
        self.assertEqual(self.problems(self.load_protocols, header), [(0, "", "")])

    def test_files_as_spreadsheets_save_them(self) -> None:
        """A byte order mark, Windows line ends, quotes, no newline at the end: the same file."""
        first, second = PROTOCOLS.splitlines()[1:]
        header = PROTOCOLS.splitlines()[0]
        bom = "\ufeff" + header + "\r\n" + first.replace("01.009", '"01.009"')
        self.assertEqual(self.load_protocols(bom), 1)
        self.assertEqual(self.load_protocols(f"{header}\n\n{second}\n\n"), 1)
        figures = dict(Protocol.objects.values_list("station__code", "figures"))
        self.assertEqual(figures, {"01.009": [100, 60, 59, None], "4/13": [None, 30, 20, 10]})

    def test_files_that_are_something_else(self) -> None:
        """Nothing is written, and a clerk is told what to do about the file as a whole."""
        packed = gzip.compress(PROTOCOLS.encode())
        cases: list[tuple[str, bytes, str]] = [
            ("p.csv", PROTOCOLS.replace(",", ";").encode(), "; characters separate its columns"),
            ("p.csv", PROTOCOLS.replace(",", "\t").encode(), "tabs separate its columns"),
            ("p.csv", PROTOCOLS.encode("utf-16"), "it is not UTF-8 text"),
            ("p.csv", PROTOCOLS.replace("4/13", "é").encode("latin-1"), "it is not UTF-8 text"),
            ("p.csv", b"", "this column is missing"),
            ("p.csv", b"PK\x03\x04\x00\x00", "NUL character"),
            ("p.csv", PROTOCOLS.encode() + b'"', "it cannot be read as CSV"),
            ("p.csv", b"x" * 1_000_001, "has over 1000000 characters"),
            ("p.csv.gz", PROTOCOLS.encode(), "the .gz file is damaged"),
            ("p.csv.gz", packed[:-9], "the .gz file is damaged"),
            ("p.csv.gz", packed[:20] + b"xx" + packed[22:], "the .gz file is damaged"),
            ("p.csv.gz", gzip.compress(b"0" * 200_000_000), "has over 1000000 characters"),
        ]
        for name, content, message in cases:
            with (
                self.subTest(message, name=name),
                self.assertRaisesMessage(ImportRefused, message),
            ):
                self.load_protocols(content, name)
            self.assertEqual(Protocol.objects.count(), 0)

    def test_a_bomb_of_many_lines(self) -> None:
        with mock.patch("tabulation.importing.tables.MOST_OF_A_FILE", 1000):
            rows = "".join(f"no-{i},1,1,1,1\n" for i in range(250))
            with self.assertRaisesMessage(ImportRefused, "it unpacks to over 1000 characters"):
                self.load_protocols(PROTOCOLS + rows)

    def test_columns_in_any_order_and_gzip(self) -> None:
        text = "votes_41,votes_1,voters,registered,station_code\n-,59,60,100,01.009\n"
        self.load_protocols(gzip.compress(text.encode()), "protocols.csv.gz")
        self.assertEqual(Protocol.objects.get().figures, [100, 60, 59, None])

    def test_each_fault_is_told_with_its_place(self) -> None:
        cases: list[tuple[str, str, tuple[int, str, str]]] = [
            ("100,60", "100.0,60", (2, "registered", "100.0")),
            ("100,60", "-100,60", (2, "registered", "-100")),
            ("100,60", "+100,60", (2, "registered", "+100")),
            ("100,60", '"1,100",60', (2, "registered", "1,100")),
            ("100,60", "1'100,60", (2, "registered", "1'100")),
            ("100,60", "1.100,60", (2, "registered", "1.100")),
            ("100,60", " 100,60", (2, "registered", " 100")),
            ("100,60", "99999999999999999999,60", (2, "registered", "99999999999999999999")),
            ("100,60", "1e3,60", (2, "registered", "1e3")),
            ("01.009,", "001.009,", (2, "station_code", "001.009")),
            ("01.009,", " 01.009,", (2, "station_code", " 01.009")),
            ("100,60", "1 00,60", (2, "registered", "1 00")),
            ("100,60", "१००,60", (2, "registered", "१००")),
            ("100,60", "1000000000,60", (2, "registered", "1000000000")),
            ("100,60", "x,60", (2, "registered", "x")),
            ("01.009,", "1.9,", (2, "station_code", "1.9")),
            ("01.009,", ",", (2, "station_code", "")),
            ("4/13,,30", "01.009,,30", (3, "station_code", "01.009")),
            ("59,-", "59,1", (2, "votes_41", "1")),
            ("20,10", "20,-", (3, "votes_41", "-")),
            ("100,60", "-,60", (2, "registered", "-")),
            ("4/13,,30,20,10", "4/13,,,,", (3, "station_code", "4/13")),
            ("4/13,,30,20,10", "4/13,,30,20", (3, "", "")),
            ("4/13,,30,20,10", "Total,,30,20,10", (3, "station_code", "Total")),
            ("votes_41\n", "votes_42\n", (1, "votes_42", "")),
            (",registered,", ",voters,", (1, "voters", "")),
        ]
        for old, new, expected in cases:
            with self.subTest(new):
                self.assertIn(old, PROTOCOLS)
                content = PROTOCOLS.replace(old, new)
                self.assertIn(expected, self.problems(self.load_protocols, content))
                self.assertEqual(Protocol.objects.count(), 0)

    def test_a_station_that_has_a_protocol(self) -> None:
        self.load_protocols(PROTOCOLS)
        self.assertEqual(
            self.problems(self.load_protocols, PROTOCOLS),
            [(2, "station_code", "01.009"), (3, "station_code", "4/13")],
        )

    def test_the_first_hundred_and_the_count(self) -> None:
        many = "".join(f"no-{i},1,1,1,1\n" for i in range(250))
        with self.assertRaises(ImportRefused) as refused:
            self.load_protocols(PROTOCOLS + many)
        self.assertEqual((len(refused.exception.problems), refused.exception.count), (100, 250))
        self.assertIn("... and 150 more.", str(refused.exception))
        self.assertIn("250 problems. Nothing was written.", str(refused.exception))

    def test_a_real_election_is_refused(self) -> None:
        real = Election.objects.create(
            slug="real", name="Real", kind="real", polling_days=[NOW.date()]
        )
        contest = Contest.objects.create(
            election=real, code="president", office="President", rule="majority", base="valid"
        )
        path = self.write("protocols.csv", PROTOCOLS)
        with self.assertRaisesMessage(ImportRefused, "typed by two people"):
            load_protocols(contest, path, by=None, at=NOW)


class CommandTests(FolderTestCase):
    """The command lines: output, errors, exit status (a CommandError is status 1)."""

    def call(self, *args: object, **options: object) -> str:
        out = StringIO()
        call_command(*map(str, args), stdout=out, **options)
        return out.getvalue()

    def test_from_a_folder_to_results(self) -> None:
        self.assertIn("is fine; nothing was written", self.call(
            "load_election", self.folder, dry_run=True
        ))  # fmt: skip
        self.assertIn("small (Small election) is loaded.", self.call("load_election", self.folder))
        path = self.write("protocols.csv", PROTOCOLS)
        said = self.call("load_protocols", "small", path, as_accepted=True)
        self.assertEqual(said, "2 protocols of small, president, are loaded as accepted.\n")

    def test_a_refusal_lists_everything_and_ends_with_an_error(self) -> None:
        self.change("areas.csv", "N,AM", "N,XX")
        self.change("stations.csv", "N,100", "N,many")
        with self.assertRaises(CommandError) as error:
            self.call("load_election", self.folder)
        self.assertIn("areas.csv:3, parent_code: 'XX': no area has this code", str(error.exception))
        self.assertIn("stations.csv:2, registered: 'many': write a whole", str(error.exception))
        self.assertEqual(error.exception.returncode, 1)

    def test_as_accepted_must_be_said(self) -> None:
        self.call("load_election", self.folder)
        path = self.write("protocols.csv", PROTOCOLS)
        with self.assertRaisesMessage(CommandError, "--as-accepted"):
            self.call("load_protocols", "small", path)

    def test_what_does_not_exist_is_named_with_what_does(self) -> None:
        self.call("load_election", self.folder)
        for args, message in (
            (("load_election", self.folder / "none"), "is not a folder"),
            (("publish", "large"), "There is no election 'large'. Elections: small."),
            (("results", "small"), "Nothing of small is published yet."),
        ):
            with self.subTest(args[0]), self.assertRaisesMessage(CommandError, message):
                self.call(*args)
