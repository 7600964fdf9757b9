"""Accounts: made by an administrator, confirmed by a second person, finished by their owner."""
