"""Canonical bytes and what is computed over them: hashes, trees, manifests, checkpoints. Pure.

Whoever has the fields of a row can compute its hash with any SHA-256; nothing here needs the
database. Each kind of object begins with its own words, so that the bytes of one never pass for
those of another.
"""

from tabulation.commitments.canonical import NotCanonical, canonical, moment
from tabulation.commitments.events import event_hash, seal_hash, seal_message
from tabulation.commitments.merkle import inclusion, leaf_hash, merkle_root, root_of_hashes

__all__ = [
    "NotCanonical",
    "canonical",
    "event_hash",
    "inclusion",
    "leaf_hash",
    "merkle_root",
    "moment",
    "root_of_hashes",
    "seal_hash",
    "seal_message",
]
