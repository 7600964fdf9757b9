from typing import Any

from django.conf import settings

from tabulation.ledger import signing
from tabulation.management.commands._command import PlainCommand


class Command(PlainCommand):
    refusals = (signing.SigningRefused,)
    help = (
        "Make the Ed25519 key that signs the seals of the events, in the file HASHVARK_SIGNING_KEY"
        " names, readable by this user alone; print its public half, which checks the seals. A key"
        " that is there is never overwritten."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        signer = signing.make_key()
        self.stderr.write(f"The key {signer.key_id} is in {settings.SIGNING_KEY}. Its public half:")
        self.stdout.write(signer.public_pem, ending="")
