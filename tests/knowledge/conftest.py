import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assistant.llm import embeddings, registry
from assistant.workspaces.models import Workspace
from knowledge.articles import publishing
from knowledge.models import Article
from knowledge.search import search
from knowledge.search.types import Found, Query

AWAY = "assistant.llm.engines.openai_embedder.OpenAICompatibleEmbedder"
SHIPPING = """
Parcels within Denmark cost €4.90 and take 1–2 working days. Above €60 they are free.

## Abroad

| Country | Price | Days |
|---|---|---|
| Austria | €7.90 | 3–4 |
| Norway | €14.90 | 4–6 |

## Express

Order before 14:00 and a courier brings it the next day. Express costs €12.
"""
RETURNS = """
You may return what you do not like within 30 days.

To send something back:

1. Sign in and open **Orders**.
2. Press **Return** and print the label.
3. Bring the parcel to any shop of the carrier.
"""
ERRORS = """
The grinder shows a code when it stops. E-104 means that the burrs are blocked: unplug it and clear them.

E-207 means that the motor is too hot. Let it cool down for 20 minutes.
"""


@pytest.fixture
def write(workspace: Workspace) -> Callable[..., Article]:
    """Write an article and publish it."""

    def written(external_id: str, title: str, body: str, **fields: object) -> Article:
        article = publishing.save_draft(workspace, external_id=external_id, title=title, body=body, **fields)
        return publishing.publish(article).article

    return written


@pytest.fixture
def shop(write: Callable[..., Article]) -> dict[str, Article]:
    """Three articles of a small shop."""
    return {
        "shipping": write("shipping", "What shipping costs", SHIPPING),
        "returns": write("returns", "How to return an order", RETURNS),
        "errors": write("errors", "Error codes of the grinder", ERRORS, product="Mill"),
    }


@pytest.fixture
def find(workspace: Workspace) -> Callable[..., Found]:
    """Search as the flow does: complete the question, embed it once, ask every leg."""

    def found(question: str, **fields: object) -> Found:
        query = Query(question, **fields)
        text = search.search_text(query.text, query.history)
        return search.passages_for(workspace, query, embeddings.embed([text])[0])

    return found


@pytest.fixture
def no_embedder(settings: Any) -> Any:
    """Inside `with no_embedder():` vectors come from a server that is not there."""

    @contextlib.contextmanager
    def unreachable() -> Iterator[None]:
        real = settings.EMBEDDER
        options = {"base_url": "http://127.0.0.1:9/v1", "model": "away", "tokenizer_dir": settings.TOKENIZER_CACHE_DIR}
        settings.EMBEDDER = {"BACKEND": AWAY, "OPTIONS": options}
        registry.forget()
        yield
        settings.EMBEDDER = real
        registry.forget()

    return unreachable
