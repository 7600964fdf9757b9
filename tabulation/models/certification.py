"""The acts of the commission that end a count: lots, sittings and their decisions, second rounds.

Each comes out with a publication of its own and is written together with it; none is ever changed.
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.models import Contest, Election


def _recorded_by() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class PublishedFile(models.Model):
    """A document that came out with a publication, byte for byte: its manifest has the hash."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="published_files")
    published_in = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    media_type = models.CharField(max_length=100)
    body = models.BinaryField()
    sha256 = models.BinaryField()

    class Meta:
        ordering = ("election_id", "published_in", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["election", "published_in", "name"], name="published_file_once"
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$"),
                name="published_file_name_is_plain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of publication {self.published_in} of {self.election}"


class Drawn(models.Model):
    """Something that was drawn in public: when, by whom, before whom; who recorded it."""

    drawn_at = models.DateTimeField()
    drawn_by = models.CharField(max_length=200)
    witnesses = ArrayField(models.CharField(max_length=200))
    #: Number of the minutes or of the decision.
    decision = models.CharField(max_length=100)
    by = _recorded_by()
    at = models.DateTimeField()

    class Meta:
        abstract = True


class Lot(Drawn):
    """A lot that people drew because a rule stopped at a tie; the rule goes on with it.

    ``asked_in``: the publication whose sums tied; it holds for that and every later one in which
    the same tie is met again.
    """

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="lots")
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="lots")
    asked_in = models.PositiveIntegerField()
    published_in = models.PositiveIntegerField()
    #: Ballot numbers of those who tied, in the order in which they were drawn.
    drawn = ArrayField(models.PositiveIntegerField())
    #: How many places the first of them take.
    places = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["election", "published_in"], name="lot_comes_with_its_own_publication"
            ),
            models.CheckConstraint(
                condition=Q(places__gte=1, drawn__len__gt=F("places")), name="lot_is_among_more"
            ),
            models.CheckConstraint(
                condition=Q(witnesses__len__gte=1, drawn_by__regex=r"\S", decision__regex=r"\S"),
                name="lot_has_witnesses",
            ),
            models.CheckConstraint(
                condition=Q(published_in__gt=F("asked_in")), name="lot_comes_after_the_tie"
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__lte=F("at")), name="lot_was_drawn_before_it_is_recorded"
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.decision} in {self.contest}"


class Sitting(models.Model):
    """A sitting at which the commission decided on the figures of a publication."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="sittings")
    #: Number of the decision, as on its paper.
    decision = models.CharField(max_length=100)
    held_at = models.DateTimeField()
    #: The publication whose figures were decided on, and the certified one that came of it.
    decided_on = models.PositiveIntegerField()
    published_in = models.PositiveIntegerField()
    present = ArrayField(models.CharField(max_length=200))
    votes_for = models.PositiveSmallIntegerField()
    votes_against = models.PositiveSmallIntegerField()
    abstained = models.PositiveSmallIntegerField(default=0)
    #: Separate opinions: a list of `[member, text]`.
    opinions = models.JSONField(default=list, blank=True)
    #: By contest the codes of stations that were still open, and why it was decided all the same.
    open_stations = models.JSONField(default=dict, blank=True)
    open_reason = models.CharField(max_length=1000, blank=True)
    by = _recorded_by()
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["election", "decision"], name="sitting_decision_once"),
            models.UniqueConstraint(
                fields=["election", "published_in"], name="sitting_publishes_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    decision__regex=r"\S",
                    present__len=F("votes_for") + F("votes_against") + F("abstained"),
                    votes_for__gt=F("votes_against"),
                ),
                name="sitting_voted_for_it",
            ),
            models.CheckConstraint(
                condition=Q(open_stations={}) | Q(open_reason__regex=r"\S"),
                name="sitting_says_why_stations_are_open",
            ),
            models.CheckConstraint(
                condition=Q(published_in__gt=F("decided_on"), decided_on__gte=1),
                name="sitting_publishes_after_it_decides",
            ),
            models.CheckConstraint(
                condition=Q(held_at__lte=F("at")), name="sitting_was_held_before_it_is_recorded"
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.decision} of {self.election}"


class Decision(models.Model):
    """What a sitting decided about one contest."""

    class Kind(models.TextChoices):
        ELECTED = "elected", pgettext_lazy("candidate", "elected")
        SECOND_ROUND = "second round", _("second round")
        FAILED = "failed", _("the election failed: it did not take place, or nobody has enough")
        INVALID = "invalid", _("the election is invalid")
        OTHERWISE = "otherwise", _("decided otherwise, in the commission's words")

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="decisions")
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind)
    #: Whether it is what the rule proposed; if not, ``words`` say why.
    as_proposed = models.BooleanField()
    words = models.CharField(max_length=2000, blank=True)
    #: Ballot numbers, most votes first; seats of lists as `[number, seats]`.
    elected = ArrayField(models.PositiveIntegerField(), default=list)
    advancing = ArrayField(models.PositiveIntegerField(), default=list)
    seats = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("sitting_id", "contest_id")
        constraints = [
            models.UniqueConstraint(fields=["sitting", "contest"], name="decision_of_contest_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["elected", "second round", "failed", "invalid", "otherwise"]),
                name="decision_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(as_proposed=True, kind__in=["elected", "second round", "failed"])
                | Q(as_proposed=False, words__regex=r"\S"),
                name="decision_says_why_it_departs",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="second round",
                    advancing__len__gte=2,
                    elected__len=0,
                    seats=[],
                )
                | Q(kind="elected", advancing__len=0) & (Q(elected__len__gte=1) | ~Q(seats=[]))
                | Q(
                    kind__in=["failed", "invalid", "otherwise"],
                    advancing__len=0,
                    elected__len=0,
                    seats=[],
                ),
                name="decision_names_whom_it_is_about",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.contest}"


class SecondRound(Drawn):
    """A contest made of those who go on from another, as a decision says.

    It stands while the decision about ``first`` lets the same go on; when another decision lets
    others, or nobody, it is called off.
    """

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="second_rounds")
    published_in = models.PositiveIntegerField()
    first = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="second_rounds")
    second = models.OneToOneField(Contest, on_delete=models.PROTECT, related_name="made_of")
    #: Those who go on by their numbers of the first round, in the order drawn for the ballot.
    order = ArrayField(models.PositiveIntegerField())
    #: As it was decided then: the day that holds is the election's.
    polling_day = models.DateField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["election", "published_in"], name="round_comes_with_its_own_publication"
            ),
            models.CheckConstraint(condition=~Q(first=F("second")), name="round_is_another"),
            models.CheckConstraint(
                condition=Q(order__len__gte=2, witnesses__len__gte=1)
                & Q(drawn_by__regex=r"\S", decision__regex=r"\S"),
                name="round_order_was_drawn",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__lte=F("at")), name="round_was_drawn_before_it_is_recorded"
            ),
        ]

    def __str__(self) -> str:
        return f"second round of {self.first}"
