"""Links between files that became articles: findings.md F."""

from pathlib import Path

import pytest

from assistant.workspaces.models import Workspace
from knowledge.articles.article_links import with_article_links
from knowledge.imports import pipeline
from knowledge.models import Article, Chunk

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(workspace: Workspace) -> Article:
    return Article(workspace=workspace, external_id="guides/apache", locale="en")


def known(workspace: Workspace, external_id: str, url: str) -> None:
    Article.objects.create(workspace=workspace, external_id=external_id, locale="en", title="T", url=url)


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("[Guide](./nginx.md)", "[Guide](/help/nginx)"),
        ('[Guide](nginx.md#tls "TLS")', "[Guide](/help/nginx#tls)"),
        ("[Guide](../other/page.html?x=1)", "[Guide](/help/page)"),
        ("[Guide](./gone.md)", "Guide"),
        ("[Guide](../../../etc/passwd)", "Guide"),
        ("[Guide](https://shop.test/a)", "[Guide](https://shop.test/a)"),
        ("[Guide](/help/a)", "[Guide](/help/a)"),
        ("[Guide](#below)", "[Guide](#below)"),
        ("[Guide](mailto:a@shop.test)", "[Guide](mailto:a@shop.test)"),
        ("![Picture](./a.png)", "![Picture](./a.png)"),
    ],
)
def test_a_link_between_files_leads_to_the_article_or_is_only_its_words(
    workspace: Workspace, article: Article, link: str, leads_to: str
) -> None:
    known(workspace, "guides/nginx", "/help/nginx")
    known(workspace, "page", "/help/page")

    assert with_article_links(f"See {link}.", article) == f"See {leads_to}."


def test_an_article_of_another_shop_is_not_meant(article: Article) -> None:
    other = Workspace.objects.create(slug="globex", name="Globex")
    known(other, "guides/nginx", "/help/nginx")

    assert with_article_links("[Guide](./nginx.md)", article) == "Guide"


def test_what_is_searched_and_quoted_has_links_that_lead_somewhere(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "a.md").write_text("---\nurl: /help/a\n---\n# A\n\nAll about A.")
    (tmp_path / "b.md").write_text("# B\n\nFirst read [the other](./a.md) and [a third](./c.md).")

    pipeline.import_path(workspace, tmp_path, publish=True)

    (text,) = Chunk.objects.filter(article__external_id="b").values_list("text", flat=True)
    assert text == "First read [the other](/help/a) and a third."
