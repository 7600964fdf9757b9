"""Published results as files for programs. Everything here is read from the ledger."""
