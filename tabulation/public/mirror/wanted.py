"""Every document that the mirror holds, as declared, with what it depends on."""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from tabulation.public.declaration import Address, Declaration, Turn, addresses_in
from tabulation.public.edition import Edition, row_of
from tabulation.public.mirror.build import build
from tabulation.public.site import DOCUMENTS

#: Up to so many stations of a contest each has its own page and proof in the mirror. More have them
#: from Django, for a million small files serve nobody.
FEW_STATIONS = 5_000


@dataclass(frozen=True)
class Wanted:
    """A document, in each of its languages. While its ``key`` is the same, so is the document.

    ``edition`` is ``None`` for what is of no election, and ``contest`` empty for what is of none.
    """

    declared: Declaration
    edition: Edition | None
    contest: str
    address: Address
    key: str

    @property
    def name(self) -> str:
        """What it is called in the mirror's index."""
        slug = self.edition.election.slug if self.edition else ""
        return json.dumps([self.declared.name, slug, self.contest, self.address.parts])

    @property
    def parts(self) -> dict[str, Any]:
        """The parts of its address, besides the language."""
        parts = dict(self.address.parts)
        if self.edition:
            parts["slug"] = self.edition.election.slug
        if self.contest:
            parts["contest"] = self.contest
        return parts


def wanted(
    editions: list[Edition],
    turns: Collection[Turn],
    few: int = FEW_STATIONS,
    *,
    bound: bool = False,
) -> Iterator[Wanted]:
    """What there is of these editions, in these turns; ``bound``: what is in the signed list."""
    common = digest(build(), *(row_of(one.election) for one in editions))
    own = {one.election.pk: digest(build(), row_of(one.election)) for one in editions}
    for declared in DOCUMENTS:
        if declared.turn not in turns or (bound and not declared.bound):
            continue
        if "slug" not in declared.parts:
            for address in declared.addresses(editions):
                yield Wanted(declared, None, "", address, digest(common, address.on))
            continue
        for edition in editions:
            row = own[edition.election.pk]
            for contest, address in addresses_in(edition, declared, few):
                yield Wanted(declared, edition, contest, address, digest(row, address.on))


def digest(*made_of: object) -> str:
    return hashlib.blake2b(repr(made_of).encode(), digest_size=16).hexdigest()
