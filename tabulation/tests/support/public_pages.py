"""The small world with two publications, as the public reads it."""

import re

from django.test import TestCase

from tabulation.tests.support.world import NORTH, SOUTH, World

HOSTILE = "<script>alert(1)</script>"


class PublicPagesTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication("the first")
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication("the second")

    PAGES = {
        "archive": "/en/",
        "election": "/en/artsakh/",
        "publications": "/en/artsakh/publications/",
        "publication": "/en/artsakh/publications/1/",
        "area": "/en/artsakh/president/area/S/",
        "area page": "/en/artsakh/president/area/S/-/1/",
        "station": "/en/artsakh/president/station/1/01/",
        "uncounted": "/en/artsakh/president/station/2/02/",
    }
    FILES = {
        "latest": "/data/artsakh/latest.json",
        "csv": "/data/artsakh/2/president.csv",
        "json": "/data/artsakh/2/president.json",
    }

    def text(self, path: str) -> str:
        """What a reader sees: the page without its tags, white space folded."""
        response = self.client.get(path)
        self.assertEqual(response.status_code, 200, path)
        body = re.sub(r"<title>.*?</title>", "", response.content.decode(), flags=re.S)
        text = re.sub(r"<[^>]+>", " ", body)
        return re.sub(r"\s+", " ", text)
