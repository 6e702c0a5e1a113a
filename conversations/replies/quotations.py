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
# Code within a line, in which brackets stay what they are, and numbers in brackets, which would be read as those of our
# sources.
NUMBERED = re.compile(r"`[^`\n]{1,300}`|\[(?P<numbers>\d{1,3}(?:\s?,\s?\d{1,3}){0,9})\](?!\()")


def render(quotes: Sequence[Quote], language: str, first_number: int = 1) -> str:
    """The quotations as Markdown, numbered in their order; the words around them in the customer's language."""
    leads = ("quoted", *("quoted_too" for _ in quotes[1:]))
    numbered = enumerate(zip(quotes, leads, strict=True), start=first_number)
    return "\n\n".join(_render_one(quote, number, lead, language) for number, (quote, lead) in numbered)


def as_words(text: str) -> str:
    """A customer's words within a reply: on one line, without marks, links and numbers of sources."""
    plain = link_filter.only(" ".join(text.translate(_MARKS).split()), frozenset())
    return textwrap.shorten(plain, WORDS_MAX_CHARS, placeholder="\u2026")


def _render_one(quote: Quote, number: int, lead: str, language: str) -> str:
    title, note = _without_source_numbers(quote.passage.title), _language_note(quote, language)
    return f"{phrase(lead, language, title=title, note=note)}\n\n{_blockquote(quote.text, number)}"


def _blockquote(text: str, number: int) -> str:
    """Each line behind a `>`, and the number of the source at the end: below what is no plain paragraph."""
    text = _without_source_numbers(text.rstrip())
    *_, last = [None, *items(text)]
    if isinstance(last, Block) and last.kind == "paragraph":
        text += f" [{number}]"
    else:
        text += f"{_end_of_fence(last)}\n\n[{number}]"
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _without_source_numbers(text: str) -> str:
    """The same, with what an article itself has in brackets in parentheses: "[2]" is a source of ours. Not in code."""
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
    """What closes a fence that a long passage was cut in."""
    opened = FENCE.match(last.text) if isinstance(last, Block) and last.kind == "fence" else None
    if opened is None or not isinstance(last, Block):
        return ""
    _, *lines = last.text.split("\n")
    is_closed = bool(lines) and lines[-1].strip().startswith(opened[1]) and not lines[-1].strip(f" {opened[1][0]}")
    return "" if is_closed else f"\n{opened[1]}"


def _language_note(quote: Quote, language: str) -> str:
    """The language of the article, where it is another than the customer's."""
    written, read = quote.passage.locale[:2].lower(), spoken(language) or "en"
    if written == read:
        return ""
    try:
        with override(read):
            name = str(get_language_info(written)["name_translated"])
    except KeyError:  # a language that Django has no name for
        return ""
    return f" ({phrase('in_language', language, language=name if read in ('en', 'de', 'nl') else name.lower())})"
