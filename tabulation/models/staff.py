"""The commission's people: one role and one area each."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from tabulation.arithmetic import lifecycle
from tabulation.models.geography import Area


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password; ``role`` is required."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


def _is_another(one: str, other: str) -> Q:
    """Two columns that name people do not name the same one; each may name nobody."""
    return Q(**{one: None}) | Q(**{other: None}) | ~Q(**{one: F(other)})


#: Who decides, or makes the people who do: two members stand for each of them.
CONFIRMED_BY_TWO = frozenset({"supervisor", "member", "administrator"})
#: As `User.is_confirmed`, of rows.
CONFIRMED = Q(confirmed_by__isnull=False) | ~Q(enrolled_by_decision="")


class User(AbstractBaseUser):
    """Somebody who signs in. No superusers: an administrator has no power over the count."""

    class Role(models.TextChoices):
        INTAKE = "intake", _("intake clerk")
        CLERK = "clerk", _("entry clerk")
        SUPERVISOR = "supervisor", _("supervisor")
        MEMBER = "member", _("commission member")
        AUDITOR = "auditor", _("auditor")
        ADMINISTRATOR = "administrator", _("administrator")

    username = models.CharField(
        max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    real_name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=13, choices=Role)
    #: The subtree this person sees and touches; none: the whole country.
    area = models.ForeignKey(
        Area, null=True, blank=True, on_delete=models.PROTECT, related_name="staff"
    )
    is_active = models.BooleanField(default=True)
    #: The password is a one-time one, known to whoever printed it: only good for choosing another.
    must_change_password = models.BooleanField(default=False)
    #: Until when a one-time password is good.
    one_time_until = models.DateTimeField(null=True, blank=True)
    #: Who last made this account something else, and when; nobody: the server's command line.
    changed_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True)
    #: The first of two who looked at that change, where two are asked for.
    first_confirmed_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: Who looked at that change last, as the only one or as the second of two. Until then the
    #: account opens nothing.
    confirmed_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: The paper decision by which the first people are enrolled at the server's command line, when
    #: there are no members yet who could confirm them.
    enrolled_by_decision = models.CharField(max_length=100, blank=True)
    #: The event about this account that made it what it is; the database compares the two.
    event_number = models.PositiveIntegerField(default=0)
    #: The newest event about accounts that this person has been told of.
    told_event = models.PositiveBigIntegerField(default=0)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        ordering = ("username",)
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_once_in_any_case",
                violation_error_message=_("This user name is taken. Enter another user name."),
            ),
            models.CheckConstraint(
                condition=Q(
                    role__in=[
                        "intake",
                        "clerk",
                        "supervisor",
                        "member",
                        "auditor",
                        "administrator",
                    ]
                ),
                name="user_role_is_known",
            ),
            models.CheckConstraint(
                condition=Q(changed_by=None) | ~Q(changed_by=F("id")),
                name="user_is_changed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=_is_another("confirmed_by", "changed_by")
                & _is_another("confirmed_by", "id")
                & _is_another("first_confirmed_by", "changed_by")
                & _is_another("first_confirmed_by", "id")
                & _is_another("first_confirmed_by", "confirmed_by"),
                name="user_is_confirmed_by_others",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | Q(first_confirmed_by__isnull=False)
                | Q(role__in=["intake", "clerk", "auditor"], changed_by__isnull=False),
                name="user_is_confirmed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(enrolled_by_decision="")
                | Q(changed_by=None, first_confirmed_by=None, confirmed_by=None),
                name="user_is_enrolled_or_confirmed",
            ),
        ]

    def __str__(self) -> str:
        # The name that cannot be chosen stands beside the one that can.
        return f"{self.real_name} ({self.username})" if self.real_name else self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Who somebody is for the count ends with every change of it, wherever they are signed in.
        who = [self.password, self.role, self.area_id, self.is_active]
        return salted_hmac(
            "tabulation.models.User", json.dumps(who), secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def needs_second_factor(self) -> bool:
        """Whoever decides, watches or manages; who only types, where the installation says so."""
        types = self.role in {self.Role.INTAKE, self.Role.CLERK}
        return not types or settings.SECOND_FACTOR_FOR_ALL

    @property
    def is_confirmed(self) -> bool:
        """Whether enough people stand for what this account is; else it may do nothing."""
        return self.confirmed_by_id is not None or self.enrolled_by_decision != ""

    @property
    def confirmations_needed(self) -> int:
        """Two where much is at stake, and where nobody's name stands for the change itself."""
        return 2 if self.role in CONFIRMED_BY_TWO or self.changed_by_id is None else 1

    @property
    def is_member(self) -> bool:
        return self.role == self.Role.MEMBER

    def check_password(self, raw_password: str | None) -> bool:
        """As Django's, which would also store a better hash: a change without an event."""
        return check_password(raw_password, self.password)

    @property
    def may_manage_people(self) -> bool:
        return self.role == self.Role.ADMINISTRATOR

    @property
    def may_see_people(self) -> bool:
        return self.role in {self.Role.ADMINISTRATOR, self.Role.AUDITOR, self.Role.MEMBER}

    @property
    def roles_to_confirm(self) -> frozenset[str]:
        """Whose accounts this person may stand for, in their area."""
        match self.role:
            case self.Role.MEMBER:
                return frozenset(self.Role.values)
            case self.Role.ADMINISTRATOR:
                return frozenset(self.Role.values) - CONFIRMED_BY_TWO
            case self.Role.SUPERVISOR:
                return frozenset({self.Role.INTAKE, self.Role.CLERK})
        return frozenset()

    def reaches(self, area: Area | None) -> bool:
        """Whether ``area`` (none: the whole country) lies inside this person's own."""
        return self.area_id is None or (area is not None and self.area_id in area.lineage)

    @property
    def may_publish(self) -> bool:
        """The country's results: a member of a territorial commission does not publish them."""
        return self.role == self.Role.MEMBER and self.area_id is None and self.is_confirmed

    @property
    def may_see_decision(self) -> bool:
        """What the commission has before it, and its acts: members decide, auditors look on."""
        return self.may_publish or (self.role == self.Role.AUDITOR and self.area_id is None)

    def may(self, act: str) -> bool:
        """Whether the role allows an act of `lifecycle.MOVES`; the area is another question."""
        return self.role in lifecycle.roles_of(act)

    @property
    def may_type(self) -> bool:
        return self.may("entry submitted")

    @property
    def may_receive(self) -> bool:
        return self.may("received")

    @property
    def may_report_turnout(self) -> bool:
        return self.role in lifecycle.REPORTERS

    @property
    def may_see_turnout(self) -> bool:
        """Reports before they are published: for who makes them and who watches."""
        return self.may_report_turnout or self.role == self.Role.AUDITOR

    @property
    def may_print(self) -> bool:
        """Papers of an area: blank protocols, receipts of deliveries, results for the wall."""
        return self.may_receive or self.role == self.Role.MEMBER

    @property
    def may_see_sums(self) -> bool:
        """Live sums are unpublished results: for those who decide and those who watch."""
        return self.role in {self.Role.SUPERVISOR, self.Role.MEMBER, self.Role.AUDITOR}

    @property
    def may_see_events(self) -> bool:
        """Who did what, figures in work included: for those who decide in the end and watch."""
        role = self.role in {self.Role.MEMBER, self.Role.AUDITOR}
        return role and (self.area is None or self.area.parent_id is None)
