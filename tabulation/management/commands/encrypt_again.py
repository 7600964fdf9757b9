from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import CommandError
from django.db import transaction

from tabulation.management.commands._command import DatabaseCommand
from tabulation.staff import ciphers
from tabulation.staff.access import SEED


class Command(DatabaseCommand):
    help = (
        "Encrypt the seeds of authenticator apps with HASHVARK_SECRET_KEY. Those that a key of"
        " HASHVARK_OLD_SECRET_KEYS encrypted are read with it; afterwards it is not needed."
    )

    def handle(self, **options: Any) -> None:
        done, lost = _encrypt_again()
        self.stdout.write(f"{done} seeds are encrypted with HASHVARK_SECRET_KEY.")
        if lost:
            raise CommandError(
                f"No key reads the seeds of: {', '.join(lost)}. Nothing of theirs was changed. Give"
                " the key that encrypted them in HASHVARK_OLD_SECRET_KEYS, or reset their two-step"
                " verification."
            )


@transaction.atomic
def _encrypt_again() -> tuple[int, list[str]]:
    """How many seeds were read and written, and the names of those whose seed no key reads."""
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
