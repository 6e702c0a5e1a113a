"""Split messages into clauses that a summary can quote verbatim."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from conversations.canned_responses import PHRASES
from knowledge.indexing.markdown_text import plain
from language import sentences, stemming
from language.stop_words import CLAUSE_STOP_WORDS

CUSTOMERS = frozenset({"customer", "user"})
_CITATION = re.compile(r"(?<!\s)\s*+\[\d{1,2}\](?!\()")
# Texts that the assistant sends by rule have no content, except what fills their gaps.
_GAP = re.compile(r"\\{\w+\\}.*")
_BY_RULE = re.compile(
    "|".join(
        _GAP.sub(".*" if key in ("quoted", "quoted_too") else "", re.escape(phrase))
        for phrases in PHRASES.values()
        for key, phrase in phrases.items()
        if key not in ("in_language", "in_quotes")  # parts of other texts
    )
)
_HANDLE = re.compile(r"(?:(?<=\s)|^)@\w+")
_SIGNATURE = re.compile(r"(?<!\s)\s*+(?:(?:\^|[-–—/]\s?)[A-Z]{2,3}|\^[A-Za-z]++)\s*+\Z")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_PICTURE = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")
_PART = re.compile(r"\A\(?\d/\d?\)?\s++|(?<!\s)\s++\(?\d?/\d\)?\s*+\Z")
_LAST_WORDS = ("please", "thanks", "thank you", "thank", "cheers", "ok", "though", "then", "too", "now")
# Politeness without content; removed at either end of a clause, not inside it.
_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thanks?(?: you| a lot| so much| very much)?"
    r"|thank you(?: so much| very much)?|ok(?:ay)?|yes|yeah|yep|no worries|no problem|great|perfect|awesome|sure"
    r"|oh|ah|um|hmm+|well|so|and|but"
    r"|please|sorry(?: about that| to hear that| for the \w+)?|i'?m (?:so |very |really )?sorry(?: about that| to "
    r"hear that| for the \w+)?|we apologi[sz]e(?: for [\w ]+?)?|apologies(?: for [\w ]+?)?|of course|absolutely"
    r"|certainly|got it|i see|i understand|understood"
    r"|just|actually|also|then|there|team|all|again|alright|right|wow|fine|done|found it|noted|cool|lovely"
    r"|good)(?=[\s,.!;:?-]|$)[\s,.!;:-]*)+",
    re.I,
)
# Matched backwards from the end: forwards, each of many such words would restart the search.
_CLOSING_BACKWARDS = re.compile(
    rf"\A(?:[\s,.!]*+\b(?:{'|'.join(words[::-1] for words in _LAST_WORDS)})\b)++[\s,]*+", re.I
)
# Words that a note can omit without changing its meaning.
_FILLER = re.compile(
    r"\b(?:just|really|very|quite|simply|please|unfortunately|by the way|at the moment|right away|of course)\b,?"
    r"|,? i'?m afraid,?",
    re.I,
)
_EMPTY = re.compile(
    r"^(?:(?:is there )?anything else.*|how (?:can|may) (?:i|we) help.*|(?:have|enjoy) a .*(?:day|evening|weekend"
    r"|one)|you'?re (?:very )?welcome|let (?:me|us) know(?: if.*| how.*)?|(?:we'?re|i'?m) (?:here|happy) to help.*"
    r"|welcome to .*|bye|goodbye"
    r"|(?:i|we) (?:completely |totally |fully )?(?:understand|appreciate|apologi[sz]e).{0,60}|happy to help.*"
    r"|my pleasure|one moment.*|sorry.*(?:inconvenience|trouble|wait).*|.*(?:patience|for waiting|for reaching out"
    r"|for contacting|your understanding|keep us posted).*)$",
    re.I | re.S,
)
_JOINT = re.compile(
    r"(?:;\s++|(?<!\s)\s++[–—-]++\s++|,\s++(?=(?:and|but|so|because|since|which|then|although|while|or)\s)|,\s++(?=(?:I"
    r"|we|you|he|she|they|it|my|the)\b)|(?<!\s)\s++(?=(?:but|because|although)\s))"
)
_WORD = re.compile(r"\S+")
_TERM = re.compile(r"[a-z0-9](?:[a-z0-9'’.@-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message. `at` is its index among all clauses of the conversation."""

    text: str
    role: str
    message_id: str
    at: int = 0


