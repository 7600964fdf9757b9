"""Addresses of what others may show, and of the page with its code."""

EMBEDS = {
    "results": "/embed/en/artsakh/president/results/",
    "progress": "/embed/en/artsakh/president/progress/",
    "areas": "/embed/en/artsakh/president/areas/",
    "area": "/embed/en/artsakh/president/area/S/results/",
    "station": "/embed/en/artsakh/president/station/2/01/",
    "uncounted": "/embed/en/artsakh/president/station/2/02/",
}


CODE_PAGE = "/en/artsakh/president/embed/"
