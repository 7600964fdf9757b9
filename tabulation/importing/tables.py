"""A CSV file into a temporary table, every cell as text, with the line it stood on."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.db import transaction
from psycopg import sql
from tqdm import tqdm

from tabulation.database.plans import COMPILE_NOTHING
from tabulation.database.snapshots import temporary
from tabulation.importing.problems import SHOWN, Problems

#: Bounds of what is read, in characters: a nation of a million stations stays far below.
MOST_OF_A_LINE = 1_000_000
MOST_OF_A_FILE = 1_000_000_000
#: Rows handed to COPY at a time.
BATCH = 5000
#: Figures as they should be, with commas between them.
FIGURES = re.compile(r"(?:-|[0-9]{0,9}+)(?:,(?:-|[0-9]{0,9}+))*+")


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
        self.file = path.name
        self.table = table
        self.problems = problems
        self.columns: list[str] = []
        self.rows = 0
        #: Columns whose cells stand together in `cells`, the text of an array: a row of a table
        #: has 1,600 columns at most, and must fit on a page.
        self.gathered: list[str] = []
        #: Whether any of those cells is neither a number nor `-` nor blank; whether any is `-`.
        self.odd = self.dashed = False

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
            f"SELECT t.line, '{column}', {value}, count(*) OVER () FROM {self.table} t {join}"  # noqa: S608  # names of a checked header
            f" WHERE {condition} ORDER BY t.line LIMIT {SHOWN}",
            params or {},
        )
        self.problems.add_rows(self.file, self.cursor.fetchall(), advice=advice)

    def check_cells(
        self, condition: str, advice: str, *, join: str = "", params: dict[str, Any] | None = None
    ) -> None:
        """Report every gathered ``cell`` of which ``condition`` is true; ``place`` counts from 1.

        ``join`` is joined to the cells of all rows, column by column.
        """
        self.cursor.execute(
            "SELECT t.line, place, cell, count(*) OVER ()"  # noqa: S608  # a name of ours
            f" FROM {self.table} t CROSS JOIN LATERAL"
            f" unnest(t.cells::text[]) WITH ORDINALITY AS of_row (cell, place) {join}"
            f" WHERE {condition} ORDER BY place, t.line LIMIT {SHOWN}",
            params or {},
        )
        rows = [
            (line, self.gathered[place - 1], cell, count)
            for line, place, cell, count in self.cursor.fetchall()
        ]
        self.problems.add_rows(self.file, rows, advice=advice)

    def check_required(self, *columns: str) -> None:
        for column in columns:
            empty = f"btrim(coalesce(t.\"{column}\", '')) = ''"
            self.check(column, empty, "this cell must not be empty")

    def check_known(self, column: str, table: str, advice: str) -> None:
        """Report every row whose ``column`` is no code of the staged file ``table``."""
        self.check(
            column,
            f"t.{column} IS NOT NULL AND known.code IS NULL",
            advice,
            join=f"LEFT JOIN staged_{table} known ON known.code = t.{column}",
        )

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
    gathered: Sequence[str] = (),
) -> Staged:
    """Read ``path`` into the temporary table ``table``: ``line`` and a text column a column.

    ``translated`` columns may come again with a language behind them: ``name_hy``. The cells of
    the ``gathered`` columns, in that order, are one column more, ``cells``. An empty cell
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
                staged.gathered = list(gathered)
                alone = [column for column in columns if column not in set(gathered)]
                names = [*alone, *absent, *(["cells"] if gathered else [])]
                cells = ", ".join(f'"{name}" text' for name in names)
                temporary(cursor, table, f"line integer, {cells}")
                _copy(staged, columns, alone, rows)
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


def _copy(
    staged: Staged, columns: list[str], alone: list[str], rows: Iterator[tuple[int, list[str]]]
) -> None:
    width = len(columns)
    cells_of, others_of = _picker(columns, staged.gathered), _picker(columns, alone)
    names = [*alone, "cells"] if staged.gathered else alone
    named = sql.SQL(", ").join(sql.Identifier(name) for name in names)
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
            if staged.gathered:
                row = [*others_of(row), _gathered(staged, cells_of(row))]
            writer.writerow((line, *row))
            staged.rows += 1
            if staged.rows % BATCH == 0:
                copy.write(_drain(buffer))
        copy.write(_drain(buffer))
    # How many rows there are is what the planner needs; what is in each column is not.
    staged.cursor.execute(sql.SQL("ANALYZE {} (line)").format(sql.Identifier(staged.table)))


def _picker(columns: list[str], wanted: list[str]) -> Callable[[list[str]], Sequence[str]]:
    """What picks the ``wanted`` columns out of a row; neighbours, as they mostly are, at once."""
    places = [columns.index(column) for column in wanted]
    first = places[0] if places else 0
    if places == list(range(first, first + len(places))):
        return itemgetter(slice(first, first + len(places)))
    return itemgetter(*places)


def _gathered(staged: Staged, cells: Sequence[str]) -> str:
    """The text of an array of ``cells``, blank ones as NULL; notes what kind of cells there are.

    Told here, since the database would take a third of a load's time to look at each cell.
    """
    row = ",".join(cells)
    # The commas are counted too: a cell that holds one ("1,100") would pass for two figures.
    if FIGURES.fullmatch(row) and row.count(",") == len(cells) - 1:
        staged.dashed = staged.dashed or "-" in row
        if not all(cells):
            row = ",".join(cell or "NULL" for cell in cells)
    else:
        staged.odd = staged.dashed = True
        escaped = (cell.replace("\\", "\\\\").replace('"', '\\"') for cell in cells)
        row = ",".join(f'"{cell}"' if cell else "NULL" for cell in escaped)
    return f"{{{row}}}"


def _drain(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
