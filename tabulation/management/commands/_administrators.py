"""Two administrators prove at the server's command line that they are there.

Nothing secret is an argument, which a shell would keep: passwords and codes are asked for.
"""

import getpass
from collections.abc import Sequence

from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from django.core.management.base import CommandError, CommandParser
from django.http import HttpRequest

from tabulation.models import User
from tabulation.staff.accounts.records import second_factors
from tabulation.staff.forms.codes import AuthenticateForm

STOPPED = "The identity was not proved. Nothing was saved."


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--administrators",
        nargs=2,
        metavar="NAME",
        required=True,
        help="two administrators for the whole country. Each enters a password and a code",
    )
    parser.add_argument(
        "--decision", metavar="NUMBER", required=True, help="the number of the decision on paper"
    )


def prove(names: Sequence[str]) -> list[User]:
    """Ask each for the password and a code of the app. Raises CommandError."""
    return [_proved(name) for name in names]


def _proved(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    has_app = user and second_factors(user).filter(type=Authenticator.Type.TOTP).exists()
    if user is None or not has_app or user.must_change_password:
        raise CommandError(
            f"The account {name} cannot be proved here. Nothing was saved. It needs to be open,"
            " with its own password and an authenticator app."
        )
    try:
        password = getpass.getpass(f"Password of {name}: ")
        code = getpass.getpass(f"Code of the app of {name}: ")
    except (EOFError, KeyboardInterrupt):
        raise CommandError(STOPPED) from None
    if not user.check_password(password) or not _is_code_of(user, code):
        raise CommandError(f"The password or the code of {name} is wrong. {STOPPED}")
    return user


def _is_code_of(user: User, code: str) -> bool:
    """As at the sign-in: wrong codes are counted, by the address too, and each is good once."""
    here = HttpRequest()
    here.method, here.META["REMOTE_ADDR"] = "POST", "127.0.0.1"
    with request_context(here):
        return bool(AuthenticateForm(user=user, data={"code": code}).is_valid())
