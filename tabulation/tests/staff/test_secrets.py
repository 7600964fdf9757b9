"""What reading the database or a backup gives: no session, no second factor, no key."""

import base64
import io
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tabulation.ledger import signing
from tabulation.models import User
from tabulation.staff import ciphers
from tabulation.staff.accounts import managing
from tabulation.staff.session_store import SessionStore
from tabulation.tests.support.commands import run
from tabulation.tests.support.world import NORTH, PASSWORD, SECRET, World, confirmed, totp

OWN = "a long and quiet river"


def dump() -> str:
    """Every row of every table as text; columns of bytes are hexadecimal, as in a backup."""
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            texts += [text for (text,) in cursor.fetchall()]
    return "\n".join(texts)


def spellings(secret: bytes) -> Iterator[str]:
    """How bytes may stand in a text."""
    yield secret.hex()
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode):
        yield encode(secret).decode().rstrip("=")


class SecretsTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.xenia = User.objects.get(username="xenia")

    def setUp(self) -> None:
        cache.clear()

    def sign_in(self, client: Client, name: str, password: str = PASSWORD) -> object:
        return client.post("/staff/sign-in/", {"login": name, "password": password})

    def with_code(self, client: Client, name: str) -> None:
        self.sign_in(client, name)
        cache.clear()  # the same code again
        answer = client.post("/staff/sign-in/code/", {"code": totp()})
        self.assertEqual(answer.status_code, 302, "the code was refused")

    def key_of(self, client: Client) -> str:
        return client.cookies[settings.SESSION_COOKIE_NAME].value


class DumpTests(SecretsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clients = {name: Client() for name in ("alice", "sona", "bob", "nare")}
        with CaptureQueriesContext(connection) as asked:
            self.secrets = {**self.of_people(), **self.of_the_server()}
        self.sent = "\n".join(query["sql"] for query in asked)

    def of_people(self) -> dict[str, list[str]]:
        """What people know, after each did what leaves the most behind."""
        alice, sona, bob, nare = self.clients.values()
        self.sign_in(alice, "alice")
        self.with_code(sona, "sona")
        # While an authenticator app is added, its seed is in the session.
        self.sign_in(bob, "bob")
        seed = bob.get("/staff/account/app/").context["form"].secret
        self.assertIn(seed, bob.session.values())
        # Of a form that waits for the password the library keeps everything, cookies too.
        session = alice.session
        session["account_authentication_methods"][0]["at"] -= 301
        session.save()
        alice.post("/staff/account/app/", {"code": "a typed secret"})
        self.assertIn("typed+secret", str(dict(alice.session)))
        slip = managing.create_account(
            username="nare", role="clerk", area=None, by=self.xenia, at=timezone.now()
        )
        confirmed(slip.user, self.world.mariam)
        self.sign_in(nare, "nare", slip.password)
        nare.post(
            "/staff/account/first/", {"password": OWN, "again": OWN, "real_name": "Nare Petrosyan"}
        )
        return {
            "seed": [SECRET, *spellings(base64.b32decode(SECRET))],
            "new seed": [seed, *spellings(base64.b32decode(seed))],
            "session": [self.key_of(client) for client in self.clients.values()],
            "password": [PASSWORD, OWN, slip.password, slip.password.replace("-", "")],
            "form": ["typed+secret", "typed secret"],
            "CSRF": [bob.cookies["csrftoken"].value],
        }

    def of_the_server(self) -> dict[str, list[str]]:
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        private = signing.signer()._key.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw,
            serialization.NoEncryption(),
        )  # fmt: skip
        pem = settings.SIGNING_KEY.read_text().split("\n")[1]
        return {"secret key": [settings.SECRET_KEY], "signing key": [pem, *spellings(private)]}

    def assert_silent(self, text: str) -> None:
        """The text tells what is no secret, and no secret in any letters."""
        self.assertIn("Nare Petrosyan", text)
        self.assertIn(sha256(self.key_of(self.clients["alice"]).encode()).hexdigest()[:40], text)
        for name, secrets in self.secrets.items():
            for secret in secrets:
                with self.subTest(name, secret=secret[:4]):
                    self.assertNotIn(secret.lower(), text.lower())

    def test_no_secret_is_in_the_database(self) -> None:
        self.assert_silent(dump())

    def test_no_secret_was_sent_to_the_database(self) -> None:
        """What a server logs, shows to its other sessions or sends to a replica."""
        self.assert_silent(self.sent)

    def test_the_hashes_of_passwords_have_their_salt(self) -> None:
        slips = managing.create_accounts(
            prefix="c-", count=2, role="clerk", area=None, by=self.xenia, at=timezone.now()
        )
        kept = [slip.user.password.split("$") for slip in slips]
        self.assertEqual({parts[0] for parts in kept}, {"pbkdf2_sha256"})
        self.assertEqual(len({parts[2] for parts in kept}), 2)


