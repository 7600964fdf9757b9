"""What a member puts before the commission: proposed by one, confirmed by others, then carried out.

A *proposal* is what the rule gives; a *motion* is what a member asks the commission to do.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from candidates.models import Contest, Election
from tabulation.database.statements import fetch
from tabulation.models.geography import PollingStation
from tabulation.models.moves import ProtocolRefused
from tabulation.models.staff import User

P = ParamSpec("P")
T = TypeVar("T")


class Motions(models.QuerySet["Motion"]):
    def waiting(self, at: datetime) -> "Motions":
        """Those that can still be confirmed at ``at``."""
        return self.filter(state=Motion.State.WAITING, expires_at__gt=at)

    def seen_by(self, user: User) -> "Motions":
        """Those about the area of ``user``: for the whole country all, else those of stations."""
        if user.area_id is None:
            return self
        return self.filter(station__area__lineage__contains=[user.area_id])


class Motion(models.Model):
    """One act that a member proposed. Only its end is ever written into it, once."""

    class Act(models.TextChoices):
        ANNUL = "annul", pgettext_lazy("proposed act", "Annulment of a polling station")
        REINSTATE = "reinstate", pgettext_lazy("proposed act", "Reinstatement of a polling station")
        CORRECT = "correct", pgettext_lazy("proposed act", "Correction of a polling station")
        PUBLISH = "publish", pgettext_lazy("proposed act", "Publication by decision")
        AUTOPUBLISH = "autopublish", pgettext_lazy("proposed act", "Automatic publication")
        LOT = "lot", pgettext_lazy("proposed act", "Drawing of lots")
        CERTIFY = "certify", pgettext_lazy("proposed act", "Certification of the results")
        SECOND_ROUND = "second round", pgettext_lazy("proposed act", "Second round")
        POLLING_DAY = "polling day", pgettext_lazy("proposed act", "Another polling day")
        ROSTER = "roster", pgettext_lazy("proposed act", "Change of the roster")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("proposed act", "waiting for confirmation")
        CONFIRMED = "confirmed", pgettext_lazy("proposed act", "confirmed and carried out")
        WITHDRAWN = "withdrawn", pgettext_lazy("proposed act", "withdrawn")
        EXPIRED = "expired", pgettext_lazy("proposed act", "expired")
        REFUSED = "refused", pgettext_lazy("proposed act", "refused by the system")

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="motions")
    #: From 1 in each election: it stands in the address.
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=12, choices=Act)
    #: Of which contest and station, where it is about one.
    contest = models.ForeignKey(
        Contest, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    station = models.ForeignKey(
        PollingStation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: What the act is called with: plain values, as events can hash them.
    arguments = models.JSONField()
    #: What the proposer had before them: a publication's number, a protocol's version and status.
    taken_on = models.JSONField()
    #: Contests in which no protocol is accepted while this waits.
    closes = ArrayField(models.BigIntegerField(), default=list, blank=True)
    #: How many others have to confirm it, as the election's folder says.
    needed = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    ended_at = models.DateTimeField(null=True, blank=True)
    #: Why it could not be carried out, to who confirmed it.
    refusal = models.TextField(blank=True)
    #: The transaction that carries it out; the database writes it.
    carried_in = models.BigIntegerField(null=True, blank=True, editable=False)

    objects = Motions.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["election", "number"], name="motion_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "confirmed", "withdrawn", "expired", "refused"]),
                name="motion_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | ~Q(state="waiting") & Q(ended_at__isnull=False),
                name="motion_ends_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="refused", refusal__regex=r"\S")
                | ~Q(state="refused") & Q(refusal=""),
                name="motion_says_why_it_is_refused",
            ),
            models.CheckConstraint(
                condition=Q(act__in=["annul", "reinstate", "correct"], station__isnull=False)
                & Q(contest__isnull=False)
                | Q(act__in=["lot", "second round", "polling day"], contest__isnull=False)
                | Q(act__in=["publish", "autopublish", "certify", "roster"]),
                name="motion_names_what_it_is_about",
            ),
            models.CheckConstraint(
                condition=Q(needed__gte=1, expires_at__gt=F("at")), name="motion_can_be_confirmed"
            ),
        ]
        indexes = [
            models.Index(fields=["election"], condition=Q(state="waiting"), name="motion_waiting")
        ]

    def __str__(self) -> str:
        return f"motion {self.number} of {self.election}"

    @property
    def subject(self) -> str:
        """What its events are about."""
        return f"act {self.number} of {self.election.slug}"

    def state_at(self, at: datetime) -> str:
        """Its state, also where nobody has written down yet that it expired."""
        if self.state == self.State.WAITING and self.expires_at <= at:
            return self.State.EXPIRED
        return self.State(self.state)


class MotionConfirmation(models.Model):
    """Another member, who looked at the same and wants it, too."""

    motion = models.ForeignKey(Motion, on_delete=models.PROTECT, related_name="confirmations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["motion", "by"], name="motion_confirmed_once_by_each")
        ]

    def __str__(self) -> str:
        return f"{self.by} confirms {self.motion}"


def acceptance_is_closed(contest: Contest, at: datetime) -> bool:
    """Whether a certification of ``contest`` waits for confirmation: its figures stay till then."""
    if not contest.election.confirmations:
        return False
    waiting = Motion.objects.waiting(at).filter(election=contest.election_id)
    return waiting.filter(closes__contains=[contest.pk]).exists()


def while_acceptance_is_open(accept: Callable[P, T]) -> Callable[P, T]:
    """Of the act that accepts: the database asks without a statement of its own, which every
    protocol of a night would pay for; here its answer becomes a sentence (ProtocolRefused).
    """

    @wraps(accept)
    def accepting(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return accept(*args, **kwargs)
        except IntegrityError as error:
            if "acceptance_is_open" not in str(error):
                raise
            raise ProtocolRefused(
                _(
                    "Commission members are certifying the results of this contest. Nothing was"
                    " accepted. Accept the protocol after they confirm or withdraw the"
                    " certification."
                )
            ) from error

    return accepting


def is_being_carried_out(election: Election, acts: Collection[str], decision: str) -> bool:
    """Whether this transaction carries out what members confirmed, by this decision."""
    statement = "SELECT is_being_carried_out(%s, %s, NULL, NULL, %s)"
    ((found,),) = fetch(statement, [election.pk, list(acts), decision])
    return bool(found)
