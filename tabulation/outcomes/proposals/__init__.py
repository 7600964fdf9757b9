"""The proposal: what a contest's rule makes of a publication, and what could still change it."""
