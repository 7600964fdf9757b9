"""The proposal: what a contest's rule makes of a publication, and what could still change it."""

from tabulation.deciding.doubts import (
    blanks_in,
    blanks_in_base,
    is_doubtful,
)
from tabulation.deciding.objects import as_object, lot_object, name_of, steps_of
from tabulation.deciding.proposal import (
    Answer,
    Proposal,
    Recorded,
    added,
    count_of,
    propose,
    rules_of,
    verdict_of,
)

__all__ = [
    "Answer",
    "Proposal",
    "Recorded",
    "added",
    "as_object",
    "blanks_in",
    "blanks_in_base",
    "count_of",
    "is_doubtful",
    "lot_object",
    "name_of",
    "propose",
    "rules_of",
    "steps_of",
    "verdict_of",
]
