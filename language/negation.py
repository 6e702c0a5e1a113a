"""Negation in English: the words that deny, and whether a text does.

Two readers stay apart. `NEGATORS` and `is_denied` count denials in the words of `normalise.words`, where an answer must
not turn its source round. `negated` looks at a clause as somebody typed it, and asks only whether any denial is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from language.wordnet import stem
from language.words import words_of

NEGATORS = words_of(
    "not non no never none nothing nobody nowhere neither nor without cannot unable except excluding minus lack "
    "lacking hardly barely instead"
)
# Words that deny, end or spoil what they stand with, as a negation does: stems are compared.
DENYING = words_of(
    "avoid prohibit forbid forbidden ban disallow prevent refuse deny reject decline oppose restrict exempt exclude "
    "omit skip ignore revoke illegal unlawful unsafe dangerous harmful invalid inactive unavailable ineligible "
    "impossible unsuitable inadequate insufficient poor damage harm hurt ruin destroy spoil worsen weaken hide conceal "
    "less fewer smaller lower low reduce decrease lessen shrink diminish minimise cut fault faulty broken break fail "
    "failure defect defective malfunction crash downside drawback disadvantage risk worse worst bad wrong incorrect "
    "missing lost lose miss stop quit cease end terminate suspend disable block disconnect undo expire expired"
)
# Ways to say that one does not know, and therefore asks: nothing is denied. What follows is the question.
NOT_KNOWING = (
    r"\b(?:i|we) (?:can|could|do|did|am|are|was|were|have|had) not (?:(?:seem to|really|quite|able to|been able to) )?"
    r"(?:figure out|find out|work out|make out|understand|know|see|tell|remember|sure|certain|clear) "
    r"(how|why|what|when|where|which|who|whether|if)\b"
)
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|neither|nor|without|cannot|unable|refus\w+|declin\w+|fail\w*|unavailable|isn"
    r"|wasn)\b|n['’]t\b|\bcant\b|\bdont\b|\bwont\b|\bdidnt\b|\bdoesnt\b",
    re.I,
)


@cache
def denying() -> frozenset[str]:
    """The stems of DENYING."""
    return frozenset(stem(word) for word in DENYING)


def is_denied(said: Sequence[str]) -> bool:
    """Whether the words of a sentence deny: a denial of a denial affirms."""
    return sum(word in NEGATORS for word in said) % 2 == 1


def negated(text: str) -> bool:
    """Whether a clause as it is written denies something. It reads chat, so "dont" counts."""
    return bool(_NEGATION.search(text))
