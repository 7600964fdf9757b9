"""How the tests run the two verifiers, and read what they say."""

import contextlib
import importlib.util
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.test import SimpleTestCase

from tabulation.tests.support.mirror_edits import Tampering, Target
from tabulation.tests.support.mirror_notes import CERTIFIED_KEY, KEY
from tabulation.tests.support.mirrors import ELECTION
from tabulation.tests.support.small_mirror import write_mirror

SCRIPT = Path(settings.BASE_DIR) / "static" / "verify.py"
SHELL = Path(__file__).parent / "verify_mirror.sh"
KEYS = f"{KEY}\n{CERTIFIED_KEY}\n"


def load() -> ModuleType:
    """The script as a module; it is no part of any package."""
    spec = importlib.util.spec_from_file_location("public_verifier", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


verifier = load()


def run(*words: object) -> tuple[int, str]:
    """Exit status and output of verify.py, in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = verifier.main([str(word) for word in words])
    return status, out.getvalue()


def run_apart(*words: object, options: tuple[str, ...] = ("-I",)) -> tuple[int, str]:
    """The same as everybody runs it."""
    command = [sys.executable, *options, str(SCRIPT), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def run_shell(
    mirror: Path,
    publication: int | str = "",
    keys: str = KEYS,
    election: str = ELECTION,
    saved: Path | str = "",
) -> tuple[int, str]:
    """The second verifier; ``keys`` is the text of a file of keys, empty for none; ``saved`` a
    checkpoint from earlier.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".keys") as file:
        file.write(keys)
        file.flush()
        command = ["bash", SHELL, mirror, election, publication, file.name if keys else "", saved]
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, timeout=120, check=False
        )
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def findings(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("WRONG  ")]


def named(output: str, words: tuple[str, ...]) -> bool:
    """Whether one finding holds all the words."""
    return any(all(word in line for word in words) for line in findings(output))


class MirrorTestCase(SimpleTestCase):
    """A mirror that is right, and copies of it to lie in."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.mirror = write_mirror(cls.folder / "mirror")
        cls.target = Target(cls.mirror)

    def copy(self) -> Path:
        copy = Path(tempfile.mkdtemp(dir=self.folder))
        proofs = shutil.ignore_patterns("proof", "bundle")  # many, and not looked at
        shutil.copytree(self.mirror / "data", copy / "data", ignore=proofs)
        self.addCleanup(shutil.rmtree, copy)
        return copy

    @contextlib.contextmanager
    def tampered(self, tampering: Tampering) -> Iterator[Path]:
        with self.subTest(tampering.name):
            copy = self.copy()
            tampering.mutate(copy)
            yield copy

    def verify(self, mirror: Path, *words: object) -> tuple[int, str]:
        keys = ("--key", KEY, "--key", CERTIFIED_KEY)
        return run(mirror, "--election", ELECTION, *keys, *words)

    def assertFound(self, output: str, words: tuple[str, ...]) -> None:
        self.assertTrue(named(output, words), f"no finding with {words} in:\n{output}")
