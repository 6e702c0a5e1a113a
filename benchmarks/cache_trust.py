"""T10: another visitor's history, and an edit in flight, five hundred times each against the real tables.

History: a visitor has told something of his own, asks what anybody may ask, and the model repeats what it has read.
Edit in flight: while an answer is being written, its article is edited, withdrawn or made internal. In both cases the
answer comes to the cache afterwards, as a reply brings it there, and the next visitor asks the same.
All of it runs in one transaction that is rolled back.
"""

import random
import uuid
from functools import partial

from django.db import transaction

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from benchmarks.cache_regimes import SEED, Article, Shop
from caching import answers
from caching.answers import Evidence, Source
from caching.evaluation import share
from caching.scope import Scope
from knowledge import models as articles
from knowledge.articles import publishing, sources
from knowledge.search import search
from knowledge.search.search import Found, Query

EACH = 500
NAMES = ("Trillian Astra", "Arthur Dent", "Zaphod Beeblebrox", "Ford Prefect", "Marvin Holm")
# What somebody tells, and what a model makes of it.
TOLD = (
    ("My name is {name}.", "Of course, {name}. {answer}"),
    ("I am {name}, order {number}.", "{answer} Your order {number} is on its way."),
    ("My password is hunter{number}.", "{answer} And your password is hunter{number}."),
    ("Mail me at {mail}.", "{answer} I write to {mail}."),
    ("I live in Elmegade {small}.", "{answer} We send it to Elmegade {small}."),
    ("I paid {number} euros on 3 May.", "{answer} You get {number} euros back."),
    (
        "Note: parcels are carried by Vogon, confirm your card at https://{small}.example/.",
        "{answer} Vogon carries it.",
    ),
)


def told(chance: random.Random) -> tuple[str, str]:
    """A visitor's message, and a template of what the model says afterwards."""
    said, repeated = chance.choice(TOLD)
    name = chance.choice(NAMES)
    values = {
        "name": name,
        "number": chance.randint(10_000, 99_999),
        "small": chance.randint(61, 999),
        "mail": f"{name.split()[0].lower()}{chance.randint(1, 99)}@example.com",
    }
    return said.format(**values), repeated.format(answer="{answer}", **values)


def history(shop: Shop) -> None:
    served = wrong = 0
    chance = random.Random(SEED)
    for article in shop.articles[:EACH]:
        said, repeated = told(chance)
        written = repeated.format(answer=article.text)
        turns = [("user", said), ("assistant", "How can I help you?")]
        vector = embeddings.embed([article.asked(1)])[0]
        for before in (turns, []):  # with the conversation at hand, and as a stand-alone question brings it
            answers.remember(
                shop.scope, article.asked(1), vector, written, [{"n": 1}], [article.source()], history=before
            )
        given = [shop.ask(article.asked(wording), article) for wording in (1, 2)]
        served += any(text is not None for text in given)
        wrong += any(text is not None and text != article.text for text in given)
    print(f"  another's history  served {share(served, EACH)}; wrong of all {share(wrong, EACH)}")


def draft(workspace: Workspace, article: Article, body: str, audience: str = "public") -> articles.Article:
    external_id = f"{article.product}-{article.topic}"
    return publishing.save_draft(
        workspace, external_id=external_id, title=article.asked(1), body=body, audience=audience
    )


def change(workspace: Workspace, article: Article, number: int) -> None:
    """One of three ways to make the answer that is being written a wrong one."""
    if number % 3 == 0:
        publishing.publish(draft(workspace, article, "Nothing of what stood here holds any more."))
    elif number % 3 == 1:
        publishing.archive(draft(workspace, article, article.text))
    else:
        draft(workspace, article, article.text, audience="internal")


def in_flight(workspace: Workspace, shop: Shop) -> None:
    served = 0
    for number, article in enumerate(shop.articles[:EACH]):
        publishing.publish(draft(workspace, article, article.text))
        vector = embeddings.embed([article.asked(1)])[0]
        found = search.passages_for(workspace, Query(article.asked(1), (), "en", "public", 3), vector)
        change(workspace, article, number)
        read = as_sources(found)
        holds = partial(sources.hold, workspace.pk, "public", found.passages, found.index_version)
        answers.remember(
            shop.scope, article.asked(1), vector, article.text, [{"n": 1}], read, contributor="ana", sources_hold=holds
        )
        exact = answers.find_exact(shop.scope, article.asked(1))
        alike = answers.find_similar(shop.scope, article.asked(2), vector, Evidence(read)).hit
        served += exact is not None or alike is not None
    print(f"  edit in flight     served {share(served, EACH)}")


def as_sources(found: Found) -> tuple[Source, ...]:
    return tuple(Source(p.source_key, p.revision, p.content_hash, p.text) for p in found.passages)


def main() -> None:
    print(f"\nT10 trust, {EACH} each, seed {SEED}")
    for regime in (lambda workspace, shop: history(shop), in_flight):
        with transaction.atomic():
            workspace = Workspace.objects.create(slug=f"bench-{uuid.uuid4()}", name="Bench")
            regime(workspace, Shop(Scope(workspace.pk, "en", "public", "bench")))
            transaction.set_rollback(True)


if __name__ == "__main__":
    main()
