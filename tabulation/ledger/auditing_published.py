"""Compare what was published with the events it follows from, and find what waits in vain."""

from collections.abc import Iterator

from tabulation.database.statements import stream


def findings() -> Iterator[str]:
    """One sentence for each figure, protocol or publication that is wrong."""
    yield from _published_without_an_event()
    yield from _never_published()
    yield from _out_of_order()


def _published_without_an_event() -> Iterator[str]:
    """Rows of the ledger whose figures are not those of the acceptance of their version."""
    rows = stream(
        """
        SELECT p.subject, p.published_in
        FROM (
          SELECT f.published_in, to_jsonb(f.figures) AS figures,
            concat('protocol ', e.slug, '/', c.code, '/', s.code, '/v', f.version) AS subject
          FROM tabulation_publishedfigures f
          JOIN tabulation_pollingstation s ON s.id = f.station_id
          JOIN candidates_contest c ON c.id = f.contest_id
          JOIN candidates_election e ON e.id = c.election_id
          JOIN tabulation_protocol o ON o.contest_id = f.contest_id
            AND o.station_id = f.station_id AND o.version = f.version AND o.origin = 'typed'
        ) p
        LEFT JOIN LATERAL (
          SELECT after->'figures' AS figures FROM tabulation_event
          WHERE subject = p.subject AND act = 'accepted' ORDER BY number DESC LIMIT 1
        ) accepted ON true
        WHERE accepted.figures IS DISTINCT FROM p.figures
        ORDER BY p.published_in, p.subject"""
    )
    for subject, number in rows:
        yield (
            f"Publication {number} has other figures of the {subject} than the event of its"
            " acceptance."
        )


def _never_published() -> Iterator[str]:
    """Protocols in force that are not what was published last, though nothing waits for them."""
    rows = stream(
        """
        SELECT concat('protocol ', e.slug, '/', c.code, '/', s.code, '/v', p.version) AS subject,
          p.status
        FROM tabulation_protocol p
        JOIN tabulation_pollingstation s ON s.id = p.station_id
        JOIN candidates_contest c ON c.id = p.contest_id
        JOIN candidates_election e ON e.id = c.election_id
        JOIN tabulation_publishedfigures f ON f.contest_id = p.contest_id
          AND f.station_id = p.station_id AND f.superseded_in IS NULL
        LEFT JOIN tabulation_publicationqueue q ON q.contest_id = p.contest_id
          AND q.station_id = p.station_id
        WHERE p.status IN ('accepted', 'annulled') AND q.id IS NULL AND (f.status, f.version)
          IS DISTINCT FROM (CASE p.status WHEN 'accepted' THEN 'counted' ELSE 'annulled' END,
            p.version)
        ORDER BY subject"""
    )
    for subject, status in rows:
        yield f"The {subject} is {status}, is not published and waits for no publication."


def _out_of_order() -> Iterator[str]:
    rows = stream(
        """
        SELECT e.slug, p.number FROM tabulation_publication p
        JOIN tabulation_publication b ON b.election_id = p.election_id AND b.number = p.number - 1
        JOIN candidates_election e ON e.id = p.election_id
        WHERE p.published_at < b.published_at
        ORDER BY e.slug, p.number"""
    )
    for slug, number in rows:
        yield f"Publication {number} of {slug} is dated before publication {number - 1}."
