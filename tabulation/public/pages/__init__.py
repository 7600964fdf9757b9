"""Public address -> bytes: HTML, JSON, CSV of what is published. From the ledger only.

A document knows no request: no session, no cookie, no query string. What asks for something that
was never published gets UnknownAddress.
"""
