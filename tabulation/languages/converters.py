"""How languages and the codes of places stand in addresses."""

from django.conf import settings
from django.urls import register_converter
from django.urls.converters import StringConverter


class LanguageConverter(StringConverter):
    """One of the site's languages: `en`."""

    regex = "|".join(code for code, _name in settings.LANGUAGES)


class CodeConverter(StringConverter):
    """The code of an area or a station, slashes and letters of any script included: `4/13`."""

    regex = r"\w+(?:[.\-/ ]\w+)*"


class FileConverter(StringConverter):
    """The name of a document that came out with a publication: `decision.json`."""

    regex = r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+"


register_converter(FileConverter, "file")
register_converter(LanguageConverter, "language")
register_converter(CodeConverter, "code")
