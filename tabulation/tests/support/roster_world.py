"""A real election whose commission is a roster: named in its folder, enrolled by two."""

import json
from collections.abc import Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from candidates.models import Election
from tabulation.models import User, record
from tabulation.staff.accounts.founding import enrol_commission
from tabulation.staff.accounts.managing import Slip
from tabulation.tests.support.world import NOW, World, add_apps, enrolled

#: By which the commission is enrolled.
FOUNDING = "2-A"


class Real(World):
    ELECTION = {"quorum": 2}

    def __init__(self, slug: str = "artsakh") -> None:
        super().__init__(slug, kind="real")


@transaction.atomic
def loaded(election: Election, *names: str) -> None:
    """The event of the folder that names these as the founding members."""
    after = {"files": {}, "commission": [[name, name.title()] for name in names]}
    record(
        act="election loaded", subject=f"election {election.slug}", by=None, at=NOW,
        election=election, after=after,
    )  # fmt: skip


def two_administrators() -> list[User]:
    """Xenia, and Yana, who is made where she is not."""
    yana = User.objects.filter(username="yana").first()
    if yana is None:
        yana = enrolled("yana", "administrator")
        add_apps([yana])
    return [User.objects.get(username="xenia"), yana]


def enrol_alone(election: Election, *names: str, **more: Any) -> list[Slip]:
    """The roster of ``election`` with these accounts, and nothing else of them."""
    loaded(election, *names)
    given = {"administrators": two_administrators(), "decision": FOUNDING, "at": NOW, **more}
    return enrol_commission(election=election, **given)


def founded(election: Election, *names: str, **more: Any) -> list[Slip]:
    """The same, and they are ready: each has a passkey, too."""
    slips = enrol_alone(election, *names, **more)
    add_passkeys(User.objects.filter(username__in=names))
    return slips


def add_passkeys(users: Iterable[User]) -> None:
    """A passkey for each of ``users``, whose key nobody keeps."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AuthenticatorData.create(
        bytes(32), 0x45, 1, AttestedCredentialData.create(bytes(16), b"kept by nobody", key)
    )
    attestation = websafe_encode(bytes(AttestationObject.create("none", made, {})))
    said = {"type": "webauthn.create", "challenge": "AA", "origin": "https://testserver"}
    client = websafe_encode(json.dumps(said).encode())
    credential = {
        "id": websafe_encode(b"kept by nobody"), "rawId": websafe_encode(b"kept by nobody"),
        "type": "public-key", "clientExtensionResults": {"credProps": {"rk": True}},
        "response": {"clientDataJSON": client, "attestationObject": attestation},
    }  # fmt: skip
    data = {"name": "key", "credential": credential}
    Authenticator.objects.bulk_create(
        Authenticator(user=user, type=Authenticator.Type.WEBAUTHN, data=data) for user in users
    )
