"""What is signed of a publication after it is out. Nothing here is ever changed or deleted."""

from django.db import models
from django.db.models import Q

from tabulation.models.ledger import Publication


class Countersignature(models.Model):
    """A second signature of a publication's checkpoint, made offline: one more line of the note."""

    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="countersignatures"
    )
    line = models.CharField(max_length=500)
    key = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        ordering = ("publication_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["publication", "line"], name="countersignature_once")
        ]

    def __str__(self) -> str:
        return f"second signature of {self.publication}"


class FileList(models.Model):
    """The signed list of the files that are made after a publication: name and SHA-256 of each.

    A later issue replaces an earlier one, such as after an update of the program that writes a file
    otherwise.
    """

    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="file_lists"
    )
    issue = models.PositiveSmallIntegerField()
    #: The signed note, as it is published.
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("publication_id", "issue")
        constraints = [
            models.UniqueConstraint(fields=["publication", "issue"], name="file_list_issue_once"),
            models.CheckConstraint(condition=Q(issue__gte=1), name="file_list_issue_from_1"),
        ]

    def __str__(self) -> str:
        return f"files of {self.publication}, issue {self.issue}"
