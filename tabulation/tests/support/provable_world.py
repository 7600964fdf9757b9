"""A small country whose publications are verified: names no file format likes, every status.

Publication 1 has nothing counted; 2 has two stations, one with an explained warning; 3 a corrected
one, one annulled, one not counted; 4 is certified, and signed twice.
"""

import tempfile
from datetime import time
from pathlib import Path
from unittest import mock

from tabulation.counting import correction, verification
from tabulation.ledger import signing
from tabulation.ledger.countersigning import countersign, sign_offline
from tabulation.ledger.proving import public_keys
from tabulation.ledger.publications import elections_published
from tabulation.models import ContestStation, Publication, TimedTurnout
from tabulation.public.mirror import copying, wanted
from tabulation.public.mirror.binding import bind_files
from tabulation.tests.support.world import NORTH, NOW, World

#: Before each name: a bare CR, TAB, backslash, LF, quotes, and Armenian.
PREFIX = '\rA\t\\b\n"c", Արցախ '
#: More voters than registered, which needs a reason.
MORE = (140, 150, 5, 100, 40, 5)
CORRECTED = (100, 61, 1, 39, 21, None)
PDF = b"%PDF-1.7\0\xff\n"


class Provable(World):
    """Made with its first three publications."""

    def __init__(self, slug: str = "artsakh") -> None:
        super().__init__(slug, prefix=PREFIX)
        self.uncounted = self.station("1/02", self.north)
        ContestStation.objects.create(contest=self.contest, station=self.uncounted, registered=50)
        self.steps = [self.count, self.correct, self.certify]
        self.publication()

    def count(self) -> Publication:
        """Two stations, which had also said how many had come by noon."""
        for station, voters in ((self.stations[0], 33), (self.stations[1], 70)):
            TimedTurnout.objects.create(
                contest=self.contest, station=station, hour=time(12), voters=voters
            )
        self.accepted(self.stations[0], NORTH)
        self.accepted(self.stations[1], MORE)
        return self.publication('Լուսաբաց\n\\ "so"')

    def correct(self) -> Publication:
        protocol = correction.correct(
            contest=self.contest, station=self.stations[0], reason="re\rcount\nof \\ all\t",
            decision="=12-Ա", by=self.mariam, at=NOW,
        )  # fmt: skip
        protocol = self.type_in(protocol, CORRECTED)
        verification.accept(protocol=protocol, by=self.sona, at=NOW)
        correction.annul(
            protocol=self.accepted(self.stations[2], MORE), reason="box\ropened", decision="7",
            by=self.mariam, at=NOW,
        )  # fmt: skip
        return self.publication(
            papers=lambda _published: [("annulled.pdf", "application/pdf", PDF)]
        )

    def certify(self) -> Publication:
        """The last station, the commission's decision, and the signature made offline."""
        self.accepted(self.uncounted, (50, 40, 0, None, 40, None))
        certified = super().certified('9-"Ա"')
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(signing.settings, "SIGNING_KEY", Path(folder) / "offline.pem"),
        ):
            line, key = sign_offline(certified.checkpoint, signing.make_key())
        countersign(publication=certified, line=line, key=key, by=None, at=NOW)
        return certified

    @property
    def keys(self) -> list[str]:
        """As the minutes have them."""
        return public_keys(self.election)

    @property
    def words(self) -> list[str]:
        """What verify.py is to be told."""
        keys = [word for key in self.keys for word in ("--key", key)]
        return ["--election", self.election.slug, *keys]


@mock.patch("os.sync", lambda: None)  # it waits for whatever else the machine is writing
def export(
    folder: Path, *, few: int = 10, whole: bool = True, papers: bool = True, listed: bool = True
) -> Path:
    """A mirror of all elections in ``folder``; without ``whole`` of the data alone, no pages.

    The lists of files are signed first, where ``listed``.
    """
    slugs = [election.slug for election in elections_published()]
    if whole:
        sign_lists(listed)
        copying.copy_site(folder, slugs, few=few)
    else:
        data = [
            one
            for one in wanted.DOCUMENTS
            if one.path.startswith("data/") and (papers or one.media_type != "application/pdf")
        ]
        with (
            mock.patch.object(wanted, "DOCUMENTS", data),
            mock.patch.object(copying, "_static_files"),
        ):
            sign_lists(listed)
            copying.copy_site(folder, slugs, few=few)
    return folder / "public"


def sign_lists(listed: bool) -> None:
    """Of every publication of every election that has none."""
    for election in elections_published() if listed else ():
        bind_files(election, at=NOW, most=100)


def proofs_in(mirror: Path) -> list[Path]:
    """Every proof of a station and bundle of an area."""
    return sorted(
        p for kind in ("proof", "bundle") for p in mirror.glob(f"data/*/*/{kind}/**/*.json")
    )
