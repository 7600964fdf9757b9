"""What a member proposes, read back in words: label by label, as it will be done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.models import Contest
from tabulation.arithmetic.form import Line, ProtocolForm
from tabulation.languages.formatting import figure, labelled, titled, translate_name
from tabulation.ledger import reading
from tabulation.ledger.preview import Preview, preview_of
from tabulation.models import Decision, Motion, Publication, User, form_in_use
from tabulation.outcomes.certification.carrying import OF_STATIONS, choices_of, newest_protocol
from tabulation.outcomes.certification.roster import END
from tabulation.outcomes.certification.sittings import LATER, Choice, taken_up
from tabulation.outcomes.proposals.proposal import propose
from tabulation.public.edition import numbered
from tabulation.public.outcome_words import answered

Act = Motion.Act
#: A label, and what stands beside it: one text, or several.
Row = tuple[str, Sequence[str]]


@dataclass(frozen=True)
class Said:
    """An act in words: its rows, and where figures belong to it, the lines with them."""

    rows: list[Row]
    figures: list[tuple[Line, int | None]] = field(default_factory=list)


def said_of(motion: Motion) -> Said:
    """What ``motion`` will do, in the language of the page and the current time zone."""
    rows = [*_about(motion), *ROWS[motion.act](motion)]
    return Said([row for row in rows if any(row[1])], _figures(motion))


def _about(motion: Motion) -> Iterator[Row]:
    if motion.contest is not None:
        yield pgettext("heading", "Office"), [titled(motion.contest)]
    if motion.station is not None:
        station = motion.station
        yield _("Polling station"), [f"{station.code} {translate_name(station)}"]


def _figures(motion: Motion) -> list[tuple[Line, int | None]]:
    """Of a station's act, the figures that it is about."""
    if motion.act not in OF_STATIONS or motion.contest is None:
        return []
    protocol = newest_protocol(motion)
    lines = form_in_use(motion.contest).lines
    return list(zip(lines, protocol.figures if protocol and protocol.figures else (), strict=False))


def _of_station(motion: Motion) -> Iterator[Row]:
    yield _("Version"), [figure(motion.taken_on["version"])]
    yield _("Reason"), [motion.arguments["reason"]]
    yield _decision(motion)


def _decision(motion: Motion) -> Row:
    return _("Number of the decision"), [motion.arguments["decision"]]


def _on(motion: Motion) -> Row:
    return _("Publication"), [figure(motion.taken_on["publication"])]


def _publish(motion: Motion) -> Iterator[Row]:
    said = motion.arguments
    yield _("Publication"), [figure(motion.taken_on["after"] + 1)]
    yield _("Status"), [capfirst(str(Publication.Status(said["word"]).label))]
    yield _decision(motion)
    yield _("Note shown with the publication"), [said["note"]]
    if motion.pk is None or motion.state_at(timezone.now()) == Motion.State.WAITING:
        yield from _would_say(preview_of(motion.election))


def _would_say(ahead: Preview) -> Iterator[Row]:
    yield _("Stations counted or annulled"), [f"{figure(ahead.done)} / {figure(ahead.stations)}"]
    for part in ahead.contests:
        changed = _("Changed stations: %(count)s") % {"count": figure(part.changed)}
        totals = [
            f"{labelled(f'{line.number} {translate_name(line)}')} {figure(was)} → {figure(now)}"
            for line, was, now, difference in part.sums
            if difference
        ]
        yield titled(part.contest), [changed, *totals]


def _autopublish(motion: Motion) -> Iterator[Row]:
    yield _decision(motion)
    yield pgettext("heading", "From"), [_moment(motion.arguments["from_at"])]
    yield pgettext("heading", "Until"), [_moment(motion.arguments["until_at"])]


