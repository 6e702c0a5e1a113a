"""Headers for browsers and caches, and access to the folder of files (row C10)."""

import stat
from pathlib import Path

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/conversations/", 200),
        ("/conversations/6f1c2b3a-8d7e-4f60-9a1b-2c3d4e5f6010/", 404),
        ("/nowhere/", 404),
        ("/schema/", 200),
        ("/docs/", 200),
    ],
)
async def test_what_the_api_answers_stays_in_no_cache(api, path, status):
    answer = await api.get(path)

    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"


async def test_refusals_stay_in_no_cache_either(server, api, settings):
    stranger = await api.get("/conversations/", headers={"Authorization": "Bearer bk_nobody"})
    openai = await api.post(f"http://{server}/v1/chat/completions", json={"messages": []})
    too_large = await api.post("/conversations/", content=b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))

    assert [answer.status_code for answer in (stranger, openai, too_large)] == [401, 400, 413]
    assert {answer.headers["cache-control"] for answer in (stranger, openai, too_large)} == {"no-store"}


async def test_looks_of_a_widget_are_still_cached(api, widget):
    looks = await api.get("/widget/config/", params={"widget": widget.public_key})

    assert "max-age=60" in looks.headers["cache-control"]


async def test_the_docs_have_a_policy_without_inline_scripts(api):
    page = await api.get("/docs/")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def modes_under(folder: Path) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {"folder": set(), "file": set()}
    for path in folder.rglob("*"):
        found["folder" if path.is_dir() else "file"].add(stat.S_IMODE(path.stat().st_mode))
    return found


async def test_files_of_customers_are_for_our_own_user_alone(api, opened, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    sent = await api.post(
        "/attachments/", data={"conversation": await opened()}, files={"file": ("a.txt", b"my order")}
    )

    content = await api.get(f"/attachments/{sent.json()['id']}/content/")
    assert modes_under(tmp_path) == {"folder": {0o700}, "file": {0o600}}
    assert content.headers["cache-control"] == "private, no-store"
