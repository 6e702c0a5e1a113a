"""Contacts that are named but not verified only read public articles (row A10)."""

from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, connection, transaction

from conversations.messaging.creation import named_contact
from conversations.models import Contact, Conversation, Message
from tests.rest.test_helpdesks import FAKES, desk, kind, sink  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "What is the code of the discount for regular customers?"
CODE = "LOYAL-4711"
SCRIPT = ['{"text": "The code is LOYAL-4711 [1].", "action": null}']


@pytest.fixture(autouse=True)
async def customers_article(api: Any) -> None:
    """The only article is for customers only."""
    body = f"The discount for regular customers has the code {CODE}. Enter the code of the discount when you pay."
    draft = {"title": "Discount for regular customers", "body": body, "audience": "customers"}
    article = (await api.post("/articles/", json=draft)).json()
    published = await api.post(f"/articles/{article['id']}/publish/")
    assert published.json()["published"]


async def asked(api: Any, contact: dict[str, Any]) -> str:
    """Ask over REST and return the answer."""
    begun = (await api.post("/conversations/", json={"contact": contact})).json()
    answer = await api.post(f"/conversations/{begun['id']}/messages/", json={"text": QUESTION})
    return answer.json()["reply"]["text"]


async def completed(api: Any, server: str, **fields: Any) -> str:
    """Ask through the OpenAI-compatible API and return the answer."""
    body = {"model": "brevity", "messages": [{"role": "user", "content": QUESTION}], **fields}
    answer = await api.post(f"http://{server}/v1/chat/completions", json=body)
    return answer.json()["choices"][0]["message"]["content"]


async def test_a_contact_named_over_rest_is_unverified_until_the_keys_owner_says_so(api, engine):
    engine.script = SCRIPT

    named = await asked(api, {"external_id": "ana"})
    vouched = await asked(api, {"external_id": "ana", "verified": True})

    assert CODE not in named
    assert CODE in vouched
    assert len(engine.asked) == 1
    contacts = Contact.objects.order_by("created_at").values_list("external_id", "verified")
    assert [contact async for contact in contacts] == [("ana", False), ("ana", True)]


@pytest.mark.parametrize("fields", [{}, {"user": "ana"}, {"user": "ana", "user_verified": False}])
async def test_a_made_up_user_of_the_openai_door_is_unverified(api, server, engine, fields):
    engine.script = SCRIPT
    await asked(api, {"external_id": "ana", "verified": True})
    engine.asked.clear()

    told = await completed(api, server, **fields)

    assert CODE not in told
    assert engine.asked == []


async def test_the_keys_owner_may_vouch_for_the_user_of_the_openai_door(api, server, engine):
    engine.script = SCRIPT

    assert CODE in await completed(api, server, user="ana", user_verified=True)
    assert await Contact.objects.filter(external_id="ana", verified=True).aexists()


@pytest.mark.parametrize("fields", [{"user_verified": "yes", "user": "ana"}, {"user_verified": 1, "user": "ana"}])
async def test_to_vouch_takes_a_plain_true(api, server, fields):
    body = {"model": "brevity", "messages": [{"role": "user", "content": QUESTION}], **fields}

    assert (await api.post(f"http://{server}/v1/chat/completions", json=body)).status_code == 400


async def test_the_history_of_a_verified_conversation_is_not_taken_up_by_an_unverified_user(api, server, engine):
    engine.script = SCRIPT * 2
    said = await completed(api, server, user="ana", user_verified=True)
    history = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": said},
        {"role": "user", "content": "And what is the code of the discount again?"},
    ]

    await completed(api, server, user="ana", messages=history)

    assert await Conversation.objects.acount() == 2
    newest = await Conversation.objects.select_related("contact").alatest("created_at")
    assert newest.contact.verified is False


async def test_verified_takes_an_external_id(api):
    refused = await api.post("/conversations/", json={"contact": {"name": "Ana", "verified": True}})

    assert refused.status_code == 400
    assert "verified" in refused.json()["error"]["details"]["fields"]["contact"]


async def test_a_signed_webhook_says_nothing_of_who_wrote(desk, engine):  # noqa: F811
    engine.script = SCRIPT

    await desk.hears(desk.fake.question(QUESTION))

    assert (await Contact.objects.aget()).verified is False
    assert CODE not in " ".join(desk.told())
    assert engine.asked == []