def _drawn(motion: Motion) -> Iterator[Row]:
    said = motion.arguments
    yield _on(motion)
    names = _names(motion)
    yield _("In the order drawn"), [f"{n} {names.get(n, '')}".strip() for n in said["order"]]
    yield _("When it was drawn"), [_moment(said["drawn_at"])]
    yield _("Drawn by"), [said["drawn_by"]]
    yield _("Witnesses"), said["witnesses"]
    if "polling_day" in said:
        yield _day(motion)
    yield _("Number of the minutes or the decision"), [said["decision"]]


def _names(motion: Motion) -> dict[int, str]:
    form = form_in_use(motion.contest) if motion.contest else None
    return {n: translate_name(one) for n, one in numbered(form).items()} if form else {}


def _day(motion: Motion) -> Row:
    day = date.fromisoformat(motion.arguments["polling_day"])
    return _("Polling day of the second round"), [date_format(day)]


def _polling_day(motion: Motion) -> Iterator[Row]:
    yield _day(motion)
    yield _decision(motion)


def _roster(motion: Motion) -> Iterator[Row]:
    said = motion.arguments
    member = User.objects.filter(username=said["member"]).first()
    ends = said["change"] == END
    yield _("Ends the membership of") if ends else _("Adds to the roster"), [str(member or "")]
    yield _decision(motion)


def _certify(motion: Motion) -> Iterator[Row]:
    said, vote = motion.arguments, motion.arguments["vote"]
    yield _on(motion)
    yield _decision(motion)
    yield _("When the sitting was held"), [_moment(said["held_at"])]
    yield _("Members present"), vote["present"]
    yield _("Votes for"), [figure(vote["votes_for"])]
    yield _("Votes against"), [figure(vote["votes_against"])]
    yield pgettext("heading", "Abstained"), [figure(vote["abstained"])]
    yield (
        _("Separate opinions"),
        [f"{labelled(member)} {text}" for member, text in vote["opinions"]],
    )
    yield from _decided(motion)
    yield _("Why it is decided although stations are open"), [said["open_reason"]]


def _decided(motion: Motion) -> Iterator[Row]:
    """Of each contest what is decided: what the rule gives, or the commission's own words."""
    last = reading.publication_or_none(motion.election, motion.taken_on["publication"])
    if last is None:
        return
    choices = choices_of(motion)
    closed = set(motion.closes) or {c.pk for c, _form in taken_up(last, choices)}
    for contest, form in reading.published_contests(last):
        choice = choices.get(contest.code, Choice())
        if contest.pk not in closed or choice.kind == LATER:
            continue
        kind = (
            capfirst(str(Decision.Kind(choice.kind).label))
            if choice.kind
            else _as_calculated(last, contest, form)
        )
        yield titled(contest), [kind, *([choice.words] if choice.words else [])]
        yield _("Totals"), _totals(last, contest, form)
        listed = ", ".join(choice.open_stations)
        yield _("Stations that are not finished but are part of this decision"), [listed]


def _totals(last: Publication, contest: Contest, form: ProtocolForm) -> list[str]:
    """The figures that are certified, line by line."""
    figures = reading.unit_of_head(last, contest).figures
    return [
        f"{labelled(f'{line.number} {translate_name(line)}')} {figure(total)}"
        for line, total in zip(form.lines, figures, strict=False)
    ]


def _as_calculated(last: Publication, contest: Contest, form: ProtocolForm) -> str:
    found = propose(last, contest, form).answer.outcome
    return str(answered(found, form, numbered(form))) if found else _("as the rule proposes")


def _moment(text: str) -> str:
    when = timezone.localtime(datetime.fromisoformat(text))
    return date_format(when, "DATETIME_FORMAT")


ROWS: dict[str, Callable[[Motion], Iterator[Row]]] = {
    **dict.fromkeys(OF_STATIONS, _of_station),
    Act.PUBLISH: _publish,
    Act.AUTOPUBLISH: _autopublish,
    Act.LOT: _drawn,
    Act.SECOND_ROUND: _drawn,
    Act.POLLING_DAY: _polling_day,
    Act.ROSTER: _roster,
    Act.CERTIFY: _certify,
}
