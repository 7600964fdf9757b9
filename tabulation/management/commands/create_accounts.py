from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.models import Area, User
from tabulation.staff.accounts import enrolling, managing, records


class Command(DatabaseCommand):
    refusals = (records.AccountRefused,)
    help = (
        "Create many accounts of one kind: PREFIX001, PREFIX002 and so on, after the highest number"
        " there is. Prints a name and a one-time password a line, once; they are kept nowhere, and"
        " each person chooses a password of their own at the first sign-in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="such as clerk-")
        parser.add_argument("count", type=int, help=f"how many, up to {managing.BULK_LIMIT}")
        parser.add_argument("--role", required=True, choices=User.Role.values)
        parser.add_argument("--election", metavar="SLUG", help="the election of the area")
        parser.add_argument("--area", metavar="CODE", help="default: the whole country")
        parser.add_argument(
            "--decision",
            metavar="NUMBER",
            default="",
            help="the paper decision that enrols the first two members or administrators. Other"
            " accounts wait until two people confirm them",
        )

    def handle(self, *, election: str | None, area: str | None, **options: Any) -> None:
        wanted = {name: options[name] for name in ("prefix", "count", "role", "decision")}
        where = _area(election, area)
        if wanted["decision"]:
            enrolling.refuse_enrolment(
                role=wanted["role"], whole_country=where is None, count=wanted["count"]
            )
        for slip in managing.create_accounts(**wanted, area=where, by=None, at=timezone.now()):
            self.stdout.write(f"{slip.user.username} {slip.password}")


def _area(slug: str | None, code: str | None) -> Area | None:
    if slug is None and code is None:
        return None
    if slug is None or code is None:
        raise CommandError("--election and --area go together.")
    election = election_named(slug)
    found = Area.objects.filter(election=election, code=code).select_related("election").first()
    if found is None:
        raise CommandError(f"There is no area {code!r} in {slug}.")
    return found
