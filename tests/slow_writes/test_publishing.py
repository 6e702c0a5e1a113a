"""An article changes while it is being published: the newest state goes live (rows A11 and A12)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import ApiKey, Workspace
from knowledge.articles import editing, publishing
from knowledge.articles.publishing import ArticleWithdrawn, NewerRevisionPublished
from knowledge.imports import pipeline
from knowledge.imports.document import Document
from knowledge.imports.pipeline import Report
from knowledge.models import Article, Chunk, IndexState
from knowledge.tasks import keep_to_the_calendar
from tests.slow_writes.held_server import HeldServer
from tests.slow_writes.interleaving import Beside, transaction_beside, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How much does a parcel cost?"


def now(article: Article) -> Article:
    """As the database has it, and as another request would read it."""
    return Article.objects.select_related("latest_revision", "published_revision").get(pk=article.pk)


def live_texts() -> list[str]:
    return list(Chunk.objects.order_by("pk").values_list("text", flat=True))


@pytest.fixture
def slowly(held_embedder: HeldServer) -> Callable[..., Beside]:
    """Begin to publish an article in another thread, and come back while its text is being embedded."""

    def begun(article: Article, work: Callable[[Article], Any] = publishing.publish) -> Beside:
        held_embedder.hold()
        publication = Beside(lambda: work(now(article)))
        held_embedder.until_asked()
        return publication

    return begun


@pytest.fixture
def draft(workspace: Workspace, held_embedder: HeldServer) -> Article:
    return publishing.save_draft(workspace, external_id="a", title="Shipping", body="Parcels cost €4.90.")


@pytest.fixture
def live(draft: Article) -> Article:
    """Live, with an edit that is not."""
    return publishing.revise(publishing.publish(draft).article, title="Shipping", body="Parcels cost €5.90.")


# --- A11: whom it is for ---


@pytest.mark.parametrize("begun_as", ["draft", "live"])
def test_what_becomes_internal_while_it_is_published_goes_live_as_internal(
    begun_as: str, request: pytest.FixtureRequest, slowly: Any, held_embedder: HeldServer, find: Any
) -> None:
    """A11."""
    article = request.getfixturevalue(begun_as)

    publication = slowly(article)
    editing.change(now(article), audience="internal")
    held_embedder.release()
    publication.result()

    assert set(Chunk.objects.values_list("audience", flat=True)) == {"internal"}
    assert (now(article).audience, now(article).status) == ("internal", "published")
    assert find(QUESTION).passages == ()


def test_what_an_import_makes_internal_while_it_is_published_goes_live_as_internal(
    draft: Article, workspace: Workspace, slowly: Any, held_embedder: HeldServer
) -> None:
    """A11."""
    publication = slowly(draft)
    publishing.save_draft(workspace, external_id="a", title="Shipping", body=draft.body, audience="internal")
    held_embedder.release()
    publication.result()

    assert set(Chunk.objects.values_list("audience", flat=True)) == {"internal"}


def test_a_language_that_changes_while_it_is_published_waits_for_the_next_publication(
    draft: Article, slowly: Any, held_embedder: HeldServer
) -> None:
    """A11: the passages stay in the language whose words they were cut by."""
    publication = slowly(draft)
    Article.objects.filter(pk=draft.pk).update(locale="de", product="Mill")
    held_embedder.release()
    publication.result()

    assert list(Chunk.objects.values_list("locale", "product")) == [("en", "")]
    assert dict(IndexState.objects.values_list("locale", "chunks")) == {"en": 1}
    assert (now(draft).locale, now(draft).product) == ("de", "Mill")

    publishing.unpublish(now(draft))
    assert dict(IndexState.objects.values_list("locale", "chunks")) == {"en": 0}


# --- A11: whether it is still wanted ---

WITHDRAWALS = {"archived": publishing.archive, "unpublished": publishing.unpublish, "deleted": publishing.delete}


@pytest.mark.parametrize("begun_as", ["draft", "live"])
@pytest.mark.parametrize("withdraw", WITHDRAWALS.values(), ids=WITHDRAWALS)
def test_what_is_withdrawn_while_it_is_published_does_not_come_back(
    begun_as: str, withdraw: Any, request: pytest.FixtureRequest, slowly: Any, held_embedder: HeldServer
) -> None:
    """A11."""
    article = request.getfixturevalue(begun_as)

    publication = slowly(article)
    withdraw(now(article))
    held_embedder.release()

    with pytest.raises(ArticleWithdrawn):
        publication.result()
    assert not Chunk.objects.exists()
    assert not Article.objects.published().exists()
    assert sum(IndexState.objects.values_list("chunks", flat=True)) == 0


def test_what_went_live_and_was_withdrawn_meanwhile_does_not_come_back(
    draft: Article, slowly: Any, held_embedder: HeldServer, no_embedder: Any
) -> None:
    """A11: its status is again what it was at the start."""
    publication = slowly(draft)
    with no_embedder():
        publishing.unpublish(publishing.publish(now(draft)).article)
    held_embedder.release()

    with pytest.raises(ArticleWithdrawn):
        publication.result()
    assert not Chunk.objects.exists()


def test_the_door_says_why_a_publication_was_refused(
    draft: Article, workspace: Workspace, slowly: Any, held_embedder: HeldServer, client: Any
) -> None:
    """A11."""
    _, secret = ApiKey.issue(workspace, "key", ["articles:write"])
    path, key = f"/api/v1/articles/{draft.pk}/publish/", {"authorization": f"Bearer {secret}"}

    publication = slowly(draft, lambda _: client.post(path, headers=key))
    publishing.archive(now(draft))
    held_embedder.release()

    answer = publication.result()
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "article_withdrawn")


def test_an_archived_article_can_be_published_again_on_purpose(live: Article) -> None:
    publishing.archive(now(live))

    publishing.publish(now(live))

    assert live_texts() == ["Parcels cost €5.90."]


# --- A11: which revision ---


def test_of_two_publications_the_newer_revision_stays_live(
    draft: Article, slowly: Any, held_embedder: HeldServer, no_embedder: Any
) -> None:
    """A11: the older one comes last, and is refused."""
    older = slowly(draft)
    with no_embedder():
        newer = publishing.publish(publishing.revise(now(draft), title="Shipping", body="Parcels cost €5.90."))
    held_embedder.release()

    with pytest.raises(NewerRevisionPublished):
        older.result()
    assert newer.article.published_revision.number == 2
    assert live_texts() == ["Parcels cost €5.90."]
    assert now(draft).published_revision.number == 2


def test_one_revision_published_twice_at_once_is_live_once(
    draft: Article, slowly: Any, held_embedder: HeldServer, no_embedder: Any
) -> None:
    """A11: nothing is wrong with that."""
    first = slowly(draft)
    with no_embedder():
        publishing.publish(now(draft))
    held_embedder.release()

    assert first.result().article.status == "published"
    assert live_texts() == ["Parcels cost €4.90."]


# --- A11: imports ---


def documents(*names: str) -> list[Document]:
    return [Document(name, f"Title {name}", f"Parcels cost €4.90, says {name}.") for name in names]


def test_an_import_reports_what_was_withdrawn_meanwhile_and_goes_on(
    workspace: Workspace, held_embedder: HeldServer
) -> None:
    """A11."""
    report = Report()
    held_embedder.hold()
    run = Beside(lambda: list(pipeline.take_each(workspace, documents("a", "b"), report, set(), publish=True)))
    held_embedder.until_asked()
    publishing.archive(Article.objects.get(external_id="a"))
    held_embedder.release()
    run.result()

    assert [(refusal.name, refusal.code) for refusal in report.refused] == [("a", "article_withdrawn")]
    assert (report.added, report.published) == (["b"], 1)
    assert dict(Article.objects.values_list("external_id", "status")) == {"a": "archived", "b": "published"}


# --- A11: edits that come at the same moment ---


def test_two_changes_at_once_both_hold(live: Article) -> None:
    """A11: who changes the tags does not make public again what just became internal."""
    seen = now(live)
    editing.change(now(live), audience="internal")

    editing.change(seen, tags=["parcels"])

    assert (now(live).audience, now(live).tags) == ("internal", ["parcels"])
    assert set(Chunk.objects.values_list("audience", flat=True)) == {"internal"}


def test_two_texts_saved_at_once_are_two_revisions(live: Article) -> None:
    """A11: to go back to the older text is a change, also for who has not seen the newer one yet."""
    seen = now(live)
    publishing.revise(now(live), title="Shipping", body="Parcels cost €6.90.")

    publishing.revise(seen, title="Shipping", body="Parcels cost €5.90.")

    assert list(live.revisions.order_by("number").values_list("body", flat=True))[1:] == [
        "Parcels cost €5.90.",
        "Parcels cost €6.90.",
        "Parcels cost €5.90.",
    ]


def test_one_id_written_for_the_first_time_by_two_at_once_is_one_article(workspace: Workspace) -> None:
    """A11: neither is refused."""
    one = {"external_id": "new", "title": "New"}
    insert = "INSERT INTO knowledge_article (id, workspace_id, external_id, locale, title, url, product, tags, status,"
    insert += " audience, cited_lately, disliked_lately, created_at, updated_at) VALUES"
    insert += " (gen_random_uuid(), %s, 'new', 'en', 'New', '', '', '[]', 'draft', 'public', 0, 0, now(), now())"
    with transaction_beside(insert, workspace.pk) as other:
        writing = Beside(lambda: publishing.save_draft(workspace, body="It is new.", **one))
        until_waiting("knowledge_article")
        other.commit()

    assert writing.result().pk == Article.objects.get().pk
    assert Article.objects.get().body == "It is new."


def test_publishing_and_changing_at_once_never_stand_in_each_others_way(live: Article) -> None:
    """A11: both lock the article first and the index after it."""
    prepared = publishing.prepare_publication(now(live))
    vectors = prepared.preparing.prepared()
    index = "SELECT 1 FROM knowledge_indexstate WHERE workspace_id = %s FOR UPDATE"
    with transaction_beside(index, live.workspace_id):
        going = Beside(lambda: publishing.go_live(prepared, vectors))
        until_waiting("knowledge_indexstate")
        changing = Beside(lambda: editing.change(now(live), audience="internal"))
        until_waiting("knowledge", sessions=2)

    going.result()
    changing.result()
    assert set(Chunk.objects.values_list("audience", "text")) == {("internal", "Parcels cost €5.90.")}


# --- A12: by the clock ---


def at(article: Article, **hours: Any) -> None:
    Article.objects.filter(pk=article.pk).update(**hours)


@pytest.mark.parametrize("withdraw", [publishing.archive, publishing.unpublish])
def test_what_was_withdrawn_does_not_publish_itself(live: Article, withdraw: Any) -> None:
    """A12: its hour is cleared."""
    at(live, publish_at=timezone.now() - timedelta(minutes=1))

    withdraw(now(live))
    keep_to_the_calendar()

    assert now(live).publish_at is None
    assert not Article.objects.published().exists()


def test_what_is_archived_does_not_publish_itself_whoever_gave_it_an_hour(draft: Article) -> None:
    """A12: it is left out of what is due."""
    at(draft, publish_at=timezone.now() - timedelta(minutes=1), status="archived")

    keep_to_the_calendar()

    assert now(draft).status == "archived"


@pytest.mark.parametrize("meanwhile", ["archived", "put off", "called off"])
def test_an_hour_that_is_changed_while_the_article_is_published_counts(
    draft: Article, slowly: Any, held_embedder: HeldServer, meanwhile: str
) -> None:
    """A12."""
    at(draft, publish_at=timezone.now() - timedelta(minutes=1))
    tomorrow = timezone.now() + timedelta(days=1)

    run = slowly(draft, lambda _: keep_to_the_calendar())
    if meanwhile == "archived":
        publishing.archive(now(draft))
    else:
        at(draft, publish_at=tomorrow if meanwhile == "put off" else None)
    held_embedder.release()
    run.result()

    assert not Article.objects.published().exists()
    assert now(draft).publish_at == (tomorrow if meanwhile == "put off" else None)


def test_what_the_clock_and_a_person_publish_at_once_is_told_once(
    draft: Article, workspace: Workspace, slowly: Any, held_embedder: HeldServer, no_embedder: Any
) -> None:
    """A12."""
    Endpoint.objects.create(workspace=workspace, url="https://shop.example/hook", events=["article.published"])
    at(draft, publish_at=timezone.now() - timedelta(minutes=1))

    run = slowly(draft, lambda _: keep_to_the_calendar())
    with no_embedder():
        publishing.publish(now(draft))
    held_embedder.release()
    run.result()

    assert Delivery.objects.filter(type="article.published").count() == 1


def test_an_end_that_is_put_off_at_the_last_moment_counts(live: Article) -> None:
    """A12."""
    at(live, expires_at=timezone.now() - timedelta(minutes=1))

    with transaction_beside("SELECT 1 FROM knowledge_article WHERE id = %s FOR UPDATE", live.pk) as editor:
        run = Beside(keep_to_the_calendar)
        until_waiting("knowledge_article")
        editor.execute("UPDATE knowledge_article SET expires_at = now() + interval '1 day' WHERE id = %s", [live.pk])
        editor.commit()
    run.result()

    assert now(live).status == "published"


def test_a_publication_in_a_transaction_that_is_undone_leaves_no_trace(live: Article) -> None:
    with transaction.atomic():
        publishing.archive(live)
        transaction.set_rollback(True)

    assert (now(live).status, now(live).withdrawn_at) == ("published", None)
