import re
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from tabulation.ledger import signing
from tabulation.ledger.auditing import Audit, steps
from tabulation.management.commands._command import DatabaseCommand


def noted_seal(text: str) -> tuple[int, bytes]:
    """`12:` and 64 hexadecimal digits, as this command prints it."""
    if not (parts := re.fullmatch(r"([0-9]{1,9}):([0-9a-fA-F]{64})", text)):
        raise ArgumentTypeError("a number, a colon and 64 hexadecimal digits")
    return int(parts[1]), bytes.fromhex(parts[2])


class Command(DatabaseCommand):
    refusals = (signing.SigningRefused,)
    help = (
        "Recompute the hash of every event and seal, the chains and the signatures; name what was"
        " altered, removed or slipped in. Replay every account from its events. At the end stands"
        " the last seal: write it down elsewhere and give it next time, which finds seals cut off"
        " the end. Exit status 1 when anything is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_keys(parser)
        parser.add_argument(
            "--last-seal",
            type=noted_seal,
            metavar="N:HASH",
            help="a seal that must be here, as an earlier run printed it",
        )

    def handle(
        self,
        *,
        key: list[Path] | None,
        last_seal: tuple[int, bytes] | None,
        **options: Any,
    ) -> None:
        wrong = 0
        with tqdm(total=steps(), unit=" rows", desc="Verifying", delay=2, disable=None) as bar:
            audit = Audit(keys_of(key), noted=last_seal, progress=bar.update)
            for finding in audit.findings():
                wrong += 1
                self.stdout.write(finding)
        self._report(audit)
        if wrong:
            raise CommandError(f"The events are not as they were written. Findings: {wrong}.")
        self.stdout.write("Nothing was altered, removed or slipped in up to the last seal.")

    def _report(self, audit: Audit) -> None:
        self.stdout.write(f"Events: {audit.events}. Seals: {audit.seals}.")
        if audit.last_seal is None:
            self.stdout.write("Nothing is sealed yet.")
        else:
            number, digest = audit.last_seal
            self.stdout.write(f"Last seal: {number}:{digest.hex()}")
        self.stdout.write(
            f"Events after the last seal, which nothing protects: {audit.unprotected}"
        )


def add_keys(parser: CommandParser) -> None:
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        metavar="PUBLIC.pem",
        help="a public key that seals were signed with; several are fine. Without it the public"
        " half of this installation's own key is used",
    )


def keys_of(files: list[Path] | None) -> dict[str, bytes]:
    """The public keys in ``files``, or this installation's own, by their `signing.key_id`."""
    try:
        publics = [signing.public_key(path) for path in files or ()] or [signing.signer().public]
    except signing.SigningKeyMissing as missing:
        raise CommandError(
            "Give the public key that the seals were signed with: --key"
        ) from missing
    return {signing.key_id(public): public for public in publics}
