"""Where a project's embedded server lives and as whom it runs.

An ordinary user's data is in the project folder and the server runs as that user. PostgreSQL
refuses to run as root, so root's server runs as a system user of its own, without rights, in a
folder below `/var/lib` that this user can reach; the clone itself may be below a home that it
cannot. Where such a user cannot be made it runs as `nobody`, whom other programs may run as, too.
Root's folder is named by the project's path: a clone that is moved starts with an empty database
there.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass

from tabulation.database import keeper

FOLDER = ".hashvark"
SYSTEM_ROOT = pathlib.Path("/var/lib/hashvark")
SHORT_ROOT = pathlib.Path("/tmp")  # noqa: S108 - each folder below it is private and verified
SOCKET_LIMIT = 107
"""Bytes in the path of a unix socket; macOS takes 103, and our names stay far below both."""
USER_VARIABLE = "HASHVARK_DATABASE_USER"
OWN_USER = "hashvark-db"
"""Root's server runs as this user, who owns nothing else and cannot sign in."""
ANYBODY = "nobody"
SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"

logger = logging.getLogger(__name__)


class LauncherError(Exception):
    """The embedded server cannot be used; the message says what happened and what to do."""


@dataclass(frozen=True)
class ServerPlace:
    """The folders and accounts of one cluster of one project."""

    project: pathlib.Path
    cluster: str
    folder: pathlib.Path
    """Holds the data, the locks, the logs and the settings."""
    sockets: pathlib.Path
    user: pwd.struct_passwd
    """Runs the project, and connects."""
    runs_as: pwd.struct_passwd
    """Runs the server."""

    @property
    def data(self) -> pathlib.Path:
        """The folder of the database's files."""
        return self.folder / "data"

    @property
    def is_root(self) -> bool:
        """Tell whether the server must run as another user than the project."""
        return self.user.pw_uid == 0


def data_folder(project: pathlib.Path) -> pathlib.Path:
    """Return the project's private folder for data and secrets; make it if it is missing.

    Raises LauncherError if it cannot be made or belongs to another user.
    """
    folder = resolved(project) / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            if stat.S_IMODE(found.st_mode) != 0o700:
                folder.chmod(0o700)
            return folder
    except OSError as error:
        raise LauncherError(
            f"The folder {folder} cannot be made: {error.strerror}. The project keeps its data "
            "there; make the project folder writable for the user that runs it, or run a copy of "
            "the project in a folder of that user."
        ) from error
    raise LauncherError(
        f"{folder} belongs to the user {name_of(found.st_uid)} or is not a plain folder, and this "
        f"process runs as {name_of(os.geteuid())}. Run the project as that user, or use a copy of "
        "the project of your own."
    )


def resolved(project: pathlib.Path) -> pathlib.Path:
    """Return the one true path of the project folder, by which its server is known."""
    try:
        return project.resolve(strict=True)
    except OSError as error:
        raise LauncherError(f"There is no project folder {project}: {error.strerror}.") from error


