"""The texts of findings B2 and B3, which took 1.8 to 36 seconds."""

from collections.abc import Callable
from typing import Any

import pytest

from caching.matching.guards import compare
from caching.matching.question_parsing import read
from conversations.context.clause_splitting import clauses
from conversations.context.entity_patterns import keys_in
from conversations.context.fact_extraction import extract
from knowledge.indexing.markdown_text import plain
from tests.hostile.measuring import cpu_ms, slowness
from tests.hostile.readers import linked, sieved, summarised

pytestmark = pytest.mark.timing

LIMIT_MS = 50.0 * slowness()
BARS_AND_SPACES = "|" * 400 + "\n" + " " * 800 + "x"
PICTURES = "![a](" * 300
ONE_WORD = "game " * 800
READERS: dict[str, Callable[[str], Any]] = {
    "clauses": lambda text: clauses(text, "customer", "1"),
    "facts": lambda text: extract(text, "1", "customer"),
    "values": keys_in,
    "summary": summarised,
    "plain": plain,
    "links": linked,
    "sieve": sieved,
    "compare": lambda text: compare(read(text), read(f"{text} x")),
}


@pytest.mark.parametrize("text", [BARS_AND_SPACES, PICTURES, ONE_WORD], ids=["bars", "pictures", "one_word"])
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_what_once_took_seconds_is_read_at_once(reader: Callable[[str], Any], text: str) -> None:
    reader("My Mill shows E5. What does that mean?")  # what is loaded once is no part of it

    assert cpu_ms(lambda: reader(text), LIMIT_MS) < LIMIT_MS
