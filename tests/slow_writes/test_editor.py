"""Two staff members edit an article; neither overwrites the other's change (rows A11 and A12)."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant.workspaces.models import Workspace
from knowledge.articles import editing, publishing
from knowledge.models import Article, Chunk

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(workspace: Workspace) -> Article:
    written = publishing.save_draft(workspace, external_id="a", title="Shipping", body="Parcels cost €4.90.")
    return publishing.publish(written).article


def opened(client: Client, article: Article) -> dict[str, str]:
    """The fields of the editor with the values that it shows, as a browser would send them."""
    page = client.get(reverse("admin:knowledge_article_change", args=[article.pk])).content.decode()
    form = BeautifulSoup(page, "html.parser").find(id="article_form")
    fields = {each["name"]: each.get("value", "") for each in form.select("input[name]:not([type=submit])")}
    fields |= {each["name"]: each.text.removeprefix("\n") for each in form.select("textarea[name]")}
    for choice in form.select("select[name]"):
        chosen = choice.select_one("option[selected]")
        fields[choice["name"]] = chosen.get("value", "") if chosen else ""
    return fields


def saved(client: Client, article: Article, fields: dict[str, str], **changed: Any) -> Any:
    return client.post(reverse("admin:knowledge_article_change", args=[article.pk]), fields | changed, follow=True)


def test_who_saves_a_text_does_not_make_public_what_a_colleague_made_internal(
    superuser: Client, article: Article
) -> None:
    """A11."""
    fields = opened(superuser, article)
    editing.change(Article.objects.get(), audience="internal", tags=["secret"])

    saved(superuser, article, fields, body="Parcels cost €5.90.", _publish="1")

    article.refresh_from_db()
    assert (article.audience, article.body) == ("internal", "Parcels cost €5.90.")
    assert set(Chunk.objects.values_list("audience", "text")) == {("internal", "Parcels cost €5.90.")}


def test_whom_an_article_is_for_can_be_changed_in_the_editor(superuser: Client, article: Article) -> None:
    page = saved(superuser, article, opened(superuser, article), audience="customers", _continue="1")

    assert "The new audience applies immediately." in page.content.decode()
    assert set(Chunk.objects.values_list("audience", flat=True)) == {"customers"}


def test_who_saves_a_text_does_not_schedule_again_what_a_colleague_withdrew(
    superuser: Client, article: Article
) -> None:
    """A12."""
    Article.objects.update(publish_at=timezone.now() + timedelta(days=1))
    fields = opened(superuser, article)
    publishing.unpublish(Article.objects.get())

    saved(superuser, article, fields, body="Parcels cost €5.90.", _continue="1")

    article.refresh_from_db()
    assert (article.status, article.publish_at, article.body) == ("draft", None, "Parcels cost €5.90.")


def test_who_sends_to_review_what_went_live_meanwhile_leaves_it_live(superuser: Client, workspace: Workspace) -> None:
    """A11."""
    draft = publishing.save_draft(workspace, title="Shipping", body="Parcels cost €4.90.")
    fields = opened(superuser, draft)
    publishing.publish(Article.objects.get())

    saved(superuser, draft, fields, _review="1")

    draft.refresh_from_db()
    assert (draft.status, draft.published_revision_id is not None) == ("published", True)


def test_an_archived_article_takes_no_hour(superuser: Client, article: Article) -> None:
    """A12: and the page says why."""
    publishing.archive(article)
    tomorrow = timezone.localdate() + timedelta(days=1)
    hour = {"publish_at_0": tomorrow.isoformat(), "publish_at_1": "08:00"}

    refused = saved(superuser, article, opened(superuser, article), **hour, _continue="1")
    saved(superuser, article, opened(superuser, article), **hour, _review="1")

    assert "You can&#x27;t schedule an archived article." in refused.content.decode()
    article.refresh_from_db()
    assert (article.status, timezone.localdate(article.publish_at)) == ("in_review", tomorrow)
