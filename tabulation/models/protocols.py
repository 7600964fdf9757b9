"""A protocol, who types it (Seat), what is being typed (Draft) and what was typed (Entry)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.models.form import ControlRelation
from tabulation.models.geography import PollingStation


def figures_field(**kwargs: Any) -> "ArrayField[Any, Any]":
    """One figure a line, in paper order; NULL is blank. The database checks length and sign."""
    return ArrayField(models.IntegerField(null=True), **kwargs)


class EntryQuerySet(models.QuerySet["Entry"]):
    def standing(self) -> "EntryQuerySet":
        """Those that were not returned, of seats that are not released."""
        return self.filter(returned=None, seat__released_at=None)


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def newest_first(self) -> "ProtocolQuerySet":
        """What is here of a station, the newest version first; what was set aside is not here."""
        return self.exclude(status=Protocol.Status.SET_ASIDE).order_by("-version")

    def accepted(self) -> "ProtocolQuerySet":
        """Those that count in the sums."""
        return self.filter(status=Protocol.Status.ACCEPTED)


class Protocol(models.Model):
    """One version of the signed paper of one station for one contest.

    A station with no row is expected. A correction is a new version; the old one goes on
    counting until the new one is accepted, and stays visible for ever.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("status of a protocol", "received")
        ENTERED = "entered", _("first entry done")
        DIFFERENT = "different", _("entries differ")
        ERRORS = "errors", _("has errors")
        VERIFIED = "verified", pgettext_lazy("status of a protocol", "verified")
        ACCEPTED = "accepted", pgettext_lazy("status of a protocol", "accepted")
        CORRECTED = "corrected", _("replaced by a correction")
        ANNULLED = "annulled", pgettext_lazy("status of a protocol", "annulled")
        SET_ASIDE = "set_aside", _("set aside")

    class Origin(models.TextChoices):
        TYPED = "typed", pgettext_lazy("entry", "typed")
        IMPORTED = "imported", pgettext_lazy("entry", "imported")

    # The pair is a station's place in the contest, which a trigger holds (docs/decisions/0005); it
    # is found through the indexes of the constraints below.
    contest = models.ForeignKey(
        Contest,
        on_delete=models.PROTECT,
        related_name="protocols",
        db_constraint=False,
        db_index=False,
    )
    station = models.ForeignKey(
        PollingStation,
        on_delete=models.PROTECT,
        related_name="protocols",
        db_constraint=False,
        db_index=False,
    )
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.RECEIVED)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.TYPED)
    #: Set once, when the protocol is accepted.
    figures = figures_field(null=True, blank=True)
    received_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    #: When it was corrected, annulled or set aside.
    closed_at = models.DateTimeField(null=True, blank=True)
    #: Why this version exists, and by which decision.
    reason = models.CharField(max_length=500, blank=True)
    decision = models.CharField(max_length=100, blank=True)
    #: The last ruling about it: why it was annulled, reinstated or set aside, by which decision.
    ruling_reason = models.CharField(max_length=500, blank=True, db_default="")
    ruling_decision = models.CharField(max_length=100, blank=True, db_default="")

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ("contest_id", "station_id", "version")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "station", "version"], name="protocol_version_once"
            ),
            models.UniqueConstraint(
                fields=["contest", "station"],
                condition=Q(status__in=["accepted", "annulled"]),
                name="protocol_counts_once",
            ),
            models.UniqueConstraint(
                fields=["contest", "station"],
                condition=Q(status__in=lifecycle.IN_WORK),
                name="protocol_one_version_in_work",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[*lifecycle.IN_WORK, "set_aside"],
                    figures__isnull=True,
                    accepted_at__isnull=True,
                )
                | Q(
                    status__in=["accepted", "corrected", "annulled"],
                    figures__isnull=False,
                    accepted_at__isnull=False,
                ),
                name="protocol_has_figures_once_accepted",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["corrected", "annulled", "set_aside"], closed_at__isnull=False
                )
                | (
                    ~Q(status__in=["corrected", "annulled", "set_aside"])
                    & Q(closed_at__isnull=True)
                ),
                name="protocol_closed_with_a_time",
            ),
            models.CheckConstraint(
                condition=Q(origin="typed")
                | Q(origin="imported", status__in=["accepted", "corrected", "annulled"]),
                name="protocol_imported_only_as_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["annulled", "set_aside"]) | ~Q(ruling_reason=""),
                name="protocol_leaves_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""), name="protocol_corrected_for_a_reason"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="protocol_version_from_1"),
        ]
        indexes = [
            models.Index(
                fields=["contest", "received_at", "id"],
                condition=Q(status__in=lifecycle.OPEN),
                name="protocol_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.station} version {self.version}"

    @property
    def subject(self) -> str:
        """What events about this protocol are filed under."""
        election = self.contest.election
        return f"protocol {election.slug}/{self.contest.code}/{self.station.code}/v{self.version}"


class Receipt(models.Model):
    """How the paper of a typed protocol arrived, as the intake clerk saw it."""

    class Condition(models.TextChoices):
        GOOD = "good", _("in order")
        OPEN = "open", _("envelope open or seal broken")
        DAMAGED = "damaged", _("damaged, but legible")
        ILLEGIBLE = "illegible", _("illegible in part")
        UNSIGNED = "unsigned", _("signatures or stamp missing")

    protocol = models.OneToOneField(
        Protocol, on_delete=models.PROTECT, primary_key=True, related_name="receipt"
    )
    condition = models.CharField(max_length=9, choices=Condition, default=Condition.GOOD)
    remarks = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="receipts"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(condition__in=["good", "open", "damaged", "illegible", "unsigned"]),
                name="receipt_condition_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"receipt of {self.protocol}"


class Seat(models.Model):
    """One of the two places at a protocol version, and the person who types there.

    A person sits once at a version, ever; a slot has one person at a time.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="seats")
    slot = models.PositiveSmallIntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats"
    )
    taken_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("protocol_id", "slot", "taken_at")
        constraints = [
            models.UniqueConstraint(fields=["protocol", "person"], name="seat_person_once"),
            models.UniqueConstraint(
                fields=["protocol", "slot"],
                condition=Q(released_at__isnull=True),
                name="seat_slot_once",
            ),
            models.CheckConstraint(condition=Q(slot__in=[1, 2]), name="seat_is_first_or_second"),
        ]

    def __str__(self) -> str:
        return f"{self.person} at seat {self.slot} of {self.protocol}"


class Draft(models.Model):
    """What a seat's person has typed so far; ``revision`` tells an older tab that it is older."""

    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="draft")
    figures = figures_field()
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.seat}"


