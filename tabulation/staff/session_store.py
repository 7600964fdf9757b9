"""Sessions whose rows open nothing: who reads the database or a backup is nobody by it.

The cookie's key is in no row, only its hash. The data are encrypted with a key made of it and of
the server's secret, so a row copied under another key is unreadable, too. The data need that: while
somebody adds an authenticator app its seed is among them.
"""

import json
import logging
from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

from tabulation.staff import ciphers

log = logging.getLogger("django.security.SuspiciousSession")


class SessionStore(db.SessionStore):
    """Django's sessions in the database, kept as said above."""

    # Django's own for asynchronous views go past the methods below.
    aload = SessionBase.aload
    aexists = SessionBase.aexists
    acreate = SessionBase.acreate
    asave = SessionBase.asave
    adelete = SessionBase.adelete

    def load(self) -> dict[str, Any]:
        rows = self.model.objects.filter(
            session_key=_hashed(str(self.session_key)), expire_date__gt=timezone.now()
        )
        kept = rows.values_list("session_data", flat=True).first()
        if kept is None:
            self._session_key = None
            return {}
        return self.decode(kept)

    def exists(self, session_key: str) -> bool:
        return super().exists(_hashed(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = _hashed(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(_hashed(key))

    def encode(self, session_dict: dict[str, Any]) -> str:
        return ciphers.encrypt(json.dumps(session_dict), self._purpose)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What was kept under this session's key; nothing where that cannot be read."""
        try:
            data: dict[str, Any] = json.loads(ciphers.decrypt(session_data, self._purpose))
        except ciphers.Unreadable:
            log.warning("Session data corrupted")
            return {}
        return data

    @property
    def _purpose(self) -> str:
        return f"session {self.session_key}"


def _hashed(key: str) -> str:
    """As the row has it: 160 bits of SHA-256 are as long as Django's column and the key itself."""
    return sha256(key.encode()).hexdigest()[:40]
