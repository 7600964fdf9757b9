"""The periods in which the commission lets part of a count be published by itself."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from candidates.models import Election


class AutopublishPeriods(models.QuerySet["AutopublishPeriod"]):
    def in_force(self, at: datetime) -> "AutopublishPeriods":
        """Those whose period holds ``at`` and that nobody has ended."""
        return self.filter(ended_at=None, from_at__lte=at, until_at__gt=at)


class AutopublishPeriod(models.Model):
    """From when until when an election's partial results are published without a person.

    Append-only but for its end, which is said once. The database lets no two that stand overlap.
    """

    election = models.ForeignKey(
        Election, on_delete=models.PROTECT, related_name="autopublish_periods"
    )
    #: Number of the commission's decision.
    decision = models.CharField(max_length=100)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = AutopublishPeriods.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at__gt=F("from_at")), name="autopublish_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(decision__regex=r"\S"), name="autopublish_has_its_decision"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="autopublish_is_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"autopublish period of decision {self.decision} of {self.election}"

    @property
    def subject(self) -> str:
        """What its events are about."""
        return f"autopublishing of {self.election.slug}, decision {self.decision}"
