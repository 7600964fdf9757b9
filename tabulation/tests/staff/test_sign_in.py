"""The way in: name, password, second factor, throttling; no way in for anybody else."""

import hashlib
import json
import os
import tracemalloc
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.test import Client, TestCase
from django.urls import get_resolver
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from tabulation.models import User
from tabulation.tests.support.world import PASSWORD, World, altered, totp

#: Bytes that a number in place of text would take.
MANY = 50_000_000


class SignInTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        World()

    def setUp(self) -> None:
        cache.clear()

    def sign_in(self, name: str, password: str = PASSWORD, **more: object) -> object:
        data = {"login": name, "password": password, **more}
        return self.client.post("/staff/sign-in/", data)

    def test_name_and_password(self) -> None:
        self.assertRedirects(self.sign_in("alice"), "/staff/")
        self.assertContains(self.client.get("/staff/"), "alice, entry clerk")
        self.assertRedirects(self.client.post("/staff/sign-out/"), "/staff/sign-in/")
        self.assertEqual(self.client.get("/staff/").status_code, 302)

    def test_in_any_case(self) -> None:
        self.assertRedirects(self.sign_in("ALICE"), "/staff/")

    def test_back_to_where_one_was_going_and_nowhere_else(self) -> None:
        url = "/staff/artsakh/president/stations/"
        self.assertRedirects(self.client.get(url), f"/staff/sign-in/?next={url}")
        page = self.client.get(f"/staff/sign-in/?next={url}")
        self.assertContains(page, f'name="next" value="{url}"')
        self.assertRedirects(self.sign_in("alice", next=url), url)
        self.client.logout()
        self.assertRedirects(self.sign_in("alice", next="https://evil.example/"), "/staff/")

    def test_a_wrong_password_and_an_unknown_name_are_told_alike(self) -> None:
        answers = [self.sign_in(name, "wrong").content.decode() for name in ("alice", "nobody")]
        for answer in answers:
            self.assertIn("not correct", answer)
            self.assertIn('role="alert"', answer)

    def test_a_closed_account(self) -> None:
        altered("alice", is_active=False)
        self.assertRedirects(self.sign_in("alice"), "/staff/sign-in/inactive/")
        self.assertEqual(self.client.get("/staff/").status_code, 302)

    def test_after_five_wrong_passwords_the_right_one_waits(self) -> None:
        for _attempt in range(5):
            self.sign_in("alice", "wrong")
        answer = self.sign_in("alice")
        self.assertContains(answer, "Too many failed login attempts")
        self.assertRedirects(self.sign_in("bob"), "/staff/")

    def test_neither_another_port_nor_a_full_cache_lets_one_try_on(self) -> None:
        for port in range(1000, 1005):
            self.client.post(
                "/staff/sign-in/",
                {"login": "alice", "password": "wrong"},
                headers={"host": f"localhost:{port}"},
            )
        for i in range(400):
            cache.set(f"other-{i}", [float(i)])
        self.assertContains(self.sign_in("ALICE"), "Too many failed login attempts")

    def test_a_stranger_does_not_lock_out_a_named_clerk(self) -> None:
        stranger = Client(REMOTE_ADDR="203.0.113.9")
        for _attempt in range(60):
            stranger.post("/staff/sign-in/", {"login": "alice", "password": "wrong"})
        answer = stranger.post("/staff/sign-in/", {"login": "alice", "password": PASSWORD})
        self.assertContains(answer, "Too many failed login attempts")
        self.assertRedirects(self.sign_in("alice"), "/staff/")

    def test_one_name_from_many_addresses(self) -> None:
        for i in range(50):
            many = Client(REMOTE_ADDR=f"203.0.113.{i}")
            many.post("/staff/sign-in/", {"login": "alice", "password": "wrong"})
        self.assertContains(self.sign_in("alice"), "Too many failed login attempts")
        self.assertRedirects(self.sign_in("bob"), "/staff/")

    def test_who_signs_in_often_is_not_counted(self) -> None:
        for _time in range(8):
            self.assertRedirects(self.sign_in("alice"), "/staff/")
            self.client.logout()

    def test_another_spelling_that_the_database_takes_for_the_same(self) -> None:
        for _attempt in range(5):
            self.sign_in("alice", "wrong")
        self.assertContains(self.sign_in("al\u0131ce"), "Too many failed login attempts")

    def test_odd_names_are_told(self) -> None:
        for name in ("", "x" * 9999, "a\0b"):
            with self.subTest(name[:5]):
                self.assertContains(self.sign_in(name), 'role="alert"')

    def test_nobody_opens_an_account_or_resets_a_password(self) -> None:
        for path in ("signup/", "sign-up/", "sign-in/code/request/", "email/"):
            self.assertEqual(self.client.get(f"/staff/{path}").status_code, 404)
        names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
        kept = {
            "account_login",
            "account_logout",
            "account_inactive",
            "account_reauthenticate",
        }
        self.assertEqual({n for n in names if str(n).startswith("account_")}, kept)

    def test_the_second_factor_is_asked_for(self) -> None:
        self.assertRedirects(self.sign_in("sona"), "/staff/sign-in/code/")
        self.assertEqual(self.client.get("/staff/").status_code, 302)
        wrong = self.client.post("/staff/sign-in/code/", {"code": "000000"})
        self.assertContains(wrong, "Incorrect code")
        right = totp()
        self.assertRedirects(self.client.post("/staff/sign-in/code/", {"code": right}), "/staff/")
        self.client.logout()
        self.sign_in("sona")
        again = self.client.post("/staff/sign-in/code/", {"code": right})
        self.assertContains(again, "Incorrect code")

    def test_the_code_s_page_alone_is_no_way_in(self) -> None:
        self.assertRedirects(self.client.get("/staff/sign-in/code/"), "/staff/sign-in/")


