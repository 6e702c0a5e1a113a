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
# What the assistant says by rule tells nothing of the matter; only what fills a gap in it does.
_GAP = re.compile(r"\\{\w+\\}.*")
_BY_RULE = re.compile(
    "|".join(
        _GAP.sub(".*" if key in ("quoted", "quoted_too") else "", re.escape(phrase))
        for phrases in PHRASES.values()
        for key, phrase in phrases.items()
        if key not in ("in_language", "in_quotes")  # parts of others
    )
)
_HANDLE = re.compile(r"(?:(?<=\s)|^)@\w+")
_SIGNATURE = re.compile(r"(?<!\s)\s*+(?:(?:\^|[-–—/]\s?)[A-Z]{2,3}|\^[A-Za-z]++)\s*+\Z")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_PICTURE = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")
_PART = re.compile(r"\A\(?\d/\d?\)?\s++|(?<!\s)\s++\(?\d?/\d\)?\s*+\Z")
_LAST_WORDS = ("please", "thanks", "thank you", "thank", "cheers", "ok", "though", "then", "too", "now")
# Politeness that carries nothing; cut from either end of a clause, never out of its middle.
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
# Read from the end, letter by letter: forwards, each of many such words would begin the search anew.
_CLOSING_BACKWARDS = re.compile(
    rf"\A(?:[\s,.!]*+\b(?:{'|'.join(words[::-1] for words in _LAST_WORDS)})\b)++[\s,]*+", re.I
)
# Small words that a note can do without; leaving them out turns nothing round.
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
    """A stretch of a message. `at` is its place among all clauses of the conversation."""

    text: str
    role: str
    message_id: str
    at: int = 0


def clauses(text: str, role: str, message_id: str, *, longest_words: int = 20) -> list[Clause]:
    """The clauses of one message without tables, handles, greetings, signatures; words are only ever left out."""
    text = without_tables(text)
    if role not in CUSTOMERS:
        text = plain(_CITATION.sub("", _BY_RULE.sub("", text)))
    told = _PICTURE.sub(" ", _URL.sub("", _HANDLE.sub("", text)))
    told = _PART.sub("", _SIGNATURE.sub("", told.strip()).strip())
    kept = []
    for sentence in sentences.split(told, sentences.MESSAGE):
        for piece in _split(sentence, longest_words):
            clause = trimmed(piece)
            if (len(clause.split()) > 1 and not _EMPTY.match(clause.rstrip(".!?"))) or any(c.isdigit() for c in clause):
                kept.append(Clause(clause, role, message_id))
    return kept


def without_tables(text: str) -> str:
    """Without whole rows of a table, which are no clauses: those with a bar at both ends, or of one with a rule."""
    lines, kept = text.split("\n"), []
    below_rule = False
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        is_head = "|" in line and _is_rule(after)
        below_rule = is_head or (below_rule and ("|" in line or _is_rule(line)))
        bare = line.strip(" \t")
        if not below_rule and not (len(bare) > 1 and bare.startswith("|") and bare.endswith("|")):
            kept.append(line)
    return "\n".join(kept)


def _is_rule(line: str) -> bool:
    """Whether it is the line between a table's head and its rows: "|---|:-:|", or only "---"."""
    bare = line.lstrip(" \t").removeprefix("|").lstrip(" \t").removeprefix(":")
    return bare.startswith("-") and not bare.strip(" \t:|-")


_COURTESY = re.compile(
    r"\A\W*+(?:thank(?:s| you)|sorry|apologies|(?:i'?m|we'?re|we are|i am) (?:very |so |really )?sorry)\b[^\d]{0,60}$",
    re.I,
)


def trimmed(clause: str) -> str:
    """The clause without the politeness around it."""
    if _COURTESY.match(clause):
        return ""
    question = clause.rstrip().endswith("?")
    told = _without_closing(_OPENING.sub("", clause.strip()).rstrip(" .!?,;:"))
    told = " ".join(_FILLER.sub("", told).split()).strip(" ,;:-.!")
    return f"{told}?" if question and told else told


def _without_closing(clause: str) -> str:
    closing = _CLOSING_BACKWARDS.match(clause[::-1])
    return clause[: len(clause) - closing.end()] if closing else clause


def _split(sentence: str, longest_words: int) -> list[str]:
    """The sentence cut at its joints, from the last on, where at least four words stand before and three behind."""
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
    """The words that carry meaning, stemmed, in order; numbers and ids whole."""
    found = _TERM.findall(text.lower())
    return [
        stem(word.replace("’", "'").removesuffix("'s"))
        for word in found
        if word.replace("'", "") not in CLAUSE_STOP_WORDS
    ]
