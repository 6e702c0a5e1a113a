"""Pictures and documents of articles: what comes in, who sees them, and what is left when they go."""

import uuid
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assistant.errors import ServiceError
from assistant.workspaces.models import Workspace
from knowledge.articles import publishing
from knowledge.articles.files import store
from knowledge.articles.files.models import ArticleFile
from knowledge.articles.rendering import as_html
from knowledge.indexing import chunking
from knowledge.models import Article
from tests.assistant.uploads.test_images import picture

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def article(workspace: Workspace) -> Article:
    return publishing.save_draft(workspace, title="Labels", body="See below.")


def add(article: Article, content: bytes, name: str = "label.png") -> ArticleFile:
    return store.add(article, SimpleUploadedFile(name, content))


def go_live(article: Article, *files: ArticleFile) -> None:
    body = "\n\n".join(["Print the label.", *(kept.markdown for kept in files)])
    publishing.publish(publishing.revise(article, title=article.title, body=body))


def test_a_picture_in_a_live_public_article_is_shown_to_strangers(article, client: Client):
    kept = add(article, picture())
    go_live(article, kept)

    answer = client.get(kept.address)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "attachment" not in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]


def test_what_is_no_picture_is_saved_and_not_opened(article, client: Client):
    kept = add(article, PDF, "return-form.pdf")
    go_live(article, kept)

    answer = client.get(kept.address)

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="return-form.pdf"'


def unpublish(article: Article, kept: ArticleFile) -> None:
    publishing.unpublish(article)


def for_customers(article: Article, kept: ArticleFile) -> None:
    Article.objects.filter(pk=article.pk).update(audience=Article.Audience.CUSTOMERS)


def for_staff(article: Article, kept: ArticleFile) -> None:
    Article.objects.filter(pk=article.pk).update(audience=Article.Audience.INTERNAL)


def left_out_of_the_text(article: Article, kept: ArticleFile) -> None:
    go_live(article)


@pytest.mark.parametrize("change", [unpublish, for_customers, for_staff, left_out_of_the_text])
def test_strangers_are_told_of_a_file_that_is_not_for_them_what_they_are_told_of_none(
    article, client: Client, change: Callable[[Article, ArticleFile], None]
):
    kept = add(article, picture())
    go_live(article, kept)
    change(article, kept)

    hidden, absent = client.get(kept.address), client.get(f"/article-files/{uuid.uuid4()}")

    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


def test_a_file_of_a_draft_is_not_shown_before_the_draft_goes_live(article, client: Client):
    go_live(article)
    kept = add(article, picture())
    publishing.revise(article, title=article.title, body=kept.markdown)

    assert client.get(kept.address).status_code == 404
    publishing.publish(article)
    assert client.get(kept.address).status_code == 200


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"Just words", "attachment_type_refused"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "attachment_type_refused"),
        (b"MZ\x90\x00\x03" + b"\0" * 50, "attachment_type_refused"),
        (b"\x89PNG\r\n\x1a\nnot a picture", "attachment_unreadable"),
        (b"%PDF-" + b"x" * 2_000, "attachment_too_large"),
    ],
)
def test_what_may_not_come_in_is_refused_with_its_code(article, settings, content: bytes, code: str):
    settings.ARTICLE_FILE_MAX_BYTES = 1_000

    with pytest.raises(ServiceError) as refused:
        add(article, content)

    assert refused.value.code == code
    assert not ArticleFile.objects.exists()


def test_an_article_has_room_for_so_many_files(article, settings):
    settings.ARTICLE_FILES_MAX = 1
    add(article, PDF, "a.pdf")

    with pytest.raises(ServiceError) as refused:
        add(article, PDF, "b.pdf")

    assert (refused.value.code, refused.value.details) == ("article_files_full", {"most": 1})


def test_pictures_are_written_anew(article):
    kept = add(article, picture("JPEG") + b"<script>alert(1)</script>", "label.png")

    assert (kept.name, kept.content_type) == ("label-png.jpg", "image/jpeg")
    assert b"script" not in kept.file.open().read()


def test_deleting_an_article_deletes_its_files(article, django_capture_on_commit_callbacks):
    kept = add(article, picture())

    with django_capture_on_commit_callbacks(execute=True):
        publishing.delete(article)

    assert not ArticleFile.objects.exists()
    assert not default_storage.exists(kept.file.name)


def test_the_article_draws_our_own_pictures_and_links_all_others(article):
    kept = add(article, picture(), "a [small] label.png")

    html = as_html(f"{kept.markdown}\n\n![there](https://elsewhere.test/x.png) ![x](javascript:alert) ![y](data:a)")

    assert f'<img src="{kept.address}" alt="a [small] label">' in html
    assert html.count("<img") == 1
    assert '<a href="https://elsewhere.test/x.png"' in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html


@pytest.mark.parametrize(
    "address",
    ["/article-files/../admin/", "//article-files/x", '/article-files/x" onerror="alert(1)', "/admin/logout/"],
)
def test_only_the_address_of_a_file_is_drawn(address: str):
    assert "<img" not in as_html(f"![x](<{address}>)")


def test_the_index_has_the_labels_of_files_and_not_their_addresses(article):
    shown, linked = add(article, picture(), "label.png"), add(article, PDF, "form [2026].pdf")
    body = f"Print {shown.markdown} or {linked.markdown}, see [our site](https://shop.test/label)."

    [piece] = chunking.chunk(body)

    assert piece.text == "Print label or form \\[2026\\].pdf, see [our site](https://shop.test/label)."
