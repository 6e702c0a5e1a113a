"""Access by role, generated from the OpenAPI file: rows of others look like missing ones everywhere."""

import re
import statistics
import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import ApiKey, Membership, Workspace
from conversations.helpdesk.models import Connection
from conversations.identity.visitors import visit
from conversations.models import Contact, Conversation
from tests.rest import rows
from tests.rest.conftest import client_of, key_of

rows_of = sync_to_async(rows.rows_of)
# Who calls there is for a signature to show, a public key or the secret of a link: their own tests do.
PUBLIC = {"helpdesk_hook", "widget_sessions_create", "exports_download"}
ENDLESS = "conversations_events"
# What a visitor may do with what is theirs; everything else needs a key.
FOR_VISITORS = {
    "conversations_list",
    "conversations_create",
    "conversations_read",
    "conversations_change",
    "conversations_handoff",
    "conversations_events",
    "messages_list",
    "messages_create",
    "messages_rate",
    "attachments_create",
    "attachments_read",
    "attachments_content",
    "attachments_delete",
}
BODIES: dict[str, dict[str, Any]] = {
    "messages_create": {"text": "Hello"},
    "messages_rate": {"rating": "like"},
    "conversations_reply": {"text": "Rosa here"},
    "conversations_summary_correct": {"text": "Corrected"},
    "cache_verdict": {"opinion": "right"},
    "webhooks_redeliver": {"deliveries": [str(uuid.uuid4())]},
}


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    name: str
    scopes: tuple[str, ...]

    async def ask(self, client: httpx.AsyncClient, ids: dict[str, str]) -> httpx.Response:
        address = re.sub(r"{(\w+)}", lambda match: ids[match[1]], self.path)
        body = {"json": BODIES.get(self.name, {})} if self.method in ("post", "patch") else {}
        return await client.request(self.method.upper(), address, **body)


def operations() -> list[Operation]:
    """Return all but the public operations; deleting ones come last, so that the others find their rows."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    found = [
        Operation(method, _relative(path), described["operationId"], _scopes(described))
        for path, methods in paths.items()
        for method, described in methods.items()
        if described["operationId"] not in PUBLIC
    ]
    return sorted(found, key=lambda operation: operation.method == "delete")


def _relative(path: str) -> str:
    return path.removeprefix("/api/v1") if path.startswith("/api/") else f"../..{path}"


def _scopes(described: dict[str, Any]) -> tuple[str, ...]:
    return tuple(scope for each in described.get("security", []) for scopes in each.values() for scope in scopes)


def with_id() -> list[Operation]:
    found = [operation for operation in operations() if "{" in operation.path]
    assert len(found) >= 30
    return found


def told(answer: httpx.Response) -> dict[str, Any]:
    """Return the content of a response without the parts that differ each time."""
    error = answer.json()["error"]
    return {"status": answer.status_code, "code": error["code"], "message": error["message"]}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
async def callers(server, workspace, widget) -> dict[str, str | None]:
    """Six callers without access to Acme's data: (name, secret) each."""
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
            for operation in with_id():
                foreign, random = await operation.ask(client, ours), await operation.ask(client, absent)
                assert told(foreign) == told(random), (who, operation)
                expected = 404 if who == "another shop's key" else None
                assert foreign.status_code == (expected or foreign.status_code), (who, operation)
                assert foreign.status_code in (401, 403, 404), (who, operation)
                checked += 1

    assert checked == 6 * len(with_id())


async def test_being_logged_in_to_the_admin_opens_nothing_here(server, workspace):
    ours = await rows_of(workspace)
    await Workspace.objects.acreate(slug="globex", name="Globex")

    for role in Membership.Role.values:
        async with client_of(server, None) as client:
            client.cookies.set("sessionid", await sync_to_async(logged_in)(role))
            for operation in operations():
                answer = await operation.ask(client, ours)
                assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated"), operation


def logged_in(role: str) -> str:
    """Return the session cookie of a user with this role in every shop."""
    rosa = get_user_model().objects.create_user(f"rosa-{role}", is_staff=True)
    for workspace in Workspace.objects.all():
        Membership.objects.create(user=rosa, workspace=workspace, role=role)
    client = Client()
    client.force_login(rosa)
    return client.cookies["sessionid"].value


@pytest.mark.timing
async def test_the_clock_does_not_tell_foreign_from_absent(server, workspace, callers, no_engine):
    ours = await rows_of(workspace)
    absent = {name: str(uuid.uuid4()) for name in ours}

    async with client_of(server, callers["another shop's key"]) as client:
        difference_ms = await _difference_ms(client, ours, absent)

    assert difference_ms < 20


async def _difference_ms(client: httpx.AsyncClient, ours: dict[str, str], absent: dict[str, str]) -> float:
    took: dict[str, list[float]] = {"ours": [], "absent": []}
    for operation in with_id():
        for which, ids in (("ours", ours), ("absent", absent)):
            began = time.perf_counter()
            await operation.ask(client, ids)
            took[which].append((time.perf_counter() - began) * 1000)
    return abs(statistics.median(took["ours"]) - statistics.median(took["absent"]))


