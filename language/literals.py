"""Looking for words that are known only at run time, to the letter."""

import re
from functools import lru_cache


@lru_cache(maxsize=1_000)
def whole(words: str) -> re.Pattern[str]:
    """These words, in any case, where no word goes on before or behind them."""
    return re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)


def replaced(text: str, words: str, other: str) -> str:
    """The text with other words in their place, wherever they stand and in whatever case."""
    return re.compile(re.escape(words), re.IGNORECASE).sub(lambda _: other, text)
