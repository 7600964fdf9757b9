"""How far one contest is: the status word of a publication, where it has several contests."""

import json

from candidates.models import Contest
from tabulation.ledger import status_words
from tabulation.ledger.acts import decision_of
from tabulation.ledger.reading import standing
from tabulation.models import Publication, PublishedFigures

Status = Publication.Status


def status_of(publication: Publication, contest: Contest) -> Status:
    """The status word of ``contest`` in ``publication``, from the ledger.

    The publication's own is about what is not decided yet: while a second round is counted, the
    first stays certified. Where there is one contest alone, both are the same. A publication whose
    papers are printed before it is bound has no manifest yet.
    """
    if publication.manifest and len(json.loads(publication.manifest)["contests"]) == 1:
        return Status(publication.status)
    heads = PublishedFigures.objects.filter(contest=contest, parent=None)
    head = standing(heads, publication).get()
    if publication.status == Status.RECOUNT and head.published_in == publication.number:
        return Status.RECOUNT
    decision = decision_of(publication, contest)
    if decision is None:
        done = head.counted + head.annulled
        return Status(status_words.derived(done, head.stations, certified=False))
    # Whatever changes anywhere in a contest writes the row of its head anew.
    unchanged = head.published_in <= decision.sitting.published_in
    return Status.CERTIFIED if unchanged else Status.CORRECTION
