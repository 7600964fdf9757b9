"""Addresses of the pages with pictures."""

PAGES = {
    "map": "/en/artsakh/president/map/",
    "map of turnout": "/en/artsakh/president/map/turnout/",
    "night": "/en/artsakh/president/night/",
    "scatter": "/en/artsakh/president/scatter/",
}


AREAS = {"area": "/en/artsakh/president/area/S/", "country": "/en/artsakh/president/area/AM/"}
