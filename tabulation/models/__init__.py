"""The data model, one file a subject."""

from tabulation.models.autopublishing import AutopublishDecision
from tabulation.models.events import Event, Seal, SealQueue, acting_from, record
from tabulation.models.form import (
    ControlRelation,
    InaccuracyTerm,
    ProtocolLine,
    form_in_use,
    paper_of,
)
from tabulation.models.geography import (
    Area,
    BallotScope,
    Constituency,
    ContestStation,
    PollingStation,
)
from tabulation.models.ledger import (
    Countersignature,
    LedgerPart,
    Publication,
    PublicationQueue,
    PublishedFigures,
    PublishedForm,
)
from tabulation.models.moves import (
    NoReason,
    NotYours,
    OwnEntry,
    Refused,
    allow,
    begin,
    decide,
    locked,
    move,
    want,
)
from tabulation.models.protocols import (
    Draft,
    Entry,
    EntryReturn,
    Protocol,
    Receipt,
    Seat,
    TimedTurnout,
    WarningReason,
)
from tabulation.models.staff import User

__all__ = [
    "Area",
    "AutopublishDecision",
    "BallotScope",
    "Constituency",
    "ContestStation",
    "ControlRelation",
    "Countersignature",
    "Draft",
    "Entry",
    "EntryReturn",
    "Event",
    "InaccuracyTerm",
    "LedgerPart",
    "NoReason",
    "NotYours",
    "OwnEntry",
    "PollingStation",
    "Protocol",
    "ProtocolLine",
    "Publication",
    "PublicationQueue",
    "PublishedFigures",
    "PublishedForm",
    "Receipt",
    "Refused",
    "Seal",
    "SealQueue",
    "Seat",
    "TimedTurnout",
    "User",
    "WarningReason",
    "acting_from",
    "allow",
    "begin",
    "decide",
    "form_in_use",
    "locked",
    "move",
    "paper_of",
    "record",
    "want",
]
