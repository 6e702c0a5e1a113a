"""A failing embeddings server costs vectors, but no replies and no publications (row B16)."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.urls import reverse

from assistant.embedded import checks
from assistant.llm import embedding_status, embeddings, registry
from assistant.llm.embeddings import EmbedderRefused
from assistant.llm.engines.base import EngineUnavailable
from assistant.usage.models import ModelCall
from assistant.workspaces.models import ApiKey, Workspace
from knowledge import tasks
from knowledge.articles import publishing
from knowledge.articles.impact_preview import rehearse
from knowledge.gaps import gaps
from knowledge.imports import pipeline
from knowledge.imports.document import Document
from knowledge.imports.pipeline import Report
from knowledge.indexing import reembedding
from knowledge.models import Article, Chunk
from tests.slow_writes.conftest import EMBEDDER
from tests.slow_writes.held_server import HeldServer
from tools.fake_openai import answers

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = ["400", "401", "404"]


@pytest.fixture(params=REFUSALS)
def refusing(request: pytest.FixtureRequest, held_embedder: HeldServer) -> HeldServer:
    held_embedder.told(mode=request.param)
    return held_embedder


def live() -> dict[str, str]:
    return dict(Chunk.objects.values_list("article__title", "embedder"))


# --- replies ---


async def test_a_customer_is_answered_by_words_alone(
    chat: Any, no_engine: Any, shop: dict[str, Article], held_embedder: HeldServer
) -> None:
    """B16: also where the articles have vectors of that very server."""
    for mode in REFUSALS:
        held_embedder.told(mode=mode)
        async with chat() as ana:
            reply = await ana.ask("What does express cost?")

        assert (reply["status"], "Express costs €12" in reply["text"]) == ("done", True)


def test_every_door_to_search_goes_by_words_alone(
    workspace: Workspace, shop: dict[str, Article], refusing: HeldServer, superuser: Any, client: Any
) -> None:
    """B16: search over REST, a tried question, a check, an open question."""
    _, secret = ApiKey.issue(workspace, "key", ["articles:read"])
    question = "What does express cost?"

    found = client.get("/api/v1/search/", {"q": question}, headers={"authorization": f"Bearer {secret}"})
    tried = superuser.get(reverse("admin:knowledge_article_try"), {"q": question})
    checked = rehearse(shop["shipping"], body="Express costs €13.")

    assert [each["external_id"] for each in found.json()["results"]] == ["shipping"]
    assert "Express costs €12" in tried.content.decode()
    assert checked.chunks == 1
    assert gaps.record(workspace, "Do you rent out bikes?", None).count == 1


# --- publishing ---


def test_an_article_goes_live_by_words_alone_and_gets_its_vectors_later(
    workspace: Workspace, refusing: HeldServer, client: Any
) -> None:
    """B16."""
    _, secret = ApiKey.issue(workspace, "key", ["articles:write"])
    draft = publishing.save_draft(workspace, title="Shipping", body="Parcels cost €4.90.")

    answer = client.post(f"/api/v1/articles/{draft.pk}/publish/", headers={"authorization": f"Bearer {secret}"})

    assert (answer.status_code, live()) == (200, {"Shipping": ""})
    tasks.keep_vectors()
    assert live() == {"Shipping": ""}
    refusing.told(mode="ok")
    tasks.keep_vectors()
    assert live() == {"Shipping": embeddings.embedder_name()}


def test_an_import_goes_live_by_words_alone(workspace: Workspace, refusing: HeldServer) -> None:
    """B16."""
    report = Report()
    documents = [Document("a", "A", "Parcels cost €4.90."), Document("b", "B", "Express costs €12.")]

    list(pipeline.take_each(workspace, documents, report, set(), publish=True))

    assert (report.published, report.refused, live()) == (2, [], {"A": "", "B": ""})


# --- servers that are odd in other ways ---


class OddServer(ThreadingHTTPServer):
    """An embeddings server that answers what the test says: a status and a body, by the texts and the dimensions."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Odd)
        self.asked: list[dict[str, Any]] = []

    def answer(self, body: dict[str, Any]) -> tuple[int, Any]:
        return 200, vectors(body["input"], 384)


class Odd(BaseHTTPRequestHandler):
    server: OddServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(asked)
        status, body = self.server.answer(asked)
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "text/html" if isinstance(body, str) else "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def vectors(texts: list[str], size: int) -> dict[str, Any]:
    rows = [{"object": "embedding", "index": i, "embedding": answers.vector(t, size)} for i, t in enumerate(texts)]
    return {"object": "list", "model": "odd", "data": rows, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@pytest.fixture
def odd(settings: Any) -> Iterator[OddServer]:
    with OddServer() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.EMBEDDING_URL = f"http://127.0.0.1:{server.server_port}/v1"
        options = {
            "base_url": settings.EMBEDDING_URL,
            "model": "odd",
            "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR),
        }
        settings.EMBEDDER = {"BACKEND": EMBEDDER, "OPTIONS": options}
        registry.forget()
        yield server
        server.shutdown()
        registry.forget()


ODD_ANSWERS = {
    "another size": lambda body: (200, vectors(body["input"], 1536)),
    "a page": lambda body: (200, "<!doctype html><h1>Please sign in</h1>"),
    "no data": lambda body: (200, {"object": "list"}),
    "empty": lambda body: (200, {"object": "list", "data": [], "model": "odd"}),
    "unlike lengths": lambda body: (
        200,
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1, 2]}]},
    ),
    "text": lambda body: (200, {"data": [{"index": 0, "embedding": "AAAA"}]}),
    "no number": lambda body: (200, {"data": [{"index": 0, "embedding": [None] * 384}]}),
    "forbidden": lambda body: (403, {"error": {"message": "no"}}),
    "too long": lambda body: (413, {"error": {"message": "no"}}),
    "gone": lambda body: (410, "gone"),
}


