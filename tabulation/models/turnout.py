"""What territorial commissions report through polling day: each report stays, the newest counts."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from candidates.models import Contest
from tabulation.models.geography import PollingStation

#: As many as any figure may be.
MOST_VOTERS = 999_999_999


class TurnoutReport(models.Model):
    """Somebody's word of how many voters had come to a station by an hour. Never changed.

    A correction is the next report. The database keeps `TimedTurnout` at what the newest says.
    """

    # Looked up by contest and station together, through the index of the constraint below.
    contest = models.ForeignKey(
        Contest, on_delete=models.PROTECT, related_name="turnout_reports", db_index=False
    )
    station = models.ForeignKey(
        PollingStation, on_delete=models.PROTECT, related_name="turnout_reports", db_index=False
    )
    #: Local time of polling day.
    hour = models.TimeField()
    #: From 1 for each station and hour.
    number = models.PositiveSmallIntegerField(default=1)
    voters = models.PositiveIntegerField()
    #: What stood until then; none: nothing was known of this hour. A file's figure counts as known.
    was = models.PositiveIntegerField(null=True, blank=True)
    #: Why the figure stands although it looks wrong, or why it is another now.
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("contest_id", "station_id", "hour", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "station", "hour", "number"], name="turnout_report_number_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="turnout_report_from_1"),
            models.CheckConstraint(
                condition=Q(voters__lte=MOST_VOTERS), name="turnout_report_in_nine_digits"
            ),
            models.CheckConstraint(
                condition=Q(was__isnull=True) | Q(reason__regex=r"\S"),
                name="turnout_corrected_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.number} of {self.station} by {self.hour}"