class SessionTests(SecretsTestCase):
    def signed_in(self, client: Client) -> bool:
        return client.get("/staff/").status_code == 200

    def with_cookie(self, key: str) -> Client:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = key
        return client

    def test_what_the_rows_say_signs_nobody_in(self) -> None:
        self.client.force_login(self.world.mariam)
        self.assertTrue(self.signed_in(self.client))
        row = Session.objects.get()
        for key in (row.session_key, row.session_data, row.session_data[:32]):
            self.assertFalse(self.signed_in(self.with_cookie(key)))
        self.assertEqual(row.get_decoded(), {})
        self.assertTrue(self.signed_in(self.with_cookie(self.key_of(self.client))))

    def test_a_row_copied_to_a_key_of_one_s_own_is_nobody_s(self) -> None:
        mine, hers = Client(), Client()
        mine.force_login(self.world.alice)
        hers.force_login(self.world.mariam)
        rows = {client: sha256(self.key_of(client).encode()).hexdigest()[:40]
                for client in (mine, hers)}  # fmt: skip
        data = Session.objects.get(session_key=rows[hers]).session_data
        Session.objects.filter(session_key=rows[mine]).update(session_data=data)
        with self.assertLogs("django.security.SuspiciousSession", "WARNING"):
            self.assertFalse(self.signed_in(mine))
        self.assertTrue(self.signed_in(hers))

    def test_each_sign_in_has_another_key_and_sign_out_deletes_it(self) -> None:
        self.client.get("/staff/sign-in/")
        self.sign_in(self.client, "sona")
        before = self.key_of(self.client)
        self.client.post("/staff/sign-in/code/", {"code": totp()})
        self.assertNotEqual(self.key_of(self.client), before)
        self.assertEqual(Session.objects.count(), 1)
        self.assertFalse(self.signed_in(self.with_cookie(before)))
        kept = self.key_of(self.client)
        self.client.post("/staff/sign-out/")
        self.assertFalse(self.signed_in(self.with_cookie(kept)))
        self.assertFalse(Session.objects.filter(session_key=sha256(kept.encode())).exists())

    def test_another_password_ends_the_sessions_elsewhere(self) -> None:
        here, elsewhere = Client(), Client()
        for client in (here, elsewhere):
            self.sign_in(client, "alice")
        here.post("/staff/account/password/", {"current": PASSWORD, "password": OWN, "again": OWN})
        self.assertTrue(self.signed_in(here))
        self.assertFalse(self.signed_in(elsewhere))

    def test_expired_ones_open_nothing_and_are_cleared(self) -> None:
        self.sign_in(self.client, "alice")
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        self.assertFalse(self.signed_in(self.client))
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        call_command("clearsessions")
        self.assertFalse(Session.objects.exists())

    def test_a_date_that_python_cannot_hold(self) -> None:
        self.sign_in(self.client, "alice")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_session SET expire_date = 'infinity'")
        self.assertTrue(self.signed_in(self.client))

    def test_statements(self) -> None:
        self.client.force_login(self.world.alice)
        with self.assertNumQueries(1):
            self.assertIn("_auth_user_id", self.client.session)

    def test_asynchronous_ones_go_the_same_way(self) -> None:
        """Django's own for the database would write the row past the methods above."""
        own = {name for name in vars(db.SessionStore) if name.startswith("a")}
        self.assertEqual(
            own,
            {
                "aload",
                "aexists",
                "acreate",
                "asave",
                "adelete",
                "acreate_model_instance",
                "aclear_expired",
            },
        )
        for name in own & {"aload", "aexists", "acreate", "asave", "adelete"}:
            self.assertIs(getattr(SessionStore, name), getattr(SessionBase, name))


