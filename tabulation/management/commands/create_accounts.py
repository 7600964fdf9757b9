from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.models import Area, User
from tabulation.staff.accounts import managing, records


class Command(DatabaseCommand):
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

    def handle(
        self,
        *,
        prefix: str,
        count: int,
        role: str,
        election: str | None,
        area: str | None,
        **options: Any,
    ) -> None:
        try:
            slips = managing.create_accounts(
                prefix=prefix,
                count=count,
                role=role,
                area=_area(election, area),
                by=None,
                at=timezone.now(),
            )
        except records.AccountRefused as refused:
            raise CommandError(str(refused)) from refused
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        for slip in slips:
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