class Entry(models.Model):
    """One person's finished typing of one protocol. Never changed; typing again is another row."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="entries")
    attempt = models.PositiveSmallIntegerField(default=1)
    figures = figures_field()
    typed_at = models.DateTimeField()

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("seat_id", "attempt")
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["seat", "attempt"], name="entry_attempt_once"),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="entry_attempt_from_1"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt} of {self.seat}"


class WarningReason(models.Model):
    """Why figures that break a warning stand all the same, in the words of who typed them."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="reasons")
    relation = models.ForeignKey(ControlRelation, on_delete=models.PROTECT, related_name="reasons")
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ("entry_id", "relation_id")
        constraints = [
            models.UniqueConstraint(fields=["entry", "relation"], name="warning_reason_once"),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"), name="warning_reason_is_not_blank"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.relation}: {self.reason}"


class EntryReturn(models.Model):
    """An entry given back to who typed it: it stands no more, and some lines are typed anew."""

    class Cause(models.TextChoices):
        DIFFERENCE = "difference", _("it differed from the paper")
        ERRORS = "errors", _("a check does not hold")
        DOUBT = "doubt", _("to be typed once more")

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="returned"
    )
    #: Positions (from 1) of the lines that are typed anew; the others stay as they were typed.
    lines = ArrayField(models.PositiveSmallIntegerField())
    cause = models.CharField(max_length=10, choices=Cause)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="returns"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cause__in=["difference", "errors", "doubt"]),
                name="return_cause_is_known",
            ),
            models.CheckConstraint(condition=Q(lines__len__gte=1), name="return_opens_a_line"),
        ]

    def __str__(self) -> str:
        return f"return of {self.entry}"


class TimedTurnout(models.Model):
    """Voters who had come by an hour of polling day: a fact apart from the protocol."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="turnout")
    station = models.ForeignKey(PollingStation, on_delete=models.PROTECT, related_name="turnout")
    #: Local time of polling day.
    hour = models.TimeField()
    voters = models.PositiveIntegerField()

    class Meta:
        ordering = ("contest_id", "station_id", "hour")
        verbose_name_plural = "timed turnout"
        constraints = [
            models.UniqueConstraint(fields=["contest", "station", "hour"], name="turnout_hour_once")
        ]

    def __str__(self) -> str:
        return f"{self.station} by {self.hour}"
