"""JSON Schemas (2020-12) of our own files, each beside this one under its name in addresses."""

from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = ("latest", "manifest", "proof", "results")


def schema(name: str) -> str:
    """The schema of that name. Raises KeyError when there is none."""
    if name not in NAMES:
        raise KeyError(name)
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")
