"""From an election folder and protocol files into the database: all or nothing."""

from tabulation.importing.election import load_election
from tabulation.importing.problems import ImportRefused, Problem
from tabulation.importing.protocols import Loaded, load_protocols

__all__ = ["ImportRefused", "Loaded", "Problem", "load_election", "load_protocols"]
