"""Open connections end with their access: a widget, a session, an API key (row C5)."""

import asyncio
import json
from time import monotonic
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.core import signing

from assistant.workspaces.models import ApiKey, Widget
from conversations.identity import access_expiry, session_tokens, visitors
from conversations.models import Contact
from tests.conftest import ORIGIN
from tests.conversations.identity.test_signed_identity import dated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quickly(settings: Any) -> None:
    settings.ACCESS_CHECK_INTERVAL_S = 0.05


async def goodbye(customer: Any) -> tuple[str, int]:
    """Return the close code of a socket, and the error sent before it."""
    said = await customer.next("error", timeout_s=5)
    await customer.socket.wait_closed()
    return said["code"], customer.socket.close_code


def of(server: str, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=f"http://{server}/api/v1", headers=headers, timeout=20)


async def last_event(stream: httpx.Response) -> dict[str, Any]:
    """Return the last event of a stream that the server ends."""
    events = [line async for line in stream.aiter_lines() if line.startswith("data: ")]
    return json.loads(events[-1].removeprefix("data: "))


@pytest.mark.timing
async def test_a_disabled_widget_closes_its_sockets_within_five_seconds(chat, widget):
    async with chat() as ana, chat() as bob:
        began = monotonic()
        await Widget.objects.filter(pk=widget.pk).aupdate(enabled=False)
        ends = await asyncio.gather(goodbye(ana), goodbye(bob))

    assert ends == [("widget_unknown", 4404)] * 2
    assert monotonic() - began < 5


async def test_the_session_of_a_disabled_widget_opens_nothing_over_rest(server, chat, widget):
    async with chat() as ana, of(server, ana.ready["session"]) as rest:
        before = await rest.get("/conversations/")
        await Widget.objects.filter(pk=widget.pk).aupdate(enabled=False)
        after = await rest.get("/conversations/")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_the_sockets_of_another_widget_stay(chat, widget, workspace, quickly):
    other = await Widget.objects.acreate(workspace=workspace, public_key="wk_other", origins=[ORIGIN])
    async with chat() as ana, chat(widget=other.public_key) as bob:
        await Widget.objects.filter(pk=widget.pk).aupdate(enabled=False)
        assert await goodbye(ana) == ("widget_unknown", 4404)
        await bob.send(type="ping")

        assert (await bob.next())["type"] == "pong"


async def test_a_page_whose_origin_is_taken_from_the_widget_is_closed(chat, widget, quickly):
    async with chat() as ana:
        await Widget.objects.filter(pk=widget.pk).aupdate(origins=["https://elsewhere.test"])

        assert await goodbye(ana) == ("origin_refused", 4403)


async def test_ended_sessions_are_closed_everywhere_and_nobody_elses(server, chat, quickly):
    async with chat(identity=dated()) as ana, chat() as bob, of(server, ana.ready["session"]) as rest:
        contact = await Contact.objects.aget(external_id="ana")
        await sync_to_async(session_tokens.end_all)(contact)

        assert await goodbye(ana) == ("identity_invalid", 4401)
        assert (await rest.get("/conversations/")).status_code == 401
        await bob.send(type="ping")
        assert (await bob.next())["type"] == "pong"
        async with chat(identity=dated()) as again:  # whom the shop signs for anew comes back, and stays
            await watch().check(back_s=60.0)
            await again.send(type="ping")
            assert (await again.next())["type"] == "pong"


def watch() -> access_expiry.Watch:
    return access_expiry._watches[asyncio.get_running_loop()]


async def test_an_ended_session_is_not_gone_on_with(chat, widget):
    async with chat() as ana:
        token = ana.ready["session"]
    await sync_to_async(session_tokens.end_all)(await Contact.objects.aget())

    with pytest.raises(visitors.IdentityInvalid):
        await visitors.avisit(widget.public_key, ORIGIN, None, token)


async def test_a_token_from_before_sessions_could_be_ended_still_opens(chat, widget):
    async with chat():
        contact = await Contact.objects.aget()
    older = signing.dumps({"widget": str(widget.pk), "contact": str(contact.pk)}, salt="visitor-session")

    visitor = await visitors.avisit(widget.public_key, ORIGIN, None, older)
    assert visitor.contact == contact


async def test_a_stream_of_a_visitor_ends_with_the_session(server, chat, quickly):
    async with (
        chat() as ana,
        of(server, ana.ready["session"]) as rest,
        rest.stream("GET", f"/conversations/{ana.ready['conversation']}/events/") as stream,
    ):
        await sync_to_async(session_tokens.end_all)(await Contact.objects.aget())
        last = await last_event(stream)

    assert (last["type"], last["code"]) == ("error", "identity_invalid")


async def test_a_stream_of_an_api_key_ends_when_the_key_is_revoked(server, chat, workspace, quickly):
    key, secret = await sync_to_async(ApiKey.issue)(workspace, "for tests", ["conversations:read"])
    async with (
        chat() as ana,
        of(server, secret) as rest,
        rest.stream("GET", f"/conversations/{ana.ready['conversation']}/events/") as stream,
    ):
        await sync_to_async(key.revoke)()
        last = await last_event(stream)

    assert (last["type"], last["code"]) == ("error", "api_key_invalid")


async def test_the_shop_ends_sessions_over_rest(server, chat, workspace, quickly):
    _, secret = await sync_to_async(ApiKey.issue)(workspace, "for tests", ["contacts:write"])
    async with chat() as ana, of(server, secret) as rest:
        contact = await Contact.objects.aget()
        ended = await rest.delete(f"/contacts/{contact.pk}/sessions/")

        assert ended.status_code == 204
        assert await goodbye(ana) == ("identity_invalid", 4401)


async def test_what_was_closed_is_not_looked_after_any_more(chat, quickly):
    async with chat():
        assert len(watch().open) == 1
    async with asyncio.timeout(5):
        await watch().task

    assert watch().open == set()
