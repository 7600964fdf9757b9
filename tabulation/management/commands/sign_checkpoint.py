import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tabulation.arithmetic.commitments.notes import NotANote
from tabulation.ledger import signing
from tabulation.ledger.countersigning import sign_offline
from tabulation.management.commands._command import PlainCommand


class Command(PlainCommand):
    refusals = (NotANote, signing.SigningRefused)
    help = (
        "Sign a checkpoint a second time, with the key in HASHVARK_SIGNING_KEY of this machine,"
        " which needs no network and no database. Prints two lines for manage.py countersign: the"
        " signature, and the public key that checks it. What is signed is shown first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", metavar="FILE", help="the checkpoint, as it is served; - for stdin"
        )

    def handle(self, *, file: str, **options: Any) -> None:
        try:
            if file == "-":
                note = sys.stdin.read()
            else:
                with open(file, encoding="utf-8") as opened:
                    note = opened.read()
            line, key = sign_offline(note, signing.signer())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}.") from error
        self.stderr.write("Signed:\n" + note.partition("\n\n")[0])
        self.stdout.write(line.strip())
        self.stdout.write(key)
