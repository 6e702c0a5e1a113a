"""Imports over REST."""

import random


async def test_uploaded_files_are_imported_and_the_report_can_be_asked_for(api):
    files = [
        ("file", ("returns.md", b"# Returns\n\nYou have 30 days.")),
        ("file", ("noise.pdf", b"\x00\xff" * 50)),
    ]

    ordered = await api.post("/articles/imports/", files=files, data={"publish": "true"})

    assert ordered.status_code == 202, ordered.text
    seen = (await api.get(f"/articles/imports/{ordered.json()['id']}/")).json()
    assert (seen["status"], seen["files_done"]) == ("done", 2)
    assert seen["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}
    assert seen["report"]["added"] == ["returns"]
    assert seen["report"]["refused"][0]["code"] == "unreadable_pdf"
    assert (await api.get("/search/", params={"q": "return days"})).json()["results"][0]["external_id"] == "returns"
    assert (await api.get("/articles/imports/")).json()["results"][0]["id"] == seen["id"]


async def test_an_upload_of_two_large_files_is_taken_however_long_the_database_takes(api, settings):
    """B6: a statement of about 50 MB, sent in several parts."""
    settings.DATABASE_PROBE_AFTER_S = 0.001
    large = b"\xff" + random.Random(6).randbytes(12_400_000)

    ordered = await api.post("/articles/imports/", files=[("file", (f"{n}.md", large)) for n in (1, 2)])

    assert ordered.status_code == 202, ordered.text
    seen = (await api.get(f"/articles/imports/{ordered.json()['id']}/")).json()
    assert (seen["status"], seen["counts"]["refused"]) == ("done", 2)


async def test_an_address_that_is_not_allowed_is_refused(api, settings):
    settings.IMPORT_ALLOWED_HOSTS = ["help.test"]

    refused = await api.post("/articles/imports/", json={"url": "https://169.254.169.254/"})

    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "import_refused"
    assert (await api.post("/articles/imports/", json={})).status_code == 400
    assert (await api.post("/articles/imports/", data={}, files={})).status_code == 400


async def test_another_shops_import_is_not_there(api, globex_api):
    ordered = (await api.post("/articles/imports/", files={"file": ("a.md", b"Text.")})).json()

    assert (await globex_api.get(f"/articles/imports/{ordered['id']}/")).status_code == 404
    assert (await globex_api.get("/articles/imports/")).json()["results"] == []
