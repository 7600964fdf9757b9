"""The acts of the commission that end a count: lots, the sitting that decides, the second round.

Each is published at once, on exactly the figures that the commission had before it.
"""