def find(project: pathlib.Path, cluster: str) -> ServerPlace:
    """Return where this cluster lives; nothing is made yet."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", cluster):
        raise LauncherError(f"{cluster!r} is no name for a cluster; use 'main' or 'test'.")
    project = resolved(project)
    user = account(os.geteuid())
    if user.pw_uid == 0:
        folder = _folder_of_root(project, cluster)
        runs_as = _system_account(folder / "data")
        return ServerPlace(project, cluster, folder, folder / "socket", user, runs_as)
    digest = _digest(os.fsencode(project) + b"\0" + cluster.encode())
    sockets = SHORT_ROOT / f"hashvark-{user.pw_uid}-{digest}"
    return ServerPlace(project, cluster, project / FOLDER / cluster, sockets, user, user)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


def account(uid: int) -> pwd.struct_passwd:
    """Return the account with this number. PostgreSQL knows its users by name.

    Raises LauncherError for a number without a name.
    """
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise LauncherError(
            f"The user number {uid} has no name on this machine, and PostgreSQL needs one. Run "
            "the project as a user with an entry in /etc/passwd, or set DATABASE_URL to a "
            "PostgreSQL server."
        ) from error


def _folder_of_root(project: pathlib.Path, cluster: str) -> pathlib.Path:
    return SYSTEM_ROOT / _digest(os.fsencode(project)) / cluster


def make_user(project: pathlib.Path, cluster: str) -> None:
    """As root, make the user that the server of this cluster will run as, where it needs one.

    Says so in one line where it cannot be made: the server then runs as `nobody`.
    """
    if os.geteuid() or os.environ.get(USER_VARIABLE) or _named(OWN_USER):
        return
    number = _owner(_folder_of_root(resolved(project), cluster) / "data")
    if number is not None and _name_or_none(number) is not None:
        return  # made earlier by another user's server, which it stays
    # In a new container the data may be older than the users: its number gets its name back.
    same = [] if number is None else ["--uid", str(number)]
    if not _useradd("--system", "--user-group", *same) and not _named(OWN_USER):
        logger.warning(
            "The user %s cannot be made, so the database server runs as %s.", OWN_USER, ANYBODY
        )


def _useradd(*options: str) -> bool:
    program = shutil.which("useradd", path=SYSTEM_PATH)
    if program is None:
        return False
    plain = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin")
    done = subprocess.run(  # noqa: S603 - our own list of words, no shell
        [program, *plain, *options, OWN_USER],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _owner(data: pathlib.Path) -> int | None:
    """The number of the user whose data this is; `None` where there is none yet."""
    try:
        return data.stat().st_uid
    except FileNotFoundError:
        return None


def _named(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def _name_or_none(number: int) -> str | None:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return None


def _usual_name(data: pathlib.Path) -> str:
    """Whose data it is already, of the two that we choose; else our own user, where there is."""
    number = _owner(data)
    if number is not None and (name := _name_or_none(number)) in (OWN_USER, ANYBODY):
        return name
    return OWN_USER if _named(OWN_USER) else ANYBODY


def _system_account(data: pathlib.Path) -> pwd.struct_passwd:
    name = os.environ.get(USER_VARIABLE) or _usual_name(data)
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise LauncherError(
            f"The database server cannot run as root, and there is no user {name!r} to run it as. "
            f"Set {USER_VARIABLE} to the name of a system user without rights."
        ) from error
    if entry.pw_uid == 0:
        raise LauncherError(
            f"{USER_VARIABLE} is {name!r}, which is root, and PostgreSQL does not run as root. "
            "Set it to the name of a system user without rights."
        )
    return entry


def name_of(uid: int) -> str:
    """Return the user's name for a message, or the bare number."""
    return _name_or_none(uid) or f"number {uid}"


def prepare(place: ServerPlace) -> None:
    """Make the cluster's folder and check who owns what is there already.

    Raises LauncherError if something there is another user's; OSError if it cannot be made.
    """
    if place.is_root:
        if (place.project / FOLDER).exists():
            data_folder(place.project)  # refuses a clone that another user runs
        _prepare_for_root(place)
    else:
        data_folder(place.project)
        place.folder.mkdir(mode=0o700, exist_ok=True)
    for path, owner in ((place.folder, place.user), (place.data, place.runs_as)):
        if path.exists() and path.stat().st_uid != owner.pw_uid:
            hint = f" or set {USER_VARIABLE} to that user" if place.is_root else ""
            raise LauncherError(
                f"{path} belongs to the user {name_of(path.stat().st_uid)}, and the server would "
                f"run as {place.runs_as.pw_name}. Run the project as the user it belongs to{hint}."
            )


def _prepare_for_root(place: ServerPlace) -> None:
    base = place.folder.parent
    SYSTEM_ROOT.parent.mkdir(parents=True, exist_ok=True)
    for folder in (SYSTEM_ROOT, base, place.folder):
        try:
            folder.mkdir(mode=0o755)
            folder.chmod(0o755)  # whatever the mask is: the server's user has to pass
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid or found.st_mode & 0o022:
                raise LauncherError(
                    f"{folder} is not a folder that only root can change. It was not made by this "
                    "project; look at it, move it away and start again."
                ) from None
    note = base / "project.txt"
    if not note.exists():
        note.write_bytes(b"Database of the project in\n" + os.fsencode(place.project) + b"\n")


def private_socket_folder(place: ServerPlace) -> pathlib.Path:
    """Make the folder of the socket, or check that nobody but the server's user made it.

    Its parent may be writable by everybody, so another user could have made it before. Raises
    LauncherError then.
    """
    folder, owner = place.sockets, place.runs_as
    if len(os.fsencode(folder / keeper.SOCKET)) > SOCKET_LIMIT:
        raise LauncherError(f"The path {folder} is too long for a unix socket.")
    # It may be left by an earlier server or be somebody else's: that is looked at next.
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if place.is_root and stat.S_ISDIR(found.st_mode) and found.st_uid == 0:
        os.chown(folder, owner.pw_uid, owner.pw_gid)  # new: only root can make one there
        found = folder.lstat()
    if (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == owner.pw_uid
        and stat.S_IMODE(found.st_mode) == 0o700
    ):
        return folder
    raise LauncherError(
        f"{folder} should be a private folder (mode 700) of the user {owner.pw_name}, and is not: "
        f"it belongs to {name_of(found.st_uid)} with mode {stat.S_IMODE(found.st_mode):o}. Another "
        "user may have made it to listen in, so the database is not started. Look at it, remove "
        "it and start again."
    )
