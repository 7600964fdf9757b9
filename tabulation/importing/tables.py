"""A CSV file into a temporary table, every cell as text, with the line it stood on."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.db import transaction
from psycopg import sql
from tqdm import tqdm

from tabulation.database.plans import COMPILE_NOTHING
from tabulation.importing.problems import SHOWN, Problems

#: Bounds of what is read, in characters: a nation of a million stations stays far below.
MOST_OF_A_LINE = 1_000_000
MOST_OF_A_FILE = 1_000_000_000
#: Rows handed to COPY at a time.
BATCH = 5000


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal: what an event says was loaded."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find(folder: Path, name: str) -> Path | None:
    """``name.csv`` or ``name.csv.gz`` in ``folder``; ``None`` when neither is there."""
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.is_file():
            return path
    return None


def expect_whole_sets(cursor: Any) -> None:
    """For this transaction, join whole sets and never row by row.

    The planner knows nothing of rows that came a moment ago, takes them for a handful, and would
    look through all of them once for each. Nor compile what is executed once (see `plans`).
    """
    cursor.execute(f"SET LOCAL enable_nestloop = off; {COMPILE_NOTHING}")


class Staged:
    """A file in a temporary table of the same name, and questions over all its rows at once."""

    def __init__(self, cursor: Any, path: Path, table: str, problems: Problems) -> None:
        self.cursor = cursor
        self.path = path
        self.file = path.name
        self.table = table
        self.problems = problems
        self.columns: list[str] = []
        self.rows = 0

    def check(
        self,
        column: str,
        condition: str,
        advice: str,
        *,
        join: str = "",
        params: dict[str, Any] | None = None,
    ) -> None:
        """Report every row of which ``condition`` (SQL over ``t``) is true."""
        value = f't."{column}"' if column else "''"
        self.cursor.execute(
            f"SELECT t.line, {value}, count(*) OVER () FROM {self.table} t {join}"  # noqa: S608  # names of a checked header
            f" WHERE {condition} ORDER BY t.line LIMIT {SHOWN}",
            params or {},
        )
        rows = self.cursor.fetchall()
        if rows:
            self.problems.add_rows(
                self.file, column, [row[:2] for row in rows], rows[0][2], advice=advice
            )

    def check_required(self, *columns: str) -> None:
        for column in columns:
            empty = f"btrim(coalesce(t.\"{column}\", '')) = ''"
            self.check(column, empty, "this cell must not be empty")

    def check_length(self, **most: int) -> None:
        for column, length in most.items():
            self.check(
                column, f'length(t."{column}") > {length}', f"it is longer than {length} characters"
            )

    def check_unique(self, *columns: str) -> None:
        """Report rows that repeat an earlier row's ``columns``."""
        names = ", ".join(f't."{column}"' for column in columns)
        nth = f"row_number() OVER (PARTITION BY {names} ORDER BY t.line) AS nth"
        self.check(
            columns[-1],
            f'n.nth > 1 AND t."{columns[-1]}" IS NOT NULL',
            "it stands in the file more than once; keep one",
            join=f"JOIN (SELECT t.line, {nth} FROM {self.table} t) n ON n.line = t.line",  # noqa: S608  # names of a checked header
        )