def clauses(text: str, role: str, message_id: str, *, longest_words: int = 20) -> list[Clause]:
    """Return a message's clauses without tables, handles, greetings, signatures. Words are only removed."""
    text = without_tables(text)
    if role not in CUSTOMERS:
        text = plain(_CITATION.sub("", _BY_RULE.sub("", text)))
    content = _PICTURE.sub(" ", _URL.sub("", _HANDLE.sub("", text)))
    content = _PART.sub("", _SIGNATURE.sub("", content.strip()).strip())
    result = []
    for sentence in sentences.split(content, sentences.MESSAGE):
        for piece in _split(sentence, longest_words):
            clause = trimmed(piece)
            if (len(clause.split()) > 1 and not _EMPTY.match(clause.rstrip(".!?"))) or any(c.isdigit() for c in clause):
                result.append(Clause(clause, role, message_id))
    return result


def without_tables(text: str) -> str:
    """Remove table rows, which are no clauses: lines with a bar at both ends, or of a table with a rule."""
    lines, result = text.split("\n"), []
    below_rule = False
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        is_head = "|" in line and _is_rule(after)
        below_rule = is_head or (below_rule and ("|" in line or _is_rule(line)))
        bare = line.strip(" \t")
        if not below_rule and not (len(bare) > 1 and bare.startswith("|") and bare.endswith("|")):
            result.append(line)
    return "\n".join(result)


def _is_rule(line: str) -> bool:
    """Return whether this is the line between a table's header and its rows: "|---|:-:|", or only "---"."""
    bare = line.lstrip(" \t").removeprefix("|").lstrip(" \t").removeprefix(":")
    return bare.startswith("-") and not bare.strip(" \t:|-")


_COURTESY = re.compile(
    r"\A\W*+(?:thank(?:s| you)|sorry|apologies|(?:i'?m|we'?re|we are|i am) (?:very |so |really )?sorry)\b[^\d]{0,60}$",
    re.I,
)


def trimmed(clause: str) -> str:
    """Return the clause without politeness at its ends."""
    if _COURTESY.match(clause):
        return ""
    question = clause.rstrip().endswith("?")
    content = _without_closing(_OPENING.sub("", clause.strip()).rstrip(" .!?,;:"))
    content = " ".join(_FILLER.sub("", content).split()).strip(" ,;:-.!")
    return f"{content}?" if question and content else content


def _without_closing(clause: str) -> str:
    closing = _CLOSING_BACKWARDS.match(clause[::-1])
    return clause[: len(clause) - closing.end()] if closing else clause


def _split(sentence: str, longest_words: int) -> list[str]:
    """Split a sentence at its joints, the last first, leaving at least four words before and three after each."""
    starts = [word.start() for word in _WORD.finditer(sentence)]
    if len(starts) <= longest_words // 2:
        return [sentence]
    pieces: list[str] = []
    end, words_left = len(sentence), len(starts)
    for joint in reversed(list(_JOINT.finditer(sentence))):
        head_words, tail_from = bisect_left(starts, joint.start()), bisect_left(starts, joint.end())
        if head_words >= 4 and words_left - tail_from >= 3:
            pieces.append(sentence[joint.end() : end])
            end, words_left = joint.start(), head_words
    return [*reversed([*pieces, sentence[:end]])]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    return stemming.stem(word)


def content_stems(text: str) -> list[str]:
    """Return the stems of content words in order; numbers and ids stay whole."""
    terms = _TERM.findall(text.lower())
    return [
        stem(word.replace("’", "'").removesuffix("'s"))
        for word in terms
        if word.replace("'", "") not in CLAUSE_STOP_WORDS
    ]
