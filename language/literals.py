"""Find and replace words that are known only at run time, matched literally."""

import re
from functools import lru_cache


@lru_cache(maxsize=1_000)
def whole(words: str) -> re.Pattern[str]:
    """Return a pattern for these words in any case, as whole words."""
    return re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)


def replaced(text: str, words: str, other: str) -> str:
    """Return the text with every occurrence of the words, in any case, replaced."""
    return re.compile(re.escape(words), re.IGNORECASE).sub(lambda _: other, text)
