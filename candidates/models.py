"""Election > Contest > Candidate, and the parties that nominate."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.fields import translations_field, validate_object


class Election(models.Model):
    """One election of one country: its name, its calendar and how its protocols are typed."""

    class Kind(models.TextChoices):
        REAL = "real", _("real election")
        REHEARSAL = "rehearsal", _("rehearsal")
        ARCHIVE = "archive", _("archive of a past election")
        SAMPLE = "sample", _("sample with generated figures")

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    names = translations_field()
    kind = models.CharField(max_length=10, choices=Kind)
    time_zone = models.CharField(max_length=60, default="UTC")
    announced_on = models.DateField(null=True, blank=True)
    #: One day per round, in order; ``Contest.round`` counts them from 1.
    polling_days = ArrayField(models.DateField())
    inauguration_on = models.DateField(null=True, blank=True)
    #: How many people must type the same figures before they may count.
    entries_required = models.PositiveSmallIntegerField(default=2)
    #: Whether what two people typed alike, without an open error, counts without a supervisor.
    accepts_verified = models.BooleanField(default=False)
    #: Whether who chose between entries, or returned them, leaves the acceptance to another.
    acceptor_differs = models.BooleanField(default=False)
    #: How many members of the commission have to be present when it decides; 0: nobody asks.
    quorum = models.PositiveSmallIntegerField(default=0)
    #: How many other members confirm what a member proposes; 0, in exercises: each acts alone.
    confirmations = models.PositiveSmallIntegerField(default=1)
    #: Said on every page and in every file, such as that figures are generated.
    notice = models.CharField(max_length=300, blank=True)
    notices = translations_field()
    source = models.CharField(max_length=300, blank=True)
    sources = translations_field()
    licence = models.CharField(max_length=100, blank=True)
    licences = translations_field()

    class Meta:
        ordering = ("-polling_days", "slug")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["real", "rehearsal", "archive", "sample"]),
                name="election_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(entries_required__in=[1, 2]), name="election_typed_once_or_twice"
            ),
            models.CheckConstraint(
                condition=~Q(kind="real") | Q(entries_required=2),
                name="election_real_is_typed_twice",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["rehearsal", "sample"]) | Q(confirmations__gte=1),
                name="election_acts_are_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(polling_days__len__gte=1), name="election_has_a_polling_day"
            ),
            models.CheckConstraint(
                condition=Q(announced_on__isnull=True) | Q(announced_on__lte=F("polling_days__0")),
                name="election_announced_before_polling",
            ),
            models.CheckConstraint(
                condition=Q(inauguration_on__isnull=True)
                | Q(inauguration_on__gt=F("polling_days__0")),
                name="election_inauguration_after_polling",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Contest(models.Model):
    """One question put to the voters of one round: the office, and the rule that fills it."""

    class Rule(models.TextChoices):
        PLURALITY = "plurality", _("most votes")
        MAJORITY = "majority", _("more than half of the votes, else a second round")
        LIST = "list", _("seats in proportion to votes for lists")

    class Base(models.TextChoices):
        VALID = "valid", _("valid votes")
        CAST = "ballots_cast", _("ballots cast")

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="contests")
    code = models.SlugField(max_length=40)
    office = models.CharField(max_length=200)
    offices = translations_field()
    round = models.PositiveSmallIntegerField(default=1)
    seats = models.PositiveSmallIntegerField(default=1)
    rule = models.CharField(max_length=10, choices=Rule)
    base = models.CharField(max_length=12, choices=Base)
    #: Details of the rule, such as thresholds: the settings of `[contest.outcome]`, as given.
    outcome = models.JSONField(default=dict, blank=True, validators=[validate_object])
    #: At which hours of polling day, in local time, stations report how many had come; none:
    #: those of which there are figures. The database holds them in order, each once.
    turnout_hours = ArrayField(models.TimeField(), default=list, blank=True)

    class Meta:
        ordering = ("election_id", "round", "code")
        constraints = [
            models.UniqueConstraint(fields=["election", "code"], name="contest_code_once"),
            models.CheckConstraint(
                condition=Q(rule__in=["plurality", "majority", "list"]),
                name="contest_rule_is_known",
            ),
            models.CheckConstraint(
                condition=Q(base__in=["valid", "ballots_cast"]), name="contest_base_is_known"
            ),
            models.CheckConstraint(condition=Q(round__gte=1), name="contest_round_from_1"),
            models.CheckConstraint(condition=Q(seats__gte=1), name="contest_fills_a_seat"),
        ]

    def __str__(self) -> str:
        return self.office


class Party(models.Model):
    """A party, alliance or initiative group that puts candidates forward."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="parties")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    names = translations_field()

    class Meta:
        ordering = ("election_id", "code")
        verbose_name_plural = "parties"
        constraints = [models.UniqueConstraint(fields=["election", "code"], name="party_code_once")]

    def __str__(self) -> str:
        return self.name


class Candidate(models.Model):
    """A person or list in a contest; ballot numbers need not be contiguous (1-22, then 41)."""

    class Status(models.TextChoices):
        REGISTERED = "registered", pgettext_lazy("candidate", "registered")
        WITHDRAWN = "withdrawn", pgettext_lazy("candidate", "withdrawn")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="candidates")
    #: Empty only for one who withdrew before the ballots were printed.
    number = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(max_length=200)
    names = translations_field()
    occupation = models.CharField(max_length=200, blank=True)
    occupations = translations_field()
    nominator = models.CharField(max_length=200, blank=True)
    nominators = translations_field()
    party = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, related_name="candidates"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.REGISTERED)
    withdrawn_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("contest_id", "number", "name")
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="candidate_number_once"),
            models.CheckConstraint(
                condition=Q(status="registered", withdrawn_on__isnull=True)
                | Q(status="withdrawn", withdrawn_on__isnull=False),
                name="candidate_withdrawn_with_a_date",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=False) | Q(status="withdrawn"),
                name="candidate_registered_with_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}" if self.number is not None else self.name
