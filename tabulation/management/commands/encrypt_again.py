from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import CommandError
from django.db import transaction

from tabulation.management.commands._command import DatabaseCommand
from tabulation.staff import ciphers
from tabulation.staff.access import SEED


class Command(DatabaseCommand):
    help = (
        "Encrypt the secrets of authenticator apps with HASHVARK_SECRET_KEY. The command reads them"
        " with this key or with those of HASHVARK_OLD_SECRET_KEYS."
    )

    def handle(self, **options: Any) -> None:
        done, lost = _encrypt_again()
        self.stdout.write(f"{done} secrets are encrypted with HASHVARK_SECRET_KEY.")
        if lost:
            raise CommandError(
                f"No key reads the secrets of {', '.join(lost)}. They were not changed. Give the"
                " missing key in HASHVARK_OLD_SECRET_KEYS, or reset their two-step verification."
            )


@transaction.atomic
def _encrypt_again() -> tuple[int, list[str]]:
    """How many secrets were read and written, and the names of those whose no key reads."""
    apps = Authenticator.objects.filter(type=Authenticator.Type.TOTP).select_related("user")
    done, lost = 0, []
    for app in apps.select_for_update(of=("self",)).order_by("user__username"):
        kept = app.data.get("secret") if isinstance(app.data, dict) else None
        try:
            seed = ciphers.decrypt(kept, SEED)
        except ciphers.Unreadable:
            lost.append(app.user.username)
            continue
        app.data["secret"] = ciphers.encrypt(seed, SEED)
        app.save(update_fields=["data"])
        done += 1
    return done, lost
