"""Which elections have anything published, and how each of them went on."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.database import limits
from tabulation.ledger.reading import publications
from tabulation.models import Publication, PublishedFigures, PublishedForm

#: The number of the newest publication of a row's election; one that is prepared is none yet.
NEWEST = Subquery(
    Publication.objects.filter(election=OuterRef("election"))
    .order_by("-number")
    .values("number")[:1]
)
#: What stands in the newest publication.
STANDING = Q(published_in__lte=NEWEST) & (Q(superseded_in=None) | Q(superseded_in__gt=NEWEST))


def elections_published() -> QuerySet[Election]:
    """Elections with at least one publication, newest polling day first."""
    return Election.objects.filter(
        Exists(Publication.objects.filter(election=OuterRef("pk")))
    ).order_by("-polling_days", "slug")


def newest_numbers() -> list[tuple[Election, int]]:
    """Each election with anything published, and the number of its newest publication.

    One cheap query: whoever follows the ledger asks it again and again.
    """
    newest = Publication.objects.filter(election=OuterRef("pk")).order_by("-number")
    elections = Election.objects.annotate(newest=Subquery(newest.values("number")[:1]))
    found = elections.filter(newest__isnull=False).order_by("slug")
    return [(election, election.newest) for election in found]


def newest_of_all() -> list[tuple[Publication, list[tuple[Contest, ProtocolForm]]]]:
    """The newest publication of each election, newest polling day first, with its contests.

    Two queries, whatever the number of elections.
    """
    newest = Publication.objects.order_by("election_id", "-number").distinct("election_id")
    forms = (
        PublishedForm.objects.filter(STANDING)
        .select_related("contest__constituency")
        .order_by("contest__round", "contest__code")
    )
    contests: dict[int, list[tuple[Contest, ProtocolForm]]] = {}
    for form in forms:
        contests.setdefault(form.election_id, []).append(
            (form.contest, ProtocolForm.from_json(form.body))
        )
    found = newest.select_related("election").defer("manifest", "checkpoint")
    by_name = sorted(found, key=lambda published: published.election.slug)
    return [
        (published, contests.get(published.election_id, []))
        for published in sorted(by_name, key=lambda p: p.election.polling_days, reverse=True)
    ]


def counted_contests(contests: Sequence[Contest]) -> set[int]:
    """Keys of those in which anything is counted, in the newest publication."""
    heads = PublishedFigures.objects.filter(STANDING, contest__in=contests, parent=None)
    return set(heads.filter(counted__gt=0).values_list("contest_id", flat=True))


def newest_of(elections: Sequence[Election]) -> dict[int, Publication]:
    """The newest publication of each, by the election's key."""
    rows = Publication.objects.filter(election__in=elections).defer("manifest", "checkpoint")
    newest = rows.order_by("election_id", "-number").distinct("election_id")
    return {publication.election_id: publication for publication in newest}


def firsts_by_status(publication: Publication) -> list[Publication]:
    """Of each status word up to ``publication`` the first publication that had it, by number."""
    rows = Publication.objects.filter(
        election=publication.election_id, number__lte=publication.number
    )
    found = rows.order_by("status", "number").distinct("status").defer("manifest", "checkpoint")
    return sorted(found, key=lambda one: one.number)


def progress_of_publications(election: Election) -> list[tuple[Publication, int, int]]:
    """Each publication, newest first, with stations counted or annulled then, and expected."""
    heads = PublishedFigures.objects.filter(contest__in=election.contests.all(), parent=None)
    #: Per contest the row of its head that stands; each stands until its next one.
    in_force: dict[int, PublishedFigures] = {}
    changes: dict[int, list[PublishedFigures]] = {}
    for head in heads:
        changes.setdefault(head.published_in, []).append(head)
    rows = []
    for published in publications(election).defer("manifest", "checkpoint").reverse():
        in_force.update({head.contest_id: head for head in changes.get(published.number, [])})
        done = sum(head.counted + head.annulled for head in in_force.values())
        rows.append((published, done, sum(head.stations for head in in_force.values())))
    return rows[::-1]


def database_answers(within: float) -> bool:
    """Whether the ledger can be read at this moment; a database that hangs gives no answer.

    ``within`` so many seconds this one comes.
    """
    return limits.answers(lambda: elections_published().exists(), within)
