"""Normalise characters for comparison."""

import re
import unicodedata

MARKS_MAX = 30  # on one letter, as in the Stream-Safe Text Format of Unicode (UAX 15)
_MARKS = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))
_SURPLUS = re.compile(rf"([{_MARKS}]{{{MARKS_MAX}}})[{_MARKS}]++")


def composed(text: str) -> str:
    """Return the text in NFKC, with at most MARKS_MAX marks per letter: more take long to sort."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _SURPLUS.sub(r"\1", text))