def stage(
    cursor: Any,
    path: Path,
    table: str,
    problems: Problems,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    translated: Sequence[str] = (),
) -> Staged:
    """Read ``path`` into the temporary table ``table``: ``line`` and a text column a column.

    ``translated`` columns may come again with a language behind them: ``name_hy``. An empty cell
    is NULL, and so is every cell of an optional column that is not there. What is wrong with the
    file itself goes to ``problems``: the table then holds the rows that could be read.
    """
    staged = Staged(cursor, path, table, problems)
    try:
        rows = rows_of(path)
        header = next(rows, (1, []))[1]
        columns = _check_header(staged, header, required, optional, translated)
        if columns:
            # A savepoint: a file that breaks off in the middle leaves the transaction usable.
            with transaction.atomic():
                absent = [name for name in optional if name not in columns]
                _create(cursor, table, [*columns, *absent])
                _copy(staged, columns, rows)
            staged.columns = columns
    except UnicodeDecodeError as error:
        problems.add(
            path.name, advice=f"it is not UTF-8 text (byte {error.start}); save it as UTF-8"
        )
    except csv.Error as error:
        problems.add(path.name, advice=f"it cannot be read as CSV ({error}); save it anew as CSV")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        problems.add(path.name, advice="the .gz file is damaged or cut short; compress it anew")
    except OSError as error:
        problems.add(path.name, advice=f"it cannot be read: {error.strerror}")
    return staged


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number (where the row ends) and cells of each row, the header first."""
    size = path.stat().st_size
    with (
        open(path, "rb") as raw,
        # Shown only when it takes longer than two seconds, and only to a person.
        tqdm(total=size, unit="B", unit_scale=True, desc=path.name, delay=2, disable=None) as bar,
    ):
        binary = cast(BinaryIO, gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw)
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        reader = csv.reader(_lines(text), strict=True)
        for row in reader:
            if row:
                yield reader.line_num, row
            if reader.line_num % BATCH == 0:
                bar.update(raw.tell() - bar.n)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a file, as long as it behaves: a small .gz may unpack to more than there is."""
    number = size = 0
    while line := text.readline(MOST_OF_A_LINE):
        number += 1
        size += len(line)
        if len(line) == MOST_OF_A_LINE:
            raise csv.Error(f"line {number} has over {MOST_OF_A_LINE} characters")
        if size > MOST_OF_A_FILE:
            raise csv.Error(f"it unpacks to over {MOST_OF_A_FILE} characters")
        if "\0" in line:
            raise csv.Error(f"line {number} holds a NUL character")
        yield line


def _check_header(
    staged: Staged,
    header: list[str],
    required: Sequence[str],
    optional: Sequence[str],
    translated: Sequence[str],
) -> list[str]:
    """The columns when all is well with them, else an empty list."""
    problems, before = staged.problems, staged.problems.count
    if len(header) == 1 and (other := next((c for c in ";\t|" if c in header[0]), "")):
        name = "tabs" if other == "\t" else f"{other} characters"
        problems.add(staged.file, 1, advice=f"{name} separate its columns; save it with commas")
        return []
    known = {*required, *optional}
    for column in header:
        language = any(re.fullmatch(rf"{name}_[a-z]{{2,3}}", column) for name in translated)
        if column not in known and not language:
            problems.add(
                staged.file,
                1,
                column,
                advice=f"unknown column; the columns are {', '.join([*required, *optional])}",
            )
        elif header.count(column) > 1:
            problems.add(staged.file, 1, column, advice="this column comes twice; remove one")
    for column in required:
        if column not in header:
            problems.add(staged.file, 1, column, advice="this column is missing; add it")
    return header if problems.count == before else []


def _create(cursor: Any, table: str, columns: Sequence[str]) -> None:
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(sql.Identifier(table)))
    cells = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c)) for c in columns)
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} (line integer, {}) ON COMMIT DROP").format(
            sql.Identifier(table), cells
        )
    )


def _copy(staged: Staged, columns: list[str], rows: Iterator[tuple[int, list[str]]]) -> None:
    width = len(columns)
    named = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    statement = sql.SQL("COPY {} (line, {}) FROM STDIN (FORMAT csv, FORCE_NULL ({}))").format(
        sql.Identifier(staged.table), named, named
    )
    with staged.cursor.copy(statement) as copy:
        buffer = io.StringIO()
        # Rows end with CR LF, so that a CR in a cell is quoted as well as an LF.
        writer = csv.writer(buffer)
        for line, row in rows:
            if len(row) != width:
                staged.problems.add(
                    staged.file,
                    line,
                    advice=f"the row has {len(row)} cells, the header {width}; make them equal",
                )
                continue
            writer.writerow((line, *row))
            staged.rows += 1
            if staged.rows % BATCH == 0:
                copy.write(_drain(buffer))
        copy.write(_drain(buffer))
    # How many rows there are is what the planner needs; what is in each column is not.
    staged.cursor.execute(sql.SQL("ANALYZE {} (line)").format(sql.Identifier(staged.table)))


def _drain(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
