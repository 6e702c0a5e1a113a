"""T5: what a support cache lives through, a thousand times each, against the real tables.

Articles are generated from a seed; an answer quotes its article, so an answer is wrong when it is not,
letter for letter, what the article says at that moment. All of it runs in one transaction that is
rolled back. The search is taken to be right: the evidence is the article the question is about.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from caching import answers
from caching.answers import Evidence, Source
from caching.evaluation import share
from caching.scope import Scope

SEED, PRODUCTS = 20261122, 250
FIRST = (
    "Alder",
    "Birch",
    "Cedar",
    "Dune",
    "Ember",
    "Fjord",
    "Grove",
    "Harbour",
    "Iris",
    "Juniper",
    "Kestrel",
    "Linden",
)
FIRST += ("Meadow", "Nimbus", "Orchid")
SECOND = ("Kettle", "Lamp", "Jacket", "Rucksack", "Blanket", "Chair", "Tent", "Boots", "Bottle", "Speaker", "Heater")
SECOND += ("Blender", "Desk", "Watch", "Scale", "Mug", "Fan")
TOPICS = {
    "warranty": (
        "The warranty of the {p} lasts {n} months.",
        "How long is the warranty on the {p}?",
        "For how long is the {p} under warranty?",
    ),
    "wash": (
        "The {p} may be cleaned at up to {n} degrees.",
        "At what temperature can I clean the {p}?",
        "What temperature should I clean the {p} at?",
    ),
    "load": (
        "The {p} carries a weight of up to {n} kg.",
        "What is the maximum weight the {p} can carry?",
        "What maximum weight does the {p} carry?",
    ),
    "parts": (
        "Spare parts for the {p} stay available for {n} years.",
        "Where can I order spare parts for the {p}?",
        "Where do I get spare parts for the {p}?",
    ),
}


@dataclass(slots=True)
class Article:
    product: str
    topic: str
    number: int
    revision: int = 1

    @property
    def text(self) -> str:
        return TOPICS[self.topic][0].format(p=self.product, n=self.number)

    def asked(self, wording: int) -> str:
        return TOPICS[self.topic][wording].format(p=self.product)

    def source(self) -> Source:
        return Source(
            f"article:{self.product}:{self.topic}", self.revision, f"{self.revision}:{self.number}", self.text
        )


class Shop:
    def __init__(self, scope: Scope) -> None:
        chance = random.Random(SEED)
        names = chance.sample([f"{a} {b}" for a in FIRST for b in SECOND], PRODUCTS)
        self.scope = scope
        self.articles = [Article(name, topic, chance.randint(2, 60)) for name in names for topic in TOPICS]
        self.chance = chance

    def terms(self) -> frozenset[str]:
        return frozenset(word.casefold() for word in (*FIRST, *SECOND))

    def remember_all(self) -> None:
        vectors = embeddings.embed([article.asked(1) for article in self.articles])
        for article, vector in zip(self.articles, vectors, strict=True):
            answers.remember(
                self.scope, article.asked(1), vector, article.text, [{"n": 1}], [article.source()], contributor="ana"
            )

    def ask(self, text: str, about: Article, scope: Scope | None = None) -> str | None:
        """What the cache answers, to the letter first and then in other words."""
        where = scope or self.scope
        if hit := answers.find_exact(where, text, terms=self.terms):
            return hit.answer
        vector = embeddings.embed([text])[0]
        found = answers.find_similar(where, text, vector, Evidence((about.source(),)), terms=self.terms)
        return found.hit.answer if found.hit else None


def report(regime: str, asked: list[tuple[str | None, str]]) -> None:
    """`asked` holds what was served and what would have been right."""
    served = [(given, right) for given, right in asked if given is not None]
    wrong = sum(given != right for given, right in served)
    print(f"  {regime:16} served {share(len(served), len(asked))}; wrong of all {share(wrong, len(asked))}")


def neighbour(shop: Shop, article: Article) -> Article:
    """The same topic of another product, or another topic of the same."""
    if shop.chance.random() < 0.5:
        return shop.chance.choice([other for other in shop.articles if other.product != article.product])
    return next(a for a in shop.articles if a.product == article.product and a.topic != article.topic)


def regimes(shop: Shop, elsewhere: Scope) -> None:
    everything = shop.articles
    report("exact", [(shop.ask(f"Hi, {a.asked(1)}", a), a.text) for a in everything])
    report("paraphrase", [(shop.ask(a.asked(2), a), a.text) for a in everything])
    report("cross-workspace", [(shop.ask(a.asked(1), a, elsewhere), "") for a in everything])
    personal = [f"Where is my {a.product} order?" for a in everything]
    report("personal", [(shop.ask(text, a), "") for text, a in zip(personal, everything, strict=True)])
    history = [("user", "I have a question."), ("assistant", "Yes?")]
    followed = [answers.find_exact(shop.scope, f"And what about the {a.product}?", history) for a in everything]
    report("follow-up", [(hit.answer if hit else None, "") for hit in followed])
    near_miss(shop)
    edited(shop)
    added(shop)


def near_miss(shop: Shop) -> None:
    """Only half the articles stay answered; what is asked is about the others."""
    asked = []
    for article in shop.articles[1::2]:
        answers.forget_citing(shop.scope.workspace_id, [article.source().key])
    for article in shop.articles[1::2]:
        asked += [(shop.ask(article.asked(wording), article), article.text) for wording in (1, 2)]
    report("near miss", asked)


def edited(shop: Shop) -> None:
    shop.remember_all()
    for article in shop.articles:
        article.number, article.revision = article.number + 1, article.revision + 1
        answers.forget_citing(shop.scope.workspace_id, [article.source().key])
    report("edit", [(shop.ask(article.asked(1), article), article.text) for article in shop.articles])


def added(shop: Shop) -> None:
    """A new article about the same thing: what was answered before must not be given until it is asked anew."""
    shop.remember_all()
    asked: list[tuple[str | None, str]] = []
    vectors = embeddings.embed([f"New terms. {article.text}" for article in shop.articles])
    for article, vector in zip(shop.articles, vectors, strict=True):
        answers.forget_near(shop.scope.workspace_id, [vector])
        asked.append((shop.ask(article.asked(1), article), ""))
    report("add", asked)


def main(run: Callable[[Shop, Scope], None] = regimes) -> None:
    print(f"\nT5 support regimes, {PRODUCTS * len(TOPICS)} articles, seed {SEED}")
    with transaction.atomic():
        own, other = (Workspace.objects.create(slug=f"bench-{uuid.uuid4()}", name="Bench") for _ in range(2))
        shop = Shop(Scope(own.pk, "en", "public", "bench"))
        shop.remember_all()
        run(shop, Scope(other.pk, "en", "public", "bench"))
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
