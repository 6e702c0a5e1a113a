"""Every function that reads text from outside, with the largest size it can get."""

import contextlib
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from assistant.llm import reasoning, streaming_json
from assistant.llm.streaming_json import StreamedText
from caching.matching import (
    cacheability,
    candidates,
    evidence,
    grounding,
    guards,
    question_parsing,
    roles,
    value_extraction,
)
from conversations.context import (
    clause_splitting,
    entity_patterns,
    extractive_summary,
    fact_extraction,
    faithfulness,
    summaries,
    summary_rewriting,
)
from conversations.context.fact_ledger import Ledger
from conversations.gate import features, rules
from conversations.helpdesk.mail import html as mail_html
from conversations.helpdesk.mail import text as mail_text
from conversations.messaging import coalescing
from conversations.messaging.file_words import FileWords
from conversations.replies import attached_files, citations, contradiction, fact_questions, link_filter, link_syntax
from conversations.replies import grounding as replies_grounding
from conversations.reporting import article_suggestions
from conversations.test_sets import cases
from conversations.test_sets.errors import TestCaseInvalid
from conversations.understanding import acts, offers
from knowledge.articles import alt_text, file_links, images, rendering, revisions
from knowledge.imports import pdf, sandbox
from knowledge.imports.document import Refused
from knowledge.imports.readers import front_matter, html, markdown_dialects, text
from knowledge.indexing import chunking, markdown_text, quotable_units
from knowledge.search import query_expansion
from language import (
    characters,
    detection,
    follow_ups,
    greetings,
    masking,
    negation,
    normalise,
    personal_data,
    sentences,
    tokenizing,
)
from language import words as language_words

Reader = Callable[[str], Any]
PASSAGE = SimpleNamespace(
    title="Returns",
    heading_path="A > B",
    text="You can return it within 30 days. " * 60,
    locale="en",
    url="/r",
    article_id=1,
)
KNOWN = Ledger().folded("My order is 48231, my phone is 0664 1234567", "1", "customer")
PIECE_CHARS = 5  # of what a model says


def compared(said: str) -> Callable[[], Any]:
    """What compares a text with two others: read it is by then, as `read` shows."""
    here = question_parsing.read(said)
    others = [
        question_parsing.read(f"{said[7:]} other"),
        question_parsing.read(" ".join(f"{word[::-1]}q" for word in said.split())),
    ]
    return lambda: [guards.veto(guards.compare(here, other)) for other in others]


def classified(said: str) -> object:
    """As a question that nobody asked before: each try counts, not the memory of the first."""
    cacheability._classified_alone.cache_clear()
    return cacheability.classify(said)


def sieved(said: str) -> None:
    sieve = link_filter.Sieve(frozenset())
    for start in range(0, len(said), PIECE_CHARS):
        sieve.feed(said[start : start + PIECE_CHARS])
    sieve.close()


def streamed(said: str) -> None:
    """As the text of a reply's JSON object."""
    letters = said.replace("\\", "").replace('"', "").replace("\n", "\\n")
    streamed_bare('{"text": "' + letters)


def streamed_bare(said: str) -> None:
    words = StreamedText()
    for start in range(0, len(said), PIECE_CHARS):
        words.feed(said[start : start + PIECE_CHARS])
    words.close()


def summarised(said: str) -> None:
    notes = extractive_summary.notes_of(clause_splitting.clauses(said, "customer", "1"))
    extractive_summary.summary_of(notes, Ledger().folded(said, "1", "customer"))


def retold(said: str) -> None:
    summary_rewriting.rewritten(
        extractive_summary.notes_of(clause_splitting.clauses(said[:2_000], "customer", "1")), said, most_words=100
    )


def linked(said: str) -> None:
    allowed = link_filter.known([SimpleNamespace(text=said, url="")])
    link_filter.only(said, allowed)


def history_of_a_case(said: str) -> None:
    with contextlib.suppress(TestCaseInvalid):
        cases.checked({"message": "And there?", "articles": said, "history": f"customer: {said}"})


def read_page(written: str) -> None:
    if sandbox.is_read_here(written):
        with contextlib.suppress(Refused):
            html.read_page(written)


