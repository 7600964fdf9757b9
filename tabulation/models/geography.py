"""Where people vote: the tree of areas, the polling stations, and who is on which ballot."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from candidates.fields import translations_field
from candidates.models import Contest, Election

#: A code stands in addresses: letters, digits and _, with single . - / or space between them.
CODE_PATTERN = r"^[[:alnum:]_]+([.\-/ ][[:alnum:]_]+)*$"


class Area(models.Model):
    """A node of the administrative tree: country > region > district, to any depth.

    ``lineage`` holds the ids from the root down to the area itself. The database fills it when
    the row is added, after its parent, so the tree has no cycle and no second reading.
    """

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="areas")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    names = translations_field()
    #: What such a node is called there: "region", "district". Shown, never decided on.
    level = models.CharField(max_length=60, blank=True)
    levels = translations_field()
    lineage = ArrayField(models.BigIntegerField(), editable=False, default=list)

    class Meta:
        ordering = ("election_id", "code")
        indexes = [GinIndex(fields=["lineage"], name="area_lineage")]
        constraints = [
            models.UniqueConstraint(fields=["election", "code"], name="area_code_once"),
            models.UniqueConstraint(
                fields=["election"], condition=Q(parent__isnull=True), name="area_one_root"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="area_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="area_code_fits_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AreaShape(models.Model):
    """The outline of an area, for a map of the results: a GeoJSON MultiPolygon.

    It is a picture and no border: at loading its corners were rounded to what a picture can show.
    """

    area = models.OneToOneField(Area, on_delete=models.PROTECT, related_name="shape")
    geometry = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(geometry__type="MultiPolygon"), name="shape_is_a_multipolygon"
            )
        ]

    def __str__(self) -> str:
        return f"shape of {self.area}"


class PollingStation(models.Model):
    """A precinct. Its code is a text: leading zeros, dots and slashes matter (`01.009`, `4/13`)."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="stations")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="stations")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    names = translations_field()
    address = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("election_id", "code")
        constraints = [
            models.UniqueConstraint(fields=["election", "code"], name="station_code_once"),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="station_code_fits_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Constituency(models.Model):
    """The part of the country a contest covers: the area at the head of its results."""

    contest = models.OneToOneField(Contest, on_delete=models.PROTECT, related_name="constituency")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="constituencies")

    class Meta:
        verbose_name_plural = "constituencies"

    def __str__(self) -> str:
        return f"{self.contest}: {self.area}"


class ContestStation(models.Model):
    """A station that votes in a contest, with its list; an expected protocol is one such row.

    Registers change between rounds, so the number belongs here and not to the station. Empty: no
    list is kept there (abroad, hospitals, ships).
    """

    # No index of its own: right after a load, when the planner believes a contest to have one
    # station, it would take that one for a look-up by contest and station, and read the whole.
    contest = models.ForeignKey(
        Contest, on_delete=models.PROTECT, related_name="stations", db_index=False
    )
    station = models.ForeignKey(PollingStation, on_delete=models.PROTECT, related_name="contests")
    registered = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("contest_id", "station_id")
        constraints = [
            models.UniqueConstraint(fields=["contest", "station"], name="station_once_in_contest")
        ]

    def __str__(self) -> str:
        return f"{self.station} in {self.contest}"


class BallotScope(models.Model):
    """A line that stands on the ballot of this area only. A line without rows stands everywhere."""

    line = models.ForeignKey(
        "tabulation.ProtocolLine", on_delete=models.PROTECT, related_name="scopes"
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="scopes")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "area"], name="scope_line_once_in_area")
        ]

    def __str__(self) -> str:
        return f"{self.line} in {self.area}"
