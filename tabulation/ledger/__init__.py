"""Freeze the sums as the next publication; read any publication. The only door to the ledger."""
