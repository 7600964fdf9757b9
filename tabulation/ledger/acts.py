"""Read the acts of the commission that came out with publications: lots, decisions, documents."""

from django.db.models import QuerySet

from candidates.models import Contest, Election
from tabulation.models import Decision, Lot, Publication, PublishedFile, SecondRound, Sitting


def decided_contests(election: Election, *, before: int | None = None) -> set[int]:
    """Contests about which a publication (earlier than number ``before``) brought a decision, and
    the second rounds it called off.
    """
    decisions = Decision.objects.filter(sitting__election=election)
    if before is not None:
        decisions = decisions.filter(sitting__published_in__lt=before)
    rounds = SecondRound.objects.filter(election=election)
    called_off = {one.second_id for one in rounds if not _stands(one, decisions)}
    return set(decisions.values_list("contest_id", flat=True)) | called_off


def _stands(second_round: SecondRound, decisions: QuerySet[Decision]) -> bool:
    """Whether the last of the ``decisions`` about the first round lets the same go on."""
    last = decisions.filter(contest=second_round.first_id).order_by("-sitting_id").first()
    return last is not None and sorted(last.advancing) == sorted(second_round.order)


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


def second_round_of(publication: Publication, contest: Contest) -> SecondRound | None:
    """The round that was made of ``contest`` up to ``publication``, between those whom the decision
    that stands there lets go on; with its contest.
    """
    decisions = Decision.objects.filter(sitting__published_in__lte=publication.number)
    rounds = SecondRound.objects.filter(first=contest, published_in__lte=publication.number)
    return next((one for one in rounds.select_related("second") if _stands(one, decisions)), None)


def is_called_off(publication: Publication, contest: Contest) -> bool:
    """Whether ``contest`` is a later round that no decision in ``publication`` asks for."""
    if contest.round == 1:
        return False
    decisions = Decision.objects.filter(sitting__published_in__lte=publication.number)
    second_round = SecondRound.objects.filter(second=contest).first()
    return second_round is not None and not _stands(second_round, decisions)


def is_round_off(publication: Publication, number: int) -> bool:
    """Whether every contest of that round is called off; a round to come has none."""
    contests = list(publication.election.contests.filter(round=number))
    return bool(contests) and all(is_called_off(publication, contest) for contest in contests)


def files_in(election: Election, number: int) -> QuerySet[PublishedFile]:
    """The documents that came out with a publication, by name, without their bytes."""
    files = PublishedFile.objects.filter(election=election, published_in=number)
    return files.order_by("name").defer("body")


def sittings_until(publication: Publication) -> list[Sitting]:
    """The sittings whose results were out by ``publication``, with what they decided, in order."""
    sittings = Sitting.objects.filter(
        election=publication.election_id, published_in__lte=publication.number
    )
    return list(sittings.prefetch_related("decisions__contest").order_by("id"))


def file_of(publication: Publication, name: str) -> PublishedFile | None:
    """One of `files_in`, with its bytes."""
    return PublishedFile.objects.filter(
        election=publication.election_id, published_in=publication.number, name=name
    ).first()
