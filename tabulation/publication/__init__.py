"""Freeze the sums as the next publication; read any publication. The only door to the ledger."""

from tabulation.publication.reading import (
    Unit,
    UnknownUnit,
    areas_below,
    election_or_none,
    elections_published,
    everything,
    latest,
    path_to,
    progress_of_publications,
    publication_or_none,
    publications,
    published_contests,
    stations_of,
    unit_of_area,
    unit_of_head,
    unit_of_station,
)
from tabulation.publication.writing import NothingToPublish, PublicationRefused, publish, write

__all__ = [
    "NothingToPublish",
    "PublicationRefused",
    "Unit",
    "UnknownUnit",
    "areas_below",
    "election_or_none",
    "elections_published",
    "everything",
    "latest",
    "path_to",
    "progress_of_publications",
    "publication_or_none",
    "publications",
    "publish",
    "published_contests",
    "stations_of",
    "unit_of_area",
    "unit_of_head",
    "unit_of_station",
    "write",
]
