"""HTML pages: what a reader of the page sees, as Markdown. Scripts and hidden elements are left out."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, Tag
from markdownify import MarkdownConverter

from knowledge.imports.document import Refused

_UNSEEN = ("script", "style", "noscript", "template", "nav", "footer", "iframe", "form", "svg", "head")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt)?\s*(?:;|$)|opacity\s*:\s*0(?![.\d])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(0",
    re.I,
)
_MANY_BLANK = re.compile(r"\n{3,}")


def from_html(source: str) -> tuple[str, str]:
    """Return the page's title and its visible text as Markdown. Links keep only http and relative addresses."""
    try:
        soup = BeautifulSoup(source, "html.parser")
        title = _title(soup)
        for element in soup.find_all(_is_unseen):
            element.decompose()
        for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
            comment.extract()
        for link in soup.find_all("a", href=re.compile(r"^\s*(javascript|data|vbscript):", re.I)):
            link.unwrap()
        markdown = MarkdownConverter(heading_style="atx", bullets="-", strip=["img"]).convert_soup(_main(soup))
    except RecursionError as error:
        raise Refused("too_deep", "The page's elements are nested too deep.") from error
    return title, _MANY_BLANK.sub("\n\n", markdown).strip()


def _title(soup: BeautifulSoup) -> str:
    for found in (soup.find("h1"), soup.find("title")):
        if isinstance(found, Tag) and (text := found.get_text(" ", strip=True)):
            return text
    return ""


def _main(soup: BeautifulSoup) -> BeautifulSoup | Tag:
    """The article of the page where it is marked, so that menus are left out."""
    articles = soup.find_all("article")
    main = soup.find("main") or (articles[0] if len(articles) == 1 else None)
    return main if isinstance(main, Tag) else soup


def _is_unseen(element: Tag) -> bool:
    if element.name in _UNSEEN or element.has_attr("hidden") or element.get("aria-hidden") == "true":
        return True
    return bool(_HIDING.search(str(element.get("style", ""))))
