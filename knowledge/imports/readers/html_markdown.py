"""Elements of a page into Markdown, by the kept converter, with what it leaves to its users."""

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
    """Keeps the words of pictures, raised and lowered digits, bars in cells, and fences in code."""

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A picture's words where it stood: "press (gear icon)". Its address leads nowhere here."""
        return " ".join(str(el.get("alt") or "").split())

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """`m<sup>2</sup>` is m², and a footnote's mark after "30 days" does not make the number another."""
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
        """The question of an accordion, on a line of its own."""
        return text if "_inline" in parent_tags else f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """With a fence longer than any in the code, which would else end it."""
        longest = max((len(match[1]) for match in _FENCE.finditer(text)), default=0)
        converted: str = super().convert_pre(el, text, parent_tags)
        if longest < 3 or not converted:
            return converted
        fence = "`" * (longest + 1)
        return f"\n\n{fence}{converted.strip().removeprefix('```').removesuffix('```')}{fence}\n\n"


def _shifted(text: str, table: dict[int, Any]) -> str:
    """Raised or lowered where each of its signs exists so; else as it stands ("1st", "TM")."""
    inside = text.strip()
    return text.translate(table) if inside and all(ord(sign) in table for sign in inside) else text
