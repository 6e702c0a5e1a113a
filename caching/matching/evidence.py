"""Evidence gate: check that the current articles still support a cached answer. Pure.

After GroundedCache (arXiv 2605.27494): similar questions are not enough. The passages found for the new question must
include the sources of the old answer, unchanged, and must support its sentences.
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
    """A passage as published. `key` is opaque; `revision` and `content_hash` show whether it changed.

    `labels` are its title, headings, product and shop: names that an answer may use too.
    """

    key: str
    revision: int
    content_hash: str
    text: str = ""
    labels: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Passages that a fresh search found for the new question, best first."""

    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class DependencyStatus:
    """Current state of a source that an entry depends on."""

    key: str
    revision: int
    content_hash: str


def gate(answer: str, dependencies: Sequence[DependencyStatus], evidence: Evidence) -> str | None:
    """Return why the answer must not be served on this evidence, or None if it may.

    Every source of the answer that the search found must be unchanged, at least one must be found, the best passage
    must come from one of the answer's own articles, and the passages must support what the answer says.
    """
    if not evidence.sources:
        return "no_evidence"
    keys = {stand.key for stand in dependencies}
    cited = [source for source in evidence.sources if source.key in keys]
    if not cited:
        return "other_sources"
    if any(changed(source, dependencies) for source in cited):
        return "source_changed"
    if evidence.sources[0].key not in keys:
        return "better_source"
    return unsupported(answer, " ".join(source.text for source in cited))


def changed(source: Source, dependencies: Sequence[DependencyStatus]) -> bool:
    """Return whether a source changed. A newer revision with an identical passage counts as unchanged."""
    same_key = [stand for stand in dependencies if stand.key == source.key]
    same_text = any(stand.content_hash == source.content_hash for stand in same_key if stand.content_hash)
    return not same_text and all(stand.revision != source.revision for stand in same_key)


def unsupported(answer: str, text: str) -> str | None:
    """Return whether the answer has a number that no source contains, or a sentence whose words mostly are in none."""
    source_words = words(text)
    numbers = {word for word in source_words if word[0].isdigit()}
    stems = {stem(word) for word in source_words}
    for sentence in split(MARKUP.sub(" ", answer), EVIDENCE):
        sentence_words = words(sentence)
        if any(word[0].isdigit() and word not in numbers for word in sentence_words):
            return "number_unsupported"
        content = [stem(w) for w in sentence_words if w not in FUNCTION_WORDS and not w[0].isdigit()]
        if len(content) >= 3 and sum(w in stems for w in content) < SUPPORT_MIN_SHARE * len(content):
            return "sentence_unsupported"
    return None
