"""Keeping an answer and changing its source at the same moment: one waits, or one gives up (finding A5)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from caching import answers
from caching.answers import Source
from caching.models import CachedAnswer
from caching.scope import Scope
from knowledge.articles import editing, publishing, sources
from knowledge.models import Article
from knowledge.search.types import Found

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How many days do I have to return an order?"
WAIT_S = 20
Run = Callable[[Callable[[], Any]], Future[Any]]


@pytest.fixture
def elsewhere() -> Iterator[Run]:
    """Run something in a thread with a database connection of its own."""
    with ThreadPoolExecutor() as threads:

        def run(work: Callable[[], Any]) -> Future[Any]:
            def closing() -> Any:
                try:
                    return work()
                finally:
                    connection.close()

            return threads.submit(closing)

        yield run


@pytest.fixture
def found(shop: dict[str, Article], find: Any) -> Found:
    read = find(QUESTION)
    assert read.passages[0].external_id == "returns"
    return read


@pytest.fixture
def keep(found: Found, workspace: Workspace) -> Callable[..., CachedAnswer | None]:
    """Keep an answer from what was found; `holding` is called inside the transaction, with what was seen."""
    passage = found.passages[0]

    def kept(holding: Callable[[bool], None] = lambda held: None) -> CachedAnswer | None:
        def hold() -> bool:
            held = sources.hold(workspace.pk, "public", [passage], found.index_version)
            holding(held)
            return held

        return answers.remember(
            Scope(workspace.pk, "en", "public", "release"),
            QUESTION,
            embeddings.embed([QUESTION])[0],
            "You may return it within 30 days. [1]",
            [{"n": 1, "title": passage.title}],
            [Source(passage.source_key, passage.revision, passage.content_hash, passage.text)],
            sources_hold=hold,
        )

    return kept


def edit(article: Article) -> None:
    publishing.publish(publishing.revise(article, title=article.title, body="You may return nothing any more."))


CHANGES = {
    "edit": edit,
    "unpublish": publishing.unpublish,
    "archive": publishing.archive,
    "delete": publishing.delete,
    "audience": lambda article: editing.change(article, audience=Article.Audience.INTERNAL),
}
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def wait_until_somebody_waits_for_a_lock() -> None:
    """Postgres itself says so."""
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


@each_change
def test_a_change_waits_for_an_answer_being_kept_and_then_drops_it(keep, shop, elsewhere: Run, change):
    inside, go_on = threading.Event(), threading.Event()

    def stop_here(held: bool) -> None:
        assert held
        inside.set()
        assert go_on.wait(WAIT_S)

    keeping = elsewhere(lambda: keep(stop_here))
    assert inside.wait(WAIT_S)
    changing = elsewhere(lambda: change(shop["returns"]))
    wait_until_somebody_waits_for_a_lock()
    go_on.set()

    assert keeping.result(WAIT_S) is not None
    changing.result(WAIT_S)
    assert not CachedAnswer.objects.servable().exists()


@each_change
def test_an_answer_is_not_kept_while_a_change_is_being_committed(keep, shop, elsewhere: Run, change):
    changed, commit = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            change(shop["returns"])
            changed.set()
            assert commit.wait(WAIT_S)

    changing = elsewhere(slowly)
    assert changed.wait(WAIT_S)

    assert keep() is None

    commit.set()
    changing.result(WAIT_S)
    assert not CachedAnswer.objects.exists()


@each_change
def test_an_answer_is_not_kept_after_a_change(keep, shop, change):
    change(shop["returns"])

    assert keep() is None


def test_an_answer_is_not_kept_where_something_new_may_answer_better(keep, write):
    write("new", "Returning an order", "An order may be returned for 60 days.")

    assert keep() is None


def test_two_answers_from_one_article_do_not_wait_for_each_other(keep, elsewhere: Run):
    inside, go_on = threading.Event(), threading.Event()

    def stop_here(held: bool) -> None:
        inside.set()
        assert go_on.wait(WAIT_S)

    first = elsewhere(lambda: keep(stop_here))
    assert inside.wait(WAIT_S)
    seen: Future[bool] = Future()
    second = elsewhere(lambda: keep(seen.set_result))

    assert seen.result(WAIT_S) is True
    go_on.set()
    assert first.result(WAIT_S) or second.result(WAIT_S)


def test_what_customers_may_not_read_is_not_held_for_them(found, shop):
    Article.objects.filter(pk=shop["returns"].pk).update(audience=Article.Audience.CUSTOMERS)

    with transaction.atomic():
        assert not sources.hold(shop["returns"].workspace_id, "public", found.passages[:1], found.index_version)
        assert sources.hold(shop["returns"].workspace_id, "customers", found.passages[:1], found.index_version)
