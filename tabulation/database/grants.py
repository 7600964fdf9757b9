"""What the roles of pages and of the publisher may do. Evidence is never updated or deleted.

Applied by `migrate` after each run: everything is revoked, then what is listed is granted.
A column list after UPDATE names all that may change. Triggers repeat the refusals.
"""

from typing import Any

from psycopg import sql

APPEND = "SELECT, INSERT"

#: Of the application: every page, and every command that does not publish.
GRANTS: dict[str, str] = {
    # what is on the ballot, and geography: loaded whole, then only read
    "candidates_election": "SELECT, INSERT, UPDATE (polling_days)",
    "candidates_contest": APPEND,
    "candidates_party": APPEND,
    "candidates_candidate": "SELECT, INSERT, UPDATE (status, withdrawn_on)",
    "tabulation_area": APPEND,
    "tabulation_areashape": APPEND,
    "tabulation_pollingstation": APPEND,
    "tabulation_constituency": APPEND,
    "tabulation_conteststation": APPEND,
    "tabulation_ballotscope": APPEND,
    "tabulation_protocolline": APPEND,
    "tabulation_controlrelation": APPEND,
    "tabulation_inaccuracyterm": APPEND,
    # only to what the newest report says
    "tabulation_timedturnout": "SELECT, INSERT, UPDATE (voters)",
    "tabulation_turnoutreport": APPEND,
    # the life of a protocol
    "tabulation_protocol": "SELECT, INSERT, UPDATE (status, figures, accepted_at, closed_at,"
    " ruling_reason, ruling_decision)",
    "tabulation_seat": "SELECT, INSERT, UPDATE (released_at)",
    "tabulation_draft": "SELECT, INSERT, DELETE, UPDATE (figures, revision, saved_at)",
    "tabulation_entry": APPEND,
    "tabulation_entryreturn": APPEND,
    "tabulation_warningreason": APPEND,
    "tabulation_receipt": APPEND,
    # the ledger is the publisher's to write
    "tabulation_publication": "SELECT",
    "tabulation_countersignature": "SELECT",
    "tabulation_filelist": "SELECT",
    "tabulation_publishedform": "SELECT",
    "tabulation_publishedfigures": "SELECT",
    "tabulation_publishedturnout": "SELECT",
    "tabulation_ledgerpart": "SELECT",
    "tabulation_withheldstation": "SELECT",
    "tabulation_publishedfile": "SELECT",
    "tabulation_publicationqueue": APPEND,
    "tabulation_turnoutqueue": APPEND,
    # what a person asks the publisher to do
    "tabulation_order": APPEND,
    # the acts of the commission: a row of those that publish stays only beside its publication
    "tabulation_motion": "SELECT, INSERT, UPDATE (state, ended_at, refusal)",
    "tabulation_motionconfirmation": APPEND,
    "tabulation_membership": "SELECT, INSERT, UPDATE (until_at, ended_by_id, end_decision)",
    "tabulation_lot": APPEND,
    "tabulation_sitting": APPEND,
    "tabulation_decision": APPEND,
    "tabulation_secondround": APPEND,
    "tabulation_autopublishperiod": "SELECT, INSERT, UPDATE (ended_at, ended_by_id)",
    # people and what they did; a trigger asks for the event of every change of an account
    "tabulation_event": APPEND,
    "tabulation_seal": "SELECT",
    "tabulation_sealqueue": APPEND,
    "tabulation_user": "SELECT, INSERT, UPDATE (password, last_login, real_name, role, area_id,"
    " is_active, must_change_password, one_time_until, changed_by_id, changed_at,"
    " first_confirmed_by_id, confirmed_by_id, enrolled_by_decision, event_number, told_event)",
    # Django's own
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    # sign-in (django-allauth) and its throttling
    "account_emailaddress": "SELECT",
    "account_emailconfirmation": "SELECT",
    "mfa_authenticator": "SELECT, INSERT, UPDATE, DELETE",
    "tabulation_throttle": "SELECT, INSERT, UPDATE (times, until), DELETE",
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",
    "auth_permission": "SELECT",
    "auth_group": "SELECT",
    "auth_group_permissions": "SELECT",
}
#: Of the publisher, who may all that pages may, and this.
PUBLISHER_GRANTS: dict[str, str] = GRANTS | {
    "tabulation_publication": "SELECT, INSERT, UPDATE (checkpoint, key)",
    "tabulation_countersignature": APPEND,
    "tabulation_filelist": APPEND,
    "tabulation_publishedform": "SELECT, INSERT, UPDATE (superseded_in)",
    "tabulation_publishedfigures": "SELECT, INSERT, UPDATE (superseded_in)",
    "tabulation_publishedturnout": "SELECT, INSERT, UPDATE (superseded_in)",
    "tabulation_ledgerpart": APPEND,
    "tabulation_withheldstation": APPEND,
    "tabulation_publishedfile": APPEND,
    "tabulation_publicationqueue": "SELECT, INSERT, DELETE",
    "tabulation_turnoutqueue": "SELECT, INSERT, DELETE",
    "tabulation_order": "SELECT, INSERT, UPDATE (state, answer, number, ended_at)",
    "tabulation_seal": APPEND,
    "tabulation_sealqueue": "SELECT, INSERT, DELETE",
}


def ensure_role(cursor: Any, role: str) -> None:
    """Create ``role`` when it is not there yet; it may log in only by your rule."""
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        # So that a session of the same login can become it (base.py); superusers need no grant.
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def apply_grants(cursor: Any, role: str, tables: set[str], grants: dict[str, str]) -> None:
    """Give ``role`` what ``grants`` lists on each of ``tables``, and nothing else."""
    name = sql.Identifier(role)
    cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
    for table in sorted(tables):
        target = sql.Identifier(table)
        cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(target, name))
        if table in grants:
            cursor.execute(
                sql.SQL("GRANT {} ON {} TO {}").format(
                    sql.SQL(grants[table]),  # our own constants
                    target,
                    name,
                )
            )
