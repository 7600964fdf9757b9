"""What happened, who did it, before and after: written with the change, kept after its subject.

The events of one subject form a chain: each holds the hash of the one before. Seals, signed, tie
the events of all subjects together.
"""

from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.db.transaction import TransactionManagementError

from candidates.models import Election
from tabulation.arithmetic.commitments.events import event_hash, seal_message

#: The network address the acts of this request come from; empty at the server's command line.
acting_from: ContextVar[str] = ContextVar("acting_from", default="")


def follows_from_1(length: int) -> Q:
    """The first of a chain has nothing before it; every other holds a hash of ``length`` bytes."""
    return (Q(number=1) & Q(Exact(Length("previous"), 0))) | (
        Q(number__gt=1) & Q(Exact(Length("previous"), length))
    )


class Event(models.Model):
    """One act. Append-only; the person's name is copied, the subject is named and not linked."""

    election = models.ForeignKey(
        Election,
        null=True,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,  # event_by_election begins with it
    )
    subject = models.CharField(max_length=250)
    #: Place in the chain of its subject, from 1.
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="events"
    )
    by_name = models.CharField(max_length=150)
    address = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    #: Hash of the event before of the same subject; empty for the first.
    previous = models.BinaryField()
    #: `commitments.event_hash` of the rest.
    hash = models.BinaryField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="event_number_once"),
            models.CheckConstraint(condition=Q(Exact(Length("hash"), 32)), name="event_hash_is_32"),
            models.CheckConstraint(condition=follows_from_1(32), name="event_follows_from_1"),
        ]
        indexes = [models.Index(fields=["election", "id"], name="event_by_election")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act} {self.subject} by {self.by_name}"

    def digest(self) -> bytes:
        """What `hash` must be. Raises NotCanonical."""
        return event_hash(
            subject=self.subject,
            number=self.number,
            previous=bytes(self.previous),
            election=self.election.slug if self.election else None,
            act=self.act,
            by=self.by_id,
            by_name=self.by_name,
            address=self.address,
            at=self.at,
            before=self.before,
            after=self.after,
        )


class Seal(models.Model):
    """A signed statement that these events stood so at a moment; each seal holds the one before."""

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField()
    event_ids = ArrayField(models.BigIntegerField())
    count = models.PositiveIntegerField()
    #: RFC 6962 Merkle root of the events' hashes in the order of their ids.
    root = models.BinaryField()
    previous = models.BinaryField()
    hash = models.BinaryField()
    signature = models.BinaryField()
    key_id = models.CharField(max_length=16)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(Length("root"), 32))
                & Q(Exact(Length("hash"), 32))
                & Q(Exact(Length("signature"), 64)),
                name="seal_lengths",
            ),
            models.CheckConstraint(condition=follows_from_1(32), name="seal_follows_from_1"),
            models.CheckConstraint(
                condition=Q(count__gte=1, event_ids__len=models.F("count")),
                name="seal_counts_its_events",
            ),
        ]

    def __str__(self) -> str:
        return f"seal {self.number}"

    def message(self) -> bytes:
        """What is hashed and signed."""
        return seal_message(
            number=self.number,
            at=self.at,
            event_ids=self.event_ids,
            count=self.count,
            root=bytes(self.root),
            previous=bytes(self.previous),
            key_id=self.key_id,
        )


class SealQueue(models.Model):
    """Events that no seal covers yet. Filled by a trigger, emptied by the sealer."""

    event_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"event {self.event_id}"


def record(
    *,
    act: str,
    subject: str,
    by: Any,
    at: datetime,
    election: Election | None = None,
    before: Any = None,
    after: Any = None,
    by_name: str = "",
) -> Event:
    """Write the event of a change, in the transaction of that change.

    ``by`` is the person; ``None`` is a program that calls itself ``by_name``, or somebody at the
    server's own command line. Writers of one subject wait for each other until they commit.
    Raises NotCanonical for a ``before`` or ``after`` with floats, dates or the like.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("An event is written in the transaction of its change.")
    number, previous = _last_of(subject)
    event = Event(
        election=election,
        subject=subject,
        number=number + 1,
        act=act,
        by=by,
        by_name=by.get_username() if by else by_name or "command line",
        address=acting_from.get(),
        at=at,
        before=before,
        after=after,
        previous=previous,
    )
    event.hash = event.digest()
    event.save(force_insert=True)
    return event


def _last_of(subject: str) -> tuple[int, bytes]:
    """Number and hash of the last event of ``subject``, which is now ours until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, hash FROM last_event_of(%s)", [subject])
        number, digest = cursor.fetchone()
    return number, bytes(digest)
