"""The ledger: what was published, when, and until when it stood. Nothing here is ever deleted."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.models import Contest, Election
from tabulation.models.geography import Area, PollingStation


class ReleasedPublications(models.Manager["Publication"]):
    def get_queryset(self) -> "models.QuerySet[Publication]":
        return super().get_queryset().exclude(checkpoint="")


class PreparedPublications(models.Manager["Publication"]):
    def get_queryset(self) -> "models.QuerySet[Publication]":
        return super().get_queryset().filter(checkpoint="")


class Publication(models.Model):
    """A numbered, immutable statement of an election's results at a moment.

    It is prepared without a checkpoint, and released with one: only then is it read.
    """

    class Status(models.TextChoices):
        # The status words of NIST SP 1500-100.
        PRE_ELECTION = "pre-election", _("before the count")
        PARTIAL = "unofficial-partial", _("preliminary, partial")
        COMPLETE = "unofficial-complete", _("preliminary, complete")
        CERTIFIED = "certified", pgettext_lazy("results", "certified")
        CORRECTION = "correction", _("correction")
        RECOUNT = "recount", _("recount")

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="publications")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status)
    #: Number of the commission's decision, where one was needed or named.
    decision = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="publications"
    )
    #: What it binds together, byte for byte; its hash as a leaf of the election's log; and the
    #: log's signed head at this number. See docs/verification.md.
    manifest = models.TextField()
    leaf = models.BinaryField()
    checkpoint = models.TextField(blank=True)
    #: The public key of the checkpoint's signature, as a line of text.
    key = models.CharField(max_length=300, blank=True)

    objects = ReleasedPublications()
    prepared = PreparedPublications()

    class Meta:
        ordering = ("election_id", "number")
        constraints = [
            models.UniqueConstraint(fields=["election", "number"], name="publication_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="publication_number_from_1"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pre-election",
                        "unofficial-partial",
                        "unofficial-complete",
                        "certified",
                        "correction",
                        "recount",
                    ]
                ),
                name="publication_status_is_known",
            ),
            models.CheckConstraint(
                condition=Exact(Length("leaf"), 32), name="publication_leaf_is_32"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["certified", "correction", "recount"])
                | Q(decision__regex=r"\S"),
                name="publication_has_its_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.election} no. {self.number}"

    @property
    def before(self) -> int:
        """Number of the publication before it; 0: it is the first."""
        return self.number - 1


def valid_interval(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(superseded_in__isnull=True) | Q(superseded_in__gt=models.F("published_in")),
        name=name,
    )


class PublishedForm(models.Model):
    """The form of a contest as published: lines, candidates, relations (`ProtocolForm` as JSON)."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="published_forms")
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="published_forms")
    body = models.JSONField()
    #: Numbers of publications of this election: stands from the one until before the other.
    published_in = models.PositiveIntegerField()
    superseded_in = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("contest_id", "published_in")
        constraints = [
            models.UniqueConstraint(
                fields=["contest"],
                condition=Q(superseded_in__isnull=True),
                name="form_current_once",
            ),
            valid_interval("form_superseded_later"),
        ]

    def __str__(self) -> str:
        return f"form of {self.contest} since {self.published_in}"


