"""The matrix of who may reach what, generated from the OpenAPI file: foreign looks like absent, everywhere."""

import re
import uuid
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from drf_spectacular.generators import SchemaGenerator

from assistant.webhooks.models import Endpoint
from assistant.workspaces.models import ApiKey, Workspace
from conversations.auth import visit
from conversations.models import Contact, Conversation, Message
from knowledge import publishing
from knowledge.models import Gap
from tests.rest.conftest import client_of, key_of
from tests.rest.test_cache_and_contacts import cached

BODIES: dict[str, dict[str, Any]] = {
    "messages_create": {"text": "Hello"},
    "messages_rate": {"rating": "like"},
    "conversations_reply": {"text": "Rosa here"},
    "conversations_summary_correct": {"text": "Corrected"},
    "cache_verdict": {"opinion": "right"},
    "webhooks_redeliver": {"deliveries": [str(uuid.uuid4())]},
}


def operations() -> list[tuple[str, str, str]]:
    """(method, path, operation id) of everything that has an id in its address.

    The addresses that helpdesks call are left out: who calls there is for a signature to show, which its own tests do.
    """
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    found = [
        (method, path.removeprefix("/api/v1"), operation["operationId"])
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "{" in path and "/helpdesk/" not in path
    ]
    assert len(found) >= 30
    return found


async def rows_of(workspace: Workspace) -> dict[str, str]:
    """One of everything that an address can name, all the workspace's."""
    contact = await Contact.objects.acreate(workspace=workspace)
    conversation = await Conversation.objects.acreate(workspace=workspace, contact=contact, last_seq=1)
    message = await Message.objects.acreate(conversation=conversation, seq=1, role="assistant", text="Nine.")
    article = await sync_to_async(publishing.save_draft)(workspace, title="Returns", body="30 days.")
    gap = await Gap.objects.acreate(workspace=workspace, question="Why?")
    endpoint = await Endpoint.objects.acreate(workspace=workspace, url="https://hooks.test/")
    entry = await cached(workspace)
    named = {"contact": contact, "conversation": conversation, "message": message, "article": article}
    return {f"{n}_id": str(r.pk) for n, r in (named | {"gap": gap, "endpoint": endpoint, "entry": entry}).items()}


async def asked(client: httpx.AsyncClient, operation: tuple[str, str, str], ids: dict[str, str]) -> httpx.Response:
    method, path, name = operation
    address = re.sub(r"{(\w+)}", lambda match: ids[match[1]], path)
    body = {"json": BODIES.get(name, {})} if method in ("post", "patch") else {}
    return await client.request(method.upper(), address, **body)


def told(answer: httpx.Response) -> dict[str, Any]:
    """What an answer says, but for what is different each time."""
    error = answer.json()["error"]
    return {"status": answer.status_code, "code": error["code"], "message": error["message"]}


@pytest.fixture
async def callers(server, workspace, widget) -> Any:
    """Six who have no business with what is Acme's: each as (who, secret)."""
    globex = await Workspace.objects.acreate(slug="globex", name="Globex")
    sign_in = sync_to_async(visit)
    theirs = await globex.widgets.acreate(public_key="wk_globex")
    return {
        "another visitor of the shop": (await sign_in(widget.public_key, None, None, None)).token,
        "a visitor of another shop": (await sign_in(theirs.public_key, None, None, None)).token,
        "nobody": None,
        "a wrong key": "bk_wrong",
        "another shop's key": await key_of(globex),
        "a key without scopes": (await sync_to_async(ApiKey.issue)(workspace, "bare", []))[1],
    }


async def test_what_is_foreign_answers_like_what_is_absent_to_everybody(server, workspace, callers, no_engine):
    ours = await rows_of(workspace)
    absent = {name: str(uuid.uuid4()) for name in ours}
    checked = 0

    for who, secret in callers.items():
        async with client_of(server, secret) as client:
            for operation in operations():
                foreign, random = await asked(client, operation, ours), await asked(client, operation, absent)
                assert told(foreign) == told(random), (who, operation)
                expected = 404 if who == "another shop's key" else None
                assert foreign.status_code == (expected or foreign.status_code), (who, operation)
                assert foreign.status_code in (401, 403, 404), (who, operation)
                checked += 1

    assert checked == 6 * len(operations())


async def test_a_key_with_the_scope_reaches_its_own(api, workspace, no_engine):
    ours = await rows_of(workspace)
    reading = [operation for operation in operations() if operation[0] == "get" and "events" not in operation[1]]

    for operation in reading:
        answer = await asked(api, operation, ours)
        expected = 404 if operation[2] == "conversations_summary" else 200  # there is no summary yet
        assert answer.status_code == expected, (operation, answer.text)


async def test_no_field_of_another_hand_can_be_written(api, workspace):
    ours = await rows_of(workspace)
    smuggled = {"workspace": str(uuid.uuid4()), "role": "admin", "is_staff": True, "secret": "mine", "status": "human"}

    for path in ("/conversations/{conversation_id}/", "/articles/{article_id}/", "/webhooks/{endpoint_id}/"):
        await api.patch(path.format(**ours), json=smuggled)

    conversation = await Conversation.objects.aget(pk=ours["conversation_id"])
    endpoint = await Endpoint.objects.aget()
    assert (conversation.workspace_id, conversation.status) == (workspace.pk, "bot")
    assert (endpoint.workspace_id, endpoint.secret != "mine") == (workspace.pk, True)
