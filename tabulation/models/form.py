"""The protocol's form, which is configuration: its lines, its relations, its inaccuracies."""

from functools import lru_cache

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.fields import translations_field
from candidates.models import Candidate, Contest
from tabulation.arithmetic import form, rules


class ProtocolLine(models.Model):
    """A numbered line of the paper. Its position is its index in every array of figures.

    Fixed once figures exist: the database then refuses any line to come, go or move.
    """

    class Role(models.TextChoices):
        NONE = "", pgettext_lazy("role of a line", "other")
        REGISTERED = "registered", _("registered voters")
        VOTERS = "voters", _("took part in the voting")
        RECEIVED = "ballots_received", _("ballots received")
        UNUSED = "ballots_unused", _("ballots unused")
        IN_BOX = "ballots_in_box", _("ballots in the box")
        INVALID = "invalid", _("invalid ballots")
        VALID = "valid", _("valid votes")
        VOTES = "votes", _("votes for a candidate")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=60)
    #: As printed on the paper: "4", "5.1".
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    names = translations_field()
    role = models.CharField(max_length=20, choices=Role, blank=True, default=Role.NONE)
    candidate = models.OneToOneField(
        Candidate, null=True, blank=True, on_delete=models.PROTECT, related_name="line"
    )

    class Meta:
        ordering = ("contest_id", "position")
        constraints = [
            models.UniqueConstraint(fields=["contest", "position"], name="line_position_once"),
            models.UniqueConstraint(fields=["contest", "key"], name="line_key_once"),
            models.UniqueConstraint(
                fields=["contest", "role"],
                condition=~Q(role__in=["", "votes"]),
                name="line_role_once",
            ),
            models.CheckConstraint(
                condition=Q(role="votes", candidate__isnull=False)
                | (~Q(role="votes") & Q(candidate__isnull=True)),
                name="line_votes_are_for_a_candidate",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["", *form.ROLES]), name="line_role_is_known"
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="line_position_from_1"),
            models.CheckConstraint(
                condition=Q(key__regex=r"^[a-z][a-z0-9_]*$"), name="line_key_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ControlRelation(models.Model):
    """A relation between sums of lines that a right protocol satisfies, with its wordings."""

    class Severity(models.TextChoices):
        ERROR = "error", _("error")
        WARNING = "warning", _("warning")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="relations")
    ordinal = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    names = translations_field()
    left = ArrayField(models.PositiveSmallIntegerField(), blank=True)
    operator = models.CharField(max_length=2)
    right = ArrayField(models.PositiveSmallIntegerField(), blank=True)
    severity = models.CharField(max_length=7, choices=Severity)
    tolerance = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    percent = models.BooleanField(default=False)
    for_clerk = models.CharField(max_length=300, blank=True)
    for_clerks = translations_field()
    for_supervisor = models.CharField(max_length=300, blank=True)
    for_supervisors = translations_field()
    action = models.CharField(max_length=300, blank=True)
    actions = translations_field()

    class Meta:
        ordering = ("contest_id", "ordinal")
        constraints = [
            models.UniqueConstraint(fields=["contest", "ordinal"], name="relation_ordinal_once"),
            models.UniqueConstraint(fields=["contest", "code"], name="relation_code_once"),
            models.CheckConstraint(
                condition=Q(operator__in=list(rules.OPERATORS)), name="relation_operator_is_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=["error", "warning"]), name="relation_severity_is_known"
            ),
            models.CheckConstraint(
                condition=Q(tolerance__gte=0), name="relation_tolerance_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(left__len__gte=1) | Q(right__len__gte=1), name="relation_has_a_line"
            ),
            models.CheckConstraint(condition=~Q(left=F("right")), name="relation_has_two_sides"),
        ]

    def __str__(self) -> str:
        return self.name


class InaccuracyTerm(models.Model):
    """One term of the contest's inaccuracy formula; see `rules.inaccuracies_sql`."""

    class Kind(models.TextChoices):
        DIFFERENCE = "difference", _("|left - right|")
        EXCESS = "excess", _("max(0, left - right)")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="terms")
    ordinal = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    left = ArrayField(models.PositiveSmallIntegerField(), blank=True)
    right = ArrayField(models.PositiveSmallIntegerField(), blank=True)

    class Meta:
        ordering = ("contest_id", "ordinal")
        constraints = [
            models.UniqueConstraint(fields=["contest", "ordinal"], name="term_ordinal_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["difference", "excess"]), name="term_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"term {self.ordinal} of {self.contest}"


def form_of(contest: Contest) -> form.ProtocolForm:
    """The form of ``contest`` as plain data, from its rows (5 queries, 6 with scopes)."""
    lines = contest.lines.select_related("candidate").prefetch_related("scopes__area")
    return form.ProtocolForm(
        contest=contest.code,
        office=contest.office,
        offices=contest.offices,
        rule=contest.rule,
        base=contest.base,
        outcome=contest.outcome,
        seats=contest.seats,
        round=contest.round,
        lines=tuple(_line(line) for line in lines),
        choices=tuple(
            _choice(candidate) for candidate in contest.candidates.select_related("party")
        ),
        checks=tuple(_check(relation) for relation in contest.relations.all()),
        terms=tuple(
            rules.Term(rules.TERMS[term.kind], tuple(term.left), tuple(term.right))
            for term in contest.terms.all()
        ),
    )


#: Forms that a process keeps, of a dozen kilobytes each: the contests that one night's clerks type.
#: Beyond that the one unused for the longest is read again.
FORMS_KEPT = 256


def form_in_use(contest: Contest) -> form.ProtocolForm:
    """As `form_of`, read once a process: for a contest of which a protocol is there already.

    From the first protocol on the database lets nobody change the form. What may still change is
    whether a candidate withdrew; whoever asks that asks `form_of`.
    """
    return _form_in_use(connection.settings_dict["NAME"], contest)


@lru_cache(maxsize=FORMS_KEPT)
def _form_in_use(_database: object, contest: Contest) -> form.ProtocolForm:
    return form_of(contest)


def _line(line: ProtocolLine) -> form.Line:
    number = line.candidate.number if line.candidate else None
    scope = sorted(tuple(scope.area.lineage) for scope in line.scopes.all())
    return form.Line(line.key, line.number, line.name, line.role, number, line.names, tuple(scope))


def _choice(candidate: Candidate) -> form.Choice:
    return form.Choice(
        number=candidate.number,
        name=candidate.name,
        names=candidate.names,
        status=candidate.status,
        occupation=candidate.occupation,
        occupations=candidate.occupations,
        nominator=candidate.nominator or (candidate.party.name if candidate.party else ""),
        nominators=_nominators(candidate),
        withdrawn_on=candidate.withdrawn_on.isoformat() if candidate.withdrawn_on else "",
    )


def _nominators(candidate: Candidate) -> dict[str, str]:
    """Who nominates, in other languages: as said of the candidate, else the party's own names."""
    if candidate.nominator or candidate.party is None:
        found: dict[str, str] = candidate.nominators
    else:
        found = candidate.party.names
    return found


def _check(relation: ControlRelation) -> form.Check:
    return form.Check(
        code=relation.code,
        name=relation.name,
        names=relation.names,
        severity=relation.severity,
        left=tuple(relation.left),
        operator=relation.operator,
        right=tuple(relation.right),
        tolerance=f"{relation.tolerance.normalize():f}",
        percent=relation.percent,
        for_clerk=relation.for_clerk,
        for_clerks=relation.for_clerks,
        for_supervisor=relation.for_supervisor,
        for_supervisors=relation.for_supervisors,
        action=relation.action,
        actions=relation.actions,
    )
