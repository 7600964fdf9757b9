"""The README.txt of a zip: what is in it, where it comes from, and how to check it."""

from tabulation.public.files.kinds import kinds_of
from tabulation.public.files.nist import moment
from tabulation.public.files.statement import Licence, Statement, licence_of

#: Of the text: one more whenever it says something else.
README_VERSION = 2

ABOUT = {
    "csv": "every polling station: one row each, one column a line of the paper",
    "long.csv": "every figure: one row for each station and line",
    "json": "the sums of the whole contest and of each area",
    "nist.json": "NIST SP 1500-100 version 2, JSON: every station and area",
    "nist.xml": "NIST SP 1500-100 version 2, XML: the same",
    "eml.xml": "OASIS EML 5.0, message 510 (count)",
}
MISSING = (
    "A figure that is not there is empty or null, and never 0: not counted yet, or left blank on\n"
    "the paper. A hyphen (-) in a table: the candidate is not on the ballot there.\n"
)
VERIFY = """To verify it
manifest.json, checkpoint and the .ledger.tsv files are what verify.py checks, a program that the
commission's site serves at /static/verify.py; take the public key from somewhere else. The
checkpoint is as it was signed; a second signature may have come to it since.
"""


def text(said: list[Statement]) -> str:
    """Of all contests of one publication."""
    first = said[0]
    return "\n".join([_head(first), _files(said), MISSING, "" if first.zeroed else VERIFY]).strip(
        "\n"
    ) + ("\n")


def _head(said: Statement) -> str:
    election, edition = said.election, said.publication
    lines = [
        election.name,
        *_which(said),
        *filter(None, [election.notice, edition.note]),
        f"Issued by {said.issuer}",
        *([f"Source: {election.source}"] if election.source else []),
        f"Licence: {_licence(licence_of(election))}",
    ]
    return "\n".join(lines) + "\n"


def _which(said: Statement) -> list[str]:
    edition = said.publication
    if said.zeroed:
        return ["Files to make programs ready with: the same names and columns, every figure 0"]
    decision = f", by decision {edition.decision}" if edition.decision else ""
    return [
        f"Publication {edition.number}, {edition.status}{decision}",
        f"Published at {moment(edition.published_at)}",
    ]


def _licence(licence: Licence) -> str:
    return f"{licence.title}, {licence.address}" if licence.address else licence.title


def _files(said: list[Statement]) -> str:
    lines = ["datapackage.json: what the columns of the tables are (Frictionless Data Package)"]
    for one in said:
        code = one.contest.code
        lines.append(f"{one.form.office}:")
        lines += [f"  {code}.{ending}: {ABOUT[ending]}" for ending in kinds_of(one.head, one.form)]
        lines.append(f"  {code}.form.json: the form: its lines, candidates and control relations")
        if not one.zeroed:
            lines.append(f"  {code}.outcome.json: what the rule makes of the figures, step by step")
            lines.append(f"  {code}.ledger.tsv: every record as it is hashed")
            lines.append(f"  {code}.reasons.tsv: why broken warnings were accepted")
        if one.has_turnout:
            lines.append(f"  {code}.turnout.csv: turnout by the hour")
    return "\n".join(lines) + "\n"
