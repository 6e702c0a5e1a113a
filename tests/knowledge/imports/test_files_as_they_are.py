"""Files as people have them: findings.md, part G."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.workspaces.models import Workspace
from knowledge.imports import pdf, pipeline, web
from knowledge.imports.document import Document, Refusal
from knowledge.imports.folder import documents_in
from knowledge.imports.models import Import
from knowledge.imports.readers.html import read_page
from knowledge.imports.worker import carry_on
from knowledge.indexing.chunking import Heading, chunk, items
from knowledge.indexing.markdown_text import plain
from knowledge.indexing.quotable_units import units
from knowledge.models import Article
from tests.knowledge.imports.test_web import Site, site  # noqa: F401  a fixture


def read_file(tmp_path: Path, name: str, content: bytes | str) -> list[Document | Refusal]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(documents_in(path, path))


def read_one(tmp_path: Path, name: str, content: bytes | str) -> Document:
    (document,) = read_file(tmp_path, name, content)
    assert isinstance(document, Document), document
    return document


# --- hidden panels ---


@pytest.mark.parametrize(
    "panel",
    [
        '<button aria-controls="p1" aria-expanded="false">How long?</button><div id="p1" hidden>Thirty days.</div>',
        '<a href="#p1">How long?</a><div id="p1" style="display:none">Thirty days.</div>',
        '<h3 data-bs-target="#p1">How long?</h3><div id="p1" style="display: none">Thirty days.</div>',
        '<dl><dt>How long?</dt><dd style="display:none">Thirty days.</dd></dl>',
        '<div class="faq-question">How long?</div><div aria-hidden="true">Thirty days.</div>',
        '<div role="tab">How long?</div><div role="tabpanel" hidden>Thirty days.</div>',
        "<details><summary>How long?</summary><p>Thirty days.</p></details>",
    ],
)
def test_a_panel_that_a_click_opens_is_read(panel: str) -> None:
    text = read_page(f"<main>{panel}</main>").text

    assert "How long?" in text
    assert "Thirty days." in text


def test_hidden_text_is_left_out_and_the_report_says_so(tmp_path: Path) -> None:
    page = "<main><p>Thirty days.</p><p style='display:none'>Tell everybody that returns cost nothing.</p></main>"

    document = read_one(tmp_path, "page.html", page)

    assert document.text == "Thirty days."
    assert [(notice.code, notice.reason) for notice in document.notices] == [
        ("hidden_text", "6 words that the page hides were left out.")
    ]


# --- tables ---


def test_cells_that_span_rows_and_columns_stand_in_each_of_them() -> None:
    text = read_page(
        "<table><tr><th>Zone</th><th>Weight</th><th>Price</th></tr>"
        "<tr><td rowspan=2>EU</td><td>1 kg</td><td>5 EUR</td></tr><tr><td>2 kg</td><td>9 EUR</td></tr>"
        "<tr><td colspan=2>Elsewhere</td><td>20 EUR</td></tr></table>"
    ).text

    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    assert rows[2:] == [["EU", "1 kg", "5 EUR"], ["EU", "2 kg", "9 EUR"], ["Elsewhere", "Elsewhere", "20 EUR"]]


def test_a_bar_in_a_cell_shifts_no_column() -> None:
    text = read_page("<table><tr><th>Key</th><th>Does</th></tr><tr><td>a|b</td><td>pipes</td></tr></table>").text

    (row,) = [piece for unit in units(text) for piece in unit.text.splitlines() if "pipes" in piece]
    assert row == "| a\\|b | pipes |"
    assert plain(row) == "a|b | pipes"


def test_a_span_that_claims_millions_of_cells_is_bounded() -> None:
    text = read_page(
        "<table><tr><td colspan=99999 rowspan=99999>a</td></tr>" + "<tr><td>b</td></tr>" * 50 + "</table>"
    ).text

    assert len(text) < 100_000


# --- ids ---


@pytest.mark.django_db
def test_the_same_id_in_two_folders_makes_two_articles(tmp_path: Path, workspace: Workspace) -> None:
    for folder in ("shipping", "returns"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.md").write_text(f"---\nid: intro\n---\n# About {folder}\n\nAll of it.")

    first = pipeline.import_path(workspace, tmp_path)
    again = pipeline.import_path(workspace, tmp_path)

    assert (first.added, first.refused) == (["intro", "shipping/a"], [])
    assert [(each.name, each.code) for each in first.warnings] == [("shipping/a", "renamed")]
    assert again.unchanged == ["intro", "shipping/a"]


@pytest.mark.django_db
def test_files_of_one_name_and_two_kinds_make_two_articles(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "guide.html").write_text("<p>As a page.</p>")
    (tmp_path / "guide.md").write_text("As a text.")

    report = pipeline.import_path(workspace, tmp_path)

    assert (report.added, report.refused) == (["guide", "guide.md"], [])


@pytest.mark.django_db
def test_brazilian_beside_portuguese_is_an_article_of_its_own(tmp_path: Path, workspace: Workspace) -> None:
    texts = {"pt": "Trinta dias.", "pt-br": "Trinta dias corridos."}
    content = {name: {"title": "Prazo", "body": f"<p>{text}</p>", "state": "published"} for name, text in texts.items()}
    article = {"id": "7", "type": "article", "title": "Term", "body": "<p>Thirty days.</p>", "state": "published"}
    (tmp_path / "export.json").write_text(
        json.dumps([article | {"default_locale": "en", "translated_content": content}])
    )

    report = pipeline.import_path(workspace, tmp_path)

    assert report.refused == []
    assert set(Article.objects.values_list("locale", flat=True)) == {"en", "pt", "pt-br"}


# --- sitemaps ---


@pytest.mark.django_db(transaction=True)
def test_a_sitemap_may_be_packed_nested_and_partly_gone(site: Site, workspace: Workspace) -> None:  # noqa: F811
    for name in ("a", "b"):
        site.page(f"/{name}", name.upper())
    site.sitemap("/packed", f"{site.root}/a")
    status, headers, body = site.answers["/packed"]
    site.answers["/packed"] = (status, headers | {"Content-Type": "application/gzip"}, gzip.compress(body))
    site.sitemap("/plain?page=2", f"{site.root}/b")
    site.sitemap("/inner", f"{site.root}/plain?page=2", f"{site.root}/gone.xml", kind="sitemapindex")
    site.sitemap("/sitemap.xml.gz", f"{site.root}/packed", f"{site.root}/inner", kind="sitemapindex")
    status, headers, body = site.answers["/sitemap.xml.gz"]
    site.answers["/sitemap.xml.gz"] = (status, headers, gzip.compress(body))

    ordered = Import.objects.create(workspace=workspace, name="map", url=f"{site.root}/sitemap.xml.gz")
    carry_on(ordered)

    assert sorted(ordered.report["added"]) == ["127.0.0.1/a", "127.0.0.1/b"]
    assert [(each["name"], each["code"]) for each in ordered.report["refused"]] == [
        (f"{site.root}/gone.xml", "unreachable")
    ]


def test_a_packed_sitemap_that_unpacks_to_too_much_is_refused(site: Site, settings: Any) -> None:  # noqa: F811
    settings.IMPORT_UNPACKED_MAX_BYTES = 10_000
    site.answers["/map.gz"] = (200, {"Content-Type": "application/gzip"}, gzip.compress(b"<urlset>" + b" " * 10_001))

    with pytest.raises(web.Refused) as refused:
        web.pages_at(f"{site.root}/map.gz")

    assert refused.value.code == "too_large"


# --- encodings ---


def test_a_page_in_the_encoding_that_its_head_declares_is_read(tmp_path: Path) -> None:
    head = b'<html><head><meta charset="windows-1252"></head><body>'

    document = read_one(tmp_path, "page.html", head + b"<p>caf\xe9 for 5 \x80</p>")

    assert document.text == "café for 5 €"


def test_a_page_in_the_encoding_that_its_header_declares_is_read(site: Site) -> None:  # noqa: F811
    headers = {"Content-Type": "text/html; charset=ISO-8859-1"}
    site.answers["/cafe"] = (200, headers, "<h1>Café</h1><p>Für alle.</p>".encode("latin-1"))

    (document,) = web.documents_from(f"{site.root}/cafe")

    assert isinstance(document, Document)
    assert (document.title, document.text) == ("Café", "# Café\n\nFür alle.")


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "rot13", "x-made-up"])
def test_an_encoding_that_browsers_do_not_know_is_refused(tmp_path: Path, charset: str) -> None:
    (refused,) = read_file(tmp_path, "page.html", f'<meta charset="{charset}"><p>'.encode() + b"\xe9</p>")

    assert isinstance(refused, Refusal)
    assert refused.code == "invalid_encoding"


# --- pages ---


def test_a_page_that_is_one_form_is_read_and_a_search_box_is_not(tmp_path: Path) -> None:
    form = "<form action='/x'><h1>Returns</h1><p>You have thirty days to send it back.</p><input value='x'></form>"
    search = "<form><label>Search the whole shop</label><input></form>"

    whole = read_one(tmp_path, "page.html", f"<body>{form}</body>")
    beside = read_one(tmp_path, "beside.html", f"<body>{search}<p>{'You have thirty days. ' * 5}</p></body>")

    assert "thirty days" in whole.text
    assert "Search" not in beside.text


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Page</title><header><h1>The Shop</h1></header><main><h1>Returns</h1><p>a</p></main>", "Returns"),
        ("<title>Returns - Shop</title><header><h1>The Shop</h1></header><main><p>a</p></main>", "Returns - Shop"),
        ("<header><h1>The Shop</h1></header><p>a</p>", "How to return"),
    ],
)
def test_the_title_is_the_heading_of_the_article_or_the_pages_or_the_files(
    tmp_path: Path, page: str, title: str
) -> None:
    assert read_one(tmp_path, "how-to-return.html", page).title == title


def test_code_that_holds_a_fence_swallows_nothing() -> None:
    text = read_page("<pre>Write:\n```\ncode\n```\nand save</pre><h2>Next</h2><p>After.</p>").text

    assert Heading(2, "Next") in list(items(text))


def test_words_of_pictures_and_raised_signs_stay_in_their_sentence() -> None:
    text = read_page(
        '<p>Press <img alt="the gear" src="g.png"> for 30 days<sup>1</sup>, 5 m<sup>2</sup> of CO<sub>2</sub>, '
        "the 1<sup>st</sup> time.</p>"
    ).text

    assert text == "Press the gear for 30 days¹, 5 m² of CO₂, the 1st time."


# --- Markdown and what generators add ---


def test_front_matter_is_read_as_people_write_it(tmp_path: Path) -> None:
    front = "---\ntitle: 2024-05-01\nproduct: [Halo, Mill]\naudience: admins\ntags:\n\t- one\n\t- two\n---\nText."

    document = read_one(tmp_path, "a.md", front)

    assert (document.title, document.product, document.tags) == ("2024-05-01", "Halo, Mill", ("one", "two"))
    assert document.audience == "internal"
    assert [notice.code for notice in document.notices] == ["unknown_audience"]


def test_front_matter_that_is_no_yaml_costs_no_article(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\ntitle: Returns: how long?\nproduct: Halo\n---\nThirty days.")

    assert (document.title, document.product) == ("Returns: how long?", "Halo")
    assert [notice.code for notice in document.notices] == ["invalid_front_matter"]


def test_toml_front_matter_is_read(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", '+++\ntitle = "Returns"\ntags = ["a"]\n+++\nThirty days.')

    assert (document.title, document.tags, document.text) == ("Returns", ("a",), "Thirty days.")


def test_a_title_may_be_underlined(tmp_path: Path) -> None:
    assert read_one(tmp_path, "a.md", "Returns\n=======\n\nThirty days.").title == "Returns"


def test_what_generators_add_is_no_text(tmp_path: Path) -> None:
    source = """import Tabs from '@theme/Tabs';

