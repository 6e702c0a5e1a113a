"""Negation in English: the negating words, and whether a text contains a negation.

Two checks stay separate. `NEGATORS` and `is_denied` count negations in the words of `normalise.words`, where an answer
must not reverse its source. `negated` looks at a clause as typed, and only for any negation.
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
# Words that negate, end or spoil what they belong to; stems are compared.
DENYING = words_of(
    "avoid prohibit forbid forbidden ban disallow prevent refuse deny reject decline oppose restrict exempt exclude "
    "omit skip ignore revoke illegal unlawful unsafe dangerous harmful invalid inactive unavailable ineligible "
    "impossible unsuitable inadequate insufficient poor damage harm hurt ruin destroy spoil worsen weaken hide conceal "
    "less fewer smaller lower low reduce decrease lessen shrink diminish minimise cut fault faulty broken break fail "
    "failure defect defective malfunction crash downside drawback disadvantage risk worse worst bad wrong incorrect "
    "missing lost lose miss stop quit cease end terminate suspend disable block disconnect undo expire expired"
)
# Ways to say that one does not know and therefore asks. Nothing is negated; the question follows.
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


def is_denied(words: Sequence[str]) -> bool:
    """Return whether the words of a sentence negate it: two negations cancel out."""
    return sum(word in NEGATORS for word in words) % 2 == 1


def negated(text: str) -> bool:
    """Return whether a clause contains a negation, in chat spelling too ("dont")."""
    return bool(_NEGATION.search(text))