OF_MESSAGES: dict[str, Reader] = {
    "canonical": normalise.canonical,
    "language_in": normalise.language_in,
    "read": question_parsing.read.__wrapped__,
    "roles_in": roles.roles_in,
    "words_of": language_words.words_of,
    "cached_values": value_extraction.values,
    "ungrounded": lambda said: grounding.ungrounded(said, grounding.Known.of(said[1:])),
    "ungrounded_in_passages": lambda said: grounding.ungrounded(said, grounding.Known.of(PASSAGE.text)),
    "denies": candidates.denies,
    "classify": classified,
    "classify_history": lambda said: cacheability.classify(
        "How long does shipping to Austria take?", [("customer", said)]
    ),
    "classify_answer": lambda said: cacheability.classify_answer(said, cited=True),
    "stands_alone": lambda said: cacheability.stands_alone(said, [("customer", said), ("assistant", said)]),
    "without_marks": cacheability.without_marks,
    "evidence": lambda said: evidence.unsupported(said, said[1:]),
    "language_of": detection.language_of.__wrapped__,
    "personal_data_in": personal_data.personal_data_in,
    "masked": lambda said: masking.masked(said, ["Ana Quill", "zq-77", said[:200]]),
    "composed": characters.composed,
    **{f"sentences_{name}": partial(sentences.split, style=style) for name, style in sentences.STYLES.items()},
    "clauses_customer": lambda said: clause_splitting.clauses(said, "customer", "1"),
    "clauses_assistant": lambda said: clause_splitting.clauses(said, "assistant", "1"),
    "content_stems": clause_splitting.content_stems,
    "trimmed": clause_splitting.trimmed,
    "negated": negation.negated,
    "keys_in": lambda said: entity_patterns.keys_in(said, tuple(f"Mill {number}" for number in range(500))),
    "numbers_in": entity_patterns.numbers_in,
    "extract": lambda said: fact_extraction.extract(said, "1", "customer"),
    "taken_back_in": fact_extraction.taken_back_in,
    "ledger": lambda said: KNOWN.folded(said, "2", "customer").marked(said),
    "summary": summarised,
    "facts_beside": lambda said: summaries.facts_beside(said, KNOWN.folded(said, "2", "customer")),
    "rewritten": retold,
    "asked_back": lambda said: fact_questions.answering(said, KNOWN),
    "without_names": lambda said: article_suggestions.without_names(
        said, SimpleNamespace(name="Ana Lee", external_id="c-1")
    ),
    "gate rules": rules.certain_reason,
    "gate features": features.without_vector,
    "gives_orders": rules.gives_orders,
    "search_words": lambda said: attached_files.search_words([FileWords("x.txt", said)]),
    "is_greeting": greetings.is_greeting,
    "wants_person": greetings.wants_person,
    "act_of": acts.act_of,
    "answer_to_offer": acts.answer_to_offer,
    "looks_unfinished": coalescing.looks_unfinished,
    "leans_on_history": follow_ups.leans_on_history,
    "search_text": lambda said: follow_ups.search_text(said, [("customer", said)] * 2, products=("Mill Pro", "Mini")),
    "whole_question": lambda said: follow_ups.rewritten(said, [("customer", "Do you ship to Sweden?")]),
    "whole_question_after": lambda said: follow_ups.rewritten("And to Norway?", [("customer", said)]),
    "phrases": query_expansion.phrases.__wrapped__,
    "alternatives": lambda said: query_expansion.alternatives(said, "en"),
    "parts_of_phrases": lambda said: query_expansion.parts_of_phrases(said, "en"),
    "measures": lambda said: tokenizing.measures(said, "en"),
    "mail": mail_text.new_text,
    "history_of_a_case": history_of_a_case,
}

OF_REPLIES: dict[str, Reader] = {
    "sieve": sieved,
    "links": linked,
    "spelled_out": link_syntax.spelled_out,
    "streamed": streamed,
    "streamed_bare": streamed_bare,
    "reply_text": streaming_json.reply_text,
    "without_reasoning": reasoning.without_reasoning,
    "offers_person": offers.offers_person,
    "cited": lambda said: citations.cited(said, [PASSAGE] * 5),
    "polarity": lambda said: contradiction.is_turned_round(said, [PASSAGE.text, said[:2_000]]),
    "doubts": lambda said: replies_grounding.doubts(said, [PASSAGE] * 5, said_before=said, locale="en"),
    "unsupported_values": lambda said: faithfulness.unsupported_values(said, said[1:]),
    "unsupported_sentences": lambda said: faithfulness.unsupported_sentences(said, said[:2_000]),
}

OF_ARTICLES: dict[str, Reader] = {
    "gives_orders_in_files": rules.gives_orders,
    "chunk": chunking.chunk,
    "sentences": sentences.split,
    "units": quotable_units.units,
    "plain": markdown_text.plain,
    "without_html": markdown_text.without_html,
    "without_hidden": markdown_text.without_hidden,
    "terms": lambda written: tokenizing.terms(written, "en"),
    "without_files": file_links.without_files,
    "as_html": rendering.as_html,
    "suggestions": alt_text.suggestions,
    "join_pictures": images.join_pictures,
    "as_commonmark": markdown_dialects.as_commonmark,
    "front_matter": front_matter.split,
    "decode": lambda written: text.decode(written.encode()),
    "without_ligatures": pdf.without_ligatures,
    "read_page": read_page,
    "mail_html": lambda written: mail_html.text_of(written, new=True),
    "differences": lambda written: revisions.differences(written, f"{written[5:]}x"),
}
