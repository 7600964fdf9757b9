"""The first people are enrolled at the server's command line, by a decision on paper.

Two members confirm each member and administrator. Before there are two, nobody can.
"""

from candidates.models import Election
from tabulation.models import CONFIRMED, User
from tabulation.staff.accounts.managing import MEMBERS_LEFT, members
from tabulation.staff.accounts.records import AccountRefused

#: Members confirm everybody else; an administrator makes the accounts that they confirm.
FIRST = frozenset({User.Role.MEMBER, User.Role.ADMINISTRATOR})
#: Of each of these roles.
MOST = 2


def refuse_enrolment(*, role: str, whole_country: bool, count: int) -> None:
    """Raise AccountRefused unless they are the first of their role, whom nobody can confirm."""
    if role not in FIRST or not whole_country:
        raise AccountRefused(
            "Only members and administrators of the whole country are enrolled by a decision."
            " Nothing was saved. Leave out --decision, and let members confirm the account."
        )
    if role == User.Role.MEMBER and Election.objects.filter(kind=Election.Kind.REAL).exists():
        raise AccountRefused(
            "A real election is loaded. Nothing was saved. Let two administrators enrol its"
            " commission with the command enrol_commission."
        )
    if members().count() >= MEMBERS_LEFT:
        raise AccountRefused(
            "There are two members who can confirm accounts. Nothing was saved. Leave out"
            " --decision, and let them confirm the account."
        )
    if User.objects.filter(CONFIRMED, role=role, is_active=True).count() + count > MOST:
        raise AccountRefused(
            f"At most {MOST} accounts of this role are enrolled by a decision. Nothing was saved."
            " Make fewer, and let two members confirm the others."
        )
