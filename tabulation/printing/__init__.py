"""Paper: PDFs from sheets of ours and data, the same bytes for the same data.

`published` prints what is in the ledger; `staff` prints what the staff need before and beside it.
"""

from tabulation.printing.common import PDF, Paper
from tabulation.printing.published.annex import annex
from tabulation.printing.published.area import area_table
from tabulation.printing.published.binding import papers_of
from tabulation.printing.published.protocol import protocol
from tabulation.printing.staff.blanks import blanks
from tabulation.printing.staff.receipts import receipts
from tabulation.printing.staff.slips import slips
from tabulation.printing.typesetting import TypesettingFailed

__all__ = [
    "PDF",
    "Paper",
    "TypesettingFailed",
    "annex",
    "area_table",
    "blanks",
    "papers_of",
    "protocol",
    "receipts",
    "slips",
]