def _place(to: type[models.Model], *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        to,
        null=null,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


def of_kind(kind: str, name: str) -> models.Index:
    """An index of the stations, or of the areas, among units of both kinds."""
    return models.Index(
        fields=[kind, "contest"], condition=Q(**{f"{kind}__isnull": False}), name=name
    )


def current_once(kind: str, name: str) -> models.UniqueConstraint:
    """Of a station, or of an area, one row of a contest stands."""
    return models.UniqueConstraint(
        fields=[kind, "contest"],
        condition=Q(**{"superseded_in__isnull": True, f"{kind}__isnull": False}),
        name=name,
    )


class PublishedFigures(models.Model):
    """Figures of one unit, a station or an area, from one publication until another.

    A station's figures are those of its protocol; an area's are sums of what counts under it,
    with ``filled``: per line, how many stations filled it. Uncounted units have no figures.
    """

    class Status(models.TextChoices):
        NOT_COUNTED = "not counted", _("not yet counted")
        PARTIAL = "partial", _("partly counted")
        COUNTED = "counted", pgettext_lazy("polling station", "counted")
        ANNULLED = "annulled", pgettext_lazy("polling station", "annulled")

    # What they name, and that it belongs together, is asked once a statement by a trigger: row by
    # row it would cost more than the writing (docs/decisions/0008).
    election = _place(Election)
    contest = _place(Contest)
    station = _place(PollingStation, null=True)
    area = _place(Area, null=True)
    #: The area it adds to; none above the head of the contest.
    parent = _place(Area, null=True)
    #: The unit's code, in the order of its bytes whatever the database's collation is.
    code = models.CharField(max_length=60, db_collation="C")
    status = models.CharField(max_length=11, choices=Status)
    figures = ArrayField(models.BigIntegerField(null=True), null=True)
    filled = ArrayField(models.IntegerField(), null=True)
    #: Version of the station's protocol, and why it is not the first or was annulled.
    version = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    decision = models.CharField(max_length=100, blank=True)
    #: SHA-256 of the reasons accepted for broken warnings; none: there are none.
    explanations = models.BinaryField(null=True)
    #: Those reasons, exactly as they are hashed.
    reasons = models.TextField(null=True)  # noqa: DJ001  # not there is something else than empty
    #: Of an area: how many units lie directly below, and the root of their sum tree.
    children = models.PositiveIntegerField(null=True)
    root = models.BinaryField(null=True)
    #: SHA-256 of the record (docs/verification.md): the unit's hash in the sum tree.
    hash = models.BinaryField()
    #: Stations expected, counted and annulled here (1 or 0 for a station).
    stations = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()
    annulled = models.PositiveIntegerField()
    #: Voters on the stations' lists, in all and at the counted ones. Empty: no list is kept.
    registered = models.PositiveBigIntegerField(null=True)
    registered_counted = models.PositiveBigIntegerField(null=True)
    #: Per control relation, in how many stations it is broken, and was evaluated.
    broken = ArrayField(models.IntegerField())
    evaluated = ArrayField(models.IntegerField())
    published_in = models.PositiveIntegerField()
    superseded_in = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            # None begins with the contest: right after a load, when the planner believes a contest
            # to have one row, it would take any of those for a look-up, and read the whole. Nor is
            # one of units of both kinds, but for the first: since PostgreSQL 18 the planner may
            # skip its first column, and then takes the smallest for a look-up by the contest.
            models.Index(fields=["parent", "contest", "code"], name="figures_by_parent"),
            of_kind("station", "figures_by_station"),
            of_kind("area", "figures_by_area"),
            # Few rows at most: uncounted stations that keep no list.
            models.Index(
                fields=["contest"],
                condition=Q(station__isnull=False, registered__isnull=True, status="not counted"),
                name="figures_without_a_list",
            ),
        ]
        constraints = [
            current_once("station", "figures_current_once_a_station"),
            current_once("area", "figures_current_once_an_area"),
            models.CheckConstraint(
                condition=Q(station__isnull=True, area__isnull=False)
                | Q(station__isnull=False, area__isnull=True),
                name="figures_of_a_station_or_an_area",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["not counted", "partial", "counted", "annulled"]),
                name="figures_status_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="not counted") | Q(figures__isnull=True),
                name="figures_none_before_the_count",
            ),
            models.CheckConstraint(
                condition=Q(Exact(Length("hash"), 32))
                & (
                    Q(area__isnull=True, root__isnull=True, children__isnull=True)
                    | Q(Exact(Length("root"), 32), area__isnull=False, children__gte=1)
                ),
                name="figures_hashes",
            ),
            valid_interval("figures_superseded_later"),
        ]

    def __str__(self) -> str:
        return f"{self.station or self.area} in {self.contest} since {self.published_in}"


