import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.utils import timezone

from candidates.models import Election
from tabulation.database.faults import fault_of, words_of
from tabulation.database.places import LauncherError
from tabulation.database.statements import fetch
from tabulation.ledger import sealing
from tabulation.ledger.autopublishing import ALONE, NotDue, publish_due
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.signing import SigningRefused
from tabulation.ledger.withholding import withheld_in
from tabulation.ledger.writing import release_all
from tabulation.management.commands._beside import FileSigner, FirstAudit
from tabulation.management.commands._command import (
    DatabaseCommand,
    election_named,
    handling,
    seconds,
)
from tabulation.management.commands.seal_events import told
from tabulation.management.commands.verify_events import add_keys, keys_of
from tabulation.models import AutopublishPeriod
from tabulation.outcomes.certification import ordering
from tabulation.outcomes.certification.motions import expire_due
from tabulation.public.papers import binding

#: Seconds between two looks at whether something is asked for or due.
LOOK = 0.3
#: A signal is noticed within this many seconds.
NAP = 0.2
#: Seconds between two tries to reach the database: longer each time, up to the last.
BACKOFF = (1, 2, 5, 10, 30)
#: What sentences are about that no election is.
KINDS = ("", "alone", "seal", "release", "files", "audit")
#: Tried again, until a person has mended it: InternalError is what a read-only server answers.
FAILED = (OperationalError, InternalError, InterfaceError, LauncherError)


