"""What must be true of the staged files of an election folder: SQL over whole sets."""

from datetime import date

from tabulation.importing.tables import Staged
from tabulation.importing.words import FILE_NAME
from tabulation.models.geography import CODE_PATTERN

NUMBER = "^[0-9]{1,9}$"
#: Of a candidate: `07` and `7` would be two candidates on one line of the ballot.
BALLOT_NUMBER = "^(0|[1-9][0-9]{0,8})$"
NUMBER_ADVICE = "write a whole number, digits only, at most 999999999"


def check_areas(areas: Staged) -> None:
    """One root, known parents, no circle."""
    areas.check_required("code", "name")
    areas.check_unique("code")
    areas.check_length(name=200, level=60)
    _check_code(areas)
    areas.check_known("parent_code", "areas", "no area has this code; correct it, or add that area")
    areas.check(
        "parent_code",
        "t.parent_code IS NULL AND t.line > (SELECT min(line) FROM staged_areas"
        " WHERE parent_code IS NULL)",
        "only one area, the country, has no parent; name the parent of this one",
    )
    areas.check(
        "parent_code",
        "EXISTS (SELECT FROM staged_areas p WHERE p.code = t.parent_code) AND reached.code IS NULL",
        "its parents lead in a circle and never to the country; correct one of them",
        # From the top down, all areas at once: asked of each area by itself, it is quadratic.
        join="""LEFT JOIN (
             WITH RECURSIVE reached (code) AS (
               SELECT top.code FROM staged_areas top
               LEFT JOIN staged_areas p ON p.code = top.parent_code WHERE p.code IS NULL
               UNION
               SELECT below.code FROM staged_areas below JOIN reached
                 ON below.parent_code = reached.code)
             SELECT code FROM reached) reached ON reached.code = t.code""",
    )


def check_stations(stations: Staged) -> None:
    stations.check_required("code", "name", "area_code")
    stations.check_unique("code")
    stations.check_length(name=200, address=300)
    _check_code(stations)
    stations.check("registered", f"t.registered !~ '{NUMBER}'", NUMBER_ADVICE)
    _check_area(stations)


#: As Django's validator of user names has it.
USER_NAME = "^[[:alnum:]_.@+-]+$"


def check_commission(commission: Staged) -> None:
    """Names that accounts can have, each of one member, and no account of somebody else."""
    commission.check_required("username", "name")
    commission.check_length(username=150, name=150)
    commission.check(
        "username",
        f"t.username !~ '{USER_NAME}'",
        "use letters, digits and the signs @ . + - _ in a user name",
    )
    commission.check(
        "username",
        "n.nth > 1",
        "this user name equals or looks like an earlier one. Choose another user name",
        join="JOIN (SELECT line, row_number() OVER (PARTITION BY name_key(username) ORDER BY line)"
        " AS nth FROM staged_commission) n ON n.line = t.line",
    )
    commission.check(
        "username",
        "u.username <> t.username",
        "another account has a user name that looks like this one. Choose another user name",
        join=ACCOUNT,
    )
    commission.check(
        "username",
        "u.username = t.username AND (u.role <> 'member' OR u.area_id IS NOT NULL)",
        "this account belongs to no commission member for the whole country. Choose another user"
        " name",
        join=ACCOUNT,
    )


#: The account that a founding member has already.
ACCOUNT = "JOIN tabulation_user u ON name_key(u.username) = name_key(t.username)"


def check_candidates(candidates: Staged) -> None:
    _check_contest(candidates)
    candidates.check_required("name")
    candidates.check_unique("contest", "number")
    candidates.check_length(name=200, occupation=200, nominator=200, party_code=40, party=200)
    candidates.check(
        "number", f"t.number !~ '{BALLOT_NUMBER}'", f"{NUMBER_ADVICE}, no zero in front"
    )
    candidates.check(
        "number",
        "t.number IS NULL AND t.status IS DISTINCT FROM 'withdrawn'",
        "only a candidate who withdrew before the ballots were printed has no number",
    )
    candidates.check(
        "status",
        "t.status NOT IN ('registered', 'withdrawn')",
        "write registered or withdrawn",
    )
    _check_days(candidates)
    candidates.check(
        "withdrawn_on",
        "(t.status IS NOT DISTINCT FROM 'withdrawn') <> (t.withdrawn_on IS NOT NULL)",
        "a withdrawn candidate has a date of withdrawal, a registered one has none",
    )
    candidates.check(
        "party",
        "t.party IS NOT NULL AND t.party_code IS NULL",
        "give the party a party_code as well",
    )
    candidates.check(
        "party",
        "t.party <> first.party",
        "two parties have this party_code; correct one of them",
        join="JOIN (SELECT party_code, min(party) AS party FROM staged_candidates"
        " GROUP BY party_code) first ON first.party_code = t.party_code",
    )


def _check_days(candidates: Staged) -> None:
    """Days of withdrawal that the calendar has."""
    candidates.cursor.execute(
        "SELECT line, withdrawn_on FROM staged_candidates WHERE withdrawn_on IS NOT NULL"
    )
    for line, day in candidates.cursor.fetchall():
        try:
            date.fromisoformat(day)
        except ValueError:
            candidates.problems.add(
                candidates.file, line, "withdrawn_on", day, advice="write a date like 2012-07-10"
            )


def check_scope(scope: Staged) -> None:
    _check_contest(scope)
    scope.check_required("number", "area_code")
    scope.check_unique("contest", "number", "area_code")
    scope.check(
        "number",
        "c.number IS NULL",
        "no candidate of the contest has this number",
        join="LEFT JOIN staged_candidates c ON c.contest = t.contest AND c.number = t.number",
    )
    _check_area(scope)


def check_turnout(turnout: Staged) -> None:
    _check_contest(turnout)
    turnout.check_required("station_code", "time", "voters")
    turnout.check_unique("contest", "station_code", "time")
    turnout.check("time", "t.time !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'", "write it like 09:00")
    turnout.check(
        "time",
        "t.time <> ALL (c.hours)",
        "not among the turnout_hours of the contest; correct it, or name this hour there",
        join="JOIN staged_contests c ON c.code = t.contest AND cardinality(c.hours) > 0",
    )
    turnout.check("voters", f"t.voters !~ '{NUMBER}'", NUMBER_ADVICE)
    turnout.check_known(
        "station_code",
        "stations",
        "no station has this code; correct it, or add the station to stations.csv",
    )


def _check_code(staged: Staged) -> None:
    staged.check(
        "code",
        "t.code !~ %(pattern)s OR length(t.code) > 60",
        "a code has letters and digits, single . - / or space between them, 60 at most",
        params={"pattern": CODE_PATTERN},
    )
    staged.check(
        "code",
        "t.code ~ %(pattern)s",
        "the site has files of such names. Write the code without .json, .pdf, .gz and index.html",
        params={"pattern": FILE_NAME},
    )


def _check_area(staged: Staged) -> None:
    staged.check_known(
        "area_code", "areas", "no area has this code; correct it, or add the area to areas.csv"
    )


def _check_contest(staged: Staged) -> None:
    staged.check_required("contest")
    staged.check(
        "contest",
        "t.contest NOT IN (SELECT code FROM staged_contests)",
        "no contest in election.toml has this code",
    )
