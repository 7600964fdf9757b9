"""The page that mirrors the paper: a clerk types one protocol, line by line."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tabulation import entry, verification
from tabulation.forms import ConfirmForm, EntryForm
from tabulation.models import ContestStation, Protocol, Seat, User, paper_of
from tabulation.paper import Paper
from tabulation.views.access import contest_of, person, station_of


class Work:
    """What a clerk has before them: the station, its paper, the seat and the protocol."""

    def __init__(self, request: HttpRequest, slug: str, contest: str, code: str) -> None:
        self.user: User = person(request)
        self.contest = contest_of(slug, contest)
        self.place: ContestStation = station_of(self.user, self.contest, code)
        self.paper: Paper = paper_of(self.contest)
        lineage = self.place.station.area.lineage
        self.absent = [
            position
            for position, line in enumerate(self.paper.lines, 1)
            if not line.stands_in(lineage, station=True)
        ]
        protocols = self.contest.protocols.filter(station=self.place.station_id)
        self.protocol: Protocol | None = protocols.order_by("-version").first()
        self.seat: Seat | None = entry.seat_of(self.protocol, self.user) if self.protocol else None
        self.address = [slug, contest, code]

    def form(self, data: Any = None) -> EntryForm:
        draft = getattr(self.seat, "draft", None)
        initial = EntryForm.initial_of(
            self.paper, draft.figures if draft else (), draft.revision if draft else 0
        )
        return EntryForm(self.paper, self.absent, data, initial=initial)

    def said(
        self, figures: Sequence[int | None], *, finished: bool = False
    ) -> dict[str, list[str]]:
        """What the control relations say of these figures, by the key of the line it concerns.

        While typing goes on only of lines that are all filled: a warning that is always there
        until the last line is soon not read any more.
        """
        said: dict[str, list[str]] = {}
        relations = self.contest.relations.all()
        for relation, check in zip(relations, self.paper.checks, strict=True):
            whole = all(
                figures[position - 1] is not None or position in self.absent
                for position in (*check.left, *check.right)
            )
            if (whole or finished) and check.holds(figures) is False:
                text = relation.for_clerk or _("Check this line against the paper.")
                for line in self._concerned(check.left, check.right):
                    said.setdefault(line, []).append(text)
        return {key: list(dict.fromkeys(texts)) for key, texts in said.items()}

    def _concerned(self, left: Sequence[int], right: Sequence[int]) -> list[str]:
        """Keys of the numbered lines of a relation; the candidates' when there are no others."""
        lines = [self.paper.lines[position - 1] for position in (*left, *right)]
        control = [line.key for line in lines if line.candidate is None]
        return control or [line.key for line in lines]

    def blanks(self, figures: Sequence[int | None]) -> list[str]:
        """Keys of the lines of this station's paper that are blank."""
        pairs = enumerate(zip(self.paper.lines, figures, strict=True), 1)
        return [
            line.key
            for position, (line, figure) in pairs
            if figure is None and position not in self.absent
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """Type, save, finish. Errors do not stop typing; what looks wrong wants a second look."""
    work = Work(request, slug, contest, code)
    if work.seat is None:
        messages.error(
            request, _("You are not typing this protocol: it is finished, or not yours.")
        )
        return HttpResponseRedirect(reverse("staff-station", args=work.address))
    if request.method != "POST":
        return _page(request, work, work.form())
    typed = work.form(request.POST)
    if not typed.is_valid():
        return _page(request, work, typed, status=400)
    try:
        if request.POST.get("action") == "finish":
            return _finish(request, work, typed)
        _save(work, typed)
    except entry.StaleDraft as stale:
        return _page(request, work, typed, problem=str(stale), stale=True, status=409)
    except entry.EntryRefused as refused:
        return _page(request, work, typed, problem=str(refused), status=409)
    messages.success(request, _("Saved. You can go on whenever you like."))
    return HttpResponseRedirect(reverse("entry", args=work.address))


def _finish(request: HttpRequest, work: Work, typed: EntryForm) -> HttpResponse:
    said, blanks = work.said(typed.figures, finished=True), work.blanks(typed.figures)
    if (said or blanks) and not _confirmed(request, typed):
        draft = _save(work, typed)
        typed = work.form({**request.POST.dict(), "revision": draft.revision})
        typed.is_valid()
        return _page(request, work, typed, said=said, blanks=blanks)
    if work.seat is None or work.protocol is None:
        raise Http404
    at = timezone.now()
    entry.submit(
        seat=work.seat,
        figures=typed.figures,
        by=work.user,
        at=at,
        revision=typed.cleaned_data["revision"],
    )
    with suppress(verification.NotEnoughEntries):
        verification.compare(protocol=work.protocol, by=None, at=at)
    work.protocol.refresh_from_db()
    if work.protocol.status == Protocol.Status.ENTERED:
        messages.success(request, _("Finished. Another clerk types it as well."))
    else:
        messages.success(request, _("Finished."))
    return HttpResponseRedirect(reverse("staff-station", args=work.address))


def _confirmed(request: HttpRequest, typed: EntryForm) -> bool:
    """Whether the clerk ticked the box below these very figures."""
    confirm = ConfirmForm(request.POST)
    return (
        confirm.is_valid()
        and confirm.cleaned_data["checked"]
        and confirm.cleaned_data["shown"] == _shown(typed)
    )


def _shown(typed: EntryForm) -> str:
    return ",".join("" if figure is None else str(figure) for figure in typed.figures)


def _save(work: Work, typed: EntryForm) -> Any:
    if work.seat is None:
        raise Http404
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
    work = Work(request, slug, contest, code)
    if work.seat is None:
        problem = _("You are not typing this protocol: it is finished, or not yours.")
        return JsonResponse({"problem": problem}, status=409)
    typed = work.form(request.POST)
    if missing := typed.missing(request.POST):
        problem = _("Not saved: the page sent no %(lines)s.") % {"lines": ", ".join(missing)}
        return JsonResponse({"problem": problem}, status=400)
    if not typed.is_valid():
        return JsonResponse(
            {"problem": _("Not saved: digits only."), "errors": typed.errors}, status=400
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
    return JsonResponse({"revision": saved.revision, "said": work.said(typed.figures)})


def _page(
    request: HttpRequest,
    work: Work,
    typed: EntryForm,
    *,
    said: dict[str, list[str]] | None = None,
    blanks: Sequence[str] = (),
    problem: str = "",
    stale: bool = False,
    status: int = 200,
) -> HttpResponse:
    draft = getattr(work.seat, "draft", None)
    if said is None:
        said = work.said(draft.figures) if draft and not typed.is_bound else {}
    rows = [
        {
            "line": line,
            "field": typed[line.key] if position not in typed.absent else None,
            "said": said.get(line.key, []),
            "blank": line.key in blanks,
        }
        for position, line in enumerate(work.paper.lines, 1)
    ]
    context = {
        "contest": work.contest,
        "election": work.contest.election,
        "place": work.place,
        "protocol": work.protocol,
        "seat": work.seat,
        "form": typed,
        "confirm": ConfirmForm(initial={"shown": _shown(typed)})
        if typed.is_bound and (said or blanks)
        else None,
        "rows": rows,
        "problem": problem,
        "stale": stale,
    }
    return render(request, "entry/form.html", context, status=status)
