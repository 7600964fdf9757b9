"""What may be done only so often: sign-ins, codes, forms."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact


class Throttle(models.Model):
    """When something limited was done, or only that it was done, until this is forgotten.

    Times and nothing else: whoever writes this table changes how often somebody may try.
    """

    #: HMAC of what is limited, so that a row tells no name, no address and no code.
    key = models.BinaryField(primary_key=True)
    #: Seconds since 1970, the newest first; none: a mark, which is there or not.
    times = ArrayField(models.FloatField())
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(Exact(Length("key"), 32)), name="throttle_key_is_32")
        ]

    def __str__(self) -> str:
        return f"throttle until {self.until}"
