"""Text that any reader of XML 1.0 takes, whatever a name holds."""

import re
from xml.sax.saxutils import escape

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: What XML 1.0 has no way to write, not even as a reference.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What needs any care at all; most texts have nothing of it.
SPECIAL = re.compile(f"[&<>\r]|{FORBIDDEN.pattern}")
#: Kept as they are; a parser would turn CR into LF, and all three into spaces in an attribute.
REFERENCES = {"\r": "&#13;"}
IN_ATTRIBUTES = {**REFERENCES, "\t": "&#9;", "\n": "&#10;", '"': "&quot;"}


def text(value: str) -> str:
    """Between tags. What XML forbids becomes U+FFFD."""
    if not SPECIAL.search(value):
        return value
    return escape(FORBIDDEN.sub("\ufffd", value), REFERENCES)


def attribute(value: str) -> str:
    """In double quotes, these included."""
    return f'"{escape(FORBIDDEN.sub(chr(0xFFFD), value), IN_ATTRIBUTES)}"'


def token(value: str) -> str:
    """A text as the schema type of that name wants it: one line, single spaces."""
    return " ".join(value.split())


def comment(value: str) -> str:
    """A remark for whoever opens the file. Two dashes would end it."""
    remark = FORBIDDEN.sub("\ufffd", value).replace("--", "- -").replace("--", "- -")
    return f"<!-- {remark} -->\n"


def identifier(kind: str, code: str) -> str:
    """A name that XML takes for an ID, another one for each code: `station-4_2f_13`.

    Letters of ASCII, digits, dots and hyphens stay; any other character is its number between
    two underscores, so that nothing else ever gives the same name.
    """
    return f"{kind}-" + "".join(
        c if c.isascii() and (c.isalnum() or c in ".-") else f"_{ord(c):x}_" for c in code
    )
