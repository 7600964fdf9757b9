"""Paper: PDFs from sheets of ours and data, the same bytes for the same data.

`published` prints what is in the ledger; `staff` prints what the staff need before and beside it.
"""
