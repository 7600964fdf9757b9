"""How many pages a second are answered, by each way of answering, with the same bytes.

wrk asks over the loopback, on the same cores as the servers: figures are of this machine, ratios
are of the ways. All servers are up all the time; one is asked at a time, in turns.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from tabulation.management.benchmarks.measuring import AtMost, Ratio, Timing
from tabulation.management.commands._nginx import NGINX, free_port, nginx, wait_for
from tabulation.public.packing.build import build
from tabulation.public.packing.following import Follower
from tabulation.public.packing.pack import Answer, Pack, PackWriter

WRK = shutil.which("wrk")
CONNECTIONS = 64
SECONDS = 4
WARM_UP = 1
#: Requests a second: nginx with its cache of one second, of nginx from the disk; gunicorn with the
#: ready documents, of a bare application.
OF_STATIC = 0.7
OF_BARE = 0.6
#: Of a hundred requests to gunicorn alone, 99 take no more milliseconds.
P99 = 100
#: As in docs/deploy.md.
GUNICORN = ("--workers", "4", "--threads", "4")
#: Requests in the unit that is told.
MANY = 10_000

STATIC = """
    server {{
        listen 127.0.0.1:{port};
        location = {address} {{
            root {folder};
            rewrite ^ /page break;
            types {{ }}
            default_type "";
            {headers}
        }}
    }}
"""


@dataclass(frozen=True)
class Run:
    """What wrk told: requests a second, the 99th percentile in milliseconds, failed requests."""

    per_second: float
    p99: float
    errors: int


def measure_pages(address: str, repeat: int, folder: Path) -> list[Ratio | AtMost]:
    """Ratios and limits of serving the page at ``address``, from a pack of what is published."""
    if WRK is None or NGINX is None:
        raise CommandError("This needs wrk and nginx. On Debian: apt-get install nginx-light wrk")
    path = folder / "documents.pack"
    follower = Follower(path, lambda _line: None)
    while follower.turn():
        pass
    page = Pack(path).find(address.encode())
    if page is None:
        raise CommandError(f"{address} is not in the pack: {follower.trouble or 'no such page'}.")
    runs: dict[str, list[Run]] = {}
    with _servers(folder, path, address, page) as ports:
        for round_ in range(repeat + 1):
            for name, port in ports.items():
                os.utime(path)  # as its follower would
                run = wrk(port, address, SECONDS if round_ else WARM_UP)
                runs.setdefault(name, []).append(run)
            with _replaced_each_second(path):
                run = wrk(ports["ready"], address, SECONDS if round_ else WARM_UP)
            runs.setdefault("replaced", []).append(run)
    return _verdicts({name: found[1:] for name, found in runs.items()}, len(page.body))


def _verdicts(runs: dict[str, list[Run]], size: int) -> list[Ratio | AtMost]:
    timings = {
        name: Timing(
            f"{MANY} pages of {size} bytes, {label}",
            tuple(MANY / run.per_second for run in runs[name]),
        )
        for name, label in {
            "static": "nginx from the disk",
            "microcache": "nginx with its cache of a second, before gunicorn",
            "ready": "gunicorn alone, ready documents",
            "replaced": "the same while the pack is replaced each second",
            "bare": "gunicorn, a bare application",
            "view": "gunicorn, a Django view with the bytes ready",
        }.items()
    }
    told = [
        Ratio("nginx with gunicorn of nginx", timings["microcache"], timings["static"], OF_STATIC),
        Ratio("ready documents of a bare application", timings["ready"], timings["bare"], OF_BARE),
        Ratio("ready documents of a Django view", timings["ready"], timings["view"], 1),
        Ratio("while the pack is replaced", timings["replaced"], timings["ready"], 0.5),
    ]
    slow = {name: tuple(run.p99 for run in runs[name]) for name in ("ready", "replaced")}
    failed = tuple(float(run.errors) for found in runs.values() for run in found)
    return [
        *told,
        AtMost("gunicorn alone, 99th percentile", "ms", slow["ready"], P99),
        AtMost("the same while the pack is replaced", "ms", slow["replaced"], P99),
        AtMost("failed requests in any run", "", (max(failed),), 0),
    ]


def wrk(port: int, address: str, seconds: int) -> Run:
    told = subprocess.run(  # noqa: S603  # constants, and an address of ours
        [
            *(WRK or "wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"),
            *("-H", "Accept-Encoding: gzip", f"http://127.0.0.1:{port}{address}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return read(told)


def read(told: str) -> Run:
    """What wrk printed. Raises CommandError when it is not what wrk prints."""
    rate = re.search(r"^Requests/sec: +([\d.]+)$", told, re.M)
    slow = re.search(r"^ +99% +([\d.]+)(us|ms|s)$", told, re.M)
    if rate is None or slow is None or float(rate[1]) == 0:
        raise CommandError(f"wrk got no answers:\n{told}")
    milliseconds = float(slow[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slow[2]]
    sockets = re.search(r"Socket errors: (.*)", told)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    errors = [int(number) for number in re.findall(r"\d+", sockets[1] if sockets else "")]
    return Run(float(rate[1]), milliseconds, sum(errors) + (int(refused[1]) if refused else 0))


@contextmanager
def _servers(folder: Path, path: Path, address: str, page: Answer) -> Iterator[dict[str, int]]:
    """The port of each way of answering; the bytes and headers of all are those of the pack."""
    names = ("static", "microcache", "ready", "bare", "view")
    ports = {name: free_port() for name in names}
    headers = [
        *page.kind.headers,
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(len(page.body))),
        ("ETag", f'"{page.etag.decode()}-gzip"'),
    ]
    (folder / "page").write_bytes(page.body)
    lines = "\n".join(f"{name}: {value}" for name, value in headers)
    (folder / "answer").write_bytes(lines.encode() + b"\n\n" + page.body)
    static = STATIC.format(
        port=ports["static"],
        address=address,
        folder=folder,
        headers="\n            ".join(
            f'add_header {name} "{value}";'
            for name, value in headers
            if name not in ("Content-Length", "ETag")
        ),
    )
    apps = "tabulation.management.benchmarks.apps"
    with ExitStack() as stack:
        for name, app in {
            "ready": "tabulation.wsgi",
            "bare": f"{apps}:bare()",
            "view": f"{apps}:view()",
        }.items():
            stack.enter_context(_gunicorn(app, ports[name], path, folder / "answer"))
        stack.enter_context(
            nginx(
                folder,
                port=ports["microcache"],
                upstream=ports["ready"],
                static=settings.STATIC_ROOT,
                limited=False,
                extra=static,
            )
        )
        yield ports


@contextmanager
def _gunicorn(app: str, port: int, path: Path, answer: Path) -> Iterator[None]:
    server = subprocess.Popen(  # noqa: S603  # our own interpreter and constants
        [
            *(sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", *GUNICORN),
            *("--chdir", str(settings.BASE_DIR), "--log-level", "warning"),
        ],
        env={**os.environ, "HASHVARK_PACK": str(path), "HASHVARK_BENCHMARK": str(answer)},
        start_new_session=True,
    )
    try:
        wait_for(server, port, answer=True)
        yield
    finally:
        server.terminate()
        server.wait(40)


@contextmanager
def _replaced_each_second(path: Path) -> Iterator[None]:
    """A follower's worst night: a whole new pack in place of the old one, every second."""
    over = threading.Event()
    failures: list[BaseException] = []

    def replace() -> None:
        try:
            while not over.is_set():
                pack = Pack(path)
                with PackWriter(path, build()) as writer:
                    for answer in pack:
                        writer.add(answer)
                over.wait(1)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failures:
        raise failures[0]
