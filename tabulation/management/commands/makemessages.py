"""Collect what is to be translated, the way this project keeps it: docs/languages.md."""

import ast
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

from tabulation.languages.notes import notes

#: Changes at each run and says nothing.
DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)
#: The context of an entry and its English, each in one or more strings.
TEXT = re.compile(r'^(?:msgctxt ((?:".*"\n)+))?msgid ((?:".*"\n)+)', re.MULTILINE)


class Command(makemessages.Command):
    """Django's, for all languages at once, sorted and without line numbers: two people can merge.

    Nothing is guessed from similar texts: what has no translation is empty, and a test says so.
    """

    help = "Collect the texts of pages and messages into the catalogue of every language."
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--sort-output",
        "--keyword=ngettext_noop:1,2",
        "--keyword=pgettext_noop:1c,2",
    ]
    msgmerge_options = [
        *makemessages.Command.msgmerge_options,
        "--sort-output",
        "--no-fuzzy-matching",
    ]
    msgattrib_options = [*makemessages.Command.msgattrib_options, "--sort-output"]

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        options["locale"] = options["locale"] or languages
        options["ignore_patterns"] = [*options["ignore_patterns"], "tests", "commands"]
        options["extensions"] = ["html", "txt", "xml", "py"]
        options.update(no_location=True, no_wrap=True, no_obsolete=True)
        super().handle(*args, **options)
        for path in Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po"):
            text = path.read_text(encoding="utf-8")
            path.write_text(with_notes(DATE.sub("", text)), encoding="utf-8")


def with_notes(catalogue: str) -> str:
    """A catalogue in which each text has the notes for its translators."""
    head, *entries = catalogue.split("\n\n")
    return "\n\n".join([head, *(_with_notes(entry) for entry in entries)])


def _with_notes(entry: str) -> str:
    context, text = (
        map(ast.literal_eval, part.splitlines()) for part in TEXT.findall(entry + "\n")[0]
    )
    lines = notes("".join(text), "".join(context) or None).splitlines()
    return "".join(f"#. {line}\n" for line in lines if line) + entry
