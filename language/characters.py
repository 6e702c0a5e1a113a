"""Normalise characters for comparison."""

import re
import unicodedata

MARKS_MAX = 30  # on one letter; as the Stream-Safe Text Format of Unicode has it (UAX 15)
_MARKS = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))
_SURPLUS = re.compile(rf"([{_MARKS}]{{{MARKS_MAX}}})[{_MARKS}]++")


def composed(text: str) -> str:
    """The text in NFKC. Of the marks on one letter at most MARKS_MAX are kept: many of them take long to sort."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _SURPLUS.sub(r"\1", text))
