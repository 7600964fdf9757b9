"""What a person asks the publisher to do: the one process that has the signing key."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from candidates.models import Contest, Election
from tabulation.models.motions import Motion


class Order(models.Model):
    """One act that is published, as a page or a command asked for it. Only its end is ever written
    into it, once, by the publisher.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("order", "waiting for the publisher")
        DONE = "done", pgettext_lazy("order", "done")
        REFUSED = "refused", pgettext_lazy("order", "refused")
        FAILED = "failed", pgettext_lazy("order", "failed")

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="orders")
    act = models.CharField(max_length=12, choices=Motion.Act)
    contest = models.ForeignKey(
        Contest, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: What ``by`` confirms, where members proposed it; it says the rest then.
    motion = models.ForeignKey(
        Motion, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    #: As those of a `Motion`.
    arguments = models.JSONField(default=dict, blank=True)
    taken_on = models.JSONField(default=dict, blank=True)
    #: ``None`` at the server's command line.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    #: In which the answer is written.
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    #: A sentence for who asked: why it was not done, or what was different from what they saw.
    answer = models.TextField(blank=True)
    #: The number of the publication that came of it.
    number = models.PositiveIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(act__in=["publish", "certify", "lot", "second round"]),
                name="order_is_published",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True, number__isnull=True, answer="")
                | Q(state="done", ended_at__isnull=False)
                | Q(
                    state__in=["refused", "failed"],
                    ended_at__isnull=False,
                    number__isnull=True,
                    answer__regex=r"\S",
                ),
                name="order_state_is_known",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="waiting"), name="order_waiting")]

    def __str__(self) -> str:
        return f"order {self.pk} of {self.election}"
