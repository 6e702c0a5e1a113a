"""Visitors are identified by the shop's signature; all others are anonymous."""

import hashlib
import hmac
import json
import logging
import time

import httpx
import jwt
import pytest

from assistant.errors import IdentityInvalid
from conversations.identity import visitors
from tests.conftest import ORIGIN

SECRET = "the-shop-knows-a-secret-of-32-bytes"


def signed(external_id: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), external_id.encode(), hashlib.sha256).hexdigest()


def dated(external_id: str = "ana", *, ahead_s: float = 60, **fields: object) -> dict[str, object]:
    """An identity whose hash expires."""
    exp = int(time.time() + ahead_s)
    return {"external_id": external_id, "exp": exp, "hash": signed(f"{external_id}|{exp}"), **fields}


def token(secret: str = SECRET, **claims: object) -> str:
    """Return a JWT without claims that are None. Encoded by hand, because PyJWT refuses a `sub` that is a number."""
    claims = {"sub": "ana", "exp": time.time() + 60, **claims}
    content = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
    return jwt.PyJWS().encode(content, secret, algorithm="HS256")


def visit(widget, identity=None, session=None):
    return visitors.visit(widget.public_key, ORIGIN, identity, session)


def test_the_shops_signature_makes_a_visitor_a_verified_contact(widget):
    by_hash = visit(widget, {"external_id": "ana", "name": "Ana", "hash": signed("ana")})
    by_jwt = visit(widget, {"jwt": token(email="ana@shop.test")})

    assert by_hash.contact == by_jwt.contact
    assert by_jwt.contact.verified


# Made when the test runs: collected long before, some would have expired.
@pytest.mark.parametrize(
    "identity",
    [
        lambda: {"external_id": "ana"},
        lambda: {"external_id": "ana", "hash": ""},
        lambda: {"external_id": "bob", "hash": signed("ana")},
        lambda: {"external_id": "ana", "hash": signed("ana", "another secret")},
        lambda: {"external_id": {"a": 1}, "hash": "x"},
        lambda: {"external_id": "", "hash": signed("")},
        lambda: {"external_id": "ana", "hash": "é"},
        lambda: {"jwt": "not.a.jwt"},
        lambda: {"jwt": 5},
        lambda: {"jwt": token("another secret")},
        lambda: {"jwt": token(exp=time.time() - 31)},
        lambda: {"jwt": token(exp=time.time() + 86_400)},
        lambda: {"jwt": token(exp=time.time() + 700)},
        lambda: {"jwt": token(exp=str(time.time() + 60))},
        lambda: {"jwt": token(exp=True)},
        lambda: {"jwt": token(exp=float("inf"))},
        lambda: {"jwt": token(exp=10**400)},
        lambda: {"jwt": token(exp=None)},
        lambda: {"jwt": token(sub=None)},
        lambda: {"jwt": token(sub={"id": "ana"})},
        lambda: {"jwt": token(sub=True)},
        lambda: {"jwt": token(sub="ana\0")},
        lambda: {"jwt": token(sub="ana\ud800")},
        lambda: {"jwt": token(sub="a" * 256)},
        lambda: {"jwt": token(iat=time.time() + 60)},
        lambda: {"jwt": token(nbf=time.time() + 60)},
        lambda: {"jwt": "[" * 60_000},
        lambda: {"external_id": "ana", "hash": "\ud800"},
        lambda: {"external_id": "ana\0", "hash": signed("ana\0")},
        lambda: dated(ahead_s=-31),
        lambda: dated(ahead_s=700),
        lambda: dated(external_id="bob", hash=dated()["hash"]),
        lambda: dated(exp=int(time.time()) + 61),
        lambda: dated(exp=str(dated()["exp"])),
        lambda: dated(exp=float(dated()["exp"])),
        lambda: dated(exp=None, external_id="bob"),
        lambda: {"jwt": jwt.encode({"sub": "ana", "exp": time.time() + 60}, "", algorithm="none")},
    ],
)
def test_an_identity_that_the_shop_did_not_sign_is_refused(widget, identity):
    with pytest.raises(IdentityInvalid):
        visit(widget, identity())


def test_an_empty_secret_signs_for_nobody(widget):
    widget.identity_secret = ""
    widget.save()

    with pytest.raises(IdentityInvalid):
        visit(widget, {"external_id": "ana", "hash": signed("ana", "")})


@pytest.mark.parametrize(
    "claims",
    [
        lambda: {"iat": time.time() + 2},
        lambda: {"exp": time.time() + 603},
        lambda: {"exp": time.time() - 2},
        lambda: {"nbf": time.time() + 2},
        lambda: {"aud": "another-service"},
        lambda: {"aud": ["one", "two"]},
        lambda: {"jti": 7},
        lambda: {"sub": None, "external_id": "ana"},
        lambda: {"sub": "somebody", "external_id": "ana"},
    ],
)
def test_tokens_as_shops_make_them_are_understood(widget, claims):
    """Row C3."""
    contact = visit(widget, {"jwt": token(**claims())}).contact

    assert (contact.external_id, contact.verified) == ("ana", True)