async def test_a_key_needs_the_scope_that_the_openapi_file_names(server, workspace, no_engine):
    for needed in ApiKey.SCOPES:
        others = await key_of(workspace, *(scope for scope in ApiKey.SCOPES if scope != needed))
        guarded = [operation for operation in operations() if operation.scopes == (needed,)]
        assert guarded, needed
        ours = await rows_of(workspace)
        async with client_of(server, others) as lacking, client_of(server, await key_of(workspace, needed)) as having:
            for operation in guarded:
                refused = await operation.ask(lacking, ours)
                assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_refused"), operation
                if operation.name != ENDLESS:
                    assert (await operation.ask(having, ours)).status_code not in (401, 403), operation
    assert {operation.scopes for operation in operations()} == {(scope,) for scope in ApiKey.SCOPES}


async def test_a_visitor_does_what_is_for_visitors_with_what_is_theirs_and_no_more(
    server, workspace, widget, no_engine
):
    ours = await rows_of(workspace)
    ana = await sync_to_async(visit)(widget.public_key, None, None, None)
    await Conversation.objects.filter(pk=ours["conversation_id"]).aupdate(contact=ana.contact)

    async with client_of(server, ana.token) as client:
        for operation in operations():
            if operation.name == ENDLESS:
                continue
            answer = await operation.ask(client, ours)
            if operation.name in FOR_VISITORS:
                assert answer.status_code not in (401, 403, 404), operation
            else:
                assert answer.status_code in (401, 403), operation


async def test_a_key_with_the_scope_reaches_its_own(api, workspace, no_engine):
    ours = await rows_of(workspace)
    reading = [operation for operation in with_id() if operation.method == "get" and operation.name != ENDLESS]

    for operation in reading:
        answer = await operation.ask(api, ours)
        expected = 404 if operation.name == "conversations_summary" else 200  # there is no summary yet
        assert answer.status_code == expected, (operation, answer.text)


async def test_a_child_under_the_wrong_parent_is_not_there(api, globex_api, workspace):
    ours, others = await rows_of(workspace), await rows_of(await Workspace.objects.aget(slug="globex"))
    mine = await Delivery.objects.acreate(
        endpoint_id=ours["endpoint_id"], type="webhook.test", payload={}, status="failed"
    )
    second = await Endpoint.objects.acreate(workspace=workspace, url="https://hooks.test/2")
    desk = await Connection.objects.acreate(
        workspace=workspace, kind="zammad", name="Desk", base_url="https://desk.test"
    )

    for client, endpoint in ((api, second.pk), (globex_api, others["endpoint_id"])):
        sent = await client.post(f"/webhooks/{endpoint}/redeliver/", json={"deliveries": [str(mine.pk)]})
        assert sent.json() == {"redelivered": 0}
    draft = {"text": "Look", "attachments": [others["attachment_id"]]}
    foreign_file = await api.post(f"/conversations/{ours['conversation_id']}/messages/", json=draft)
    wrong_kind = await api.post(f"/helpdesk/chatwoot/{desk.pk}/", json={})

    assert (foreign_file.status_code, wrong_kind.status_code) == (404, 404)
    assert (await Delivery.objects.aget()).status == "failed"


async def test_nobody_of_another_shop_is_named_as_the_author_of_a_reply(api, workspace):
    ours = await rows_of(workspace)
    globex = await Workspace.objects.acreate(slug="globex", name="Globex")
    bob = await sync_to_async(get_user_model().objects.create_user)("bob", is_staff=True)
    await Membership.objects.acreate(user=bob, workspace=globex, role="agent")

    address = f"/conversations/{ours['conversation_id']}/reply/"
    foreign = await api.post(address, json={"text": "Hi", "author": "bob"})
    absent = await api.post(address, json={"text": "Hi", "author": "nobody"})

    assert told(foreign) == told(absent) == {"status": 404, "code": "not_found", "message": "Not found."}


async def test_no_field_of_another_hand_can_be_written(api, workspace):
    ours = await rows_of(workspace)
    smuggled = {"workspace": str(uuid.uuid4()), "role": "admin", "is_staff": True, "secret": "mine", "status": "human"}

    for path in ("/conversations/{conversation_id}/", "/articles/{article_id}/", "/webhooks/{endpoint_id}/"):
        await api.patch(path.format(**ours), json=smuggled)

    conversation = await Conversation.objects.aget(pk=ours["conversation_id"])
    endpoint = await Endpoint.objects.aget()
    assert (conversation.workspace_id, conversation.status) == (workspace.pk, "bot")
    assert (endpoint.workspace_id, endpoint.secret != "mine") == (workspace.pk, True)
    assert (await Contact.objects.aget()).workspace_id == workspace.pk
