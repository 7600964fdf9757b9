"""How fast a nation is summed and published, whole and after a few changes; and in what memory."""

import resource

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import Contest
from tabulation.counting.aggregation import EVERYWHERE, statement
from tabulation.database.statements import fetch, run
from tabulation.ledger.writing import prepare, release
from tabulation.management.benchmarks.measuring import Ratio, Timing, in_turns, timed
from tabulation.models import form_of

#: Speed of the full aggregation, of a bare sum by district of the same arrays.
OF_BARE_SUM = 1 / 1.5
#: Of the first publication, of a bare INSERT ... SELECT of the same rows with their indexes.
OF_BARE_INSERT = 1 / 5
#: Of a publication after changes, against the first: how many stations change, and the bound.
CHANGES: tuple[tuple[str, int | float, float], ...] = (
    ("100 stations", 100, 20.0),
    ("0.01 %", 0.0001, 20.0),
    ("1 %", 0.01, 1.0),
)
#: The ledger's columns, as its rows are copied by the bare INSERT.
LEDGER = "tabulation_publishedfigures"
BARE = "bare_ledger"


def measure_publish(contest: Contest, repeat: int) -> tuple[list[Ratio], str]:
    """The ratios, and what is to be said of memory."""
    make_bare_table()
    sums = in_turns(
        repeat,
        full=lambda: timed(lambda: full_sum(contest)),
        bare=lambda: timed(lambda: bare_sum(contest)),
    )
    ratios = [
        Ratio("full aggregation of a bare sum by district", sums["full"], sums["bare"], OF_BARE_SUM)
    ]
    seconds: dict[str, list[float]] = {"first": [], "bare": []}
    for _round in range(repeat + 1):
        with transaction.atomic():
            seconds["first"].append(timed(lambda: publish(contest)))
            seconds["bare"].append(timed(bare_insert))
            transaction.set_rollback(True)
    first = Timing("first publication", tuple(seconds["first"][1:]))
    bare = Timing("bare INSERT ... SELECT of its rows", tuple(seconds["bare"][1:]))
    ratios.append(Ratio("first publication of a bare INSERT", first, bare, OF_BARE_INSERT))
    with transaction.atomic():
        publish(contest)
    ratios += [_after(contest, repeat, first, *change) for change in CHANGES]
    return ratios, memory()


def _after(
    contest: Contest, repeat: int, first: Timing, name: str, many: int | float, least: float
) -> Ratio:
    stations = int(many) if many >= 1 else max(1, int(many * contest.stations.count()))
    seconds = []
    for _round in range(repeat + 1):
        with transaction.atomic():
            annul_some(contest, stations)
            seconds.append(timed(lambda: publish(contest)))
            transaction.set_rollback(True)
    after = Timing(f"publication after {name} changed ({stations})", tuple(seconds[1:]))
    return Ratio(f"publication after {name} against the first", after, first, least)


def publish(contest: Contest) -> None:
    """The next publication with every hash and signature, each constraint checked."""
    prepare(election=contest.election, by=None, at=timezone.now())
    release(contest.election)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


def full_sum(contest: Contest) -> None:
    """Every area's sums as staff see them, into a table."""
    head = contest.constituency.area_id
    query = statement(form_of(contest), EVERYWHERE, whole=True)
    _materialised(query, {"contest": contest.pk, "head": head})


def bare_sum(contest: Contest) -> None:
    """Nothing but the sums of the accepted arrays by district, into a table."""
    lines = len(form_of(contest).lines)
    sums = ", ".join(f"sum(p.figures[{i}]) AS f{i}" for i in range(1, lines + 1))
    _materialised(
        f"SELECT s.area_id, {sums} FROM tabulation_protocol p"  # noqa: S608  # numbers of ours
        " JOIN tabulation_pollingstation s ON s.id = p.station_id"
        " WHERE p.contest_id = %(contest)s AND p.status = 'accepted' GROUP BY s.area_id",
        {"contest": contest.pk},
    )


def _materialised(query: str, keys: dict[str, int]) -> None:
    run(f"CREATE TEMPORARY TABLE summed AS {query}", keys)
    run("DROP TABLE summed")


def bare_insert() -> None:
    """The ledger's rows once more, into a table like it: with its indexes, and nothing else."""
    run(f"INSERT INTO {BARE} SELECT * FROM {LEDGER}")  # noqa: S608  # names of ours


def make_bare_table() -> None:
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]  # of our backend (database/base.py)
        cursor.execute(f"CREATE TABLE {BARE} (LIKE {LEDGER} INCLUDING INDEXES)")
        cursor.execute(f"GRANT INSERT ON {BARE} TO PUBLIC")
        # As the server itself does within a minute of any load.
        cursor.execute("ANALYZE")


def annul_some(contest: Contest, stations: int) -> None:
    """Annul ``stations`` protocols spread evenly over the country, in one statement."""
    run(
        """
        WITH spread AS (
          SELECT id, row_number() OVER (ORDER BY station_id) * %(some)s / %(all)s AS slot,
            (row_number() OVER (ORDER BY station_id) - 1) * %(some)s / %(all)s AS before
          FROM tabulation_protocol WHERE contest_id = %(contest)s AND status = 'accepted'
        )
        UPDATE tabulation_protocol p SET status = 'annulled', closed_at = now(),
          ruling_reason = 'a benchmark', ruling_decision = '1'
        FROM spread s WHERE p.id = s.id AND s.slot > s.before""",
        {"some": stations, "all": contest.stations.count(), "contest": contest.pk},
    )


def memory() -> str:
    """The most memory this process, and the server's process behind it, have used so far."""
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    ((pid,),) = fetch("SELECT pg_backend_pid()")
    server = server_memory(pid)
    theirs = f"{server} MiB in the server's, shared buffers included" if server else "unknown there"
    return f"Memory at most: {here} MiB in this process, {theirs}."


def server_memory(pid: int) -> int | None:
    """MiB at most of a process of this machine; ``None`` when it cannot be asked."""
    try:
        with open(f"/proc/{pid}/status") as status:
            peak = next(line for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return None
    return int(peak.split()[1]) // 1024
