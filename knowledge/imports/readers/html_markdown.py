"""Convert elements of a page to Markdown, with additions to the markdownify converter."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from markdownify import MarkdownConverter

_FENCE = re.compile(r"^[ \t]{0,3}(`{3,})", re.MULTILINE)
_RAISED = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_BARE_PIPE = re.compile(r"(?<!\\)\|")


def to_markdown(element: BeautifulSoup | Tag) -> str:
    converted: str = _Converter(heading_style="atx", bullets="-").convert_soup(element)
    return converted


class _Converter(MarkdownConverter):
    """Keeps image texts, super- and subscript digits, bars in cells, and fences in code."""

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write the image's text in place: "press (gear icon)". Its URL does not work here."""
        return " ".join(str(el.get("alt") or "").split())

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write `m<sup>2</sup>` as m², and keep a footnote mark after "30 days" apart from the number."""
        return _shifted(text, _RAISED)

    def convert_sub(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _shifted(text, _LOWERED)

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        converted: str = super().convert_td(el, _BARE_PIPE.sub(r"\\|", text), parent_tags)
        return converted

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        converted: str = super().convert_th(el, _BARE_PIPE.sub(r"\\|", text), parent_tags)
        return converted

    def convert_button(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Put the question of an accordion on its own line."""
        return text if "_inline" in parent_tags else f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Use a fence longer than any inside the code, which would end it."""
        longest = max((len(match[1]) for match in _FENCE.finditer(text)), default=0)
        converted: str = super().convert_pre(el, text, parent_tags)
        if longest < 3 or not converted:
            return converted
        fence = "`" * (longest + 1)
        return f"\n\n{fence}{converted.strip().removeprefix('```').removesuffix('```')}{fence}\n\n"


def _shifted(text: str, table: dict[int, Any]) -> str:
    """Return super- or subscript characters if all exist, else the text as it is ("1st", "TM")."""
    inside = text.strip()
    return text.translate(table) if inside and all(ord(sign) in table for sign in inside) else text
