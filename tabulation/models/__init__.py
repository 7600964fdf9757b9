"""The data model, one file a subject."""

from tabulation.models.events import Event, Seal, SealQueue, acting_from, record
from tabulation.models.form import ControlRelation, InaccuracyTerm, ProtocolLine, paper_of
from tabulation.models.geography import (
    Area,
    BallotScope,
    Constituency,
    ContestStation,
    PollingStation,
)
from tabulation.models.ledger import (
    Publication,
    PublicationQueue,
    PublishedFigures,
    PublishedForm,
)
from tabulation.models.protocols import Draft, Entry, Protocol, Seat, TimedTurnout
from tabulation.models.staff import User

__all__ = [
    "Area",
    "BallotScope",
    "Constituency",
    "ContestStation",
    "ControlRelation",
    "Draft",
    "Entry",
    "Event",
    "InaccuracyTerm",
    "PollingStation",
    "Protocol",
    "ProtocolLine",
    "Publication",
    "PublicationQueue",
    "PublishedFigures",
    "PublishedForm",
    "Seal",
    "SealQueue",
    "Seat",
    "TimedTurnout",
    "User",
    "acting_from",
    "paper_of",
    "record",
]
