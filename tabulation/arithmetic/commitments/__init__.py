"""Canonical bytes and what is computed over them: hashes, trees, manifests, checkpoints. Pure.

Whoever has the fields of a row can compute its hash with any SHA-256; nothing here needs the
database. Each kind of object begins with its own words, so that the bytes of one never pass for
those of another.
"""
