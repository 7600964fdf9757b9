"""The proposals of a publication as a JSON object: the same from the command and at its address."""

from collections.abc import Iterable
from typing import Any

from tabulation.outcomes.proposals.objects import as_object
from tabulation.outcomes.proposals.proposal import Proposal


def outcomes_of(published: Any, proposals: Iterable[Proposal]) -> dict[str, Any]:
    """The ``proposals`` of a publication, one for each contest, as docs/outcome.md has them."""
    return {
        "election": published.election.slug,
        "publication": published.number,
        "status": published.status,
        "notice": published.election.notice,
        "contests": [as_object(proposal) for proposal in proposals],
    }
