"""Finds, stops and watches the embedded PostgreSQL server; also the keeper's own program.

A process that uses the server stops it when it is the last to leave (`launcher.leave`). One that
is killed cannot, so a small keeper process watches the lock that every user holds and stops the
server when nobody holds it any more.

The launcher runs this file as ``python -I -S keeper.py ...``: isolated and without site-packages,
so it starts in some 30 ms and no PYTHONPATH reaches it. Therefore it imports the standard library
only, and not even the other modules of this folder; they import it instead.

Locks, all `flock` and all in the cluster's folder (a kill releases them):

- ``start.lock``   exclusive, for the moment in which somebody joins, leaves or stops the server.
- ``users.lock``   shared, held by every user for as long as it lives. Tried exclusively only by a
  holder of the start lock, so a joiner never meets a false "somebody is stopping it".
- ``server.lock``  exclusive, inherited by the server and its backends until the last has ended.
- ``keeper.lock``  exclusive, held by the keeper for as long as it lives. It inherits the locked
  descriptor from the launcher, so there is no moment in which two could start or none is counted.
"""

from __future__ import annotations

import fcntl
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

POLL = 0.5
"""Seconds between two looks at the users' lock."""
GRACE = 1.0
"""Seconds without any user after which the keeper stops the server."""
FAST = 60.0
"""Seconds a fast shutdown may take: it writes every changed page to disk."""
IMMEDIATE = 10.0
"""Seconds an immediate shutdown may take: it writes nothing; the next start recovers."""
SOCKET = ".s.PGSQL.5432"


# Locks


def open_lock(path: pathlib.Path) -> int:
    """Open a lock file for this process alone: not inherited by the programs it runs."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock if nobody is in the way, without waiting."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, seconds: float = 120.0) -> bool:
    """Take the lock exclusively, waiting at most so many seconds; tell whether it was got."""
    limit = time.monotonic() + seconds
    while not try_lock(descriptor):
        if time.monotonic() >= limit:
            return False
        time.sleep(0.005)
    return True


def unlock(descriptor: int) -> None:
    """Release the lock for every holder of this open file, forked children included."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_current(descriptor: int, path: pathlib.Path) -> bool:
    """Tell whether the open file is still the one at this path (the folder may be replaced)."""
    try:
        there = path.lstat()
    except OSError:
        return False
    here = os.fstat(descriptor)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


# Postmaster


