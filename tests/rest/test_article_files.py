"""Files of articles over REST."""

import uuid

import pytest

from tests.assistant.uploads.test_images import picture


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
async def files(api) -> str:
    """Return the URL of an article's files."""
    article = (await api.post("/articles/", json={"title": "Labels", "body": "Print it."})).json()
    return f"/articles/{article['id']}/files/"


async def test_a_file_is_added_listed_read_and_deleted(api, files):
    added = await api.post(files, files={"file": ("label.png", picture())})

    kept = added.json()
    assert added.status_code == 201, added.text
    assert kept["markdown"] == f"![label]({kept['address']})"
    assert (await api.get(files)).json()["results"] == [kept]
    content = await api.get(f"{files}{kept['id']}/")
    assert (content.headers["content-type"], len(content.content)) == ("image/png", kept["size_bytes"])
    assert (await api.delete(f"{files}{kept['id']}/")).status_code == 204
    assert (await api.get(files)).json()["results"] == []


async def test_a_file_of_another_article_or_shop_is_not_there(api, globex_api, files):
    kept = (await api.post(files, files={"file": ("label.png", picture())})).json()
    other = (await api.post("/articles/", json={"title": "Other", "body": "Text."})).json()

    for client, address in (
        (api, f"/articles/{other['id']}/files/{kept['id']}/"),
        (api, f"{files}{uuid.uuid4()}/"),
        (globex_api, f"{files}{kept['id']}/"),
    ):
        assert (await client.get(address)).status_code == 404
        assert (await client.delete(address)).status_code == 404
    assert (await globex_api.post(files, files={"file": ("label.png", picture())})).status_code == 404
    assert (await api.get(f"{files}{kept['id']}/")).status_code == 200


async def test_what_is_refused_says_why(api, files, settings):
    settings.ARTICLE_FILES_MAX = 1

    refused = await api.post(files, files={"file": ("label.png", b"Words")})
    missing = await api.post(files, data={})
    await api.post(files, files={"file": ("label.png", picture())})
    full = await api.post(files, files={"file": ("label.png", picture())})

    assert (refused.status_code, refused.json()["error"]["code"]) == (415, "attachment_type_refused")
    assert missing.status_code == 400
    assert (full.status_code, full.json()["error"]["code"]) == (422, "article_files_full")


async def test_uploads_may_be_longer_than_other_requests(api, files):
    """Both go past REQUEST_MAX_BYTES: a file of an article, and files to import."""
    much = b"%PDF-1.7\n" + b"x" * 2_000_000

    added = await api.post(files, files={"file": ("label.pdf", much)})
    ordered = await api.post("/articles/imports/", files={"file": ("noise.pdf", much)})

    assert (added.status_code, added.json()["size_bytes"]) == (201, len(much))
    assert ordered.status_code == 202
