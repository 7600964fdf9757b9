"""Public address -> bytes: HTML, JSON, CSV of what is published. From the ledger only.

A document knows no request: no session, no cookie, no query string. What asks for something that
was never published gets UnknownAddress.
"""

from django.db import DatabaseError

from tabulation import publication
from tabulation.documents.candidates import candidate_page
from tabulation.documents.common import STATIONS_PER_PAGE, Document, UnknownAddress, made_for
from tabulation.documents.data import latest_json
from tabulation.documents.formats import data_file
from tabulation.documents.how import how_page
from tabulation.documents.missing import missing_page
from tabulation.documents.openapi import openapi_json
from tabulation.documents.overview import archive, election_page
from tabulation.documents.pages import area_page, publications_page, station_page
from tabulation.documents.results import Result

__all__ = [
    "STATIONS_PER_PAGE",
    "Document",
    "Result",
    "UnknownAddress",
    "archive",
    "area_page",
    "candidate_page",
    "data_file",
    "database_answers",
    "election_page",
    "how_page",
    "latest_json",
    "made_for",
    "missing_page",
    "openapi_json",
    "publications_page",
    "station_page",
]


def database_answers() -> bool:
    """Whether the ledger can be read at this moment."""
    try:
        publication.elections_published().exists()
    except DatabaseError:
        return False
    return True