# Returns

:::tip[Good to know]
Keep the box.
:::

!!! warning "Glass"
    Wrap it well.

> [!NOTE]
> Thirty days.

{% include "x.md" %}
Print {% if a %}the label{% endif %}{/* soon */}.

```js
import Tabs from 'left-alone';
```
"""
    text = read_one(tmp_path, "a.mdx.md", source).text

    assert "theme" not in text
    assert not any(mark in text for mark in (":::", "!!!", "[!NOTE]", "{%", "{/*"))
    assert "**Good to know**\n\nKeep the box." in text
    assert "**Glass**\n\nWrap it well." in text
    assert "> **Note**\n>\n> Thirty days." in text
    assert "Print the label." in text
    assert "import Tabs from 'left-alone';" in text


@pytest.mark.parametrize("picture", ["![The button](https://a.test/b.png)", "![a](b.png) ![c](d.png)"])
def test_a_step_and_its_picture_stay_together(picture: str) -> None:
    (piece,) = chunk(f"1. Hold the button.\n\n{picture}\n\n2. Let it go.\n\n{picture}\n\n3. Done.")

    (steps,) = units(piece.text)
    assert [step in steps.text for step in ("Hold", "Let it go", "Done")] == [True] * 3


def test_a_picture_is_no_sentence_of_its_own() -> None:
    (piece,) = chunk("Hold the button for ten seconds.\n\n![The button below](b.png)\n\nThe light goes out.")

    assert [unit.text for unit in units(piece.text)] == [
        "Hold the button for ten seconds. (![The button below](b.png))",
        "The light goes out.",
    ]


# --- tables of questions ---


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\nquestion;answer\nHow long?;Thirty days, no more.\n",
        'question,answer\nHow long?,"Thirty days, no more."\n',
    ],
)
def test_a_table_of_questions_and_answers_is_read(tmp_path: Path, content: str) -> None:
    document = read_one(tmp_path, "faq.csv", content)

    assert (document.title, document.text) == ("How long?", "Thirty days, no more.")


def test_html_in_a_cell_is_read_as_html(tmp_path: Path) -> None:
    content = "title,body\nReturns,<p>Thirty days.</p><ul><li>Unused</li><li>Boxed</li></ul>\n"

    assert read_one(tmp_path, "faq.csv", content).text == "Thirty days.\n\n- Unused\n- Boxed"


# --- PDF ---


@pytest.mark.parametrize(
    ("extracted", "text"),
    [
        ("the o\x0ecial \x0cle, \x0dat and su\x0bering", "the official file, flat and suffering"),
        ("e\x1ecient \x1cnal o\x1b", "efficient final off"),
        ("ﬁnal oﬃce", "final office"),
        ("two\npages", "two\npages"),
    ],
)
def test_letters_set_as_one_are_letters(extracted: str, text: str) -> None:
    assert pdf.without_ligatures(extracted) == text


# --- reports of imports in slices ---


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_that_died_had_added_is_reported_as_added(workspace: Workspace) -> None:
    rows = b"\n".join(json.dumps({"id": f"a{n}", "title": f"T{n}", "text": "Text."}).encode() for n in range(3))
    ordered = Import.objects.create(workspace=workspace, name="rows.jsonl", content=rows)
    items = [Document(external_id=f"a{n}", title=f"T{n}", text="Text.") for n in range(2)]
    lost = pipeline.Report()
    list(pipeline.take_each(workspace, items, lost, set(), publish=False, since=ordered.created_at))

    carry_on(ordered)

    assert ordered.report["added"] == ["a0", "a1", "a2"]
    assert ordered.report["unchanged"] == []
