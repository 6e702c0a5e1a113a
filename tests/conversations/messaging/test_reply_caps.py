"""Model replies to anonymous visitors are capped per address and per day, without a budget (row B8)."""

import asyncio
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from asgiref.sync import sync_to_async

from assistant.embedded.paths import Home
from assistant.embedded.shop import Shop
from assistant.errors import NotFound
from assistant.redis.client import redis_client
from assistant.usage.models import Alert
from assistant.workspaces.models import ApiKey
from conversations.messaging import reply_caps
from conversations.models import Contact, Conversation, Message
from conversations.privacy import contacts
from conversations.replies import submit
from tests.conftest import ORIGIN
from tests.conversations.identity.test_signed_identity import dated

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER = '{"text": "Within 30 days [1].", "action": null}'
QUESTION = "How do I send something back?"


@pytest.fixture
def uncached(workspace, engine, returns_article) -> None:
    """Every question needs a call."""
    engine.script = [ANSWER]
    workspace.cache_enabled = False
    workspace.save()


async def asks(chat, **hello) -> dict:
    async with chat(**hello) as customer:
        return await customer.ask(QUESTION)


async def receipt_of(reply: dict) -> dict:
    return (await Message.objects.aget(pk=reply["message_id"])).receipt


async def test_sixty_new_visitors_from_one_address_do_not_cost_sixty_calls_by_default(chat, engine, uncached, settings):
    replies = [await asks(chat) for _ in range(60)]

    assert len(engine.asked) == settings.ANONYMOUS_REPLIES_PER_IP_HOUR < 60
    quoted = replies[-1]
    assert "Print the label" in quoted["text"]
    assert quoted["action"] == "offer_handoff"
    assert (await receipt_of(quoted))["source"] == "quoted_passage"
    assert "ANONYMOUS_REPLIES_PER_IP_HOUR" in (await receipt_of(quoted))["why_tier"]
    assert not await Conversation.objects.exclude(status="bot").aexists()  # nor do they fill the queue of the staff


@pytest.mark.parametrize(
    "cap", ["ANONYMOUS_REPLIES_PER_IP_HOUR", "ANONYMOUS_REPLIES_PER_IP_DAY", "ANONYMOUS_REPLIES_PER_DAY"]
)
async def test_fifty_strangers_at_once_under_a_cap_of_ten_cost_ten_calls(chat, engine, uncached, settings, cap):
    setattr(settings, cap, 10)
    engine.delay_s = 0.02

    replies = await asyncio.gather(*[asks(chat) for _ in range(50)])

    assert len(engine.asked) == 10
    sources = [(await receipt_of(reply))["source"] for reply in replies]
    assert (sources.count("model"), sources.count("quoted_passage")) == (10, 40)


async def test_where_nothing_can_be_quoted_a_person_is_offered(chat, engine, uncached, settings, workspace):
    settings.ANONYMOUS_REPLIES_PER_DAY = 1
    workspace.confidence_min = 0.0  # even what no passage answers is asked of the model
    await workspace.asave()
    await asks(chat)

    async with chat() as ana:
        reply = await ana.ask("Why is the returns label of the moon so blue?")

    assert len(engine.asked) == 1
    assert reply["action"] == "offer_handoff"
    assert "ANONYMOUS_REPLIES_PER_DAY" in (await receipt_of(reply))["why_tier"]


async def test_what_the_cache_holds_is_answered_and_costs_nothing(chat, engine, returns_article, settings):
    engine.script = [ANSWER]
    settings.ANONYMOUS_REPLIES_PER_IP_DAY = 1

    replies = [await asks(chat) for _ in range(3)]

    assert len(engine.asked) == 1
    assert {reply["text"] for reply in replies} == {"Within 30 days [1]."}


async def test_another_address_has_a_cap_of_its_own_and_a_workspace_one_for_all(
    chat, engine, uncached, settings, server, widget
):
    settings.ANONYMOUS_REPLIES_PER_IP_DAY, settings.ANONYMOUS_REPLIES_PER_DAY = 1, 2
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1/32")]
    sources = []
    for address in ("198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.3"):
        receipt = await over_rest(server, widget, {"X-Forwarded-For": address})
        sources.append((receipt["source"], receipt["why_tier"]))

    assert [source for source, _ in sources] == ["model", "quoted_passage", "model", "quoted_passage"]
    assert "ANONYMOUS_REPLIES_PER_IP_DAY" in sources[1][1]
    assert "ANONYMOUS_REPLIES_PER_DAY" in sources[3][1]


