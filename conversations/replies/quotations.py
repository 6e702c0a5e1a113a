"""Format quotations of articles: the title first, then the text with its source."""

import re
import textwrap
from collections.abc import Sequence

from django.utils.translation import get_language_info, override

from conversations.canned_responses import phrase, spoken
from conversations.replies import link_filter
from knowledge.indexing.chunking import Block, Heading, items
from knowledge.search.extractive_answers import Quote

WORDS_MAX_CHARS = 200
_MARKS = str.maketrans(dict.fromkeys("*_`~#|<>[]\\", " "))
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# Inline code, in which brackets stay as they are, and numbers in brackets, which would look like the numbers of our
# sources.
NUMBERED = re.compile(r"`[^`\n]{1,300}`|\[(?P<numbers>\d{1,3}(?:\s?,\s?\d{1,3}){0,9})\](?!\()")


def render(quotes: Sequence[Quote], language: str, first_number: int = 1) -> str:
    """Return the quotations as Markdown, numbered in order, with the text around them in the customer's language."""
    leads = ("quoted", *("quoted_too" for _ in quotes[1:]))
    numbered = enumerate(zip(quotes, leads, strict=True), start=first_number)
    return "\n\n".join(_render_one(quote, number, lead, language) for number, (quote, lead) in numbered)


def as_words(text: str) -> str:
    """Return a customer's words for use in a reply: one line without Markdown, links and source numbers."""
    plain = link_filter.only(" ".join(text.translate(_MARKS).split()), frozenset())
    return textwrap.shorten(plain, WORDS_MAX_CHARS, placeholder="\u2026")


def _render_one(quote: Quote, number: int, lead: str, language: str) -> str:
    title, note = _without_source_numbers(quote.passage.title), _language_note(quote, language)
    return f"{phrase(lead, language, title=title, note=note)}\n\n{_blockquote(quote.text, number)}"


def _blockquote(text: str, number: int) -> str:
    """Return the text with `>` before each line and the source's number at the end.

    The number is on a line of its own unless the text ends with a plain paragraph.
    """
    text = _without_source_numbers(text.rstrip())
    *_, last = [None, *items(text)]
    if isinstance(last, Block) and last.kind == "paragraph":
        text += f" [{number}]"
    else:
        text += f"{_end_of_fence(last)}\n\n[{number}]"
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _without_source_numbers(text: str) -> str:
    """Return the text with the article's own "[2]" as "(2)", as brackets mark our sources. Code is unchanged."""
    lines, fence = text.split("\n"), ""
    for at, line in enumerate(lines):
        begins = line.lstrip(" \t")
        if fence:
            fence = "" if begins.startswith(fence) else fence
        elif opened := FENCE.match(begins):
            fence = opened[1]
        else:
            lines[at] = NUMBERED.sub(_in_parentheses, line)
    return "\n".join(lines)


def _in_parentheses(match: re.Match[str]) -> str:
    if match["numbers"] is None:
        return match[0]
    return f"{' ' * match.string.startswith(']', match.start() - 1)}({match['numbers']})"


def _end_of_fence(last: Heading | Block | None) -> str:
    """Return the line that closes a code fence if the passage was cut inside it; otherwise empty."""
    opened = FENCE.match(last.text) if isinstance(last, Block) and last.kind == "fence" else None
    if opened is None or not isinstance(last, Block):
        return ""
    _, *lines = last.text.split("\n")
    is_closed = bool(lines) and lines[-1].strip().startswith(opened[1]) and not lines[-1].strip(f" {opened[1][0]}")
    return "" if is_closed else f"\n{opened[1]}"


def _language_note(quote: Quote, language: str) -> str:
    """Return a note on the article's language if it is not the customer's; otherwise empty."""
    written, read = quote.passage.locale[:2].lower(), spoken(language) or "en"
    if written == read:
        return ""
    try:
        with override(read):
            name = str(get_language_info(written)["name_translated"])
    except KeyError:  # a language that Django has no name for
        return ""
    return f" ({phrase('in_language', language, language=name if read in ('en', 'de', 'nl') else name.lower())})"
