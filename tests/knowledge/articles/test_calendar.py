"""Articles are published and taken down when their hour has come."""

from datetime import timedelta

import pytest
from django.utils import timezone

from knowledge.articles import publishing
from knowledge.models import Article
from knowledge.tasks import keep_to_the_calendar

pytestmark = pytest.mark.django_db


def test_an_article_goes_live_and_ends_at_its_hours(workspace):
    now = timezone.now()
    due = publishing.save_draft(workspace, title="Summer sale", body="Everything is 20 % off in July.")
    later = publishing.save_draft(workspace, title="Winter sale", body="Everything is 10 % off in January.")
    over = publishing.save_draft(workspace, title="Spring sale", body="Everything is 5 % off in April.")
    publishing.publish(over)
    Article.objects.filter(pk=due.pk).update(publish_at=now - timedelta(minutes=1))
    Article.objects.filter(pk=later.pk).update(publish_at=now + timedelta(days=1))
    Article.objects.filter(pk=over.pk).update(expires_at=now - timedelta(minutes=1))

    keep_to_the_calendar()
    keep_to_the_calendar()

    status = dict(Article.objects.values_list("title", "status"))
    assert status == {"Summer sale": "published", "Winter sale": "draft", "Spring sale": "archived"}
