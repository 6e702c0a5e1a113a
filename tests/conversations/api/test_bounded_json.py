"""Values that a visitor's page sends cannot break anybody's list (findings B1 and B11)."""

import json

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from assistant import safe_json
from assistant.workspaces.models import ApiKey
from conversations.models import Contact, Conversation
from tests.conftest import ORIGIN

pytestmark = pytest.mark.django_db(transaction=True)

TOO_LARGE = 100_000_000_000_000_000_000


def staff_key(workspace) -> dict[str, str]:
    return {"Authorization": f"Bearer {ApiKey.issue(workspace, 'desk', list(ApiKey.SCOPES))[1]}"}


async def said_to_hello(server: str, frame: str) -> list[dict]:
    """Return the response to a first frame, and the close code if the server closes."""
    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as socket:
        await socket.send(frame)
        try:
            first = json.loads(await socket.recv())
            if first["type"] == "error":
                await socket.recv()
        except websockets.ConnectionClosed as closed:
            return [first, {"code": closed.rcvd.code}]
        return [first]


@pytest.mark.parametrize("number", ["100000000000000000000", "-1e300", "9223372036854775808", "1e400"])
async def test_a_number_beyond_64_bits_is_no_attribute(server, widget, number):
    frame = f'{{"type": "hello", "widget": "wk_acme", "attributes": {{"a": {number}}}}}'

    refusal, closed = await said_to_hello(server, frame)

    assert (refusal["code"], closed["code"]) == ("bad_frame", 4400)
    assert not await Contact.objects.aexists()


async def test_a_number_within_64_bits_is_kept(server, widget):
    frame = {"type": "hello", "widget": "wk_acme", "attributes": {"a": 9_223_372_036_854_774_784, "b": 1.5, "c": True}}

    (ready,) = await said_to_hello(server, json.dumps(frame))

    assert ready["type"] == "session.ready"
    assert (await Contact.objects.aget()).attributes == {"a": 9_223_372_036_854_774_784, "b": 1.5, "c": True}


def test_a_list_is_shown_though_a_row_holds_a_number_that_json_cannot(workspace, client: Client):
    contact = Contact.objects.create(workspace=workspace, attributes={"a": TOO_LARGE, "b": [10**400, "kept"]})
    conversation = Conversation.objects.create(workspace=workspace, contact=contact)
    headers = staff_key(workspace)

    listed = client.get("/api/v1/conversations/", headers=headers)
    exported = client.get(f"/api/v1/contacts/{contact.pk}/export/", headers=headers)

    assert [row["id"] for row in listed.json()["results"]] == [str(conversation.pk)]
    assert exported.status_code == 200


@pytest.mark.parametrize("body", ['{"locale": "en", "contact": {"name": 100000000000000000000}}', '{"contact": 1e400}'])
def test_a_body_with_such_a_number_is_refused(workspace, client: Client, body: str):
    answer = client.post("/api/v1/conversations/", body, content_type="application/json", headers=staff_key(workspace))

    assert answer.status_code == 400


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_whatever_was_stored_can_be_written(value):
    assert safe_json.dumps(value)


def test_half_of_a_surrogate_pair_can_be_written():
    assert safe_json.dumps({"a": "x\ud800"}) == b'{"a":"x?"}'


IDENTITIES = [
    '{"external_id": "a\\u0000b", "hash": "x"}',
    '{"external_id": "a\\ud800", "hash": "x"}',
    '{"external_id": "ana", "hash": "\\ud800"}',
    '{"external_id": "ana", "hash": "x", "exp": "soon"}',
    '{"external_id": "ana", "hash": 7, "exp": 1e400}',
    '{"external_id": ["ana"], "hash": "x"}',
    '{"external_id": {"a": 1}, "hash": null}',
    '{"jwt": "a.b.c"}',
    '{"jwt": 7}',
    '{"jwt": "\\u0000"}',
    '{"jwt": ["x"]}',
    '{"name": "nobody"}',
]


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_an_identity_in_no_form_is_nobodys(server, widget, identity):
    """B11: 4401 on the socket, or 4400 if the frame is not JSON; never a connection without a close code."""
    frame = f'{{"type": "hello", "widget": "wk_acme", "identity": {identity}}}'

    refusal, closed = await said_to_hello(server, frame)

    assert (refusal["code"], closed["code"]) in [("identity_invalid", 4401), ("bad_frame", 4400)]


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_an_identity_in_no_form_gets_no_session(widget, async_client, identity):
    body = f'{{"widget": "wk_acme", "identity": {identity}}}'

    answer = await sync_to_async(Client().post)(
        "/api/v1/widget/sessions/", body, content_type="application/json", headers={"Origin": ORIGIN}
    )

    assert answer.status_code in (400, 401)
