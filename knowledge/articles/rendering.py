"""Render Markdown as HTML that cannot run code, whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from knowledge.articles.file_links import is_ours

_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}}  # the staff admin interprets other attributes as code


def _picture(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Show our own images and link others: an article must not make the reader's browser contact other servers."""
    token = tokens[index]
    address = str(token.attrs.get("src", ""))
    alt = escape(renderer.renderInlineAsText(token.children, options, env))
    if is_ours(address):
        return f'<img src="{address}" alt="{alt}">'
    return f'<a href="{escape(address)}">{alt or escape(address)}</a>'


_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")  # raw HTML is shown as text
_markdown.add_render_rule("image", _picture)


def as_html(markdown: str) -> SafeString:
    html = nh3.clean(
        _markdown.render(markdown),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )
    return mark_safe(html)  # contains nothing that could run
