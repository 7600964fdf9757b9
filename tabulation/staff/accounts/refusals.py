"""What is refused about an account: to a person (403), or for now, with a sentence."""

from django.core.exceptions import PermissionDenied


class NotAnAdministrator(PermissionDenied):
    """Only an active administrator manages accounts."""


class NotYourArea(PermissionDenied):
    """An administrator of an area manages the accounts inside it."""


class Unconfirmed(PermissionDenied):
    """An account that waits for a second person does nothing."""


class NotYoursToConfirm(PermissionDenied):
    """Administrators and members confirm, supervisors their clerks; each in their area."""


class OwnChange(PermissionDenied):
    """The second person is another one than who made the change, and than whom it is about."""


class AccountRefused(Exception):
    """The account stays as it is; the message says why."""


class NameTaken(AccountRefused):
    """Names are once, in any case."""


class LastAdministrator(AccountRefused):
    """Somebody must be left who manages the whole country's accounts."""


class OwnAccount(AccountRefused):
    """Nobody gives oneself another role, area or one-time password, or closes one's own account."""


class Waits(AccountRefused):
    """What one administrator changed is confirmed before another one changes it again.

    Else the first could stand for the second one's change, and nobody had looked at theirs.
    """


class NothingToConfirm(AccountRefused):
    """The account is closed, or a second person has confirmed it."""


class ChangedMeanwhile(AccountRefused):
    """The account is not any more what the second person looked at."""


class FactorNeeded(AccountRefused):
    """A role that needs a second factor keeps its last one."""
