"""Published figures as rows of tables: lines of the form, candidates, areas, stations."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from tabulation.arithmetic.form import Line, ProtocolForm, share
from tabulation.ledger.reading import Unit
from tabulation.printing.parts import CANDIDATES_IN_A_TABLE
from tabulation.printing.wording import DASH, code_of, figure, name_of, percent
from tabulation.public.edition import numbered
from tabulation.public.files import statement

STATES = {
    "counted": pgettext_lazy("polling station", "counted"),
    "annulled": pgettext_lazy("polling station", "annulled"),
}
NOT_YET = gettext_lazy("not yet counted")

Table = dict[str, Any]
Row = list[str]


def lines_of(form: ProtocolForm, unit: Unit) -> Table:
    """Every line of the form in the paper's order, candidates' too, with the unit's figures."""
    figures = unit.figures or form.blank
    names = {choice.number: name_of(choice) for choice in form.choices}
    shown = statement.on_ballot(form, unit)
    rows = [
        [
            line.number,
            names.get(line.candidate, "") if line.candidate is not None else name_of(line),
            figure(value) if stands else _("not on the ballot here"),
        ]
        for line, value, stands in zip(form.lines, figures, shown, strict=True)
    ]
    return {
        "title": _("Totals by the lines of the protocol"),
        "header": [_("Line"), _("What is counted"), _("Total")],
        "rows": rows,
        "notes": _gaps(form, unit),
    }


def _gaps(form: ProtocolForm, unit: Unit) -> list[str]:
    """Lines that some of the counted stations left blank: their sums speak of fewer stations."""
    if not unit.filled:
        return []
    notes = []
    for line, filled in zip(form.lines, unit.filled, strict=True):
        blank = unit.counted - filled
        if blank and not line.scope:
            sentence = ngettext(
                "Line %(line)s is blank in %(n)s counted polling station.",
                "Line %(line)s is blank in %(n)s counted polling stations.",
                blank,
            )
            notes.append(sentence % {"line": line.number, "n": figure(blank)})
    return notes


def candidates_of(form: ProtocolForm, unit: Unit) -> Table:
    """Who has how many votes, most first, with the share and what it is a share of."""
    figures = unit.figures or form.blank
    votes, base = form.votes(figures), form.base_total(figures)
    ranked = sorted(numbered(form).items(), key=lambda one: -(votes.get(one[0]) or 0))
    rows = []
    for number, choice in ranked:
        own = votes.get(number)
        name = name_of(choice)
        if choice.status == "withdrawn":
            name = _("%(name)s (withdrew)") % {"name": name}
        rows.append([str(number), name, figure(own), percent(share(own, base))])
    sentence = _("Shares are percentages of the valid votes. Valid votes: %(base)s.")
    if form.base != "valid":
        sentence = _("Shares are percentages of the ballots cast. Ballots cast: %(base)s.")
    return {
        "title": _("Votes for the candidates"),
        "header": [_("No."), _("Candidate"), _("Votes"), _("Share")],
        "rows": rows,
        "notes": [sentence % {"base": figure(base)}] if base is not None else [],
    }


def stations_of(unit: Unit) -> Table:
    """How many stations there are and how far they are."""
    return {
        "title": _("Polling stations"),
        "header": [
            pgettext("number of polling stations", "Expected"),
            pgettext("number of polling stations", "Counted"),
            pgettext("number of polling stations", "Annulled"),
            _("Not yet counted"),
        ],
        "rows": [[figure(n) for n in (unit.stations, unit.counted, unit.annulled, unit.missing)]],
    }


def places(form: ProtocolForm, units: Sequence[Unit], whole: Unit) -> list[Table]:
    """A row for each of ``units`` and a last one for ``whole``: first turnout, then the votes.

    As many tables as the candidates need.
    """
    rows = [*units, whole]
    stations = any(unit.is_station for unit in units)
    kind = _("Polling station") if stations else _("Area")
    tables = [
        {
            "widths": [17, 0, 30 if stations else 21, 21, 21, 19, 21],
            "header": [
                _("Code"),
                kind,
                _("State") if stations else _("Stations counted"),
                _("Registered voters"),
                _("Took part"),
                _("Turnout"),
                _("Invalid ballots"),
            ],
            "rows": [_named(unit, whole) + _turnout(form, unit) for unit in rows],
        }
    ]
    lines = [line for line in form.lines if line.candidate is not None]
    for first in range(0, len(lines), CANDIDATES_IN_A_TABLE):
        some = lines[first : first + CANDIDATES_IN_A_TABLE]
        tables.append(_votes(form, rows, whole, some, kind))
    return tables


def _votes(
    form: ProtocolForm, rows: Sequence[Unit], whole: Unit, lines: Sequence[Line], kind: str
) -> Table:
    names = {choice.number: name_of(choice) for choice in form.choices}
    position = {line.key: i for i, line in enumerate(form.lines)}
    wide = min(34, 124 // len(lines))

    def cells(unit: Unit) -> Row:
        figures = unit.figures or form.blank
        return [
            figure(figures[position[line.key]])
            if line.stands_in(unit.lineage, station=unit.is_station)
            else DASH
            for line in lines
        ]

    return {
        "widths": [17, 0, *([wide] * len(lines))],
        "header": [
            _("Code"),
            kind,
            *(f"{line.candidate}. {names[line.candidate]}" for line in lines),
        ],
        "rows": [_named(unit, whole) + cells(unit) for unit in rows],
    }


def _named(unit: Unit, whole: Unit) -> Row:
    return ["", _("In all")] if unit is whole else [code_of(unit), name_of(unit)]


def _turnout(form: ProtocolForm, unit: Unit) -> Row:
    figures = unit.figures or form.blank
    registered, voters = (form.total(role, figures) for role in ("registered", "voters"))
    return [
        state_of(unit),
        figure(registered),
        figure(voters),
        percent(share(voters, registered)),
        figure(form.total("invalid", figures)),
    ]


def state_of(unit: Unit) -> str:
    """Of a station what became of it, of an area how many are counted: `12 of 20`."""
    if unit.is_station:
        return str(STATES.get(unit.status, NOT_YET))
    figures = {"counted": figure(unit.counted), "stations": figure(unit.stations)}
    return _("%(counted)s of %(stations)s") % figures
