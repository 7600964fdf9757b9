"""What can be printed for an area: blank protocols, receipts, the results for the wall."""

from collections.abc import Iterator
from itertools import chain

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from candidates.models import Contest
from tabulation.ledger import reading
from tabulation.models import Area
from tabulation.printing.parts import PDF, PrintedFile
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.printing.unprintable import paper_failed
from tabulation.public.files import bulk
from tabulation.public.papers.area import area_table
from tabulation.staff.access import area_of, contest_of, path_to, person, require
from tabulation.staff.answers import form_page
from tabulation.staff.forms.protocols import PaperForm
from tabulation.staff.papers import blanks, receipts


@require_safe
def paper(request: HttpRequest, slug: str, contest: str) -> HttpResponseBase:
    """A form of what, which area and which language; with these the paper itself."""
    user = person(request)
    require(
        user.may_print, _("Intake clerks, supervisors and commission members can print documents.")
    )
    of = contest_of(slug, contest)
    area = area_of(user, of, request.GET.get("area"))
    data = request.GET if "what" in request.GET else None
    form = PaperForm(data, initial={"area": area.code, "language": get_language()})
    problem, status = "", None
    if data is not None and form.is_valid():
        try:
            return _answer(_printed(form.cleaned_data, of, area), of)
        except reading.UnknownUnit:
            problem = _(
                "No results have been published for this area yet. No document was made. Try"
                " again after the next publication."
            )
        except TypesettingFailed as failed:
            problem, status = paper_failed(failed), 503
    path = path_to(user, of, area)
    context = {"contest": of, "election": of.election, "area": area, "path": path}
    return form_page(request, "staff/paper.html", form, problem, status, **context)


def _printed(wanted: dict[str, str], contest: Contest, area: Area) -> Iterator[PrintedFile]:
    language = wanted["language"]
    if wanted["what"] == "blank":
        return blanks.blanks(contest, area, language)
    if wanted["what"] == "receipts":
        return receipts.receipts(contest, area, language, at=timezone.now())
    return iter([_area_table(contest, area, language)])


def _area_table(contest: Contest, area: Area, language: str) -> PrintedFile:
    """The newest published results of the area. Raises UnknownUnit."""
    published = reading.latest(contest.election)
    covered = reading.published_contests(published) if published else []
    for of, form in covered:
        if of.pk == contest.pk:
            body = area_table(published, of, form, area.code, language)
            return PrintedFile(f"{contest.code}.area.{language}.pdf", PDF, body)
    raise reading.UnknownUnit(contest.code)


def _answer(papers: Iterator[PrintedFile], contest: Contest) -> HttpResponseBase:
    """The PDF, or a zip of several as they are made."""
    first, second = next(papers), next(papers, None)
    if second is None:
        shown = {"Content-Disposition": f'inline; filename="{first.name}"'}
        return HttpResponse(first.content, content_type=first.media_type, headers=shown)
    files = ((p.name, [p.content]) for p in chain([first, second], papers))
    name = f'attachment; filename="{contest.code}.zip"'
    return StreamingHttpResponse(
        bulk.zipped(files, timezone.now()),
        content_type="application/zip",
        headers={"Content-Disposition": name},
    )
