"""What the database itself refuses and does, whoever asks: one file of SQL for each rule.

The first migration applies them all. A rule is changed in its file, and a new migration applies
that file again: ``operations = rules.operations("protocol_agrees")``. A test compares the database
with the files.
"""

import re
from pathlib import Path

from django.db.migrations import RunSQL

FOLDER = Path(__file__).parent / "sql"


def read(name: str) -> str:
    """The SQL of the rule ``name``."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def _alters(name: str) -> bool:
    return re.search(r"^ALTER TABLE", read(name), re.M) is not None


_NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))
#: Functions and their triggers; each file can be applied again.
RULES = tuple(name for name in _NAMES if not _alters(name))
#: Constraints, columns and indexes that models do not express; each file is applied once, after
#: the functions that it needs.
CONSTRAINTS = tuple(name for name in _NAMES if _alters(name))


def operations(*names: str) -> list[RunSQL]:
    """What a migration does to apply the rules ``names``, in this order; they have no way back."""
    return [RunSQL(read(name)) for name in names]
