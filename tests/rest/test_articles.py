"""Articles and search over REST."""


async def test_an_article_goes_live_and_is_found_with_its_scores(api, returns_article):
    found = (await api.get("/search/", params={"q": "How long do I have to return something?"})).json()

    best = found["results"][0]
    assert best["external_id"] == "returns"
    assert best["article_id"] == returns_article["id"]
    assert "30 days" in best["text"]
    assert 0 < best["score"] <= 1
    assert best["found_by"]
    assert found["declined"] is False


async def test_an_edit_is_a_revision_and_goes_live_only_when_published(api, returns_article):
    address = f"/articles/{returns_article['id']}/"

    changed = await api.patch(address, json={"body": "# Returns\n\nYou have 60 days.", "note": "Longer"})

    assert changed.status_code == 200
    assert (changed.json()["revision"], changed.json()["published_revision"]) == (2, 1)
    revisions = (await api.get(f"{address}revisions/")).json()["results"]
    assert [(revision["number"], revision["note"]) for revision in revisions] == [(2, "Longer"), (1, "")]
    before = (await api.get("/search/", params={"q": "how many days to return"})).json()
    assert "30 days" in before["results"][0]["text"]

    await api.post(f"{address}publish/")

    after = (await api.get("/search/", params={"q": "how many days to return"})).json()
    assert "60 days" in after["results"][0]["text"]


async def test_an_unpublished_or_deleted_article_is_found_no_more(api, returns_article):
    address = f"/articles/{returns_article['id']}/"

    taken_down = await api.post(f"{address}unpublish/")

    assert taken_down.json() == {"published": False, "dropped_answers": 0}
    assert (await api.get("/search/", params={"q": "return days"})).json()["results"] == []
    assert (await api.delete(address)).status_code == 204
    assert (await api.get(address)).status_code == 404


async def test_articles_come_in_pages_and_can_be_narrowed(api):
    for number in range(5):
        await api.post("/articles/", json={"title": f"Article {number}", "body": "Text.", "tags": ["a"]})

    first = (await api.get("/articles/", params={"page_size": 3})).json()
    second = (await api.get(first["next"])).json()

    titles = [article["title"] for article in first["results"] + second["results"]]
    assert titles == [f"Article {number}" for number in (4, 3, 2, 1, 0)]
    assert second["next"] is None
    assert second["previous"]
    assert (await api.get("/articles/", params={"title": "icle 3"})).json()["results"][0]["title"] == "Article 3"
    assert (await api.get("/articles/", params={"status": "published"})).json()["results"] == []


async def test_what_is_wrong_with_an_article_is_said_field_by_field(api):
    refused = await api.post("/articles/", json={"title": 5, "tags": "none", "audience": "aliens"})

    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["code"] == "invalid_request"
    assert error["request_id"] == refused.headers["X-Request-Id"]
    assert set(error["details"]["fields"]) == {"title", "body", "tags", "audience"}


async def test_many_articles_are_imported_by_their_own_ids(api):
    rows = [{"id": f"a-{n}", "title": f"Article {n}", "text": f"# A\n\nText {n}.", "tags": ["x"]} for n in range(3)]
    await api.post("/articles/import/", json={"articles": rows})
    rows[1]["text"] = "# A\n\nAnother text."

    report = (await api.post("/articles/import/", json={"articles": [*rows, rows[0]], "publish": True})).json()

    assert (report["changed"], sorted(report["unchanged"]), report["added"]) == (["a-1"], ["a-0", "a-2"], [])
    assert [refused["code"] for refused in report["refused"]] == ["repeated_id"]
    assert report["published"] == 3


async def test_a_check_tells_what_publishing_would_change_and_publishes_nothing(api, returns_article, opened):
    asked = {"text": "How many days do I have to send something back?"}
    await api.post(f"/conversations/{await opened()}/messages/", json=asked)
    address = f"/articles/{returns_article['id']}/"
    change = {"body": "# Returns\n\nYou may send back anything within 60 days of delivery."}

    checked = (await api.post(f"{address}check/", json=change)).json()

    replayed = checked["questions"][0]
    assert (replayed["question"], replayed["why"]) == (asked["text"], "cited")
    assert replayed["outcome"] == "changed"
    assert "30 days" in replayed["before"]["text"]
    assert "60 days" in replayed["after"]["text"]
    assert (await api.get(address)).json()["revision"] == 1
    assert (await api.post(f"{address}check/", json={"body": 7})).status_code == 400


async def test_another_shops_article_cannot_be_checked(globex_api, returns_article):
    assert (await globex_api.post(f"/articles/{returns_article['id']}/check/", json={})).status_code == 404