class SeedTests(SecretsTestCase):
    def kept(self, name: str) -> str:
        return Authenticator.objects.get(user__username=name, type="totp").data["secret"]

    def enters(self, name: str) -> bool:
        client = Client()
        self.sign_in(client, name)
        cache.clear()
        return client.post("/staff/sign-in/code/", {"code": totp()}).status_code == 302

    def test_one_seed_is_never_twice_the_same(self) -> None:
        self.assertNotEqual(encrypt(SECRET), encrypt(SECRET))
        self.assertTrue(self.enters("sona"))

    def test_a_seed_in_clear_is_no_factor(self) -> None:
        """Who writes the table cannot choose a seed."""
        Authenticator.objects.filter(user=self.world.sona).update(data={"secret": SECRET})
        self.assertFalse(self.enters("sona"))

    def test_what_was_encrypted_for_something_else_is_no_seed(self) -> None:
        other = ciphers.encrypt(SECRET, "session x")
        Authenticator.objects.filter(user=self.world.sona).update(data={"secret": other})
        self.assertFalse(self.enters("sona"))

    def test_without_the_key_nobody_enters_and_is_told(self) -> None:
        with self.settings(SECRET_KEY="another"):
            client = Client()
            self.sign_in(client, "sona")
            answer = client.post("/staff/sign-in/code/", {"code": totp()})
            self.assertContains(answer, "Ask an administrator to reset your two-step verification")
            self.assertEqual(client.get("/staff/").status_code, 302)
            self.assertEqual(self.sign_in(Client(), "alice").status_code, 302)

    def test_who_is_asked_again_is_told_as_well(self) -> None:
        self.client.force_login(self.world.sona)
        for data in ({"secret": "spoilt"}, {}):
            Authenticator.objects.filter(user=self.world.sona).update(data=data)
            answer = self.client.post("/staff/account/again/code/", {"code": totp()})
            self.assertContains(answer, "cannot read the secret of your authenticator app")

    def test_changing_the_key(self) -> None:
        old = settings.SECRET_KEY
        self.client.force_login(self.world.alice)
        with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[old]):
            self.assertEqual(self.client.get("/staff/").status_code, 200)
            self.assertTrue(self.enters("sona"))
            said = io.StringIO()
            call_command("encrypt_again", stdout=said)
            self.assertRegex(said.getvalue(), r"^\d+ secrets are encrypted")
        with override_settings(SECRET_KEY="new"):
            self.assertEqual(self.client.get("/staff/").status_code, 200)
            self.assertTrue(self.enters("sona"))
        self.assertFalse(self.enters("sona"))

    def test_earlier_keys_come_from_the_environment(self) -> None:
        told = run("diffsettings", HASHVARK_OLD_SECRET_KEYS="old,older").stdout
        self.assertIn("SECRET_KEY_FALLBACKS = ['old', 'older']", told)

    def test_a_lost_key_is_told_and_destroys_nothing(self) -> None:
        before = self.kept("sona")
        with override_settings(SECRET_KEY="new"):
            with self.assertRaisesMessage(CommandError, "No key reads the secrets of mariam, "):
                call_command("encrypt_again", stdout=io.StringIO())
            self.assertEqual(self.kept("sona"), before)
            managing.forget_second_factor(account=self.world.sona, by=None, at=timezone.now())
        Authenticator.objects.filter(user=self.world.mariam).update(data=["odd"])
        with self.assertRaisesMessage(CommandError, "No key reads the secrets of mariam."):
            call_command("encrypt_again", stdout=io.StringIO())
        self.assertTrue(self.enters("otar"))
