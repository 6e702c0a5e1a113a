"""Curators write and publish articles, restore revisions and try questions."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant.llm import embeddings, prompts
from assistant.workspaces.models import Workspace
from caching.answers import remember
from caching.matching.evidence import Source
from caching.scope import Scope
from knowledge.articles import publishing
from knowledge.gaps import gaps
from knowledge.models import Article, Chunk, Gap
from knowledge.search.playground import try_question
from tests.admin.conftest import article_of, conversation_of, gap_of

BODY = "# Delivery\n\nDelivery within Denmark takes two working days."


def form_of(workspace: Workspace, button: str, **fields: Any) -> dict[str, Any]:
    given = {"workspace": workspace.pk, "title": "Delivery", "body": BODY, "locale": "en", "audience": "public"}
    return {**given, "status": "draft", **fields, button: "1"}


def test_what_a_curator_publishes_is_found(staff: Any, workspace: Workspace):
    page = staff("curator").post(reverse("admin:knowledge_article_add"), form_of(workspace, "_publish"))

    article = Article.objects.get()
    assert page.status_code == 302
    assert article.status == Article.Status.PUBLISHED
    assert article.latest_revision.author.username == "curator-rosa"
    assert Chunk.objects.filter(article=article).count() >= 1


def test_a_saved_draft_leaves_what_is_live_alone(staff: Any, workspace: Workspace):
    article = article_of(workspace, body=BODY)
    publishing.publish(article)
    changed = form_of(workspace, "_continue", body="It takes three days.", note="New carrier")

    staff("curator").post(reverse("admin:knowledge_article_change", args=[article.pk]), changed)

    article.refresh_from_db()
    assert article.body == "It takes three days."
    assert article.latest_revision.note == "New carrier"
    assert article.published_revision.body == BODY


def test_an_article_without_text_is_not_published_and_says_why(staff: Any, workspace: Workspace):
    client = staff("curator")

    page = client.post(reverse("admin:knowledge_article_add"), form_of(workspace, "_publish", body=""), follow=True)

    assert Article.objects.get().status == Article.Status.DRAFT
    assert "An article without text cannot be published." in page.content.decode()


def test_unpublishing_takes_an_article_out_of_search(staff: Any, workspace: Workspace):
    article = article_of(workspace, body=BODY)
    publishing.publish(article)

    staff("curator").post(reverse("admin:knowledge_article_admin_action", args=[article.pk, "unpublish"]))

    assert not Chunk.objects.filter(article=article).exists()


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_is_no_curator_publishes_nothing(staff: Any, workspace: Workspace, role: str):
    article = article_of(workspace)
    client = staff(role)

    added = client.post(reverse("admin:knowledge_article_add"), form_of(workspace, "_publish"))
    admin_action = client.post(reverse("admin:knowledge_article_admin_action", args=[article.pk, "archive"]))

    assert added.status_code == admin_action.status_code == 403
    assert Article.objects.get().status == Article.Status.DRAFT


def test_a_curator_cannot_write_into_another_shop(staff: Any, workspace: Workspace, other_shop: Workspace):
    page = staff("curator").post(reverse("admin:knowledge_article_add"), form_of(other_shop, "_continue"))

    assert page.status_code == 200  # the form again, with its error
    assert "workspace" in page.context["adminform"].form.errors
    assert not Article.objects.exists()


def test_a_restored_revision_is_the_new_draft(staff: Any, workspace: Workspace):
    article = article_of(workspace, body="Two days.")
    publishing.revise(article, title="Delivery", body="Three days.")
    client = staff("curator")
    address = reverse("admin:knowledge_article_revisions", args=[article.pk])

    shown = client.get(address)
    client.post(address, {"number": "1"})

    article.refresh_from_db()
    assert "<mark>Three</mark>" in shown.content.decode()
    assert article.body == "Two days."
    assert article.latest_revision.number == 3


def test_the_preview_shows_markdown_and_runs_nothing(staff: Any):
    hostile = "**bold** <img src=x onerror=alert(1)> [x](javascript:alert(1)) <div x-data x-init='alert(1)'>"

    html = staff("viewer").post(reverse("admin:knowledge_article_preview"), {"body": hostile}).content.decode()

    assert "<strong>bold</strong>" in html
    assert "<img" not in html
    assert "<div" not in html
    assert 'href="javascript' not in html


def test_who_may_not_write_reads_the_article_and_may_try_a_question(staff: Any, workspace: Workspace):
    address = reverse("admin:knowledge_article_change", args=[article_of(workspace, body="Two **days**.").pk])

    page = staff("viewer").get(address).content.decode()

    assert "<strong>days</strong>" in page
    assert 'data-tab="try"' in page
    assert "<textarea" not in page
    assert 'data-tab="check"' not in page


def test_a_tried_question_shows_passages_and_answer(staff: Any, workspace: Workspace):
    publishing.publish(article_of(workspace, body=BODY))
    asked = {"q": "How long does delivery within Denmark take?", "workspace": workspace.pk, "audience": "public"}

    page = staff("viewer").get(reverse("admin:knowledge_article_try"), asked)

    trial = page.context["trial"]
    assert trial.found.passages[0].title == "Delivery"
    assert trial.cache.reason == "nothing_near"
    assert "two working days" in page.content.decode()


def test_an_open_question_becomes_a_draft_with_one_click(staff: Any, workspace: Workspace):
    gap = gap_of(workspace)
    address = reverse("admin:knowledge_gap_admin_action", args=[gap.pk, "draft"])
    client = staff("curator")

    first = client.post(address)
    second = client.post(address)

    article = Article.objects.get()
    gap.refresh_from_db()
    assert first.url == second.url == reverse("admin:knowledge_article_change", args=[article.pk])
    assert gap.status == Gap.Status.DRAFTED
    assert article.status == Article.Status.DRAFT
    assert "> Do you sell gnomes?" in article.body


def test_nothing_is_done_by_following_a_link(superuser: Client, workspace: Workspace):
    article = article_of(workspace)

    page = superuser.get(reverse("admin:knowledge_article_admin_action", args=[article.pk, "archive"]))

    assert page.status_code == 405


def test_a_tried_question_tells_what_the_cache_would_serve_and_counts_nothing(staff: Any, workspace: Workspace):
    publishing.publish(article_of(workspace, body=BODY))
    question = "How long does delivery within Denmark take?"
    scope = Scope(workspace.pk, "en", "public", prompts.release(workspace))
    found = try_question(workspace, question).found.passages[0]
    source = Source(found.source_key, found.revision, found.content_hash, found.text)
    answer, citation = "It takes two working days [1].", {"n": 1, "title": "Delivery", "url": "", "article_id": "1"}
    entry = remember(scope, question, embeddings.embed([question])[0], answer, [citation], [source])
    client, seen = staff("viewer"), []

    for asked in (question, "How long does a repair take?"):
        page = client.get(reverse("admin:knowledge_article_try"), {"q": asked, "workspace": workspace.pk})
        seen.append(page.context["trial"].cache)

    entry.refresh_from_db()
    assert seen[0].entry == entry
    assert seen[1].entry is None
    assert seen[1].candidates[0].question == question
    assert entry.hits == 0


def test_asking_for_review_leaves_a_live_article_live(staff: Any, workspace: Workspace):
    article, client = article_of(workspace, body=BODY), staff("curator")
    address = reverse("admin:knowledge_article_change", args=[article.pk])
    seen = []

    for publish_first in (False, True):
        if publish_first:
            article.refresh_from_db()
            publishing.publish(article)
        client.post(address, form_of(workspace, "_review"))
        seen.append(Article.objects.get().status)

    assert seen == [Article.Status.IN_REVIEW, Article.Status.PUBLISHED]


def test_a_narrowed_audience_holds_at_once_and_drops_the_cached_answers(staff: Any, workspace: Workspace):
    article = article_of(workspace, body=BODY)
    publishing.publish(article)
    passage = try_question(workspace, "How long does delivery within Denmark take?").found.passages[0]
    source = Source(passage.source_key, passage.revision, passage.content_hash, passage.text)
    scope = Scope(workspace.pk, "en", "public", "r1")
    asked, answer = "How long does delivery take?", "It takes two working days [1]."
    remember(scope, asked, embeddings.embed([asked])[0], answer, [{"n": 1, "title": "Delivery"}], [source])
    form = form_of(workspace, "_continue", audience="internal")

    page = staff("curator").post(reverse("admin:knowledge_article_change", args=[article.pk]), form, follow=True)

    assert "The new audience applies immediately. 1 cached answer removed." in page.content.decode()
    assert try_question(workspace, asked).found.passages == ()
    assert try_question(workspace, asked, audience="internal").found.passages[0].title == "Delivery"


def test_a_changed_product_of_what_is_live_waits_for_the_next_publication(staff: Any, workspace: Workspace):
    article = article_of(workspace, body=BODY)
    publishing.publish(article)
    form = form_of(workspace, "_continue", product="Halo")

    page = staff("curator").post(reverse("admin:knowledge_article_change", args=[article.pk]), form, follow=True)

    assert "go live when you publish" in page.content.decode()
    assert Chunk.objects.get().product == ""


def test_the_check_before_publishing_tells_what_would_change(staff: Any, workspace: Workspace):
    article = article_of(workspace, body=BODY)
    publishing.publish(article)
    question = "How long does delivery within Denmark take?"
    gaps.record(workspace, question, embeddings.embed([question])[0])
    address = reverse("admin:knowledge_article_check", args=[article.pk])
    text = {"title": "Delivery", "body": BODY.replace("two working days", "nine working days")}

    page = staff("curator").post(address, text).content.decode()

    assert "1 of 1 past question would be answered differently" in page
    assert "two working days" in page
    assert "nine working days" in page
    assert Article.objects.get().latest_revision.number == 1


def test_a_check_of_an_empty_text_says_why_there_is_none(staff: Any, workspace: Workspace):
    address = reverse("admin:knowledge_article_check", args=[article_of(workspace).pk])

    page = staff("curator").post(address, {"title": "Delivery", "body": " "})

    assert "without text cannot be published" in page.content.decode()


def test_only_curators_check(staff: Any, workspace: Workspace):
    address = reverse("admin:knowledge_article_check", args=[article_of(workspace).pk])

    assert staff("viewer").post(address, {"body": BODY}).status_code == 403
    assert staff("curator").get(address).status_code == 405


@pytest.mark.parametrize(
    ("concern", "titles"),
    [("unused", ["Unused"]), ("disliked", ["Disliked"]), ("past_review", ["Old"]), ("edited", ["Edited"])],
)
def test_articles_that_need_care_are_listed(staff: Any, workspace: Workspace, concern: str, titles: list[str]):
    long_ago = timezone.now() - timedelta(days=100)
    for title in ("Unused", "Disliked", "Old", "Edited", "Fine"):
        publishing.publish(article_of(workspace, title=title))
    Article.objects.filter(title="Unused").update(published_at=long_ago)
    Article.objects.filter(title="Disliked").update(disliked_lately=2, cited_lately=5)
    Article.objects.filter(title="Old").update(review_by=long_ago.date())
    publishing.revise(Article.objects.get(title="Edited"), title="Edited", body="Anew.")

    page = staff("viewer").get(reverse("admin:knowledge_article_changelist"), {"concern": concern})

    assert [article.title for article in page.context["cl"].queryset] == titles


def test_a_review_that_is_due_stands_out_in_the_list(staff: Any, workspace: Workspace):
    for title, days in (("Old", 0), ("Fine", 1)):
        article_of(workspace, title=title)
        Article.objects.filter(title=title).update(review_by=timezone.localdate() + timedelta(days=days))
    article_of(workspace, title="Undated")

    page = staff("viewer").get(reverse("admin:knowledge_article_changelist")).content.decode()

    assert page.count(", due</span>") == 1


def test_who_published_is_written_down(staff: Any, workspace: Workspace):
    article = article_of(workspace)
    address = reverse("admin:knowledge_article_change", args=[article.pk])

    page = staff("curator").post(address, form_of(workspace, "_publish"), follow=True)

    assert Article.objects.get().published_by.username == "curator-rosa"
    assert "by curator-rosa" in page.content.decode()


def test_questions_that_a_person_answered_can_be_listed(staff: Any, workspace: Workspace):
    gap_of(workspace)
    answered = gaps.learn(workspace, "Do you rent out lamps?", None, uuid.uuid4(), "Yes, for a euro a day.")
    client = staff("viewer")

    page = client.get(reverse("admin:knowledge_gap_changelist"), {"answered": "yes"})

    assert list(page.context["cl"].queryset) == [answered]
    opened = client.get(reverse("admin:knowledge_gap_change", args=[answered.pk])).content.decode()
    assert "for a euro a day" in opened


def test_a_translation_begins_as_a_draft_beside_the_article_and_is_begun_once(staff: Any, workspace: Workspace):
    article = article_of(workspace, body=BODY)
    publishing.publish(article)
    client, address = staff("curator"), reverse("admin:knowledge_article_admin_action", args=[article.pk, "translate"])

    first = client.post(address, {"to_locale": "de"})
    second = client.post(address, {"to_locale": "de"})

    german = Article.objects.get(locale="de")
    assert first.url == second.url == reverse("admin:knowledge_article_change", args=[german.pk])
    article.refresh_from_db()
    assert (german.external_id, german.status, german.body) == (article.external_id, "draft", BODY)
    page = client.get(reverse("admin:knowledge_article_change", args=[article.pk])).content.decode()
    assert f'href="{first.url}"' in page


def test_a_language_that_is_none_is_refused_with_a_sentence(staff: Any, workspace: Workspace):
    address = reverse("admin:knowledge_article_admin_action", args=[article_of(workspace).pk, "translate"])
    client = staff("curator")

    for given in ("", "en", "klingon!", "d" * 40):
        page = client.post(address, {"to_locale": given}, follow=True)
        assert "Enter a different language" in page.content.decode()

    assert Article.objects.count() == 1


def test_a_wording_that_many_asked_stands_once_with_their_conversations(staff: Any, workspace: Workspace):
    for _ in range(2):
        gap = gaps.record(workspace, "Do you sell gnomes?", None, conversation_of(workspace).pk)

    page = staff("agent").get(reverse("admin:knowledge_gap_change", args=[gap.pk])).content.decode()

    assert page.count("<li>Do you sell gnomes?") == 1
    assert "conversation 1</a>" in page
    assert "conversation 2</a>" in page
