"""What happened, who did it, before and after: written with the change, kept after its subject."""

from typing import Any

from django.conf import settings
from django.db import models

from candidates.models import Election


class Event(models.Model):
    """One act. Append-only; the person's name is copied, the subject is named and not linked."""

    election = models.ForeignKey(
        Election, null=True, on_delete=models.PROTECT, related_name="events"
    )
    subject = models.CharField(max_length=100)
    act = models.CharField(max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="events"
    )
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["subject", "id"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act} {self.subject} by {self.by_name}"


def record(
    *,
    act: str,
    subject: str,
    by: Any,
    at: Any,
    election: Election | None = None,
    before: Any = None,
    after: Any = None,
) -> Event:
    """Write the event of a change, in the transaction of that change.

    ``by`` is the person; ``None`` is somebody at the server's own command line.
    """
    return Event.objects.create(
        election=election,
        subject=subject,
        act=act,
        by=by,
        by_name=by.get_username() if by else "command line",
        at=at,
        before=before,
        after=after,
    )
