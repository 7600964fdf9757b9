"""Debian's nginx with `docs/nginx.conf` as it stands there, for tests and for the benchmark."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

#: Where Debian has it is not on everybody's path.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = settings.BASE_DIR / "docs" / "nginx.conf"

MAIN = """
{user}
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    {temporary}
    {extra}
{site}
}}
"""


@contextmanager
def nginx(
    folder: Path,
    *,
    port: int,
    upstream: int,
    static: Path,
    mirror: Path,
    limited: bool = True,
    extra: str = "",
) -> Iterator[None]:
    """nginx on the loopback, with everything it writes in ``folder``; stopped at the end.

    ``limited``: with the limit by address, which a benchmark from one address is above.
    """
    if NGINX is None:
        raise CommandError("There is no nginx here. On Debian: apt-get install nginx-light wrk")
    # An ordinary user's nginx runs as that user, whatever is said here.
    text = MAIN.format(
        user="user root;" if os.geteuid() == 0 else "",
        workers=os.cpu_count(),
        folder=folder,
        temporary="\n    ".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ),
        extra=extra,
        site=_site(folder, port, upstream, static, mirror, limited),
    )
    (folder / "main.conf").write_text(text, encoding="utf-8")
    server = subprocess.Popen(  # noqa: S603  # constants, and a file that we wrote
        [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", "main.conf"]
    )
    try:
        wait_for(server, port)
        yield
    finally:
        server.terminate()
        server.wait(10)


def _site(folder: Path, port: int, upstream: int, static: Path, mirror: Path, limited: bool) -> str:
    text = CONFIGURATION.read_text(encoding="utf-8")
    for what, instead in {
        "listen 80": f"listen 127.0.0.1:{port}",
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "server_name results.example.org": "server_name localhost 127.0.0.1",
        "/var/lib/nginx/hashvark": f"{folder}/cache",
        "/srv/hashvark/static/": f"{static}/",
        "/srv/hashvark/mirror/": f"{mirror}/",
        **({} if limited else {f"limit_{what} ": f"# limit_{what} " for what in ("req", "conn")}),
    }.items():
        if what not in text:
            raise CommandError(f"docs/nginx.conf has no {what!r} any more.")
        text = text.replace(what, instead)
    return text


def wait_for(
    server: "subprocess.Popen[bytes]", port: int, failure: str = "", *, answer: bool = False
) -> None:
    """Until it can be connected to, or until it answers. Raises CommandError, with ``failure``."""
    deadline = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < deadline:
        with (
            suppress(OSError, http.client.HTTPException),
            closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as probe,
        ):
            probe.connect()
            if answer:
                # gunicorn listens before its workers have begun.
                probe.request("GET", "/")
                probe.getresponse()
            return
        time.sleep(0.05)
    failure = failure or f"A server did not start on port {port}"
    raise CommandError(f"{failure}. Read its messages above.")


def end(server: "subprocess.Popen[bytes]", patience: float) -> None:
    """End our own child, in peace if it listens, else with all of its group, which is its own."""
    server.terminate()
    try:
        server.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