def test_the_number_of_a_customer_is_taken_as_text(widget):
    """Row C3."""
    by_jwt = visit(widget, {"jwt": token(sub=4711)}).contact
    by_hash = visit(widget, {**dated("4711"), "external_id": 4711}).contact

    assert by_jwt == by_hash
    assert by_jwt.external_id == "4711"


def test_where_an_audience_is_named_a_token_for_others_is_refused(widget, settings):
    """Row C3."""
    settings.IDENTITY_AUDIENCE = "chat"

    assert visit(widget, {"jwt": token(aud=["chat", "shop"])}).contact.verified
    for aud in ("another-service", None):
        with pytest.raises(IdentityInvalid):
            visit(widget, {"jwt": token(aud=aud)})


def test_a_hash_may_carry_its_expiry(widget):
    """Row C2."""
    contact = visit(widget, dated()).contact

    assert (contact.external_id, contact.verified) == ("ana", True)


def test_an_id_that_reads_like_one_with_an_expiry_is_not_taken_apart(widget):
    """Row C2: a user who can choose a user name cannot get the hash of another user."""
    mallory = f"ana|{int(time.time()) + 60}"
    external_id, exp = mallory.split("|")

    with pytest.raises(IdentityInvalid):
        visit(widget, {"external_id": mallory, "hash": signed(mallory)})
    ours = visit(widget, dated(mallory)).contact
    assert ours.external_id == mallory
    assert visit(widget, {"external_id": external_id, "exp": int(exp), "hash": signed(mallory)}).contact != ours


def test_a_hash_without_expiry_is_warned_of_and_can_be_switched_off(widget, settings, caplog):
    """Row C2."""
    widget.public_key = "wk_of_an_older_page"
    widget.save()
    with caplog.at_level(logging.WARNING):
        visit(widget, {"external_id": "ana", "hash": signed("ana")})
        visit(widget, {"external_id": "bob", "hash": signed("bob")})
    settings.IDENTITY_HASH_WITHOUT_EXP = False

    assert caplog.text.count("wk_of_an_older_page") == 1
    with pytest.raises(IdentityInvalid):
        visit(widget, {"external_id": "ana", "hash": signed("ana")})
    assert visit(widget, dated()).contact.verified


def test_what_is_not_signed_changes_nothing_that_is_known(widget):
    """Row C2."""
    visit(widget, {"jwt": token(name="Ana Silva", email="ana@shop.test")})
    visit(widget, dated(name="Mallory", email="mallory@evil.test"))
    contact = visit(widget, {"external_id": "ana", "hash": signed("ana"), "name": "Mallory"}).contact

    contact.refresh_from_db()
    assert (contact.name, contact.email) == ("Ana Silva", "ana@shop.test")


def test_what_is_not_signed_fills_a_gap_and_gives_way_to_what_is(widget):
    """Row C2."""
    filled = visit(widget, dated(name="Ana"))
    again = visit(widget, dated(name="Mallory", email="ana@shop.test"))
    told = visit(widget, {"jwt": token(name="Ana Silva")})

    assert (filled.contact.name, filled.contact.email) == ("Ana", "")
    assert (again.contact.name, again.contact.email) == ("Ana", "ana@shop.test")
    assert (told.contact.name, told.contact.email) == ("Ana Silva", "ana@shop.test")


def test_a_token_may_be_good_once_alone(widget, settings):
    """Row C2."""
    settings.IDENTITY_TOKEN_ONCE = True
    once = token(jti="a-visit")

    assert visit(widget, {"jwt": once}).contact.verified
    for used_or_unnamed in (once, token(jti="a-visit", name="Ana"), token()):
        with pytest.raises(IdentityInvalid):
            visit(widget, {"jwt": used_or_unnamed})
    assert visit(widget, {"jwt": token(jti="another-visit")}).contact.verified


async def test_an_identity_that_expires_comes_in_by_every_door(server, chat, widget):
    """Row C2."""
    async with chat(identity=dated()) as ana:
        over_the_socket = ana.ready["verified"]
    async with httpx.AsyncClient() as browser:
        asked = {"widget": widget.public_key, "identity": dated()}
        address = f"http://{server}/api/v1/widget/sessions/"
        over_rest = await browser.post(address, json=asked, headers={"Origin": ORIGIN})

    assert (over_the_socket, over_rest.status_code) == (True, 201)


def test_a_session_token_brings_the_same_visitor_back(widget):
    first = visit(widget)
    assert visit(widget, session=first.token).contact == first.contact


def test_a_forged_session_token_is_refused(widget):
    with pytest.raises(IdentityInvalid):
        visit(widget, session=visit(widget).token + "x")


def test_two_anonymous_visitors_are_two_contacts(widget):
    assert visit(widget).contact != visit(widget).contact