def chatwoots(verified: Any, number: int = 118) -> dict[str, Any]:
    payload = FAKES["chatwoot"].question(QUESTION, number)
    payload["conversation"]["contact_inbox"] = {"id": 12, "contact_id": 14, "source_id": "405f1d30"}
    if verified is not None:
        payload["conversation"]["contact_inbox"]["hmac_verified"] = verified
    return payload


@pytest.mark.parametrize("kind", ["chatwoot"])
@pytest.mark.parametrize("verified", [None, False, "true", 1, {"a": 1}])
async def test_chatwoot_must_say_that_the_shop_signed_for_the_sender(desk, engine, verified):  # noqa: F811
    engine.script = SCRIPT

    await desk.hears(chatwoots(verified))

    assert (await Contact.objects.aget()).verified is False


@pytest.mark.parametrize("kind", ["chatwoot"])
async def test_whom_chatwoot_verified_reads_as_a_customer_until_somebody_else_writes(desk, engine):  # noqa: F811
    engine.script = SCRIPT
    await desk.hears(chatwoots(True))
    by_ana = " ".join(desk.told())
    engine.asked.clear()

    await desk.hears(chatwoots(False, number=119))

    assert CODE in by_ana
    conversation = await Conversation.objects.select_related("contact").aget()
    assert conversation.contact.verified is False
    assert engine.asked == []
    last = await Message.objects.filter(role="assistant").order_by("seq").alast()
    assert CODE not in last.text


@pytest.mark.parametrize("kind", ["generic"])
async def test_a_tool_of_the_shops_own_may_vouch(desk, engine):  # noqa: F811
    engine.script = SCRIPT
    payload = desk.fake.question(QUESTION)
    payload["data"]["contact"] = {"external_id": "ana", "verified": True}

    await desk.hears(payload)

    assert (await Contact.objects.aget()).verified is True
    assert CODE in " ".join(desk.told())


@pytest.mark.parametrize("verified", [True, False])
async def test_two_at_once_who_name_one_contact_make_one(workspace, verified):
    await Contact.objects.acreate(workspace=workspace, external_id="ana", verified=verified)

    def again() -> None:
        with transaction.atomic():
            Contact.objects.create(workspace=workspace, external_id="ana", verified=verified)

    with pytest.raises(IntegrityError):
        await sync_to_async(again)()
    known = await sync_to_async(named_contact)(workspace, "ana", verified=verified, name="Ana")
    assert (known.name, await Contact.objects.acount()) == ("Ana", 1)


def test_the_migration_takes_back_what_was_verified_by_name_alone(workspace):
    migration = import_module("conversations.migrations.0005_verified_by_whom")
    for name, channel in (("by-widget", "widget"), ("by-helpdesk", "helpdesk"), ("by-openai", "openai"), ("new", None)):
        contact = Contact.objects.create(workspace=workspace, external_id=name, verified=True)
        if channel:
            Conversation.objects.create(workspace=workspace, contact=contact, channel=channel)

    with connection.cursor() as cursor:
        cursor.execute(migration.DEMOTE)

    assert set(Contact.objects.filter(verified=True).values_list("external_id", flat=True)) == {"by-widget", "new"}


def test_the_migration_takes_others_words_out_of_receipts(workspace):
    migration = import_module("conversations.migrations.0005_verified_by_whom")
    conversation = Conversation.objects.create(
        workspace=workspace, contact=Contact.objects.create(workspace=workspace), last_seq=3
    )
    tiers = ("answered before, 3 s ago, to: my name is Trillian, to: whom", "open question, 2 articles", None)
    for seq, why in enumerate(tiers, start=1):
        receipt = {"why_tier": why} if why else None
        Message.objects.create(conversation=conversation, seq=seq, role="assistant", receipt=receipt)

    with connection.cursor() as cursor:
        cursor.execute(migration.UNQUOTE)

    told = [message.receipt for message in Message.objects.order_by("seq")]
    assert told == [{"why_tier": "answered before, 3 s ago"}, {"why_tier": "open question, 2 articles"}, None]
