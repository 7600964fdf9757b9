"""The acts of the commission that end a count: lots, the sitting that decides, the second round.

Each is published at once, on exactly the figures that the commission had before it.
"""

from tabulation.certification.lots import lot_needed, record_lot
from tabulation.certification.open_stations import OpenStation, open_stations
from tabulation.certification.polling_days import move_polling_day
from tabulation.certification.refusals import (
    ActRefused,
    DecidedAlready,
    FiguresChanged,
    LotMissing,
    LotNotAskedFor,
    NoDecision,
    NothingPublished,
    OpenStations,
    RoundExists,
    VoteDoesNotCarry,
)
from tabulation.certification.rounds import create_second_round
from tabulation.certification.sittings import LATER, Choice, Vote, certify, undecided

__all__ = [
    "LATER",
    "ActRefused",
    "Choice",
    "DecidedAlready",
    "FiguresChanged",
    "LotMissing",
    "LotNotAskedFor",
    "NoDecision",
    "NothingPublished",
    "OpenStation",
    "OpenStations",
    "RoundExists",
    "Vote",
    "VoteDoesNotCarry",
    "certify",
    "create_second_round",
    "lot_needed",
    "move_polling_day",
    "open_stations",
    "record_lot",
    "undecided",
]
