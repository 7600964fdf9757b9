"""Published results as files for programs. Everything here is read from the ledger."""

from tabulation.exporting.bulk import ZIP_VERSION, zipped
from tabulation.exporting.common import (
    CC_BY,
    NOT_ON_BALLOT,
    ZEROS,
    CsvBuffer,
    Edition,
    Licence,
    Statement,
    licence_of,
    on_ballot,
    safe,
    statement,
    zeroed_unit,
    zeros,
)
from tabulation.exporting.differences import difference_csv
from tabulation.exporting.json_ import JSON_VERSION, as_json, results, unit_results, whole
from tabulation.exporting.wide import CSV_VERSION, as_csv, csv_header, csv_lines, csv_row

__all__ = [
    "CC_BY",
    "CSV_VERSION",
    "JSON_VERSION",
    "NOT_ON_BALLOT",
    "ZEROS",
    "ZIP_VERSION",
    "CsvBuffer",
    "Edition",
    "Licence",
    "Statement",
    "as_csv",
    "as_json",
    "csv_header",
    "csv_lines",
    "csv_row",
    "difference_csv",
    "licence_of",
    "on_ballot",
    "results",
    "safe",
    "statement",
    "unit_results",
    "whole",
    "zeroed_unit",
    "zeros",
    "zipped",
]
