"""Read HTML pages: the text that a reader sees, as Markdown. Scripts and hidden elements are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Comment, Tag

from knowledge.imports.document import Refused
from knowledge.imports.readers.html_markdown import to_markdown
from knowledge.imports.readers.html_tables import expand_spans

_UNSEEN = frozenset(("script", "style", "noscript", "template", "nav", "footer", "iframe", "svg", "head"))
_FIELDS = frozenset(("input", "select", "option", "textarea", "datalist"))
_HIDING = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|opacity\s{0,9}:\s{0,9}0(?![.\d])"
    r"|font-size\s{0,9}:\s{0,9}[01](?:px|pt)?\s{0,9}(?:;|$)"
    r"|(?:left|top|text-indent)\s{0,9}:\s{0,9}-\d{3,9}|clip\s{0,9}:\s{0,9}rect\(0",
    re.IGNORECASE,
)
# Ways to hide an element that a click may undo; others ("left: -9999px") stay hidden.
_FOLDING = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_SCRIPTED_LINK = re.compile(r"\A\s*(?:javascript|data|vbscript):", re.IGNORECASE)
_TRIGGER_CLASS = re.compile(r"accordion|collaps|faq|question|toggle|trigger|expand", re.IGNORECASE)
_TRIGGER_TAGS = frozenset(("summary", "button", "dt"))
_CONTROLS = ("aria-controls", "data-target", "data-bs-target", "href")
_LONG_GAP = re.compile(r"(\s{200})\s++")  # on which the Markdown converter would take quadratic time
_MANY_BLANK = re.compile(r"\n{3,}")
_HIDDEN_WORDS_TOLD = 3  # fewer are a label for screen readers


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page's title (may be ""), its visible text as Markdown, and the amount of hidden text left out."""

    title: str
    text: str
    hidden_words: int = 0


def read_page(source: str) -> HtmlPage:
    """Return the text that a reader of the page can see. Only http and relative links are kept.

    A panel that a visible control opens (an accordion, a tab) counts as visible.

    Raises:
        Refused: too_deep.
    """
    try:
        soup = BeautifulSoup(_LONG_GAP.sub(r"\1", source), "html.parser")
        head_title = _text_of(soup.find("title"))
        hidden_words = _remove_unseen(soup)
        region = _main(soup)
        title = _text_of(_first_heading(region)) or head_title
        for table in region.find_all("table"):
            expand_spans(table)
        markdown = to_markdown(region)
    except RecursionError as error:
        raise Refused("too_deep", "The page is nested too deeply.") from error
    return HtmlPage(title, _MANY_BLANK.sub("\n\n", markdown).strip(), hidden_words)


def _remove_unseen(soup: BeautifulSoup) -> int:
    """Remove invisible elements; return how many words a style had hidden."""
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    controlled = _controlled_ids(soup)
    hidden_words = 0
    for element in list(_outermost(soup, lambda each: _is_unseen(each, controlled))):
        words = 0 if element.name in _UNSEEN or element.name in _FIELDS else len(element.get_text(" ").split())
        hidden_words += words if words > _HIDDEN_WORDS_TOLD else 0
        element.decompose()
    _remove_forms(soup)
    for link in soup.find_all("a", href=_SCRIPTED_LINK):
        link.unwrap()
    return hidden_words


def _outermost(root: Tag, is_meant: Callable[[Tag], bool]) -> Iterator[Tag]:
    """Yield matching elements that are not inside another matching one."""
    stack = [root]
    while stack:
        for child in stack.pop().children:
            if isinstance(child, Tag):
                if is_meant(child):
                    yield child
                else:
                    stack.append(child)


def _is_unseen(element: Tag, controlled: frozenset[str]) -> bool:
    if element.name in _UNSEEN or element.name in _FIELDS:
        return True
    return _is_hidden(element) and not _opens_on_click(element, controlled)


def _is_hidden(element: Tag) -> bool:
    if element.has_attr("hidden") or element.get("aria-hidden") == "true":
        return True
    return bool(_HIDING.search(str(element.get("style", ""))))


def _controlled_ids(soup: BeautifulSoup) -> frozenset[str]:
    """Return the ids that a button, tab or link of this page opens."""
    ids: set[str] = set()
    for element in soup.find_all(["a", "button", "summary", "div", "h2", "h3", "h4", "li", "dt", "span"]):
        for name in _CONTROLS:
            value = str(element.get(name, ""))
            if name == "aria-controls":
                ids.update(value.split())
            elif value.startswith("#") and len(value) > 1:
                ids.add(value[1:])
    return frozenset(ids)


def _opens_on_click(element: Tag, controlled: frozenset[str]) -> bool:
    """Return whether the element is collapsed by a style that an existing control undoes."""
    style = str(element.get("style", ""))
    if style and _HIDING.search(style) and not _FOLDING.search(style):
        return False
    if element.get("role") == "tabpanel" or str(element.get("id", "")) in controlled:
        return True
    before = element.find_previous_sibling()
    return isinstance(before, Tag) and _is_trigger(before)


def _is_trigger(element: Tag) -> bool:
    if element.name in _TRIGGER_TAGS or element.get("role") in ("button", "tab") or element.has_attr("aria-expanded"):
        return True
    classes = " ".join(map(str, element.get_attribute_list("class")))
    return bool(_TRIGGER_CLASS.search(classes)) or element.find("button") is not None


def _remove_forms(soup: BeautifulSoup) -> None:
    """Remove search boxes and contact forms; a form around the whole page, as some servers write it, is unwrapped."""
    for form in list(_outermost(soup, lambda each: each.name == "form")):
        if form.find(["h1", "main", "article"]) or len(form.get_text()) * 2 > len(soup.get_text()):
            form.unwrap()
        else:
            form.decompose()
    for button in soup.find_all("button"):
        is_trigger = button.has_attr("aria-controls") or button.has_attr("aria-expanded")
        if not is_trigger and not button.find_parent(["h2", "h3", "h4", "h5", "dt", "summary"]):
            button.decompose()


def _first_heading(region: BeautifulSoup | Tag) -> Tag | None:
    """Return the h1 of the article, not the shop's name in the page's banner."""
    for heading in region.find_all("h1"):
        if region.name in ("main", "article") or not heading.find_parent("header"):
            return heading
    return None


def _text_of(element: object) -> str:
    return element.get_text(" ", strip=True) if isinstance(element, Tag) else ""


def _main(soup: BeautifulSoup) -> BeautifulSoup | Tag:
    """Return the marked article of the page, without menus, if there is one."""
    articles = soup.find_all("article")
    main = soup.find("main") or (articles[0] if len(articles) == 1 else None)
    return main if isinstance(main, Tag) else soup
