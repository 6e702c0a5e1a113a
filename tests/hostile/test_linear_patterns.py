"""No pattern takes long on any text (rows B2 and B3)."""

import heapq
import re
from itertools import islice
from time import process_time

import pytest
from django.conf import settings

from tests.hostile.measuring import cpu_ms, slowness
from tests.hostile.patterns import attacks, patterns
from tests.hostile.uses import ROOT, hidden_patterns, is_looked_for_at_the_beginning, sources

pytestmark = pytest.mark.timing

LIMIT_MS = 50.0 * slowness()
TIMES_LONGER = 4  # than a message may be, are the texts that have to be read within the limit
SHORT_CHARS = 400  # of a text when it is tried first
SUSPECTS = 3  # of the texts that took longest when short, tried in full
SHARES = 16  # of the patterns, one test each
ARTICLE_CHARS = 64_000
ARTICLE_ROOMS = (
    *(
        "knowledge.indexing.markdown_text",
        "knowledge.indexing.chunking",
        "knowledge.indexing.quotable_units",
        "language.sentences",
        "language.tokenizing",
        "knowledge.imports",
    ),
    *(
        "knowledge.articles.file_links",
        "knowledge.articles.images",
        "knowledge.articles.article_links",
        "conversations.helpdesk.mail.html",
    ),
)
ALL = patterns()
OF_ARTICLES = {name: pattern for name, pattern in ALL.items() if name.startswith(ARTICLE_ROOMS)}
# As they were once.
SLOW = (
    r"^[^\n]*\|[^\n]*\n[ \t]*\|?[ \t]*:?-[ \t:|-]*$(?:\n[^\n]*\|[^\n]*)*|^[ \t]*\|[^\n]*\|[ \t]*$",
    r"!?\[([^\[\]]{0,300})\]\(\s*<?([^)\s>]{0,2000})>?[^)\n]{0,300}\)",
    r"[\s,]*(?:\b(?:please|thanks?|ok|then|now)\b[\s,.!]*)+$",
    r"[\w.+-]+@[\w-]+\.[\w.-]+",
    r"\s*\|\s*",
    r"\b(?=[\w-]*\d[\w-]*\d[\w-]*\d[\w-]*\d)[A-Z0-9][\w-]{4,}\b",
    r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]{1,2000})\s*(?:\]\]>)?\s*</loc>",
    r"(?<![\w.])\d+(?:[.,]\d+)*(?:st|nd|rd|th)?\b|(?<=\w)\d+\b",
    r"[.!?;\n\u2026\u3002\uff1f]+(?=\s|$)",
)
COMPILED_WHERE_USED = {
    "assistant/llm/engines/openai_failures.py": "the beginning of an API key, escaped, and the rest of the word",
    "assistant/rest/body_limit.py": "the beginnings of addresses in settings.BODY_MAX_BYTES_AT",
    "conversations/context/entity_patterns.py": "names of the catalogue, escaped",
    "language/signs/form.py": "makes the patterns of SIGNS, which are tried under that name",
}


def slowest_ms(pattern: re.Pattern[str], chars: int, name: str = "") -> tuple[float, str]:
    """How long the worst of the texts took, and how it begins. Only those that took longest when short are tried."""
    way = is_looked_for_at_the_beginning(name) if name else None

    def look(text: str) -> None:
        if way:
            getattr(pattern, way)(text)
        else:
            for _ in pattern.finditer(text):
                pass

    times = []
    for text in attacks(pattern, SHORT_CHARS):
        began = process_time()
        look(text)
        times.append(process_time() - began)
    worst = (0.0, "")
    for number in heapq.nlargest(SUSPECTS, range(len(times)), key=times.__getitem__):
        text = next(islice(attacks(pattern, chars), number, None))
        worst = max(worst, (cpu_ms(lambda text=text: look(text), LIMIT_MS), text[:60]))
        if worst[0] > LIMIT_MS:
            break
    return worst


@pytest.mark.parametrize("share", range(SHARES))
def test_every_pattern_is_done_with_any_message_at_once(share: int) -> None:
    slow = {}
    for name in list(ALL)[share::SHARES]:
        ms, text = slowest_ms(ALL[name], TIMES_LONGER * settings.MESSAGE_MAX_CHARS, name)
        if ms >= LIMIT_MS:
            slow[name] = (round(ms), text)

    assert slow == {}


def test_every_pattern_that_reads_articles_takes_as_long_as_they_are() -> None:
    slow = {}
    for name, pattern in OF_ARTICLES.items():
        ms, text = slowest_ms(pattern, ARTICLE_CHARS, name)
        if ms >= LIMIT_MS * ARTICLE_CHARS / (TIMES_LONGER * settings.MESSAGE_MAX_CHARS):
            slow[name] = (round(ms), text)

    assert slow == {}


@pytest.mark.parametrize("source", SLOW)
def test_the_texts_find_a_pattern_that_is_slow(source: str) -> None:
    pattern = re.compile(source, re.MULTILINE)

    worst = slowest_ms(pattern, settings.MESSAGE_MAX_CHARS // 2)[0]

    assert worst > LIMIT_MS / (2 * TIMES_LONGER) ** 2  # a square, at least: as long as that, in full, is over the limit


def test_every_pattern_has_a_name_under_which_it_is_found() -> None:
    """What is compiled in passing would be tried by nobody. Words that are known only at run time are escaped."""
    hidden = {
        f"{path.relative_to(ROOT)}:{call.lineno}": path.relative_to(ROOT).as_posix()
        for path, tree in sources().items()
        for call in hidden_patterns(tree)
    }

    assert [place for place, path in hidden.items() if path not in COMPILED_WHERE_USED] == []
    assert set(hidden.values()) == COMPILED_WHERE_USED.keys()  # none is left over
