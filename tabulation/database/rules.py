"""What the database itself refuses and does, whoever asks: one file of SQL for each rule.

The first migration applies the files in the order below. A rule is changed in its file, and a new
migration applies that file again: ``operations = rules.operations("protocol_agrees")``. A test
compares the database with the files.
"""

from pathlib import Path

from django.db.migrations import RunSQL

FOLDER = Path(__file__).parent / "sql"

#: Functions and their triggers; each file can be applied again. A function stands before what needs
#: it at once; the bodies of triggers are read when they fire.
RULES = (
    # on the ballot and on the map
    "area_lineage",
    "conteststation_in_one_election",
    "conteststation_stays",
    "lines_in_a_row",
    "sums_name_lines",
    "form_is_fixed",
    "entries_required_is_fixed",
    "polling_days_stay",
    "shapes_are_fixed",
    # figures and the checks on them
    "side_of",
    "relation_holds",
    "protocol_station_votes_in_contest",
    "protocol_figures_fit",
    "typed_figures_fit",
    # typing
    "seat_is_a_clerks",
    "seat_stays",
    "seat_is_released_once",
    "open_for_typing",
    "typing_follows",
    "return_is_of_a_standing_entry",
    "reason_is_of_the_contest",
    "reason_comes_with_the_entry",
    # the life of a protocol
    "real_is_typed",
    "protocol_agrees",
    "protocol_stays",
    "protocol_moves",
    "status_fits_the_entries",
    "corrected_has_a_successor",
    # turnout by the hour
    "lock_turnout",
    "turnout_report_follows",
    "turnout_report_is_a_persons",
    "newest_report_counts",
    "turnout_is_what_was_reported",
    "turnout_comes_from_people",
    "turnout_is_queued",
    # what waits to be published
    "queue_added",
    "queue_changed",
    # publications
    "publications_in_a_row",
    "publication_word_fits",
    "past_is_closed",
    "interval_closes_once",
    "part_of_a_publication",
    "published_figures_fit",
    "published_is_in_force",
    "published_turnout_is_reported",
    "reasons_come_with_their_hash",
    "record_text",
    # acts of the commission
    "autopublish_is_a_members",
    "autopublish_ends_once",
    "act_is_recorded_by_a_member",
    "act_in_one_election",
    "comes_with_its_publication",
    "second_round_was_decided",
    # events and seals
    "last_event_of",
    "events_in_a_row",
    "queue_for_sealing",
    "seals_in_a_row",
    # evidence
    "evidence_stays",
    "evidence_is_not_emptied",
    # search
    "words_of",
)

#: Constraints, columns and indexes that models do not express; each file is applied once.
CONSTRAINTS = (
    "station_area_in_one_election",
    "line_candidate_in_one_contest",
    "turnout_station_votes_in_contest",
    "turnout_report_station_votes_in_contest",
    "form_is_published",
    "ledger_part_is_published",
    "figures_reasons_are_hashed",
    "acts_are_published",
    "published_file_has_its_hash",
    "autopublish_one_at_a_time",
    "search_columns",
)


def read(name: str) -> str:
    """The SQL of the rule ``name``."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def operations(*names: str) -> list[RunSQL]:
    """What a migration does to apply the rules ``names``, in this order; they have no way back."""
    return [RunSQL(read(name)) for name in names]
