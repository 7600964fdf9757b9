"""Find what a command line names, or say which names there are."""

from django.core.management.base import CommandError

from candidates.models import Contest, Election


def election_named(slug: str) -> Election:
    """Raises CommandError with the slugs that exist."""
    try:
        return Election.objects.get(slug=slug)
    except Election.DoesNotExist:
        known = ", ".join(Election.objects.values_list("slug", flat=True)) or "none is loaded"
        raise CommandError(f"There is no election {slug!r}. Elections: {known}.") from None


def contest_named(election: Election, code: str | None) -> Contest:
    """The contest ``code``, or the only one. Raises CommandError with the codes that exist."""
    contests = list(election.contests.select_related("election"))
    if code is None and len(contests) == 1:
        return contests[0]
    for contest in contests:
        if contest.code == code:
            return contest
    codes = ", ".join(contest.code for contest in contests)
    problem = f"has no contest {code!r}" if code else "has several contests: name one"
    raise CommandError(f"{election.slug} {problem} with --contest. Contests: {codes}.")
