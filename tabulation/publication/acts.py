"""Read the acts of the commission that came out with publications: lots, decisions, documents."""

from django.db.models import QuerySet

from candidates.models import Contest, Election
from tabulation.models import Decision, Lot, Publication, PublishedFile, SecondRound, Sitting


def decided_contests(election: Election, *, before: int | None = None) -> set[int]:
    """Contests about which a publication (earlier than number ``before``) brought a decision."""
    decisions = Decision.objects.filter(sitting__election=election)
    if before is not None:
        decisions = decisions.filter(sitting__published_in__lt=before)
    return set(decisions.values_list("contest_id", flat=True))


def decision_of(publication: Publication, contest: Contest) -> Decision | None:
    """The decision about ``contest`` that stands in ``publication``, with its sitting."""
    decisions = Decision.objects.filter(
        contest=contest, sitting__published_in__lte=publication.number
    )
    return decisions.select_related("sitting").order_by("-sitting_id").first()


def lots_of(publication: Publication, contest: Contest) -> list[Lot]:
    """The lots that were drawn for ``contest`` up to ``publication``, newest first."""
    return list(
        Lot.objects.filter(contest=contest, published_in__lte=publication.number).order_by("-id")
    )


def sitting_of(publication: Publication) -> Sitting | None:
    """The sitting that ``publication`` came of."""
    return Sitting.objects.filter(
        election=publication.election_id, published_in=publication.number
    ).first()


def second_round_of(contest: Contest) -> SecondRound | None:
    """The round that was made of ``contest``, with its contest."""
    return SecondRound.objects.filter(first=contest).select_related("second").first()


def files_of(publication: Publication) -> QuerySet[PublishedFile]:
    """The documents that came out with ``publication``, by name, without their bytes."""
    files = PublishedFile.objects.filter(
        election=publication.election_id, published_in=publication.number
    )
    return files.order_by("name").defer("body")


def file_of(publication: Publication, name: str) -> PublishedFile | None:
    """One of those, with its bytes."""
    return PublishedFile.objects.filter(
        election=publication.election_id, published_in=publication.number, name=name
    ).first()
