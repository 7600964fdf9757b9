"""Who sits on the commission of an election, from when until when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from candidates.models import Election
from tabulation.models.staff import User


class Memberships(models.QuerySet["Membership"]):
    def open(self) -> "Memberships":
        """Of those who sit now: an end is never in the future."""
        return self.filter(until_at=None)

    def at(self, moment: datetime) -> "Memberships":
        """Of those who sat at ``moment``."""
        return self.filter(Q(until_at=None) | Q(until_at__gt=moment), from_at__lte=moment)


class Membership(models.Model):
    """One account sits on the commission of one election. Only its end is ever written into it."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    #: The number of the decision on paper by which it begins, and of that by which it ends.
    decision = models.CharField(max_length=100)
    end_decision = models.CharField(max_length=100, blank=True)
    #: Who proposed it; of a founding member the first of two administrators.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    #: The second administrator; nobody: members decided it.
    enrolled_with = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = Memberships.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["election", "user"],
                condition=Q(until_at=None),
                name="membership_open_once",
            ),
            models.UniqueConstraint(
                fields=["election", "user"],
                condition=Q(enrolled_with__isnull=False),
                name="membership_founded_once",
            ),
            models.CheckConstraint(
                condition=Q(decision__regex=r"\S"), name="membership_has_its_decision"
            ),
            models.CheckConstraint(
                condition=Q(until_at=None, ended_by=None, end_decision="")
                | Q(until_at__isnull=False, ended_by__isnull=False)
                & Q(until_at__gte=F("from_at"), end_decision__regex=r"\S"),
                name="membership_ends_by_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(enrolled_with=None) | ~Q(enrolled_with=F("by")),
                name="membership_is_founded_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on the commission of {self.election}"


def subject_of_commission(election: Election) -> str:
    """What the events of its roster are kept under."""
    return f"commission of {election.slug}"


def has_roster(election: Election) -> bool:
    """Whether its commission is a roster; else every member for the whole country sits on it.

    `has_roster` of the database is its twin.
    """
    real = election.kind == Election.Kind.REAL
    return real or Membership.objects.filter(election=election).exists()


def sits(user: User, election: Election) -> bool:
    """Whether ``user``, a member for the whole country, sits on the commission now.

    `sits_on_commission` of the database is its twin.
    """
    if Membership.objects.open().filter(election=election, user=user).exists():
        return True
    return not has_roster(election)


@contextmanager
def begun_by_its_commission(refusal: type[Exception]) -> Iterator[None]:
    """Raise ``refusal`` for the first paper or report of a real election whose commission lacks
    members who can act. The database counts them.
    """
    try:
        yield
    except IntegrityError as error:
        if "real_waits_for_its_commission" not in str(error):
            raise
        raise refusal(
            _(
                "Too few commission members can act in this election. Nothing was saved. Ask a"
                " commission member to check the roster."
            )
        ) from error
