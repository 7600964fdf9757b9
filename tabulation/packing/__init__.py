"""Ready answers in one file a host: what the web processes serve before Django is asked."""

from tabulation.packing.addresses import Wanted, area_addresses, hot_addresses, what_is_said_of
from tabulation.packing.build import build
from tabulation.packing.building import Builder, DatabaseIsGone, Made
from tabulation.packing.following import Follower
from tabulation.packing.pack import Answer, Kind, Pack, PackRefused, PackWriter

__all__ = [
    "Answer",
    "Builder",
    "DatabaseIsGone",
    "Follower",
    "Kind",
    "Made",
    "Pack",
    "PackRefused",
    "PackWriter",
    "Wanted",
    "area_addresses",
    "build",
    "hot_addresses",
    "what_is_said_of",
]
