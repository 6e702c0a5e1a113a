"""The evidence gate: does what the shop says now still carry the answer that was given before? Pure.

After GroundedCache (arXiv 2605.27494): similar questions are not enough; the passages found for the
new question must hold the sources of the old answer, unchanged, and its sentences must stand in them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from language.normalise import words
from language.sentences import EVIDENCE, split
from language.stop_words import FUNCTION_WORDS
from language.wordnet import stem

SUPPORT_MIN_SHARE = 0.6
MARKUP = re.compile(r"\[\d+\]|[*_#>|`]")


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as it stands. `key` is opaque; `revision` and `content_hash` tell whether it changed.

    `labels` are the names it goes by, which an answer may use too: title, headings, product, shop.
    """

    key: str
    revision: int
    content_hash: str
    text: str = ""
    labels: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a fresh search found for the new question, best first."""

    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class DependencyStatus:
    """A source as an entry depends on it."""

    key: str
    revision: int
    content_hash: str


def gate(answer: str, stands: Sequence[DependencyStatus], evidence: Evidence) -> str | None:
    """Why the answer must not be served on this evidence, or None when it may.

    Every source of the answer that the search found again must be unchanged, at least one must be found,
    the best passage must be one of the answer's own articles, and what the answer says must stand there.
    """
    if not evidence.sources:
        return "no_evidence"
    keys = {stand.key for stand in stands}
    found = [source for source in evidence.sources if source.key in keys]
    if not found:
        return "other_sources"
    if any(changed(source, stands) for source in found):
        return "source_changed"
    if evidence.sources[0].key not in keys:
        return "better_source"
    return unsupported(answer, " ".join(source.text for source in found))


def changed(source: Source, stands: Sequence[DependencyStatus]) -> bool:
    """A newer revision whose passage is word for word the old one is the same source."""
    same_key = [stand for stand in stands if stand.key == source.key]
    known = any(stand.content_hash == source.content_hash for stand in same_key if stand.content_hash)
    return not known and all(stand.revision != source.revision for stand in same_key)


def unsupported(answer: str, text: str) -> str | None:
    """A number that no source holds, or a sentence whose words mostly stand nowhere."""
    source_words = words(text)
    numbers = {word for word in source_words if word[0].isdigit()}
    stems = {stem(word) for word in source_words}
    for sentence in split(MARKUP.sub(" ", answer), EVIDENCE):
        said = words(sentence)
        if any(word[0].isdigit() and word not in numbers for word in said):
            return "number_unsupported"
        content = [stem(w) for w in said if w not in FUNCTION_WORDS and not w[0].isdigit()]
        if len(content) >= 3 and sum(w in stems for w in content) < SUPPORT_MIN_SHARE * len(content):
            return "sentence_unsupported"
    return None
