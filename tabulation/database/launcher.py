"""Starts the project's embedded PostgreSQL server, or joins it if it runs.

The server belongs to the project folder, not to a process: the first that joins starts it, the
last that leaves stops it. `keeper.py` tells how the locks work and who stops it after a kill.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import logging
import os
import pathlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tabulation.database import cluster as clusters
from tabulation.database import keeper, places
from tabulation.database.places import LauncherError, data_folder

__all__ = ["LauncherError", "data_folder", "join", "leave"]

STARTING = 180.0
"""Seconds to wait for others that start or stop the server."""
LEAVING = 10.0
"""Seconds that a leaving process waits for others; afterwards the keeper does it."""
KEEPER_EXIT = 5.0
"""Seconds that the last user waits for the keeper's end."""
STILL_IN_USE = 10.0
"""Seconds in which the backends of a killed server notice its death and end."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Hold:
    """This process's share in a server that must not be stopped."""

    place: places.ServerPlace
    users: int


_holds: dict[tuple[pathlib.Path, str], _Hold] = {}
_mutex = threading.RLock()


def join(project: pathlib.Path, cluster: str = "main") -> str:
    """Start or join the server of this project folder, and hold it until `leave` or our end.

    `cluster` is "main", or "test" for throw-away data. Returns the folder of the server's socket:
    there the roles of `cluster.py` connect by name, without a password. Raises LauncherError.
    """
    with _mutex:
        try:
            key = (places.resolved(project), cluster)
            hold = _holds.get(key)
            if hold is None or not _is_served(hold):
                if hold is not None:
                    _release(_holds.pop(key).users)
                places.make_user(project, cluster)
                hold = _holds[key] = _join(places.find(project, cluster))
            return str(hold.place.sockets)
        except OSError as error:
            raise LauncherError(_plain(error)) from error


def leave() -> None:
    """Let go of every server; stop those that nobody else uses, and wait until they are gone."""
    with _mutex:
        while _holds:
            _, hold = _holds.popitem()
            try:
                _leave(hold)
            except OSError as error:  # at exit there is nobody to tell; the keeper stops it
                logger.warning("The database server is left to its keeper: %s", error)


def _forget() -> None:
    """In a forked child: the holds are the parent's; this process takes its own when it joins.

    Closing the inherited descriptors changes nothing for the parent, which has them open too.
    """
    global _mutex  # a thread of the parent may have held it at the fork
    _mutex = threading.RLock()
    for hold in _holds.values():
        os.close(hold.users)
    _holds.clear()


atexit.register(leave)
os.register_at_fork(after_in_child=_forget)


# Joining


def _join(place: places.ServerPlace) -> _Hold:
    places.prepare(place)
    start = _start_lock(place)
    try:
        users = keeper.open_lock(place.folder / "users.lock")
        try:
            keeper.try_lock(users, shared=True)  # nobody is in the way: we have the start lock
            _serve(place, start)
        except BaseException:
            _release(users)
            raise
    finally:
        _release(start)
    return _Hold(place, users)


def _start_lock(place: places.ServerPlace, seconds: float = STARTING) -> int:
    path = place.folder / "start.lock"
    while True:
        start = keeper.open_lock(path)
        if not keeper.wait_lock(start, seconds):
            os.close(start)
            raise LauncherError(
                f"Another process has been starting or stopping the database in {place.folder} "
                f"for {seconds:.0f} seconds. See server.log and keeper.log there."
            )
        if keeper.is_current(start, path):
            return start
        os.close(start)  # the folder was replaced while we waited


def _is_served(hold: _Hold) -> bool:
    """Tell whether our hold still means a running server with a keeper."""
    place = hold.place
    if not keeper.is_current(hold.users, place.folder / "users.lock"):
        return False
    pid = keeper.read_pid(place.data / "postmaster.pid")
    return pid is not None and keeper.is_postmaster(pid, place.data) and _has_keeper(place)


def _has_keeper(place: places.ServerPlace) -> bool:
    lock = keeper.open_lock(place.folder / "keeper.lock")
    try:
        return not keeper.try_lock(lock, shared=True)
    finally:
        os.close(lock)


def _serve(place: places.ServerPlace, start: int) -> None:
    """Under the start lock: see to it that the server runs, is kept and answers."""
    places.private_socket_folder(place)
    running = _running(place)
    if running is not None:
        _launch(place, [], None)
        clusters.await_ready(place, running)
        return
    if not place.data.exists():
        clusters.create(place, start)
    clusters.check_version(place)
    clusters.write_settings(place)
    with _nobody_else(place) as server_lock:
        clusters.clear_remains(place)
        try:
            pid = _launch(place, clusters.command(place), server_lock)
            clusters.await_ready(place, pid)
        except BaseException:
            _stop(place)
            raise


