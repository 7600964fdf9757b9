"""A table of `election.toml`, read key by key, with its problems."""

import datetime
import re
from typing import Any

from tabulation.importing.problems import Problems
from tabulation.importing.words import taken
from tabulation.outcomes.methods.rules import part_of_1

FILE = "election.toml"
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Section:
    """One table of the file, read key by key; what is missing, wrong or left over is reported."""

    def __init__(self, values: dict[str, Any], where: str, problems: Problems) -> None:
        self.left_over = dict(values)
        self.where = where
        self.problems = problems

    def report(self, key: str, value: object, advice: str) -> None:
        place = f"{self.where}.{key}" if self.where else key
        self.problems.add(FILE, 0, place, value, advice=advice)

    def take(self, key: str, kind: type, default: Any = None, *, required: bool = False) -> Any:
        if key not in self.left_over:
            if required:
                self.report(key, "", "this setting is missing; add it")
            return default
        value = self.left_over.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.report(key, value, f"it must be {KINDS[kind]}")
            return default
        return value

    def text(self, key: str, default: str = "", *, required: bool = False, most: int = 200) -> str:
        given = key in self.left_over
        value = str(self.take(key, str, default, required=required))
        if required and given and not value.strip():
            self.report(key, value, "it must not be empty")
        if "\0" in value:
            self.report(key, "", "it holds a NUL character; remove it")
        if len(value) > most:
            self.report(key, value, f"it is longer than {most} characters")
        return value

    def pattern(self, key: str, pattern: re.Pattern[str], example: str, *, most: int = 40) -> str:
        value = self.text(key, required=True, most=most)
        if value and not pattern.fullmatch(value):
            self.report(key, value, f"write it like {example}")
        return value

    def address(self, key: str, pattern: re.Pattern[str], example: str, *, most: int = 40) -> str:
        """What stands in addresses, and is no word of theirs."""
        value = self.pattern(key, pattern, example, most=most)
        if value in taken():
            self.report(key, value, "that word is taken by addresses of the site; choose another")
        return value

    def choice(self, key: str, choices: Any, default: str | None = None) -> str:
        value = self.text(key, default or "", required=default is None)
        if value not in choices and value:
            self.report(key, value, f"it must be one of {', '.join(c for c in choices if c)}")
        return value

    def number(self, key: str, default: int, least: int = 1, most: int = 10_000) -> int:
        value = int(self.take(key, int, default))
        if not least <= value <= most:
            self.report(key, value, f"it must be from {least} to {most}")
        return value

    def day(self, key: str) -> datetime.date | None:
        value: datetime.date | None = self.take(key, datetime.date)
        if isinstance(value, datetime.datetime):
            self.report(key, value, f"it must be {KINDS[datetime.date]}")
            return None
        return value

    def texts(self, key: str) -> list[str]:
        values = self.take(key, list, [], required=True)
        if not all(isinstance(value, str) for value in values):
            self.report(key, values, "it must be a list of line keys")
            return []
        if len(set(values)) != len(values):
            self.report(key, values, "a line comes twice; name each once")
        return list(values)

    def tables(self, key: str) -> list["Section"]:
        values = self.take(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            self.report(key, values, "write it as a table in double brackets")
            return []
        where = f"{self.where}.{key}" if self.where else key
        return [Section(value, f"{where}[{i}]", self.problems) for i, value in enumerate(values, 1)]

    def table(self, key: str) -> "Section | None":
        """The one table of that name; ``None``: it is not there."""
        if key not in self.left_over:
            return None
        where = f"{self.where}.{key}" if self.where else key
        return Section(self.take(key, dict, {}), where, self.problems)

    def ballot_numbers(self, key: str) -> list[int]:
        values = self.take(key, list, [])
        if not all(type(value) is int and value > 0 for value in values):
            self.report(key, values, "it must be a list of ballot numbers")
            return []
        if len(set(values)) != len(values):
            self.report(key, values, "a number comes twice; name each once")
        return list(values)

    def hours(self, key: str) -> list[datetime.time]:
        """Hours of a day, as texts: `["11:00", "14:00"]`."""
        values = self.take(key, list, [])
        if not all(isinstance(value, str) and HOUR.fullmatch(value) for value in values):
            self.report(key, values, 'it must be a list of hours in quotes, like "09:00"')
            return []
        if len(set(values)) != len(values):
            self.report(key, values, "an hour comes twice; name each once")
        elif values != sorted(values):
            self.report(key, values, "the hours must follow each other")
        return [datetime.time.fromisoformat(value) for value in values]

    def percentage(self, key: str) -> str:
        text = self.text(key)
        try:
            part_of_1(text)
        except ValueError:
            self.report(key, text, 'write it like "5 %" or "2.5 %", from 0 to 100')
        return text

    def translations(self, key: str, *, most: int = 200) -> dict[str, str]:
        """`name_hy = "..."` and the like: language code to text."""
        found = [name for name in self.left_over if re.fullmatch(rf"{key}_[a-z]{{2,3}}", name)]
        return {name.removeprefix(f"{key}_"): self.text(name, most=most) for name in found}

    def finish(self) -> None:
        for key in self.left_over:
            self.report(key, "", "unknown setting; correct its name or remove it")


KINDS: dict[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    list: "a list",
    dict: "a table",
    bool: "true or false",
    datetime.date: "a date like 2013-10-27",
    object: "a number",
}
