"""The data model, one file a subject."""

from tabulation.models.autopublishing import AutopublishPeriod
from tabulation.models.certification import Decision, Lot, PublishedFile, SecondRound, Sitting
from tabulation.models.events import Event, Seal, SealQueue, acting_from, record
from tabulation.models.form import (
    ControlRelation,
    InaccuracyTerm,
    ProtocolLine,
    form_in_use,
    form_of,
)
from tabulation.models.geography import (
    Area,
    AreaShape,
    BallotScope,
    Constituency,
    ContestStation,
    PollingStation,
)
from tabulation.models.ledger import (
    LedgerPart,
    Publication,
    PublicationQueue,
    PublishedFigures,
    PublishedForm,
    PublishedTurnout,
    TurnoutQueue,
    WithheldStation,
)
from tabulation.models.motions import (
    Motion,
    MotionConfirmation,
    acceptance_is_closed,
    is_being_carried_out,
    while_acceptance_is_open,
)
from tabulation.models.moves import (
    NotYours,
    ProtocolRefused,
    begin,
    locked,
    move,
    require_may_act,
    require_may_rule,
    require_reason,
)
from tabulation.models.orders import Order
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
from tabulation.models.roster import (
    Membership,
    begun_by_its_commission,
    has_roster,
    sits,
    subject_of_commission,
)
from tabulation.models.signatures import Countersignature, FileList
from tabulation.models.staff import CONFIRMED, CONFIRMED_BY_TWO, User
from tabulation.models.throttling import Throttle
from tabulation.models.turnout import TurnoutReport

__all__ = [
    "CONFIRMED",
    "CONFIRMED_BY_TWO",
    "Area",
    "AreaShape",
    "AutopublishPeriod",
    "BallotScope",
    "Constituency",
    "ContestStation",
    "ControlRelation",
    "Countersignature",
    "Decision",
    "Draft",
    "Entry",
    "EntryReturn",
    "Event",
    "FileList",
    "InaccuracyTerm",
    "LedgerPart",
    "Lot",
    "Membership",
    "Motion",
    "MotionConfirmation",
    "NotYours",
    "Order",
    "PollingStation",
    "Protocol",
    "ProtocolLine",
    "ProtocolRefused",
    "Publication",
    "PublicationQueue",
    "PublishedFigures",
    "PublishedFile",
    "PublishedForm",
    "PublishedTurnout",
    "Receipt",
    "Seal",
    "SealQueue",
    "Seat",
    "SecondRound",
    "Sitting",
    "Throttle",
    "TimedTurnout",
    "TurnoutQueue",
    "TurnoutReport",
    "User",
    "WarningReason",
    "WithheldStation",
    "acceptance_is_closed",
    "acting_from",
    "begin",
    "begun_by_its_commission",
    "form_in_use",
    "form_of",
    "has_roster",
    "is_being_carried_out",
    "locked",
    "move",
    "record",
    "require_may_act",
    "require_may_rule",
    "require_reason",
    "sits",
    "subject_of_commission",
    "while_acceptance_is_open",
]