class PublishedTurnout(models.Model):
    """Timed turnout of one unit, a station or an area, from one publication until another.

    Its arrays run over its own ``hours``, those at which the station reported, or any in the area.
    At an hour ``reporting`` stations of ``expected`` say that ``voters`` had come; ``registered``
    are on the lists of exactly those stations (none: no list is kept in any), of which
    ``without_list`` keep no list. Who never reported has no row.
    """

    # As with figures: asked once a statement, by a trigger.
    election = _place(Election)
    contest = _place(Contest)
    station = _place(PollingStation, null=True)
    area = _place(Area, null=True)
    parent = _place(Area, null=True)
    code = models.CharField(max_length=60, db_collation="C")
    #: Local times of polling day, in order.
    hours = ArrayField(models.TimeField())
    voters = ArrayField(models.BigIntegerField())
    reporting = ArrayField(models.IntegerField())
    registered = ArrayField(models.BigIntegerField(null=True))
    without_list = ArrayField(models.IntegerField())
    expected = models.PositiveIntegerField()
    published_in = models.PositiveIntegerField()
    superseded_in = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "published turnout"
        indexes = [
            models.Index(fields=["parent", "contest", "code"], name="turnout_by_parent"),
            of_kind("station", "turnout_by_station"),
            of_kind("area", "turnout_by_area"),
        ]
        constraints = [
            current_once("station", "turnout_current_once_a_station"),
            current_once("area", "turnout_current_once_an_area"),
            models.CheckConstraint(
                condition=Q(station__isnull=True, area__isnull=False)
                | Q(station__isnull=False, area__isnull=True, expected=1),
                name="turnout_of_a_station_or_an_area",
            ),
            models.CheckConstraint(
                condition=Q(
                    hours__len__gte=1,
                    voters__len=models.F("hours__len"),
                    reporting__len=models.F("hours__len"),
                    registered__len=models.F("hours__len"),
                    without_list__len=models.F("hours__len"),
                ),
                name="turnout_arrays_run_over_the_hours",
            ),
            valid_interval("turnout_superseded_later"),
        ]

    def __str__(self) -> str:
        return f"turnout of {self.station or self.area} in {self.contest} since {self.published_in}"


class LedgerPart(models.Model):
    """A publication that ledger rows were written for: it must be there when they are committed.

    Written by a trigger, once a publication. Asking row by row would cost as much as the writing.
    """

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["election", "number"], name="ledger_part_once")
        ]

    def __str__(self) -> str:
        return f"rows of publication {self.number} of {self.election}"


class WithheldStation(models.Model):
    """A station whose count a publication leaves as it was: it does not follow from its events."""

    class Why(models.TextChoices):
        FIGURES = "figures", _("the figures differ from the event of the acceptance")
        TYPED = "typed", _("the figures differ from the events of the entries")
        STATUS = "status", _("the status differs from the events")
        RULING = "ruling", _("the reason or the decision differs from the events")
        EVENT = "event", _("an event was altered after it was written")
        VERSION = "version", _("the figures changed without a new version")
        GONE = "gone", _("the station was counted, and its protocol is missing")
        ORIGIN = "origin", _("the protocol of a real election was loaded from a file")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey(PollingStation, on_delete=models.PROTECT, related_name="+")
    published_in = models.PositiveIntegerField()
    why = models.CharField(max_length=10, choices=Why)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "published_in", "station"], name="withheld_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.station} in {self.contest}: {self.get_why_display()}"


class StationQueue(models.Model):
    """Stations of which something changed that is not published yet.

    The database appends a row with each such change, in the same transaction; the publisher
    takes the rows it sees. Never a time or a sequence: those lose what commits late.
    """

    # Written by a trigger from rows whose keys were checked: checked twice is paid for twice.
    contest = _place(Contest)
    station = _place(PollingStation)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.station} in {self.contest}"


class PublicationQueue(StationQueue):
    """Stations whose counted figures changed."""

    class Meta:
        verbose_name_plural = "publication queue"


class TurnoutQueue(StationQueue):
    """Stations whose timed turnout changed."""

    class Meta:
        verbose_name_plural = "turnout queue"
