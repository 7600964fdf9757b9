"""Makes a cluster, writes its settings, and waits until it answers."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import time
from typing import Any

import psycopg

from tabulation.database import binaries, keeper, places
from tabulation.database.places import LauncherError

SUPERUSER = "postgres"
OWNER = "hashvark_owner"
APPLICATION = "hashvark_app"
PUBLISHER = "hashvark_publisher"
DATABASE = "hashvark"
READY = 120.0
"""Seconds until a started server must answer; after a crash it first replays its log."""
PASSING = ("starting up", "shutting down", "recovery", "not accepting", "not yet accepting")
"""What a server says that will soon answer; any other refusal stays one."""
LONGEST_LOG = 10_000_000
"""Bytes of the server's log above which the next start begins a new one; one old log is kept."""

SETTINGS = {
    "listen_addresses": "",  # no port: the unix socket is the only way in
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # The wheel's PostgreSQL is built without LLVM and compiles nothing whatever this says; a server
    # of the system's would, and takes longer to compile than to read (see `plans`).
    "jit": "off",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
}
TEST_SETTINGS = {
    "shared_buffers": "128MB",
    # A crash may destroy a test's data: the next test makes its own.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
#: Said in full, so that no PG* variable of whoever runs this steers a connection elsewhere.
CONNECTION: dict[str, Any] = {
    "hostaddr": "",
    "port": 5432,
    "sslmode": "disable",
    "gssencmode": "disable",
    "target_session_attrs": "any",
    "options": "",
}
#: CREATEDB: tests make their databases.
ROLES = {OWNER: "LOGIN CREATEDB", APPLICATION: "LOGIN", PUBLISHER: "LOGIN"}


def environment() -> dict[str, str]:
    """Return this process's environment without what would steer PostgreSQL or Python."""
    steering = ("PG", "PYTHON", "LC_", "LANG")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(steering)}
    return kept | {"LC_ALL": "C"}


def programs(place: places.ServerPlace) -> pathlib.Path:
    """Return the folder of PostgreSQL's programs, where the server's user can run them."""
    return binaries.copied(places.SYSTEM_ROOT) if place.is_root else binaries.in_place()


# Creation


def create(place: places.ServerPlace, start_lock: int) -> None:
    """Make the cluster with initdb, complete or not at all.

    initdb inherits the start lock, so if this process is killed nobody begins anew while it is
    still at work. Raises LauncherError if initdb fails, with what it said.
    """
    draft = place.folder / "data.new"
    if draft.exists():
        shutil.rmtree(draft)  # half made when somebody was killed
    draft.mkdir(mode=0o700)
    try:
        if place.is_root:
            os.chown(draft, place.runs_as.pw_uid, place.runs_as.pw_gid)
        _initdb(place, draft, start_lock)
        draft.rename(place.data)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if place.cluster != "test":
        _sync(place.folder)


def _initdb(place: places.ServerPlace, draft: pathlib.Path, start_lock: int) -> None:
    words = [
        str(programs(place) / "initdb"),
        f"--pgdata={reachable(place, draft)}",
        f"--username={SUPERUSER}",
        "--auth=peer",
        "--encoding=UTF8",
        # Built in, without ICU or the machine's locales: lower() knows Armenian and Cyrillic.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *(["--no-sync"] if place.cluster == "test" else []),
    ]
    identity: dict[str, Any] = {}
    if place.is_root:
        identity = {"user": place.runs_as.pw_uid, "group": place.runs_as.pw_gid, "extra_groups": []}
    initdb = subprocess.run(  # noqa: S603 - our own list of words, no shell
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=environment(),
        start_new_session=True,
        pass_fds=(start_lock,),
        check=False,
        **identity,
    )
    if initdb.returncode:
        output = os.fsdecode(initdb.stdout).strip()[-1500:]
        raise LauncherError(f"The database in {place.folder} cannot be made. {advice(output)}")


def advice(output: str) -> str:
    """Say what to do about a failure of PostgreSQL, and what it said itself."""
    if "No space left on device" in output:
        todo = "The disk is full: free at least 200 MB and start again."
    elif "File too large" in output:
        todo = "This process may not write files of that size (ulimit -f)."
    elif "Read-only file system" in output:
        todo = "The disk cannot be written to."
    else:
        todo = "Mend what PostgreSQL names, or set DATABASE_URL to another PostgreSQL server."
    return f"{todo} PostgreSQL said:\n{output}"


def reachable(place: places.ServerPlace, folder: pathlib.Path) -> pathlib.Path:
    """Return a path to a folder of the cluster that PostgreSQL's programs can take.

    They cut paths at 1024 bytes and their lock file has one path on a line; other folders are
    reached by a link in the socket's folder.
    """
    if len(os.fsencode(folder)) <= binaries.LONGEST and "\n" not in str(folder):
        return folder
    link = place.sockets / "cluster"
    link.unlink(missing_ok=True)
    link.symlink_to(place.folder)
    return link / folder.name


