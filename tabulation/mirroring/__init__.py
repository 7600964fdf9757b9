"""The whole public site as files: for a web server without Python, a CDN, another's mirror."""

from tabulation.mirroring.contents import FEW_STATIONS, Item, contents
from tabulation.mirroring.writing import Exported, ExportRefused, export

__all__ = ["FEW_STATIONS", "ExportRefused", "Exported", "Item", "contents", "export"]