class KeyTests(TestCase):
    """A security key, made here in software; what it says of its person is what is tested."""

    PRESENT, VERIFIED = 0x01, 0x04
    ORIGIN = "https://testserver"

    def setUp(self) -> None:
        cache.clear()
        self.mariam = World().mariam
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.rp = hashlib.sha256(b"testserver").digest()
        self.keep()

    def keep(self) -> None:
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(bytes(16), self.id, public)
        made = AuthenticatorData.create(self.rp, 0x45, 1, credential)
        response = {
            "clientDataJSON": self.said("webauthn.create", "AA"),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", made, {}))),
        }
        data = {"name": "key", "credential": self.credential(response)}
        Authenticator.objects.create(user=self.mariam, type="webauthn", data=data)

    def credential(self, response: dict[str, str]) -> dict[str, object]:
        key = websafe_encode(self.id)
        results = {"credProps": {"rk": True}}
        return {
            "id": key, "rawId": key, "type": "public-key", "response": response,
            "clientExtensionResults": results,
        }  # fmt: skip

    def said(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.ORIGIN}
        return websafe_encode(json.dumps(said).encode())

    def answer(self, challenge: str, flags: int) -> str:
        said = self.said("webauthn.get", challenge)
        touched = bytes(AuthenticatorData.create(self.rp, flags, 2))
        signed = touched + hashlib.sha256(websafe_decode(said)).digest()
        response = {
            "clientDataJSON": said,
            "authenticatorData": websafe_encode(touched),
            "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": websafe_encode(user_pk_to_url_str(self.mariam).encode()),
        }
        return json.dumps(self.credential(response))

    def signed_in_as(self, name: str, path: str, flags: int) -> bool:
        """Whether the key, asked by the code's page of ``name``, opens Mariam's account."""
        client = Client()
        data = {"login": name, "password": PASSWORD}
        client.post("/staff/sign-in/", data, secure=True)
        client.get("/staff/sign-in/code/", secure=True)
        challenge = client.session["mfa.webauthn.state"]["challenge"]
        client.post(path, {"credential": self.answer(challenge, flags)}, secure=True)
        return "mariam" in client.get("/staff/account/", secure=True).content.decode()

    def test_a_key_that_verified_its_person(self) -> None:
        both = self.PRESENT | self.VERIFIED
        self.assertTrue(self.signed_in_as("mariam", "/staff/sign-in/code/", both))

    def test_a_found_key_without_its_pin_signs_nobody_in(self) -> None:
        present = self.PRESENT
        self.assertFalse(self.signed_in_as("mariam", "/staff/sign-in/code/", present))
        # With the question that the page of somebody else's code asked.
        key = Authenticator.objects.get(type="webauthn")
        for name in ("mariam", "sona"):
            if name == "sona":
                key.pk, key.user = None, User.objects.get(username="sona")
                key.save()
            with self.subTest(name):
                self.assertFalse(self.signed_in_as(name, "/staff/sign-in/passkey/", present))

    def odd(self) -> list[dict[str, Any]]:
        """Answers that no passkey gave: each with one part that is something else, or missing."""
        signed = json.loads(self.answer("AA", self.PRESENT | self.VERIFIED))
        response = signed["response"]
        said = {"type": "webauthn.get", "origin": self.ORIGIN}
        found = [{**signed, "rawId": MANY, "id": MANY}, {"id": "AA"}, {**signed, "response": "x"}]
        found += [{**signed, "clientExtensionResults": "x"}]
        for name, part in (
            *((name, MANY) for name in response),
            ("clientDataJSON", websafe_encode(json.dumps(said).encode())),
            ("clientDataJSON", websafe_encode(json.dumps({**said, "challenge": MANY}).encode())),
            ("clientDataJSON", websafe_encode(b"[]")),
            ("authenticatorData", "AA"),
            ("authenticatorData", websafe_encode(bytes([0] * 32 + [0x80, 0, 0, 0, 0, 0x9B]))),
        ):
            found.append({**signed, "response": {**response, name: part}})
        return found

    def test_what_is_no_answer_of_a_passkey_costs_nothing(self) -> None:
        signed_in = Client()
        signed_in.force_login(self.mariam)
        for said in self.odd():
            for client, path in (
                (Client(), "/staff/sign-in/passkey/"),
                (signed_in, "/staff/account/again/passkey/"),
                (signed_in, "/staff/account/passkey/"),
            ):
                with self.subTest(path, said=said):
                    cache.clear()
                    client.get("/staff/account/passkey/", secure=True)
                    tracemalloc.start()
                    data = {"credential": json.dumps(said), "name": "x"}
                    answer = client.post(path, data, secure=True)
                    peak = tracemalloc.get_traced_memory()[1]
                    tracemalloc.stop()
                    self.assertIn(answer.status_code, {200, 302})
                    self.assertLess(peak, MANY)