class Command(DatabaseCommand):
    publishes = True
    help = (
        "Be the publisher, the one process with the signing key. Publish what people ask for on"
        " their pages. Publish partial results automatically while a recorded decision of the"
        " commission is in force. A person publishes a complete count. Seal the events. At the"
        " start, check everything as verify_events does, and name on stderr what is wrong. One"
        " process works. Others wait to take over. It outlives restarts of the database and stops"
        " at Ctrl-C or SIGTERM, never in the middle of a publication."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "election",
            metavar="ELECTION",
            nargs="?",
            help="publish only this one automatically, such as georgia-2013",
        )
        parser.add_argument(
            "--every",
            type=seconds,
            default=30.0,
            metavar="SECONDS",
            help="publish automatically at most every so many seconds (30)",
        )
        parser.add_argument(
            "--seal-every",
            type=seconds,
            default=60.0,
            metavar="SECONDS",
            help="seal the events every so many seconds (60)",
        )
        add_keys(parser)
        parser.add_argument("--once", action="store_true", help="look once, then stop")

    def handle(
        self,
        *,
        election: str | None,
        every: float,
        seal_every: float,
        key: list[Path] | None,
        once: bool,
        **options: Any,
    ) -> None:
        self.every, self.seal_every = timedelta(seconds=every), seal_every
        #: When the events are sealed next (monotonic seconds).
        self.seals_at = 0.0
        self.only = election_named(election) if election else None
        self.stopped, self.sentences = False, dict[str, str]()
        #: Until when an election is left alone after something was told of it (monotonic seconds).
        self.rests = dict[str, float]()
        self.files = FileSigner(lambda sentence: self._tell("files", sentence))
        self.audit = FirstAudit(
            lambda sentence: self._tell("audit", sentence),
            lambda finding: self.stderr.write(f"ALARM: {finding}"),
            lambda: keys_of(key),
        )
        self.once, failures = once, 0
        with handling((signal.SIGINT, signal.SIGTERM), self._stop):
            while not self.stopped:
                try:
                    self._look()
                    self._tell("", "the database answers again" if failures else "")
                    failures = 0
                except FAILED as error:
                    if once:
                        raise
                    self._lost(error)
                    failures += 1
                if once:
                    break
                self._sleep(BACKOFF[min(failures, len(BACKOFF)) - 1] if failures else LOOK)
        self.files.stop()
        self.audit.stop()
        # With the session goes the lock: whoever waits takes over.
        connection.close()
        self.stdout.write("Stopped.")

    def _look(self) -> None:
        if not self._alone():
            self._tell("", "another publisher is at work, and this one waits to take over")
            return
        self.sentences.pop("", None)
        self._release()
        self._carry_out()
        if self.seals_at <= time.monotonic():
            self._seal()
            self.files.look()
            if not self.once:
                self.audit.look()
            self.seals_at = time.monotonic() + self.seal_every
        elections = self._elections()
        if not elections:
            self._tell("alone", "no decision is in force, and nothing is published automatically")
            return
        self.sentences.pop("alone", None)
        for election in elections:
            if not self.stopped and self.rests.get(election.slug, 0) <= time.monotonic():
                self._publish(election)

    def _release(self) -> None:
        """What cannot be released now is told, and keeps no other election from being published."""
        try:
            release_all()
            self.sentences.pop("release", None)
        except PublicationRefused as refused:
            self._tell("release", str(refused).removesuffix("."))

    def _carry_out(self) -> None:
        """What people asked for. An error of ours is told here in full, and to them in a word."""
        for order in ordering.carry_out_waiting(papers=binding.papers_of):
            asked = f"{order.act} for {order.by or 'a command'} {order.state}. {order.answer}"
            self.stdout.write(
                f"{order.ended_at:%Y-%m-%dT%H:%M:%S} {order.election.slug} {asked}".rstrip()
            )

    def _seal(self) -> None:
        try:
            expire_due(at=timezone.now())
            seal = sealing.seal(at=timezone.now())
            self.sentences.pop("seal", None)
        except SigningRefused as refused:
            self._tell("seal", str(refused).removesuffix("."))
            return
        if seal is not None:
            self.stdout.write(told(seal))

    def _alone(self) -> bool:
        """Whether this process is the one that works. Asked each time: a session may be new."""
        ((alone,),) = fetch("SELECT pg_try_advisory_lock(%s, %s)", ALONE)
        return bool(alone)

    def _elections(self) -> list[Election]:
        standing = AutopublishPeriod.objects.in_force(timezone.now()).select_related("election")
        if self.only is not None:
            standing = standing.filter(election=self.only)
        return [period.election for period in standing.order_by("election__slug")]

    def _publish(self, election: Election) -> None:
        try:
            published = publish_due(election=election, every=self.every, clock=timezone.now)
        except (NotDue, PublicationRefused) as why:
            if str(why):
                self._tell(election.slug, str(why).removesuffix("."))
                self.rests[election.slug] = time.monotonic() + self.every.total_seconds()
            return
        self.sentences.pop(election.slug, None)
        self.stdout.write(
            f"{published.published_at.isoformat(timespec='seconds')} {election.slug}:"
            f" publication {published.number} ({published.status}), decision {published.decision}"
        )
        for one in withheld_in(election, published.number):
            self.stderr.write(f"{election.slug} withholds {one}.")

    def _tell(self, about: str, sentence: str) -> None:
        """Each sentence once, until there is another one."""
        if sentence and self.sentences.get(about) != sentence:
            self.sentences[about] = sentence
            about = f"{about}: " if about not in KINDS else ""
            self.stdout.write(f"{about}{sentence[0].upper()}{sentence[1:]}.")

    def _lost(self, error: Exception) -> None:
        fault, words = fault_of(error), words_of(error)
        if fault.unreachable:
            self._tell("", f"the database cannot be reached: {words}. Trying again")
        else:
            self._tell("", f"{fault.told(words)} Trying again")
        connection.close()

    def _sleep(self, length: float) -> None:
        until = time.monotonic() + length
        while not self.stopped and (left := until - time.monotonic()) > 0:
            time.sleep(min(NAP, left))

    def _stop(self, _signal: int, _frame: object) -> None:
        """Ctrl-C and SIGTERM only say that it is enough: what is being published is finished."""
        self.stopped = True
