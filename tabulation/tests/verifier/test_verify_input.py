"""What verify.py makes of hostile files and of addresses."""

import gzip
import json
import random
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

from tabulation.tests.support.mirror_edits import Tampering, edit
from tabulation.tests.support.mirror_lies import lie
from tabulation.tests.support.mirror_notes import CERTIFIED_KEY, KEY
from tabulation.tests.support.mirrors import ELECTION, canonical, sha
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import MirrorTestCase, run, verifier


class HostileTests(MirrorTestCase):
    """Whatever is served, it ends with a finding that names the file; never with a traceback."""

    BODIES = {
        "nothing": b"",
        "an LF": b"\n",
        "noise": random.Random(1).randbytes(5000),
        "NULs": b"\x00" * 1000,
        "no UTF-8": b"\xff\xfe\n",
        "deep": b"[" * 200_000 + b"\n",
        "a long number": b'{"number":' + b"9" * 10_000 + b"}\n",
        "not a number": b'{"a":NaN,"b":1e999}\n',
        "a surrogate": b'{"a":"\\ud800"}\n',
        "null": b"null\n",
        "another shape": b'{"lines":{},"checks":[1],"contests":[[]],"areas":[{"unit":[]}]}\n',
        "a terminal's orders": b"\x1b[2J\x1b]0;owned\x07\n",
        "quotes": b'unit,"\n',
    }

    @slow
    def test_in_place_of_each_file(self) -> None:
        names = ["key.txt", "checkpoint", "manifests.jsonl", "3/checkpoint", "3/manifest.json"]
        names += [f"3/president.{kind}" for kind in ("form.json", "ledger.tsv", "csv", "json")]
        for name in names:
            for kind, body in self.BODIES.items():
                change = edit(self.target.data(name), lambda _, body=body: body)
                with self.tampered(Tampering(f"{name}: {kind}", change, (name,))) as mirror:
                    status, output = self.verify(mirror)
                    self.assertEqual(status, 1, output)
                    self.assertFound(output, (name,))
                    self.assertNotIn("cannot be verified", output)
                    self.assertNotIn("\x1b", output)

    def test_larger_than_anything(self) -> None:
        limits = {"SMALL": 50, "MANIFEST": 200, "LINE": 120, "RECORDS": 10, "WIDTH": 2}
        for name, limit in limits.items():
            with self.subTest(name), mock.patch.object(verifier, name, limit):
                status, output = self.verify(self.mirror)
                self.assertEqual(status, 1)
                self.assertIn(str(limit), output)

    def test_a_contest_that_leads_out_of_the_folder(self) -> None:
        for code in ("../../x", ".x", "a/b", "a?b"):
            with self.subTest(code):
                manifest = {"contest": code, "form": sha(""), "root": sha(""), "sums": ""}

                def change(body: bytes, manifest: dict = manifest) -> bytes:
                    value = json.loads(body)
                    value["contests"] = [manifest]
                    return canonical(value)

                mirror = self.copy()
                path = self.target.data("manifests.jsonl")
                edit(path, lambda body: change(body.splitlines()[0]) + b"\n")(mirror)
                status, output = self.verify(mirror)
                self.assertEqual(status, 1)
                self.assertFound(output, ("manifests.jsonl: line 1", "cannot stand in an address"))

    def test_a_manifest_without_contests(self) -> None:
        mirror = self.copy()

        def emptied(body: bytes) -> bytes:
            lines = body.splitlines()
            return b"".join(
                line + b"\n"
                for line in [*lines[:2], canonical({**json.loads(lines[2]), "contests": []})]
            )

        edit(self.target.data("manifests.jsonl"), emptied)(mirror)
        self.assertFound(self.verify(mirror)[1], ("publication 3", "holds no contest"))

    def test_more_findings_than_are_printed(self) -> None:
        mirror = self.copy()
        edit(f"{self.target.path}.csv", lambda body: body.splitlines(keepends=True)[0])(mirror)
        with mock.patch.object(verifier, "SHOWN", 5):
            output = self.verify(mirror)[1]
        self.assertEqual(output.count("WRONG  "), 5)
        self.assertIn("and 45 more that are not printed", output)
        self.assertIn("FAILED: 50 thing(s) wrong", output)

    def test_wrong_usage(self) -> None:
        for words in (
            ("/nowhere", "--election", ELECTION),
            (self.mirror, "--election", "../x"),
            (self.mirror, "--election", ELECTION, "--checkpoint", "/nowhere"),
            (self.mirror, "--election", ELECTION, "--proof", "/nowhere"),
            ("http://127.0.0.1:9", "--election", ELECTION),
        ):
            with self.subTest(words[1:]):
                status, output = run(*words)
                self.assertEqual(status, 2)
                self.assertTrue(output.splitlines()[-1].startswith("FAILED: "))
        with self.assertRaises(SystemExit) as stopped, mock.patch("sys.stderr"):
            run()
        self.assertEqual(stopped.exception.code, 2)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class Packed(Quiet):
    """Answers everything gzipped, as a proxy may."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class AddressTests(MirrorTestCase):
    def serve(self, folder: Path, handler: type[SimpleHTTPRequestHandler] = Quiet) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def test_the_same_over_http(self) -> None:
        for handler in (Quiet, Packed):
            with self.subTest(handler.__name__):
                address = self.serve(self.mirror, handler)
                proof = f"{address}/{self.target.path}/proof/S/01.json"
                status, output = run(
                    address + "/", "--election", ELECTION, "--key", KEY, "--key", CERTIFIED_KEY,
                    "--compare", self.mirror, "--proof", proof,
                )  # fmt: skip
                self.assertEqual(status, 0, output)

    def test_lies_over_http(self) -> None:
        mirror = self.copy()
        lie(self.target, mirror)
        (mirror / self.target.data("1/checkpoint")).unlink()
        status, output = run(self.serve(mirror), "--election", ELECTION, "--key", KEY)
        self.assertEqual(status, 1)
        self.assertFound(output, ("checkpoint", "root of the log at size 3"))
        self.assertFound(output, ("1/checkpoint", "is missing"))

    def test_a_publication_between_two_requests(self) -> None:
        """The log is read after the checkpoint, and may be longer by then."""
        mirror = self.copy()
        latest = mirror / self.target.data("checkpoint")
        latest.write_bytes((mirror / self.target.data("2/checkpoint")).read_bytes())
        status, output = self.verify(Path(mirror))
        self.assertFound(output, ("manifests.jsonl", "has 3 lines"))
        address = self.serve(mirror)
        status, output = run(
            address, "--election", ELECTION, "--key", KEY, "--key", CERTIFIED_KEY
        )  # fmt: skip
        self.assertEqual(status, 0, output)
