"""Which stations vote in the contests, and which parties are in them, as whole sets."""

import json
from typing import Any

from candidates.models import Election, Party
from tabulation.importing.problems import Problems


def insert_contest_stations(cursor: Any, election: Election, problems: Problems) -> None:
    """In every contest the stations under its area, each with its list; of all contests at once:
    one by one, each would look through all stations.
    """
    cursor.execute(
        """
        INSERT INTO tabulation_conteststation (contest_id, station_id, registered)
        SELECT c.id, s.id, t.registered::integer
        FROM candidates_contest c
        JOIN tabulation_constituency head ON head.contest_id = c.id
        JOIN (SELECT id, unnest(lineage) AS above FROM tabulation_area
              WHERE election_id = %(election)s) a ON a.above = head.area_id
        JOIN tabulation_pollingstation s ON s.area_id = a.id
        JOIN staged_stations t ON t.code = s.code
        WHERE c.election_id = %(election)s AND s.election_id = %(election)s
        ORDER BY c.id, s.id""",
        {"election": election.pk},
    )
    cursor.execute(
        """
        SELECT c.code FROM candidates_contest c WHERE c.election_id = %s
          AND NOT EXISTS (SELECT FROM tabulation_conteststation cs WHERE cs.contest_id = c.id)
        ORDER BY c.id""",
        [election.pk],
    )
    for (code,) in cursor.fetchall():
        problems.add(
            "stations.csv",
            advice=f"no station votes in the contest {code}; add stations below its area",
        )


def insert_parties(election: Election, rows: list[dict[str, Any]]) -> dict[str, Party]:
    """The parties named in ``rows`` by their codes: those there already, and those made here."""
    named = {row["party_code"]: row for row in reversed(rows) if row["party_code"]}
    known = {p.code: p for p in Party.objects.filter(election=election, code__in=named)}
    made = Party.objects.bulk_create(
        Party(
            election=election,
            code=code,
            name=row["party"] or code,
            names=json.loads(row["parties"]),
        )
        for code, row in reversed(named.items())
        if code not in known
    )
    return known | {party.code: party for party in made}
