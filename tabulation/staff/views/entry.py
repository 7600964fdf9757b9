"""The page that mirrors the paper: a clerk types one protocol, line by line."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tabulation.arithmetic.form import Check, Line, ProtocolForm
from tabulation.counting import entry, verification
from tabulation.languages.formatting import translate_text
from tabulation.models import Draft, Protocol, User, form_in_use
from tabulation.staff.access import person, place_of, require
from tabulation.staff.answers import form_page
from tabulation.staff.forms.protocols import ConfirmForm, EntryForm, ReasonsForm


class NoSeat(Exception):
    """The person is not typing this protocol; the message says so."""


class EntryWork:
    """What a clerk has before them: the station, its paper, the seat. Raises NoSeat."""

    def __init__(self, request: HttpRequest, slug: str, contest: str, code: str) -> None:
        self.user: User = person(request)
        self.address = [slug, contest, code]
        require(
            self.user.may_type,
            _("Only entry clerks can enter protocols. Ask an entry clerk to do this."),
        )
        self.seat: Any = (
            entry.seats_at_work(self.user)
            .filter(
                protocol__contest__election__slug=slug,
                protocol__contest__code=contest,
                protocol__station__code=code,
            )
            .first()
        )
        if self.seat is None:
            # Nothing of theirs: a 404 or 403 says so when there is nothing to see either.
            place_of(self.user, slug, contest, code)
            raise NoSeat(
                _(
                    "You have no open entry of this protocol. You finished it, or it is another"
                    " clerk's task. Take a protocol at your desk."
                )
            )
        self.draft: Draft | None = getattr(self.seat, "draft", None)
        self.protocol: Protocol = self.seat.protocol
        self.contest = self.protocol.contest
        self.station = self.protocol.station
        may_see = self.user.reaches(self.station.area)
        require(
            may_see,
            _("This polling station is not in your area. Choose a polling station of your area."),
        )
        self.protocol_form: ProtocolForm = form_in_use(self.contest)
        lineage = self.station.area.lineage
        self.absent = [
            position
            for position, line in enumerate(self.protocol_form.lines, 1)
            if not line.stands_in(lineage, station=True)
        ]
        self.returned = entry.last_return(self.seat) if self.seat.again else None
        self.kept = self._kept()

    def _kept(self) -> dict[int, int | None]:
        """Figures of the lines that were not given back, by position; none at a first typing."""
        again = self.returned.lines if self.returned else None
        if again is None or self.draft is None:
            return {}
        pairs = enumerate(self.draft.figures, 1)
        return {p: figure for p, figure in pairs if p not in again and p not in self.absent}

    def form(self, data: Mapping[str, object] | None = None) -> EntryForm:
        return EntryForm(self.protocol_form, self.absent, self.kept, self.draft, data)

    def findings(
        self, figures: Sequence[int | None], *, finished: bool = False
    ) -> dict[str, list[str]]:
        """What the control relations say of these figures, by the key of the line it concerns.

        While typing goes on only of lines that are all filled: a warning that is always there
        until the last line is soon not read any more.
        """
        findings: dict[str, list[str]] = {}
        blank = set(self.blanks(figures))
        for check in self.protocol_form.checks:
            lines = self._lines_of(check)
            whole = finished or not {line.key for line in lines} & blank
            if whole and check.holds(figures) is False:
                # The numbered lines; the candidates' where there are no others.
                for line in [line for line in lines if line.candidate is None] or lines:
                    findings.setdefault(line.key, []).append(self.for_clerk(check))
        return {key: list(dict.fromkeys(texts)) for key, texts in findings.items()}

    def _lines_of(self, check: Check) -> list[Line]:
        return [self.protocol_form.lines[p - 1] for p in (*check.left, *check.right)]

    def for_clerk(self, check: Check) -> str:
        """What a clerk is told of a relation that does not hold: look again, never what to type."""
        general = _("Check these lines against the paper: %(lines)s.")
        numbers = ", ".join(line.number for line in self._lines_of(check))
        return translate_text(check, "for_clerk") or general % {"lines": numbers}

    def blanks(self, figures: Sequence[int | None]) -> list[str]:
        """Keys of the lines of this station's paper that are blank."""
        pairs = enumerate(zip(self.protocol_form.lines, figures, strict=True), 1)
        return [
            line.key
            for position, (line, figure) in pairs
            if figure is None and position not in self.absent
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """Type, save, finish. Errors do not stop typing; what looks wrong wants a second look."""
    try:
        work = EntryWork(request, slug, contest, code)
    except NoSeat as none:
        messages.error(request, str(none))
        return redirect("staff-station", slug, contest, code)
    if request.method != "POST":
        return _page(request, work, work.form())
    typed = work.form(request.POST)
    if not typed.is_valid() or typed.missing(request.POST):
        problem = _(
            "Some lines did not reach the server. Nothing was saved. Check every line, then"
            " send the page again."
        )
        return _page(request, work, typed, "" if typed.errors else problem, status=400)
    try:
        if request.POST.get("action") == "finish":
            return _finish(request, work, typed)
        _save(work, typed)
    except entry.StaleDraft as stale:
        return _page(request, work, typed, stale, stale=True)
    except entry.EntryRefused as refused:
        return _page(request, work, typed, refused)
    messages.success(request, _("Your figures are saved. You can continue at any time."))
    return redirect("desk", slug, contest)


class Question:
    """What is asked before an entry is finished: blanks, errors, and a reason for each warning."""

    def __init__(
        self, work: EntryWork, figures: Sequence[int | None], data: Mapping[str, object]
    ) -> None:
        self.findings = work.findings(figures, finished=True)
        self.blanks = work.blanks(figures)
        self.errors = work.protocol_form.broken(figures, "error")
        self.warnings = work.protocol_form.broken(figures, "warning")
        self.shown = ",".join("" if figure is None else str(figure) for figure in figures)
        is_repeated = data.get("shown") == self.shown
        self.confirm = ConfirmForm(data if is_repeated else None, initial={"shown": self.shown})
        self.reasons = ReasonsForm(self.warnings, data if is_repeated else None)
        self.is_repeated = is_repeated
        self.rows = [
            {"told": work.for_clerk(check), "field": self.reasons[f"reason_{check.code}"]}
            for check in self.warnings
        ]

    @property
    def wants_a_look(self) -> bool:
        return bool(self.errors or self.blanks)

    @property
    def answered(self) -> bool:
        """Whether all was answered below these very figures."""
        if not (self.wants_a_look or self.warnings):
            return True
        looked = not self.wants_a_look or (
            self.confirm.is_valid() and self.confirm.cleaned_data["checked"]
        )
        return self.is_repeated and self.reasons.is_valid() and bool(looked)


def _finish(request: HttpRequest, work: EntryWork, typed: EntryForm) -> HttpResponse:
    question = Question(work, typed.figures, request.POST)
    if not question.answered:
        draft = _save(work, typed)
        typed = work.form({**request.POST.dict(), "revision": draft.revision})
        typed.is_valid()
        return _page(request, work, typed, question=question)
    # The entry, and the comparison when it was the last that was asked for, or neither.
    entry.submit(
        seat=work.seat,
        figures=typed.figures,
        by=work.user,
        at=timezone.now(),
        revision=typed.cleaned_data["revision"],
        reasons=question.reasons.reasons if question.warnings else {},
        then=verification.compare_if_complete,
    )
    messages.success(
        request,
        _("Your entry for polling station %(code)s is finished.") % {"code": work.station.code},
    )
    return redirect("desk", *work.address[:2])


def _save(work: EntryWork, typed: EntryForm) -> Draft:
    return entry.save_draft(
        seat=work.seat,
        figures=typed.figures,
        revision=typed.cleaned_data["revision"],
        by=work.user,
        at=timezone.now(),
    )


@require_POST
def draft(request: HttpRequest, slug: str, contest: str, code: str) -> JsonResponse:
    """Save at every pause of the keyboard; answers the next revision and what the checks say."""
    try:
        work = EntryWork(request, slug, contest, code)
    except NoSeat as none:
        return JsonResponse({"problem": str(none)}, status=409)
    typed = work.form(request.POST)
    if missing := typed.missing(request.POST):
        problem = _(
            "Some lines did not reach the server. Nothing was saved. Open the page again."
            " Lines: %(lines)s."
        ) % {"lines": ", ".join(missing)}
        return JsonResponse({"problem": problem}, status=400)
    if not typed.is_valid():
        return JsonResponse(
            {
                "problem": _("Nothing was saved. Enter only digits in each line."),
                "errors": typed.errors,
            },
            status=400,
        )
    try:
        saved = _save(work, typed)
    except entry.StaleDraft as stale:
        # What stands, so that the page can tell its own lost answer from another tab's typing.
        figures = work.form().shown(stale.current.figures)
        content = {"problem": str(stale), "revision": stale.current.revision, "figures": figures}
        return JsonResponse(content, status=409)
    except entry.EntryRefused as refused:
        return JsonResponse({"problem": str(refused)}, status=409)
    return JsonResponse({"revision": saved.revision, "said": work.findings(typed.figures)})


def _page(
    request: HttpRequest,
    work: EntryWork,
    typed: EntryForm,
    problem: Exception | str = "",
    *,
    question: Question | None = None,
    stale: bool = False,
    status: int | None = None,
) -> HttpResponse:
    if question is not None:
        findings = question.findings
    else:
        findings = work.findings(work.draft.figures) if work.draft and not typed.is_bound else {}
    rows = [
        {
            "line": line,
            "field": typed[line.key] if line.key in typed.fields else None,
            "absent": position in typed.absent,
            "kept": work.kept.get(position),
            "said": findings.get(line.key, []),
            "blank": question is not None and line.key in question.blanks,
        }
        for position, line in enumerate(work.protocol_form.lines, 1)
    ]
    context = {
        "contest": work.contest,
        "election": work.contest.election,
        "station": work.station,
        "protocol": work.protocol,
        "seat": work.seat,
        "returned": work.returned,
        "attempt": work.returned.entry.attempt + 1 if work.returned else 1,
        "question": question,
        "rows": rows,
        "stale": stale,
    }
    return form_page(request, "entry/form.html", typed, problem, status, **context)
