"""Curators add files to an article; everyone who may read the article in the admin sees them."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assistant.workspaces.models import Membership, Workspace
from knowledge.articles.files import store
from knowledge.articles.files.models import ArticleFile
from tests.admin.conftest import article_of
from tests.assistant.uploads.test_images import picture


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(content: bytes = b"", name: str = "label.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or picture())


def test_a_curator_adds_a_file_puts_it_into_the_text_and_sees_it_in_the_preview(staff: Any, workspace: Workspace):
    client, article = staff("curator"), article_of(workspace)

    page = client.post(reverse("admin:knowledge_article_files", args=[article.pk]), {"file": upload()})

    kept = ArticleFile.objects.get()
    assert f'data-insert="{kept.markdown}"' in page.content.decode()
    preview = client.post(reverse("admin:knowledge_article_preview"), {"body": kept.markdown})
    assert f'<img src="{kept.address}"' in preview.content.decode()
    assert client.get(kept.address).status_code == 200
    assert kept.markdown in client.get(reverse("admin:knowledge_article_change", args=[article.pk])).content.decode()


def test_a_refused_file_says_why_beside_the_list(staff: Any, workspace: Workspace):
    address = reverse("admin:knowledge_article_files", args=[article_of(workspace).pk])

    page = staff("curator").post(address, {"file": upload(b"Just words")})

    assert "This file type is not allowed. You can send images and PDFs." in page.content.decode()
    assert not ArticleFile.objects.exists()


def test_a_curator_deletes_a_file_of_this_article_alone(staff: Any, workspace: Workspace):
    article, other = article_of(workspace), article_of(workspace, title="Other")
    mine, theirs = store.add(article, upload()), store.add(other, upload())
    client, address = staff("curator"), reverse("admin:knowledge_article_files", args=[article.pk])

    for named in (theirs.pk, "no id", mine.pk):
        assert client.post(address, {"delete": named}).status_code == 200

    assert list(ArticleFile.objects.all()) == [theirs]


def test_who_is_no_curator_sees_files_and_changes_none(staff: Any, workspace: Workspace):
    article = article_of(workspace)
    kept = store.add(article, upload())
    client, address = staff("viewer"), reverse("admin:knowledge_article_files", args=[article.pk])

    page = client.get(address).content.decode()

    assert kept.name in page
    assert "data-delete" not in page
    assert client.post(address, {"file": upload()}).status_code == 403
    assert client.post(address, {"delete": kept.pk}).status_code == 403
    assert client.get(kept.address).status_code == 200


def test_staff_of_another_shop_do_not_find_the_files(workspace: Workspace, other_shop: Workspace):
    article = article_of(workspace)
    kept = store.add(article, upload())
    bob = get_user_model().objects.create_user("bob", is_staff=True)
    Membership.objects.create(user=bob, workspace=other_shop, role="admin")
    client = Client()
    client.force_login(bob)

    assert client.get(kept.address).status_code == 404
    assert client.get(reverse("admin:knowledge_article_files", args=[article.pk])).status_code == 404