@contextlib.contextmanager
def _nobody_else(place: places.ServerPlace) -> Iterator[int]:
    """Lock out every other server of this data, and give the lock to be handed to our own.

    PostgreSQL's lock file and shared memory do not reach across containers that share a folder;
    this lock does, because the server and its backends inherit it. It is free only when all are
    gone. Raises LauncherError when it does not become free.
    """
    lock = keeper.open_lock(place.folder / "server.lock")
    try:
        if not keeper.wait_lock(lock, STILL_IN_USE):
            raise LauncherError(
                f"Another PostgreSQL uses {place.data}, in another container or on another machine "
                "that shares this folder. Stop it there, or use a copy of the project here."
            )
        yield lock
    finally:
        os.close(lock)


def _running(place: places.ServerPlace) -> int | None:
    """Return the process number of the server if it runs and its lock file is sound.

    A server whose lock file was damaged or removed ends itself within a minute, and one whose
    project folder was renamed listens elsewhere: both are stopped, to be started again.
    """
    server = keeper.find(place.data, place.sockets)
    if server is None:
        return None
    with contextlib.closing(server):
        lines = keeper.read_lines(place.data / "postmaster.pid")
        if lines[:1] == [str(server.pid)] and lines[4:5] == [str(place.sockets)]:
            return server.pid
        if server.stop():
            return None
        raise LauncherError(
            f"The database server (process {server.pid}) has lost its lock file in {place.data} "
            "and does not stop. End it, then start again."
        )


def _launch(place: places.ServerPlace, words: list[str], server_lock: int | None) -> int | None:
    """Run the keeper's program: it starts the server (if there are words) and keeps watch.

    Returns the server's process number if it was started.

    The server and the keeper outlive it as children of init, in sessions of their own. As root
    the keeper stays root: it runs this project's own file, below a home that the server's user
    may not be able to read, and has to signal that user's process.
    """
    lock = keeper.open_lock(place.folder / "keeper.lock")
    try:
        # More than one try: the others' look at this lock takes it for some microseconds.
        kept = not keeper.wait_lock(lock, 0.01)
        if kept and not words:
            return None
        identity = f"{place.runs_as.pw_uid}:{place.runs_as.pw_gid}" if place.is_root else ""
        locks = [None if kept else lock, server_lock]
        arguments = [
            str(place.folder),
            str(place.sockets),
            *("" if lock is None else str(lock) for lock in locks),
            identity,
        ]
        done = subprocess.run(  # noqa: S603 - our own list of words, no shell
            [_python(), "-I", "-S", keeper.__file__, *arguments],
            input=os.fsencode("\0".join(words)),
            capture_output=True,
            cwd="/",
            env=clusters.environment(),
            start_new_session=True,
            pass_fds=[lock for lock in locks if lock is not None],
            check=False,
        )
    finally:
        os.close(lock)  # the keeper has it too, and with it the lock
    if done.returncode:
        output = os.fsdecode(done.stderr).strip()[-1500:]
        raise LauncherError(f"The database server cannot be started. {clusters.advice(output)}")
    return int(done.stdout) if words else None


def _python() -> str:
    """Return the interpreter's program, also where Python runs inside another program."""
    if os.path.basename(sys.executable or "").startswith("python"):
        return sys.executable
    return os.path.join(sys.prefix, "bin", "python3")


# Leaving


def _leave(hold: _Hold) -> None:
    place = hold.place
    start = None
    last = False
    try:
        start = _start_lock(place, LEAVING)
        current = keeper.is_current(hold.users, place.folder / "users.lock")
        last = current and keeper.try_lock(hold.users)
        if last:
            _stop(place)
    except LauncherError as error:
        logger.warning("%s", error)  # the keeper stops the server
    finally:
        _release(hold.users)
        if start is not None:
            _release(start)
    if last:
        _await_keeper(place)


def _stop(place: places.ServerPlace) -> None:
    """Stop the server if it runs, and remove its socket's folder."""
    server = keeper.find(place.data, place.sockets)
    if server is None:
        return
    with contextlib.closing(server):
        if server.stop():
            keeper.remove_sockets(place.sockets)
        else:
            logger.warning("The database server (process %d) does not stop.", server.pid)


def _await_keeper(place: places.ServerPlace) -> None:
    """Wait for the keeper's end, unless somebody starts the server again meanwhile."""
    limit = time.monotonic() + KEEPER_EXIT
    while _has_keeper(place) and time.monotonic() < limit:
        if keeper.read_pid(place.data / "postmaster.pid") is not None:
            return
        time.sleep(0.01)


def _release(descriptor: int) -> None:
    keeper.unlock(descriptor)
    os.close(descriptor)


def _plain(error: OSError) -> str:
    """Say in plain words what the operating system refused."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full{where}: free at least 200 MB and start again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            f"The database's folder cannot be written{where}: {error.strerror}. Run the project "
            "as the user that owns it, or set DATABASE_URL to a PostgreSQL server."
        )
    return f"The database cannot be started{where}: {error.strerror or error}."
