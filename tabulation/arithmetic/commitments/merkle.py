"""Merkle trees of RFC 6962: of the events under a seal, and of an election's manifests."""

import hashlib
from collections.abc import Iterable, Sequence


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf, behind 0x00."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1, over ``leaves`` in their order.

    Only one node of each height is held at a time, so the leaves may be a stream.
    """
    return root_of_hashes(leaf_hash(leaf) for leaf in leaves)


def root_of_hashes(hashes: Iterable[bytes]) -> bytes:
    """`merkle_root` of leaves whose `leaf_hash` is known already."""
    whole: list[tuple[int, bytes]] = []  # complete subtrees from the left: (leaves, hash)
    for digest in hashes:
        size, node = 1, digest
        while whole and whole[-1][0] == size:
            node = _inner(whole.pop()[1], node)
            size *= 2
        whole.append((size, node))
    if not whole:
        return hashlib.sha256(b"").digest()
    node = whole.pop()[1]
    while whole:
        node = _inner(whole.pop()[1], node)
    return node


def inclusion(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of the leaf at ``index`` (from 0), nearest sibling first: section 2.1.1."""
    if len(hashes) == 1:
        return []
    middle = 1 << ((len(hashes) - 1).bit_length() - 1)
    if index < middle:
        return [*inclusion(hashes[:middle], index), root_of_hashes(hashes[middle:])]
    return [*inclusion(hashes[middle:], index - middle), root_of_hashes(hashes[:middle])]


def _inner(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node, behind 0x01."""
    return hashlib.sha256(b"\x01" + left + right).digest()
