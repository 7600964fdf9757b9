from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tabulation.ledger import signing


class Command(BaseCommand):
    help = (
        "Make the Ed25519 key that signs the seals of the events, in the file HASHVARK_SIGNING_KEY"
        " names, readable by this user alone; print its public half, which checks the seals. A key"
        " that is there is never overwritten."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            signer = signing.make_key()
        except signing.SigningRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stderr.write(f"The key {signer.key_id} is in {settings.SIGNING_KEY}. Its public half:")
        self.stdout.write(signer.public_pem, ending="")
