"""Guidance over REST: read it, save a draft, take it live, go back; and nobody overwrites what they have not seen."""

import pytest

from assistant.guidance.models import Guidance
from assistant.workspaces.models import Workspace
from tests.rest.conftest import client_of, key_of

VERSIONS = "/guidance/versions/"
LAW = {
    "name": "Legal advice",
    "words": ["lawsuit"],
    "examples": ["Can I sue you?"],
    "reply": "We give no legal advice.",
}
HANDOFF = {"name": "Cancel", "examples": ["I want to cancel my contract"]}


async def saved(api, seen=None, status=201, **texts):
    answer = await api.post(VERSIONS, json={"seen": seen, "comment": "by script", "texts": texts})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_draft_goes_live_and_an_older_version_comes_back(api, workspace):
    nothing = (await api.get("/guidance/")).json()
    first = await saved(api, tone="warm", languages=["EN"], other_languages="English only.", forbidden_topics=[LAW])
    drafted = (await api.get("/guidance/")).json()
    live = (await api.post(f"{VERSIONS}{first['id']}/go-live/")).json()
    second = await saved(api, first["id"], tone="curt", handoff_topics=[HANDOFF])
    await api.post(f"{VERSIONS}{second['id']}/go-live/")
    again = (await api.post(f"{VERSIONS}{first['id']}/roll-back/")).json()

    assert nothing == {"live": None, "draft": None}
    assert (drafted["live"], drafted["draft"]["id"]) == (None, first["id"])
    assert (live["status"], live["number"], live["author"], live["comment"]) == ("live", 1, None, "by script")
    assert live["texts"]["languages"] == ["en"]
    assert live["texts"]["forbidden_topics"] == [{**LAW, "response": "say"}]
    assert second["texts"]["handoff_topics"] == [{**HANDOFF, "words": [], "reply": ""}]
    assert (again["number"], again["status"], again["texts"]) == (3, "live", first["texts"])
    assert [each["number"] for each in (await api.get(VERSIONS)).json()["results"]] == [3, 2, 1]
    assert (await api.get(f"{VERSIONS}{second['id']}/")).json()["status"] == "old"
    await workspace.arefresh_from_db()
    assert workspace.guidance["tone"] == "warm"


async def test_what_somebody_saved_meanwhile_is_not_overwritten(api):
    first = await saved(api, tone="warm")
    second = await saved(api, first["id"], tone="curt")

    late = await saved(api, first["id"], 409, tone="loud")
    old = await api.post(f"{VERSIONS}{first['id']}/go-live/")
    not_old = await api.post(f"{VERSIONS}{second['id']}/roll-back/")

    assert (late["error"]["code"], late["error"]["details"]) == ("guidance_conflict", {"newest": 2})
    assert (old.status_code, old.json()["error"]["code"]) == (409, "guidance_conflict")
    assert (not_old.status_code, not_old.json()["error"]["code"]) == (409, "guidance_conflict")
    assert await Guidance.objects.acount() == 2


async def test_a_draft_sent_twice_with_a_key_is_saved_once(api):
    body, key = {"seen": None, "texts": {"tone": "warm"}}, {"Idempotency-Key": "draft-1"}

    first, again = [await api.post(VERSIONS, json=body, headers=key) for _ in range(2)]
    without_key = await api.post(VERSIONS, json=body)

    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert without_key.status_code == 409
    assert await Guidance.objects.acount() == 1


@pytest.mark.parametrize(
    ("texts", "status", "code"),
    [
        ({"tone": "x" * 601}, 422, "guidance_too_long"),
        ({"do": ["x"] * 21}, 422, "guidance_too_many"),
        ({"forbidden_topics": [{"name": "Law"}]}, 422, "guidance_invalid"),
        ({"languages": ["xx"], "other_languages": "No."}, 422, "guidance_invalid"),
        ({"length": "endless"}, 400, "invalid_request"),
        ({"do": "not a list"}, 400, "invalid_request"),
        ({"tone": 5}, 400, "invalid_request"),
    ],
)
async def test_guidance_that_is_not_valid_says_why(api, texts, status, code):
    refused = await saved(api, None, status, **texts)

    assert refused["error"]["code"] == code
    assert not await Guidance.objects.aexists()


async def test_a_draft_has_to_say_what_its_author_has_seen(api):
    answer = await api.post(VERSIONS, json={"texts": {"tone": "warm"}})

    assert (answer.status_code, list(answer.json()["error"]["details"]["fields"])) == (400, ["seen"])


async def test_who_may_write_drafts_may_not_take_them_live(api, server, workspace):
    draft = await saved(api, tone="warm")
    globex = await Workspace.objects.acreate(slug="globex", name="Globex")

    async with client_of(server, await key_of(workspace, "guidance:read", "guidance:write")) as writer:
        refused = await writer.post(f"{VERSIONS}{draft['id']}/go-live/")
    async with client_of(server, await key_of(globex)) as foreign:
        absent = [
            (await foreign.get(f"{VERSIONS}{draft['id']}/")).status_code,
            (await foreign.post(f"{VERSIONS}{draft['id']}/go-live/")).status_code,
        ]
        theirs = (await foreign.get(VERSIONS)).json()["results"]

    assert (refused.status_code, refused.json()["error"]["details"]) == (403, {"scope": "guidance:publish"})
    assert (absent, theirs) == ([404, 404], [])
