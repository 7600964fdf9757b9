"""How many pages a second are answered: by nginx from the mirror, and by Django behind it.

wrk asks over the loopback, on the same cores as the servers: figures are of this machine, ratios
are of the ways. All servers are up all the time; one is asked at a time, in turns.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management.base import CommandError

from tabulation.management.benchmarks.deployment import environment_of, gunicorn, manage
from tabulation.management.benchmarks.measuring import AtMost, Ratio, Timing
from tabulation.management.commands._nginx import NGINX, free_port, nginx
from tabulation.public.mirror.folder import Folder
from tabulation.public.mirror.following import Follower

WRK = shutil.which("wrk")
CONNECTIONS = 64
SECONDS = 4
WARM_UP = 1
#: Requests a second: nginx from the mirror, of nginx from the disk; pages that are not in the
#: mirror through nginx, of gunicorn alone.
OF_STATIC = 0.9
OF_GUNICORN = 0.8
#: Of a hundred requests for a page in the mirror, 99 take no more milliseconds.
P99 = 100
#: Requests in the unit that is told.
MANY = 10_000

STATIC = """
    server {{
        listen 127.0.0.1:{port};
        location / {{
            root {site};
            gzip_static on;
            types {{ text/html html; }}
            index index.html;
        }}
    }}
"""
#: What wrk does with several addresses.
IN_TURN = """
local addresses = {{ {addresses} }}
local at = 0
request = function()
  at = at + 1
  return wrk.format("GET", addresses[at % #addresses + 1])
end
"""


@dataclass(frozen=True)
class Run:
    """What wrk told: requests a second, the 99th percentile in milliseconds, failed requests."""

    per_second: float
    p99: float
    errors: int


def measure_pages(
    address: str, cold: Sequence[str], repeat: int, folder: Path
) -> list[Ratio | AtMost]:
    """Ratios and limits of serving the page at ``address`` from a mirror of what is published, and
    the pages at ``cold``, which are not in it.
    """
    if WRK is None or NGINX is None:
        raise CommandError("This needs wrk and nginx. On Debian: apt-get install nginx-light wrk")
    mirror = Folder(folder / "mirror")
    with mirror.alone():
        follower = Follower(mirror, lambda _line: None)
        follower.turn()
    if not mirror.path(address).is_file():
        raise CommandError(f"{address} is not in the mirror: {follower.trouble or 'no such page'}.")
    ways = {
        "static": ("static", [address]),
        "mirror": ("front", [address]),
        "cold": ("front", cold),
        "gunicorn": ("gunicorn", cold),
    }
    runs: dict[str, list[Run]] = {}
    with _servers(folder, mirror) as ports:
        for round_ in range(repeat + 1):
            for name, (port, addresses) in ways.items():
                seconds = SECONDS if round_ else WARM_UP
                run = wrk(ports[port], addresses, seconds, folder / "wrk.lua")
                runs.setdefault(name, []).append(run)
    return _verdicts({name: found[1:] for name, found in runs.items()})


def _verdicts(runs: dict[str, list[Run]]) -> list[Ratio | AtMost]:
    timings = {
        name: Timing(f"{MANY} pages, {label}", tuple(MANY / run.per_second for run in runs[name]))
        for name, label in {
            "static": "nginx from the disk",
            "mirror": "nginx from the mirror",
            "cold": "nginx before gunicorn, not in the mirror",
            "gunicorn": "gunicorn alone, the same",
        }.items()
    }
    failed = tuple(float(run.errors) for found in runs.values() for run in found)
    return [
        Ratio("the mirror of nginx from the disk", timings["mirror"], timings["static"], OF_STATIC),
        Ratio("cold pages of gunicorn alone", timings["cold"], timings["gunicorn"], OF_GUNICORN),
        AtMost("the mirror, 99th percentile", "ms", tuple(run.p99 for run in runs["mirror"]), P99),
        AtMost("failed requests in any run", "", (max(failed),), 0),
    ]


def wrk(port: int, addresses: Sequence[str], seconds: int, script: Path) -> Run:
    listed = ", ".join(f'"{address}"' for address in addresses)
    script.write_text(IN_TURN.format(addresses=listed), encoding="utf-8")
    told = subprocess.run(  # noqa: S603  # constants, and addresses of ours
        [
            *(WRK or "wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"),
            *("-s", str(script), "-H", "Accept-Encoding: gzip", f"http://127.0.0.1:{port}/"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return read(told)


def read(told: str) -> Run:
    """What wrk printed. Raises CommandError when it is not what wrk prints."""
    rate = re.search(r"^Requests/sec: +([\d.]+)$", told, re.M)
    slow = re.search(r"^ +99% +([\d.]+)(us|ms|s) *$", told, re.M)
    if rate is None or slow is None or float(rate[1]) == 0:
        raise CommandError(f"wrk got no answers:\n{told}")
    milliseconds = float(slow[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slow[2]]
    sockets = re.search(r"Socket errors: (.*)", told)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    errors = [int(number) for number in re.findall(r"\d+", sockets[1] if sockets else "")]
    return Run(float(rate[1]), milliseconds, sum(errors) + (int(refused[1]) if refused else 0))


@contextmanager
def _servers(folder: Path, mirror: Folder) -> Iterator[dict[str, int]]:
    """The port of each way of answering."""
    ports = {name: free_port() for name in ("static", "front", "gunicorn")}
    with ExitStack() as stack:
        environment = environment_of(folder)
        manage(environment, "collectstatic", "--no-input")
        stack.enter_context(gunicorn(environment, ports["gunicorn"]))
        stack.enter_context(
            nginx(
                folder,
                port=ports["front"],
                upstream=ports["gunicorn"],
                static=folder / "static",
                mirror=mirror.root,
                limited=False,
                extra=STATIC.format(port=ports["static"], site=mirror.site),
            )
        )
        yield ports