def command_line(pid: int) -> list[str]:
    """Return the program and its arguments; empty for a process that is dead or a zombie."""
    try:
        text = os.fsdecode(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return [] if os.path.isdir("/proc/self") else _command_line_from_ps(pid)
    return text.split("\0")[:-1]


def _command_line_from_ps(pid: int) -> list[str]:
    """Do the same where there is no /proc (macOS), for the command line that we give PostgreSQL."""
    words = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - a fixed command
    program, _, rest = os.fsdecode(shown.stdout).strip().partition(" -D ")
    return [program, "-D", rest.partition(" -c ")[0]] if rest else []


def is_postmaster(pid: int, data: pathlib.Path) -> bool:
    """Tell whether this process is the PostgreSQL server of this data folder.

    The proof is the program's name, its ``-D`` argument and, for a folder that was renamed since
    the start, the folder it works in. Not its start time: that would have to be compared with
    the wall clock, and after a clock step (a laptop that wakes, a virtual machine resumed) we
    would no longer know our own running server. A recycled process number cannot pass the proof,
    except as a newer server of the same data, which is ours too.
    """
    words = command_line(pid)
    if len(words) < 3 or os.path.basename(words[0]) != "postgres" or words[1] != "-D":
        return False
    return (
        words[2] == str(data)
        or _same_folder(words[2], data)
        or _same_folder(f"/proc/{pid}/cwd", data)
    )


def _same_folder(one: str, other: pathlib.Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:  # gone, or (as root without ptrace rights in a container) not for us to see
        return False


class Postmaster:
    """Our server's process, pinned: its number cannot come to mean another process.

    Linux pins it with a process descriptor. Elsewhere it is verified again before each signal.
    """

    def __init__(self, pid: int, data: pathlib.Path, pin: int | None) -> None:
        """Use `pinned`, which verifies the process."""
        self.pid = pid
        self._data = data
        self._pin = pin

    def gone(self, seconds: float = 0.0) -> bool:
        """Wait at most so many seconds for the process to end; tell whether it has."""
        if self._pin is not None:
            poll = select.poll()
            poll.register(self._pin, select.POLLIN)
            return bool(poll.poll(seconds * 1000))
        limit = time.monotonic() + seconds
        while is_postmaster(self.pid, self._data):
            if time.monotonic() >= limit:
                return False
            time.sleep(0.02)
        return True

    def stop(self) -> bool:
        """Shut the server down and wait for its end; tell whether it has ended."""
        return (self._signal(signal.SIGINT) and self.gone(FAST)) or (
            self._signal(signal.SIGQUIT) and self.gone(IMMEDIATE)
        )

    def _signal(self, number: signal.Signals) -> bool:
        try:
            if sys.platform == "linux" and self._pin is not None:
                signal.pidfd_send_signal(self._pin, number)
            elif is_postmaster(self.pid, self._data):
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass  # it has just ended: what the signal was for
        except PermissionError:
            return False
        return True

    def close(self) -> None:
        """Let go of the pin; the process is not touched."""
        if self._pin is not None:
            os.close(self._pin)
            self._pin = None


def pinned(pid: int | None, data: pathlib.Path) -> Postmaster | None:
    """Pin this process if it is the server of this data folder."""
    if pid is None:
        return None
    pin = None
    if sys.platform == "linux":
        try:
            pin = os.pidfd_open(pid)
        except ProcessLookupError:
            return None
        except OSError:
            pin = None  # a kernel older than 5.3, or a sandbox without it
    postmaster = Postmaster(pid, data, pin)
    if is_postmaster(pid, data):  # verified after it is pinned, never before
        return postmaster
    postmaster.close()
    return None


def read_lines(path: pathlib.Path) -> list[str]:
    """Return the lines of a PostgreSQL lock file; none if it cannot be read."""
    try:  # no link is followed and no pipe waited for: as root, another user owns this folder
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return []
    try:
        return [line.strip() for line in os.fsdecode(os.read(descriptor, 8192)).split("\n")]
    except OSError:
        return []
    finally:
        os.close(descriptor)


def read_pid(path: pathlib.Path) -> int | None:
    """Return the process number in a PostgreSQL lock file; None if there is no sound one."""
    first = (read_lines(path) or [""])[0]
    sound = first.isascii() and first.isdigit() and len(first) < 11
    return int(first) if sound and 1 < int(first) < 2**31 else None


def find(data: pathlib.Path, sockets: pathlib.Path) -> Postmaster | None:
    """Find the running server by its lock file or, if that is damaged, by its socket's."""
    return pinned(read_pid(data / "postmaster.pid"), data) or pinned(
        read_pid(sockets / f"{SOCKET}.lock"), data
    )


def remove_sockets(folder: pathlib.Path) -> None:
    """Remove the socket's folder of a server that has ended; what is not ours stays."""
    try:
        (folder / "cluster").unlink(missing_ok=True)
        folder.rmdir()
    except OSError:
        pass  # the next start looks at it again


# Keeper


class Keeper:
    """Watches one cluster until its server is gone."""

    def __init__(self, folder: pathlib.Path, sockets: pathlib.Path) -> None:
        """Open the locks of the cluster in this folder."""
        self.folder = folder
        self.sockets = sockets
        self.start = open_lock(folder / "start.lock")
        self.users = open_lock(folder / "users.lock")
        self.server: Postmaster | None = None
        self.idle_since: float | None = None

    def watch(self, pid: int | None) -> None:
        """Look at the locks every half second; return when there is nothing left to keep."""
        # The server may have been started just now, too early for its own lock file.
        self.server = pinned(pid, self.folder / "data")
        while True:
            time.sleep(0.02) if self.server is None else self.server.gone(POLL)
            if not is_current(self.start, self.folder / "start.lock"):
                self._stop("its folder was removed or replaced")
                return
            if not try_lock(self.start):
                if self.server is not None and self.server.gone():
                    time.sleep(0.02)
                continue
            if self._finished():
                return  # with the locks: our end releases them together
            unlock(self.start)

    def _finished(self) -> bool:
        """Look once, under the start lock; tell whether the server is gone or was stopped."""
        if self.server is not None and self.server.gone():
            self.server.close()
            self.server = None
        self.server = self.server or find(self.folder / "data", self.sockets)
        if self.server is None:
            return True
        if not try_lock(self.users):
            self.idle_since = None
            return False
        unlock(self.users)
        now = time.monotonic()
        self.idle_since = now if self.idle_since is None else self.idle_since
        if now - self.idle_since < GRACE:
            return False
        self._stop("nobody uses it")
        remove_sockets(self.sockets)
        return True

    def _stop(self, reason: str) -> None:
        if self.server is not None:
            say(f"stopping the server (process {self.server.pid}): {reason}")
            if not self.server.stop():
                say(f"the server (process {self.server.pid}) does not stop")


def say(message: str) -> None:
    """Write a line to the keeper's log, in UTC."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    sys.stderr.write(f"{stamp} UTC [{os.getpid()}] {message}\n")
    sys.stderr.flush()


def start_server(words: list[str], log: pathlib.Path, lock: int, account: str) -> int:
    """Start PostgreSQL in a session of its own, so Ctrl-C at a terminal does not reach it."""
    user, _, group = account.partition(":")
    with log.open("ab") as output:
        server = subprocess.Popen(  # noqa: S603 - the launcher's list of words, no shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            pass_fds=[lock],
            user=int(user) if user else None,
            group=int(group) if group else None,
            extra_groups=[] if user else None,
        )
    return server.pid


def main(arguments: list[str]) -> None:
    """Start what is missing and return at once in the launcher's child; a fork keeps watch.

    The arguments: the cluster's folder, the socket's folder, the descriptor of the locked
    ``keeper.lock`` (empty if a keeper runs already), that of ``server.lock``, and as root the
    numbers of the server's user and group. The server's command line comes through the standard
    input (empty if it runs already). Both processes lose their parent, so init takes them over
    and no user of the server has children it does not know.
    """
    folder, sockets = map(pathlib.Path, arguments[:2])
    keeper_lock, server_lock, account = arguments[2:]
    words = [word for word in os.fsdecode(sys.stdin.buffer.read()).split("\0") if word]
    os.umask(0o077)
    pid = None
    if words:
        pid = start_server(words, folder / "server.log", int(server_lock), account)
        os.close(int(server_lock))  # the server's alone
    sys.stdout.write(f"{pid or ''}\n")
    sys.stdout.flush()
    if not keeper_lock or os.fork():
        os._exit(0)
    os.setsid()
    log = os.open(folder / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.chdir("/")
    Keeper(folder, sockets).watch(pid)
    os._exit(0)  # without unlocking: our end releases the locks


if __name__ == "__main__":
    main(sys.argv[1:])
