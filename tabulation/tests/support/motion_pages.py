"""The pages of a commission of several: what is sent, read back and confirmed by a code."""

import re
from typing import Any

from django.core.cache import cache

from tabulation.models import User
from tabulation.tests.support.motion_world import MotionTestCase
from tabulation.tests.support.world import totp

ACTS = "/staff/artsakh/acts/"
SITTING = "/staff/artsakh/decision/sitting/"


class PageTestCase(MotionTestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.sign_in("mariam")

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))

    def send(self, url: str, told: str, answered: int = 200, **said: Any) -> Any:
        answer = self.client.post(url, said, follow=True)
        self.assertContains(answer, told, status_code=answered)
        return answer

    def repeated(self, page: Any) -> dict[str, str]:
        """What the page sends again, beside the code."""
        text = page.content.decode()
        return dict(re.findall(r'type="hidden" name="(\w[\w-]*)" value="([^"]*)"', text))

    def by_code(self, url: str, told: str, answered: int = 200, **said: Any) -> Any:
        cache.clear()  # the same code again: a test does not wait for the next one
        return self.send(url, told, answered, **said, code=totp())