def _sync(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Start


def command(place: places.ServerPlace) -> list[str]:
    """Return the server's command line. Its files are in our folder, not in the server's.

    So root's server, which runs as another user, cannot change who may connect to it.
    """
    names = {"config_file": "postgresql", "hba_file": "pg_hba", "ident_file": "pg_ident"}
    files = [f"{name}={place.folder / file}.conf" for name, file in names.items()]
    return [
        str(programs(place) / "postgres"),
        "-D",  # here, second: the keeper knows our server by it
        str(reachable(place, place.data)),
        *(word for file in files for word in ("-c", file)),
    ]


def check_version(place: places.ServerPlace) -> None:
    """Refuse data of another major version, which the server could not read."""
    try:
        version = (place.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        version = "unknown"
    if version != binaries.MAJOR:
        raise LauncherError(
            f"The database in {place.data} was made by PostgreSQL {version}, and this is version "
            f"{binaries.MAJOR}. Restore a dump of it into a new one, or move the folder away to "
            "start with an empty database."
        )


def write_settings(place: places.ServerPlace) -> None:
    """Write the three settings files anew, so each start has the settings of this release."""
    settings = SETTINGS | {"unix_socket_directories": str(place.sockets)}
    if place.cluster == "test":
        settings |= TEST_SETTINGS
    head = "# Written at every start. Keep changes of your own with ALTER SYSTEM.\n"
    lines = [f"{name} = '{_escaped(text)}'\n" for name, text in settings.items()]
    _write(place, "postgresql.conf", head + "".join(lines))
    roles = (SUPERUSER, *ROLES)
    _write(place, "pg_hba.conf", f"{head}local all {','.join(roles)} peer map=hashvark\n")
    user = place.user.pw_name.replace('"', '""')
    _write(place, "pg_ident.conf", head + "".join(f'hashvark "{user}" {r}\n' for r in roles))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")


def _write(place: places.ServerPlace, name: str, text: str) -> None:
    draft = place.folder / f"{name}.new"
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o644 if place.is_root else 0o600)  # the server's user reads it
    draft.replace(place.folder / name)


def clear_remains(place: places.ServerPlace) -> None:
    """Remove what a killed server left, once it is known that no server of ours runs.

    PostgreSQL would refuse to start if the number in its lock file were another process's now, or
    the file damaged. The caller holds the server's lock, so not even a backend is left.
    """
    for path in (
        place.data / "postmaster.pid",
        place.sockets / f"{keeper.SOCKET}.lock",
        place.sockets / keeper.SOCKET,
    ):
        path.unlink(missing_ok=True)
    log = place.folder / "server.log"
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(place.folder / "server.log.1")


# Readiness


def await_ready(place: places.ServerPlace, pid: int | None) -> None:
    """Connect until the server answers, and make the roles and the database if they are missing.

    `pid` is the server's process number, so that its death is noticed at once.
    Raises LauncherError with the end of the server's log.
    """
    limit = time.monotonic() + READY
    while True:
        alive = pid is None or bool(keeper.command_line(pid))
        try:
            with connected(place) as connection:
                _bootstrap(connection)
                return
        except psycopg.OperationalError as error:
            output = str(error)
            if "too many clients" in output or "reserved for" in output:
                return  # it answers, and was complete before others could fill it
            refused = "FATAL:" in output and not any(word in output for word in PASSING)
            if refused or not alive or time.monotonic() >= limit:
                raise LauncherError(
                    f"The database in {place.folder} does not start. "
                    f"{advice(output if refused else log_tail(place) or output)}"
                ) from error
        time.sleep(0.02)


def connected(place: places.ServerPlace) -> psycopg.Connection[Any]:
    """Connect as the superuser, whatever the PG* variables of this process say."""
    return psycopg.connect(
        host=str(place.sockets),
        user=SUPERUSER,
        dbname="postgres",
        requirepeer=place.runs_as.pw_name,  # not to somebody who took the socket's place
        client_encoding="utf8",
        connect_timeout=10,
        autocommit=True,
        **CONNECTION,
    )


def _bootstrap(connection: psycopg.Connection[Any]) -> None:
    """Complete what a start that was killed may have left undone; each step is repeatable."""
    roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, rights in ROLES.items():
        if role not in roles:
            connection.execute(f"CREATE ROLE {role} {rights}")
    is_member = connection.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [PUBLISHER, APPLICATION])
    if is_member.fetchone() == (False,):  # it may all that pages may
        connection.execute(f"GRANT {APPLICATION} TO {PUBLISHER}")
    wanted = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
    if wanted.fetchone() is None:
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def log_tail(place: places.ServerPlace, size: int = 1500) -> str:
    """Return the end of the server's log."""
    try:
        with (place.folder / "server.log").open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - size))
            return os.fsdecode(log.read()).strip()
    except OSError:
        return ""
