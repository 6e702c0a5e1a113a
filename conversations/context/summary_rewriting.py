"""Let a small model shorten the notes of a summary, and check each sentence it writes.

Each sentence is compared with the note it restates, and replaces it if it has the same facts in no more words; other
sentences are discarded. So the model can neither lose nor add a fact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.llm.engines.base import Message, Prompt
from conversations.context.clause_splitting import CUSTOMERS, content_stems, trimmed
from conversations.context.entity_patterns import keys_in
from conversations.context.extractive_summary import Note
from conversations.context.faithfulness import note_behind
from language import sentences

_INSTRUCTIONS = (
    "You shorten notes of a support conversation. Write one short sentence for each note, in the same order, one "
    "a line. "
    "Keep every number, name, date and amount exactly. Use only words of the note. Keep who said it: customer or "
    "agent. Add nothing."
)
MOST_SENTENCES = 60  # a model is never asked for more
_LIST_MARK = re.compile(r"\A\W*+(?:\d+[.)]\s+)?(?:(?:customer|agent)\s*:\s*)?", re.I)
_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?([bm])(?![a-z])", re.I)


def share_words(model: str, configured: int = 0) -> int:
    """Return the share of the summary's words that this model may write: larger models may write more.

    `configured` wins unless it is 0; otherwise the size in the model's name decides ("SmolLM2-135M"), and a model
    without a size counts as small.
    """
    if configured:
        return configured
    size = _SIZE.search(model.replace("-", " ").replace("_", " "))
    if size is None:
        return 40
    billions = float(size.group(1)) / (1 if size.group(2).lower() == "b" else 1000)
    return 40 if billions < 0.3 else 60 if billions < 1 else 80 if billions < 7 else 110


def prompt_for(notes: Sequence[Note], *, most_tokens: int = 160, said: Sequence[str] = ()) -> Prompt:
    lines = "\n".join(f"- {_speaker(note)}: {note.clause.text}" for note in notes)
    return Prompt(
        (Message("system", _INSTRUCTIONS), Message("user", f"Notes:\n{lines}\n\nShort sentences:")),
        max_tokens=most_tokens,
        temperature=0.0,
        said=tuple(said),
    )


def rewritten(notes: Sequence[Note], model_text: str, *, most_words: int) -> list[Note]:
    """Return the notes, replaced where the model shortened them faithfully, within its share of words."""
    shortened = list(notes)
    open_notes = list(notes)
    left = most_words
    for line in sentences.split(model_text, sentences.MESSAGE)[:MOST_SENTENCES]:
        sentence = trimmed(_LIST_MARK.sub("", line))
        note = note_behind(sentence, open_notes) if sentence else None
        words = len(sentence.split())
        if note is None or words > left or not _worth_it(sentence, note):
            continue
        at = shortened.index(note)
        shortened[at] = replace(
            note, clause=replace(note.clause, text=sentence), stems=frozenset(content_stems(sentence))
        )
        open_notes.remove(note)
        left -= words
    return shortened


def _worth_it(sentence: str, note: Note) -> bool:
    """Return whether the sentence is shorter, with every fact and most content words of the note."""
    shorter = len(sentence.split()) < len(note.clause.text.split())
    keeps_words = len(note.stems & set(content_stems(sentence))) >= 0.7 * len(note.stems)
    return shorter and keeps_words and note.keys <= keys_in(sentence)


def _speaker(note: Note) -> str:
    return "customer" if note.clause.role in CUSTOMERS else "agent"
