"""Compare what people typed with the events of their entries, and what was accepted and published
of it with these events.
"""

from collections.abc import Iterator

from tabulation.database.statements import stream


def findings() -> Iterator[str]:
    """One sentence for each entry, acceptance or published reason that is wrong."""
    yield from _otherwise_than_their_events()
    yield from _accepted_otherwise()
    yield from _explained_otherwise()


def _otherwise_than_their_events() -> Iterator[str]:
    rows = stream(
        f"""
        SELECT subject, slot, attempt, typed.figures IS NULL, said.figures IS NULL
        FROM ({ENTRIES}) typed FULL JOIN ({SAID}) said USING (subject, slot, attempt, by_id)
        WHERE (typed.figures, typed.reasons) IS DISTINCT FROM (said.figures, said.reasons)
        ORDER BY subject, slot, attempt"""  # noqa: S608  # statements of ours
    )
    for subject, slot, attempt, gone, unknown in rows:
        name = f"Entry {slot}.{attempt} of the {subject}"
        if gone:
            yield f"{name} was removed."
        elif unknown:
            yield f"{name} has no event."
        else:
            yield f"{name} has other figures or reasons than its event."


#: What stands in the tables, by protocol, slot and attempt.
ENTRIES = """
    SELECT format('protocol %s/%s/%s/v%s', e.slug, c.code, st.code, p.version) AS subject,
      seat.slot::text, entry.attempt::text, seat.person_id AS by_id,
      to_jsonb(entry.figures) AS figures, coalesce(why.reasons, '{}') AS reasons
    FROM tabulation_entry entry
    JOIN tabulation_seat seat ON seat.id = entry.seat_id
    JOIN tabulation_protocol p ON p.id = seat.protocol_id
    JOIN tabulation_pollingstation st ON st.id = p.station_id
    JOIN candidates_contest c ON c.id = p.contest_id
    JOIN candidates_election e ON e.id = c.election_id
    LEFT JOIN (
      SELECT w.entry_id, jsonb_object_agg(r.code, w.reason) AS reasons
      FROM tabulation_warningreason w JOIN tabulation_controlrelation r ON r.id = w.relation_id
      GROUP BY w.entry_id
    ) why ON why.entry_id = entry.id"""
#: What the events say of them.
SAID = """
    SELECT subject, after->>'slot' AS slot, after->>'attempt' AS attempt, by_id,
      after->'figures' AS figures, coalesce(after->'reasons', '{}') AS reasons
    FROM tabulation_event WHERE act = 'entry submitted'"""


def _accepted_otherwise() -> Iterator[str]:
    """Acceptances of figures that fewer people had typed than the election asks for."""
    rows = stream(
        f"""
        SELECT accepted.subject FROM ({ACCEPTED}) accepted
        JOIN candidates_election e ON e.id = accepted.election_id
        WHERE (SELECT count(*) FROM ({LAST}) last WHERE last.figures = accepted.figures)
          < e.entries_required
        ORDER BY accepted.subject"""  # noqa: S608  # statements of ours
    )
    for (subject,) in rows:
        yield f"The {subject} was accepted with other figures than the events of its entries."


ACCEPTED = """
    SELECT DISTINCT ON (subject) subject, election_id, number, after->'figures' AS figures
    FROM tabulation_event WHERE act = 'accepted' ORDER BY subject, number DESC"""
#: What each seat was left with before the acceptance.
LAST = """
    SELECT DISTINCT ON (after->>'slot') after->>'slot' AS slot, after->'figures' AS figures,
      after->'reasons' AS reasons
    FROM tabulation_event
    WHERE subject = accepted.subject AND act = 'entry submitted' AND number < accepted.number
    ORDER BY after->>'slot', number DESC"""


def _explained_otherwise() -> Iterator[str]:
    """Rows of the ledger with other reasons for broken warnings than people gave."""
    rows = stream(
        f"""
        SELECT accepted.subject, f.published_in
        FROM ({ACCEPTED}) accepted
        JOIN candidates_election e ON e.id = accepted.election_id
        JOIN candidates_contest c ON c.election_id = e.id
        JOIN tabulation_pollingstation st ON st.election_id = e.id
        JOIN tabulation_publishedfigures f ON f.contest_id = c.id AND f.station_id = st.id
          AND accepted.subject = format('protocol %s/%s/%s/v%s', e.slug, c.code, st.code, f.version)
        LEFT JOIN LATERAL (
          SELECT string_agg(
            r.code || chr(9) || record_text(last.reasons->>r.code) || chr(10), ''
            ORDER BY last.slot, r.ordinal
          ) AS reasons
          FROM ({LAST}) last
          JOIN tabulation_controlrelation r ON r.contest_id = c.id AND last.reasons ? r.code
          WHERE last.figures = accepted.figures
        ) given ON true
        WHERE f.reasons IS DISTINCT FROM given.reasons
        ORDER BY f.published_in, accepted.subject"""  # noqa: S608  # statements of ours
    )
    for subject, number in rows:
        yield (
            f"Publication {number} has other reasons for the {subject} than the events of its"
            " entries."
        )