async def over_rest(server, widget, headers) -> dict:
    """The receipt of an answer to an anonymous visitor of the REST door."""
    async with httpx.AsyncClient(base_url=f"http://{server}/api/v1", headers=headers, timeout=30) as browser:
        entered = await browser.post(
            "/widget/sessions/", json={"widget": widget.public_key}, headers={"Origin": ORIGIN}
        )
        browser.headers["Authorization"] = f"Bearer {entered.json()['session']}"
        opened = (await browser.post("/conversations/", json={})).json()["id"]
        said = (await browser.post(f"/conversations/{opened}/messages/", json={"text": QUESTION})).json()
    return (await Message.objects.aget(pk=said["reply"]["id"])).receipt


async def test_owners_of_keys_and_verified_contacts_are_not_capped(
    chat, engine, uncached, settings, server, workspace, widget
):
    settings.ANONYMOUS_REPLIES_PER_IP_HOUR = settings.ANONYMOUS_REPLIES_PER_IP_DAY = 1
    settings.ANONYMOUS_REPLIES_PER_DAY = 1
    await asks(chat)
    _, secret = await sync_to_async(ApiKey.issue)(workspace, "helpdesk", list(ApiKey.SCOPES))

    verified = [await asks(chat, identity=dated("ana")) for _ in range(2)]
    async with httpx.AsyncClient(
        base_url=f"http://{server}", headers={"Authorization": f"Bearer {secret}"}, timeout=30
    ) as api:
        body = {"model": "assistant", "messages": [{"role": "user", "content": QUESTION}]}
        completions = [await api.post("/v1/chat/completions", json=body) for _ in range(2)]

    assert {reply["text"] for reply in verified} == {"Within 30 days [1]."}
    assert [each.status_code for each in completions] == [200, 200]
    assert len(engine.asked) == 5


async def test_a_reply_that_no_model_wrote_does_not_count(chat, engine, uncached, settings):
    settings.ANONYMOUS_REPLIES_PER_IP_DAY = 1
    engine.script = [""]

    first = await asks(chat)
    engine.script = [ANSWER]
    second = await asks(chat)

    assert (await receipt_of(first))["source"] == "quoted_passage"
    assert (await receipt_of(second))["source"] == "model"


async def test_caps_of_zero_are_none(chat, engine, uncached, settings):
    settings.ANONYMOUS_REPLIES_PER_IP_HOUR = settings.ANONYMOUS_REPLIES_PER_IP_DAY = 0
    settings.ANONYMOUS_REPLIES_PER_DAY = 0

    for _ in range(3):
        assert (await asks(chat))["text"] == "Within 30 days [1]."


async def test_staff_are_told_once_a_day_that_a_cap_was_reached(chat, engine, uncached, settings):
    settings.ANONYMOUS_REPLIES_PER_IP_DAY = 1

    for _ in range(3):
        await asks(chat)

    (alert,) = [alert async for alert in Alert.objects.all()]
    assert "ANONYMOUS_REPLIES_PER_IP_DAY" in alert.sentence
    assert "127.0.0.1" not in alert.sentence


async def test_no_address_is_kept_in_the_clear_and_nothing_of_who_is_erased(chat, engine, uncached):
    await asks(chat)
    conversation = await Conversation.objects.aget()
    kept = [*redis_client().scan_iter("*repl*"), redis_client().get(reply_caps.sender_key(conversation.pk)) or ""]
    await sync_to_async(contacts.erase)(await Contact.objects.aget())

    assert kept[-1]
    assert not any("127.0.0.1" in each for each in kept)
    assert not redis_client().exists(reply_caps.sender_key(conversation.pk))


def test_the_first_start_says_what_the_caps_are_and_how_to_change_them(tmp_path: Path, settings):
    settings.ANONYMOUS_REPLIES_PER_IP_HOUR, settings.ANONYMOUS_REPLIES_PER_IP_DAY = 11, 22
    settings.ANONYMOUS_REPLIES_PER_DAY = 3_333

    welcome = Shop(Home(tmp_path), None, {"DEMO_STAFF_PASSWORD": "x"}, "http://127.0.0.1:8000").welcome()

    for told in ("11", "22", "3,333", ".env", *(name for name, _ in reply_caps.CAPS)):
        assert told in welcome


async def test_who_writes_after_being_erased_is_not_noted_again(chat, uncached):
    async with chat() as customer:
        await customer.ask(QUESTION)
        conversation = await Conversation.objects.select_related("workspace", "contact").aget()
        await sync_to_async(contacts.erase)(await Contact.objects.aget())

        with pytest.raises(NotFound):
            await submit.aadmit(conversation, QUESTION, ip="203.0.113.9")

    assert not redis_client().exists(reply_caps.sender_key(conversation.pk))
