"""Authentication of the API: who is accepted, what is refused, and how."""

import json
import re

import pytest

from assistant.workspaces.models import ApiKey
from tests.rest.conftest import client_of, key_of


@pytest.mark.parametrize("address", ["/conversations/", "/articles/", "/search/?q=x", "/gaps/", "/usage/"])
async def test_without_a_key_nobody_comes_in(server, widget, address):
    async with client_of(server, None) as nobody:
        missing = await nobody.get(address)
        wrong = await nobody.get(address, headers={"Authorization": "Bearer bk_wrong"})

    assert (missing.status_code, wrong.status_code) == (401, 401)
    assert missing.json()["error"]["code"] == wrong.json()["error"]["code"] == "not_authenticated"
    assert missing.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_key_does_what_its_scopes_say_and_no_more(server, workspace):
    async with client_of(server, await key_of(workspace, "articles:read")) as reader:
        allowed = await reader.get("/articles/")
        refused = await reader.post("/articles/", json={"title": "A", "body": "B"})

    assert allowed.status_code == 200
    assert refused.status_code == 403
    assert refused.json()["error"]["details"] == {"scope": "articles:write"}


async def test_a_revoked_key_is_refused(server, workspace):
    secret = await key_of(workspace)
    await ApiKey.objects.aupdate(revoked_at="2026-01-01T00:00Z")

    async with client_of(server, secret) as api:
        assert (await api.get("/articles/")).status_code == 401


async def test_what_is_anothers_looks_like_what_is_not_there(api, globex_api, opened, returns_article):
    conversation = await opened()
    nothing = "00000000-0000-4000-8000-000000000000"

    for address in ("/conversations/{}/", "/conversations/{}/messages/"):
        foreign = await globex_api.get(address.format(conversation))
        absent = await globex_api.get(address.format(nothing))
        assert foreign.status_code == absent.status_code == 404
        for answer in (foreign, absent):
            assert answer.json()["error"].pop("request_id")
        assert foreign.json()["error"]["message"] == absent.json()["error"]["message"]
    assert (await globex_api.get(f"/articles/{returns_article['id']}/")).status_code == 404
    assert (await globex_api.get("/search/", params={"q": "return"})).json()["results"] == []


@pytest.mark.parametrize("address", ["/nothing/", "/conversations/5/", "/conversations", "/articles/x/y/"])
async def test_an_unknown_address_answers_in_our_shape(api, address):
    answer = await api.get(address)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_method_that_is_not_there_answers_in_our_shape(api):
    answer = await api.put("/conversations/", json={})

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


async def test_a_made_up_cursor_is_a_bad_request(api):
    for cursor in ("x", "cD15ZXN0ZXJkYXk=", "cD0lMDA="):
        answer = await api.get("/conversations/", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("address", ["/articles/", "/conversations/"])
async def test_a_key_that_calls_too_often_is_told_when_to_come_back(api, settings, address):
    settings.API_REQUESTS_PER_MINUTE = 3

    answers = [await api.get(address) for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]  # a new minute may begin meanwhile

    assert refused
    assert refused[0].json()["error"]["code"] == "rate_limited"
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60


async def test_a_request_id_is_the_callers_own_where_it_is_sensible(api):
    kept = await api.get("/nothing/", headers={"X-Request-Id": "ana-1"})
    replaced = await api.get("/nothing/", headers={"X-Request-Id": "<script>"})

    assert kept.headers["X-Request-Id"] == kept.json()["error"]["request_id"] == "ana-1"
    assert replaced.headers["X-Request-Id"] not in ("<script>", "")


async def test_a_session_needs_a_known_widget_a_known_origin_and_a_true_identity(api, widget):
    async def code_of(draft, **headers):
        answer = await api.post("/widget/sessions/", json=draft, headers=headers)
        return answer.status_code, answer.json().get("error", {}).get("code")

    assert await code_of({"widget": "wk_acme"}, Origin="http://shop.test:8000") == (201, None)
    assert await code_of({"widget": "wk_none"}) == (404, "widget_unknown")
    assert await code_of({"widget": "wk_acme"}, Origin="http://evil.test") == (403, "origin_refused")
    forged = {"external_id": "ana", "hash": "0" * 64}
    assert await code_of({"widget": "wk_acme", "identity": forged}) == (401, "identity_invalid")


async def test_the_description_is_openapi_3_1_and_can_be_read_by_people(server, workspace):
    async with client_of(server, None) as anyone:
        described = await anyone.get("/schema/", headers={"Accept": "application/json"})
        readable = await anyone.get("/docs/")
        script = re.search(r'src="(/static/[^"]+\.js)"', readable.text)[1]
        fetched = await anyone.get(f"http://{server}{script}")

    schema = json.loads(described.text)
    assert schema["openapi"].startswith("3.1")
    post = schema["paths"]["/api/v1/conversations/{conversation_id}/messages/"]["post"]
    assert "text/event-stream" in post["responses"]["200"]["content"]
    assert {"400", "401", "403", "404", "429"} <= set(post["responses"])
    assert fetched.status_code == 200
    assert "javascript" in fetched.headers["content-type"]


@pytest.mark.parametrize(
    "address", ["/conversations/", "/conversations/{}/messages/", "/articles/", "/gaps/", "/cache/"]
)
async def test_who_polls_a_list_is_told_nothing_while_nothing_changed(api, opened, returns_article, address):
    address = address.format(await opened())
    first = await api.get(address)
    known = {"If-None-Match": first.headers["ETag"]}

    again = await api.get(address, headers=known)
    other_page = await api.get(address, params={"page_size": 50}, headers={"If-None-Match": '"another"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert other_page.status_code == 200


async def test_a_list_that_changed_is_told_whole(api, opened):
    first = await api.get("/conversations/")
    await opened()

    second = await api.get("/conversations/", headers={"If-None-Match": first.headers["ETag"]})

    assert (second.status_code, len(second.json()["results"])) == (200, 1)
    assert second.headers["ETag"] != first.headers["ETag"]
