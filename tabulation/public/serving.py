"""Ready documents in front of Django: what `follow_ledger` packed is answered without asking it.

An address is looked up as it stands in the request, in the table of one file that is mapped into
memory; nothing of a request ever names a file, and query strings are not looked at. Whatever is
not plain (another method than GET and HEAD, a foreign host, HTTP where HTTPS is demanded, a
conditional request of another kind than If-None-Match) and whatever is not in the pack is Django's.

A pack of another build, a damaged one, and one whose follower no longer confirms it are not served:
Django, which is slower and never behind, answers then.
"""

import logging
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import parse_etags

from tabulation.public.packing.build import build
from tabulation.public.packing.pack import Answer, Pack, PackRefused

log = logging.getLogger(__name__)

#: Seconds between two looks at which file is there.
LOOK_EVERY = 0.25
#: A follower that lives confirms its pack every few seconds. One not confirmed for so many seconds
#: may be behind the ledger.
LIFETIME = 30
#: Conditions that only Django judges.
CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
#: What a 304 does not say again.
OF_BODY = {"content-type", "content-length", "content-encoding"}

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Ready:
    """The WSGI application: the pack at ``path``, and ``application`` for all else.

    The pack is opened here, before the first request, and whenever another has taken its place.
    Requests under way keep the one they began with, whose map goes with the last of them.
    """

    def __init__(self, application: Application, path: Path) -> None:
        self._application = application
        self._is_plain = _plain_requests()
        self._shelf = Shelf(path)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._shelf.find(environ) if self._is_plain(environ) else None
        if answer is None:
            return self._application(environ, start_response)
        return _respond(answer, environ, start_response)


class Shelf:
    """The pack that is there now; looks at the file at most once in `LOOK_EVERY` seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looking = threading.Lock()
        self._pack: Pack | None = None
        #: The last good one, when the follower confirmed it, and what was last refused or said.
        self._opened: Pack | None = None
        self._confirmed = 0.0
        self._refused: tuple[int, int, int] | None = None
        self._said = ""
        self._look()

    def find(self, environ: Environ) -> Answer | None:
        if time.monotonic() >= self._look_again and self._looking.acquire(blocking=False):
            # One thread looks, the others go on with what they have.
            try:
                self._look()
            finally:
                self._looking.release()
        pack = self._pack
        try:
            return pack.find(environ.get("PATH_INFO", "").encode("latin-1")) if pack else None
        except PackRefused as refused:
            self._say(str(refused))
            return None

    def _look(self) -> None:
        self._look_again = time.monotonic() + LOOK_EVERY
        try:
            stat = os.stat(self._path)
        except OSError as error:
            self._pack = self._opened = None
            if not isinstance(error, FileNotFoundError):
                self._say(f"{self._path} cannot be read: {error.strerror}.")
            return
        self._open((stat.st_dev, stat.st_ino, stat.st_mtime_ns))
        if self._opened is not None and self._opened.file == (stat.st_dev, stat.st_ino):
            self._confirmed = stat.st_mtime
        if abs(time.time() - self._confirmed) <= LIFETIME:
            self._pack = self._opened
        elif self._opened is not None:
            self._pack = None
            self._say(f"{self._path} is not kept up any more: does follow_ledger run?")

    def _open(self, file: tuple[int, int, int]) -> None:
        """Open the file unless it is open or was refused; the one before stays when it is bad."""
        if (self._opened and self._opened.file == file[:2]) or file == self._refused:
            return
        try:
            pack = Pack(self._path)
            if pack.build != build():
                raise PackRefused(f"{self._path} was made by another version of this program.")
        except (OSError, PackRefused) as refused:
            if self._refused is None or self._refused[:2] != file[:2]:
                self._said = ""
            self._refused = file
            self._say(str(refused))
        else:
            self._opened, self._refused, self._said = pack, None, ""

    def _say(self, what: str) -> None:
        """Once, and not with every request."""
        if what != self._said:
            self._said = what
            log.warning("%s", what)


def _plain_requests() -> Callable[[Environ], bool]:
    """Whether a request is one that Django would let through to a public page, nothing special."""
    secure, proxy = settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER
    host = "HTTP_X_FORWARDED_HOST" if settings.USE_X_FORWARDED_HOST else "HTTP_HOST"
    allowed = settings.ALLOWED_HOSTS

    @lru_cache(maxsize=256)
    def is_ours(name: str) -> bool:
        domain, _port = split_domain_port(name)
        return bool(domain) and validate_host(domain, allowed)

    def is_secure(environ: Environ) -> bool:
        if proxy and proxy[0] in environ:
            return bool(environ[proxy[0]].split(",", 1)[0].strip() == proxy[1])
        return bool(environ["wsgi.url_scheme"] == "https")

    def is_plain(environ: Environ) -> bool:
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and not environ.get("SCRIPT_NAME")
            and is_ours(environ.get(host, ""))
            and is_secure(environ) == secure
            and not any(name in environ for name in CONDITIONS)
        )

    return is_plain


def _respond(answer: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    gzipped = answer.gzipped and accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
    known = _known(answer, environ.get("HTTP_IF_NONE_MATCH", ""), gzipped)
    if known:
        headers = [h for h in answer.kind.headers if h[0].lower() not in OF_BODY]
        start_response("304 Not Modified", [*headers, ("ETag", known)])
        return []
    body = answer.body if gzipped or not answer.gzipped else zlib.decompress(answer.body, 31)
    headers = [*answer.kind.headers, ("Content-Length", str(len(body)))]
    if gzipped:
        headers.append(("Content-Encoding", "gzip"))
    if answer.etag:
        headers.append(("ETag", _tag(answer, gzipped)))
    start_response(answer.kind.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _tag(answer: Answer, gzipped: bool) -> str:
    """Strong: other bytes, another tag. The plain one is Django's, so that each knows the other's.

    It is the hash of the text, in which the build shows. Parts of a document are never answered,
    so the gzipped bytes of two hosts, which may differ, are never put together.
    """
    return f'"{answer.etag.decode()}{"-gzip" if gzipped else ""}"'


def _known(answer: Answer, if_none_match: str, gzipped: bool) -> str:
    """The tag of what the asker has, if it is this document, gzipped or plain; else nothing.

    Either is good: what they have is what they would get. Compared weakly, as RFC 9110 says.
    """
    if not if_none_match or not answer.etag:
        return ""
    own = [_tag(answer, gzipped), _tag(answer, not gzipped)]
    theirs = [tag.removeprefix("W/") for tag in parse_etags(if_none_match)]
    if "*" in theirs:
        return own[0]
    return next((tag for tag in own if tag in theirs), "")


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header ``Accept-Encoding`` lets us answer in gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, *parameters = (word.strip() for word in part.split(";"))
        weights[coding] = _weight(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0))) > 0


def _weight(parameters: list[str]) -> float:
    """``q``; what cannot be read is 0, which is always safe."""
    for parameter in parameters:
        name, _is, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if value.strip().replace(".", "", 1).isdecimal() else 0
    return 1
