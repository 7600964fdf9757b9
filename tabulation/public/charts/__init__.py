"""Figures into the geometry of pictures: where each mark stands, and its class. No Django.

A picture is drawn for a phone, `WIDTH` units wide, and grows with the window. What it shows is
decided by integers and fractions; only the places of marks are rounded. Nothing not yet counted
is drawn as 0: where there is no figure there is no mark, or one that says so.
"""
