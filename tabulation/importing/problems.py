"""What is wrong with a file, where, and what to do about it."""

from dataclasses import dataclass

#: How many problems are told in full; the rest are counted.
SHOWN = 100


@dataclass(frozen=True)
class Problem:
    """One thing to put right: file, line (from 1; 0 for the file as a whole), column, value."""

    file: str
    line: int
    column: str
    value: str
    advice: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f", {self.column}" if self.column else ""
        value = self.value if len(self.value) <= 60 else self.value[:57] + "..."
        shown = f": {value!r}" if self.value else ""
        return f"{place}{column}{shown}: {self.advice}"


class ImportRefused(Exception):
    """Nothing was written. ``problems`` are the first `SHOWN`, ``count`` is how many there are."""

    def __init__(self, problems: list[Problem], count: int | None = None) -> None:
        self.problems = problems[:SHOWN]
        self.count = len(problems) if count is None else count
        super().__init__(f"{self.count} problems; nothing was written.")

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        hidden = self.count - len(lines)
        if hidden:
            lines.append(f"... and {hidden} more.")
        noun = "problem" if self.count == 1 else "problems"
        return "\n".join([*lines, f"{self.count} {noun}. Nothing was written."])


class Problems:
    """Problems as they are found, so that one run tells them all."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.count = 0

    def add(
        self, file: str, line: int = 0, column: str = "", value: object = "", *, advice: str
    ) -> None:
        self.count += 1
        if len(self.found) < SHOWN:
            text = "" if value is None else str(value)
            self.found.append(Problem(file, line, column, text, advice))

    def add_rows(self, file: str, rows: list[tuple[int, str, object, int]], *, advice: str) -> None:
        """Problems found by one query: line, column, value, and how many they are in all."""
        for line, column, value, _all in rows:
            self.add(file, line, column, value, advice=advice)
        if rows:
            self.count += rows[0][3] - len(rows)

    def refusal(self) -> ImportRefused:
        return ImportRefused(self.found, self.count)

    def stop_if_any(self) -> None:
        """Raises ImportRefused when there are any."""
        if self.count:
            raise self.refusal()
