"""Who is speaking: signed by the shop, or nobody in particular."""

import hashlib
import hmac
import time

import jwt
import pytest

from assistant.errors import IdentityInvalid
from conversations import auth
from tests.conftest import ORIGIN

SECRET = "the-shop-knows-a-secret-of-32-bytes"


def signed(external_id: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), external_id.encode(), hashlib.sha256).hexdigest()


def token(secret: str = SECRET, **claims: object) -> str:
    return jwt.encode({"sub": "ana", "exp": time.time() + 60, **claims}, secret, algorithm="HS256")


def visit(widget, identity=None, session=None):
    return auth.visit(widget.public_key, ORIGIN, identity, session)


def test_the_shops_signature_makes_a_visitor_a_verified_contact(widget):
    by_hash = visit(widget, {"external_id": "ana", "name": "Ana", "hash": signed("ana")})
    by_jwt = visit(widget, {"jwt": token(email="ana@shop.test")})

    assert by_hash.contact == by_jwt.contact
    assert by_jwt.contact.verified


@pytest.mark.parametrize(
    "identity",
    [
        {"external_id": "ana"},
        {"external_id": "ana", "hash": ""},
        {"external_id": "bob", "hash": signed("ana")},
        {"external_id": "ana", "hash": signed("ana", "another secret")},
        {"external_id": {"a": 1}, "hash": "x"},
        {"external_id": "", "hash": signed("")},
        {"external_id": "ana", "hash": "é"},
        {"jwt": "not.a.jwt"},
        {"jwt": 5},
        {"jwt": token("another secret")},
        {"jwt": token(exp=time.time() - 1)},
        {"jwt": token(exp=time.time() + 86_400)},
        {"jwt": jwt.encode({"sub": "ana"}, SECRET, algorithm="HS256")},
        {"jwt": jwt.encode({"sub": "ana", "exp": time.time() + 60}, "", algorithm="none")},
    ],
)
def test_an_identity_that_the_shop_did_not_sign_is_refused(widget, identity):
    with pytest.raises(IdentityInvalid):
        visit(widget, identity)


def test_a_session_token_brings_the_same_visitor_back(widget):
    first = visit(widget)
    assert visit(widget, session=first.token).contact == first.contact


def test_a_forged_session_token_is_refused(widget):
    with pytest.raises(IdentityInvalid):
        visit(widget, session=visit(widget).token + "x")


def test_two_anonymous_visitors_are_two_contacts(widget):
    assert visit(widget).contact != visit(widget).contact