@pytest.mark.parametrize("kind", ODD_ANSWERS)
def test_whatever_the_server_answers_it_is_no_error_of_ours(kind: str, odd: OddServer) -> None:
    """B16: to whoever asks, an embedder that answers something else is one that is away."""
    odd.answer = ODD_ANSWERS[kind]  # type: ignore[method-assign]

    with pytest.raises(EngineUnavailable):
        embeddings.embed(["one text", "another text"])


def test_a_text_that_is_refused_does_not_spoil_the_next(odd: OddServer) -> None:
    """B16: it is not for the word `dimensions` that a text that is too long is refused."""
    odd.answer = lambda body: (  # type: ignore[method-assign]
        (400, {}) if "long" in body["input"][0] else (200, vectors(body["input"], body.get("dimensions", 1536)))
    )

    with pytest.raises(EmbedderRefused):
        embeddings.embed(["a long text"])
    assert embeddings.embed(["a text"]).shape == (1, 384)


def test_an_article_that_is_refused_does_not_keep_others_from_their_vectors(write: Any, odd: OddServer) -> None:
    """B16."""
    for title in ("Long", "Short", "Shorter"):
        write(title, title, f"A {title.lower()} text.")
    Chunk.objects.update(embedder="another/1")
    odd.answer = lambda body: (  # type: ignore[method-assign]
        (400, {}) if any("A long text" in text for text in body["input"]) else (200, vectors(body["input"], 384))
    )

    assert reembedding.renew_articles(60.0) == 2
    assert live() == {"Long": "another/1", "Short": "odd/384", "Shorter": "odd/384"}


def test_a_server_that_refuses_all_is_not_asked_for_every_article(write: Any, odd: OddServer) -> None:
    """B16."""
    for number in range(6):
        write(str(number), f"Title {number}", "A text.")
    Chunk.objects.update(embedder="another/1")
    odd.asked.clear()
    odd.answer = lambda body: (401, {"error": {"message": "no"}})  # type: ignore[method-assign]

    assert reembedding.renew_articles(60.0) == 0
    assert len(odd.asked) == reembedding.REFUSED_MOST


# --- who is told ---


@pytest.mark.parametrize(
    ("kind", "meaning", "cure"),
    [
        ("401", "answers 401", "Check EMBEDDING_KEY."),
        ("404", "answers 404", "EMBEDDING_URL: it ends before /embeddings"),
        ("400", "answers 400", "Check EMBEDDING_MODEL"),
        ("another size", "returns vectors of a different size", "384 dimensions"),
    ],
)
def test_doctor_names_a_server_that_gives_no_vectors_and_the_cure(
    odd: OddServer, kind: str, meaning: str, cure: str
) -> None:
    """B16."""
    told = ODD_ANSWERS.get(kind, lambda body: (int(kind), {"error": {"message": "no"}}))
    odd.answer = told  # type: ignore[method-assign]

    finding = checks.embedder()

    assert (finding.name, meaning in finding.result, cure in finding.cure) == ("embeddings", True, True)
    assert "search uses keywords only" in finding.result


def test_doctor_is_content_with_a_server_that_gives_vectors(odd: OddServer) -> None:
    assert checks.embedder().cure == ""


def test_staff_are_warned_until_vectors_can_be_had_again(
    superuser: Any, workspace: Workspace, shop: dict[str, Article], held_embedder: HeldServer
) -> None:
    """B16: on the start page."""
    assert embedding_status.warning([workspace.pk]) == ""
    held_embedder.told(mode="401")
    with pytest.raises(EngineUnavailable):
        embeddings.embed(["a text"], workspace_id=workspace.pk)

    page = superuser.get(reverse("admin:index")).content.decode()

    assert "Search uses keywords only" in page
    assert "the embedding model answers 401. Check EMBEDDING_KEY." in page
    assert ModelCall.objects.filter(status="failed", reason="http_401").count() == 1
    held_embedder.told(mode="ok")
    embeddings.embed(["a text"], workspace_id=workspace.pk)
    assert "uses keywords only" not in superuser.get(reverse("admin:index")).content.decode()


def test_who_publishes_without_vectors_is_told(superuser: Any, workspace: Workspace, refusing: HeldServer) -> None:
    """B16."""
    fields = {"workspace": workspace.pk, "title": "Shipping", "body": "Parcels cost €4.90.", "locale": "en"}
    fields |= {"audience": "public", "status": "draft", "_publish": "1"}

    page = superuser.post(reverse("admin:knowledge_article_add"), fields, follow=True).content.decode()

    assert "Published: 1 passage (1 new)." in page
    assert "only keyword search finds this article" in page
