"""What a page is made by: templates, code, static files and the settings its headers come from."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
from django.conf import settings

FOLDERS = ("templates", "static", "candidates", "tabulation", "locale")
KINDS = {".html", ".txt", ".py", ".css", ".js", ".svg", ".mo"}
SETTINGS = (
    *("LANGUAGES", "LANGUAGE_CODE", "TIME_ZONE", "STATIC_URL", "STORAGES", "MIDDLEWARE", "SITE"),
    *("CONTENT_SECURITY_POLICY", "X_FRAME_OPTIONS", "DEBUG"),
    *("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS"),
    *("SECURE_HSTS_PRELOAD", "SECURE_REFERRER_POLICY", "SECURE_CONTENT_TYPE_NOSNIFF"),
    "SECURE_CROSS_ORIGIN_OPENER_POLICY",
)


@cache
def build() -> str:
    """64 digits; what was made by another build is made anew."""
    digest = hashlib.sha256(django.__version__.encode())
    for name in SETTINGS:
        digest.update(f"\n{name} {getattr(settings, name)!r}".encode())
    for path in _files():
        digest.update(f"\n{path} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.suffix in KINDS and "tests" not in path.relative_to(settings.BASE_DIR).parts:
                yield path
    # Which name each static file has, where `collectstatic` gives them names with hashes.
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if manifest.is_file():
        yield manifest
