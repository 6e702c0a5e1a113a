"""Write a reply without a model: quote an article for each question, and list what none answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.guidance.content import QUOTES, Length
from conversations.canned_responses import phrase
from conversations.messaging.question import Question
from conversations.replies import citations, fact_questions, open_questions, quotations, repetition
from conversations.replies.receipts import THIS_CUSTOMER, ReplyState
from conversations.replies.retrieval import Part, Retrieved
from conversations.understanding.acts import Act
from knowledge.search import extractive_answers
from knowledge.search.extractive_answers import Quote

CERTAIN = 0.5  # minimum confidence of search to quote a passage without saying that it may not fit
NEED_CERTAINTY = {Act.PERSONAL, Act.ACT, Act.COMPLAINT}  # acts for which an irrelevant passage does harm

HEADING = re.compile(r"\*\*[^\n*]{1,300}\*\*\Z")  # as `excerpts` writes them


@dataclass(slots=True)
class Answer:
    """The quotation for one question, or for several that the same passages answer."""

    parts: list[Part]
    quotes: list[Quote]
    told_before: list[Quote] = field(default_factory=list)  # quotes that fit, but were in the previous reply

    @property
    def is_certain(self) -> bool:
        return all(part.found.confidence >= CERTAIN for part in self.parts)


async def reply(question: Question, draft: ReplyState, retrieved: Retrieved) -> str:
    """Quote the conversation if the question is about it, else the best passages; empty if neither answers."""
    facts = draft.facts or await fact_questions.afacts_asked_for(question, surely=True)
    if facts:
        draft.source, draft.why_tier, draft.context = "rule", "said earlier in this conversation", None
        return fact_questions.told(facts, question)
    answers = [await _answer(question, draft, part) for part in retrieved.parts]
    if not any(answer.quotes or answer.told_before for answer in answers):
        return ""
    nothing = [part for answer in answers for part in answer.parts if not (answer.quotes or answer.told_before)]
    await open_questions.note_parts(question, draft, nothing)
    answers = _told_once(answers)
    if len(answers) > 1 or any(answer.told_before for answer in answers):
        draft.written_for = THIS_CUSTOMER  # it repeats the customer's words, or refers to the previous reply
    draft.source, draft.why_tier, draft.context = "quoted_passage", "no model can be had", None
    quotes = [quote for answer in answers for quote in answer.quotes or answer.told_before[:1]]
    draft.passages = tuple(quote.passage for quote in quotes)
    draft.citations = [citations.citation(n, passage) for n, passage in enumerate(draft.passages, start=1)]
    if not all(answer.quotes and answer.is_certain for answer in answers):
        draft.action = "offer_handoff"
    return _rendered(answers, question.language, sorry=draft.act == Act.COMPLAINT)


async def _answer(question: Question, draft: ReplyState, part: Part) -> Answer:
    if part.is_declined or (draft.act in NEED_CERTAINTY and part.found.confidence < CERTAIN):
        return Answer([part], [])
    most, max_words = QUOTES[Length(question.guidance.length)]
    found = await extractive_answers.abest_quotes(
        part.found.searched_text,
        part.found,
        part.vector,
        workspace_id=question.workspace.id,
        most=most,
        max_words=max_words,
    )
    new = [quote for quote in found if not repetition.is_in(quote.text, draft.told_before)]
    return Answer([part], new, [] if new else found)


def _told_once(answers: Sequence[Answer]) -> list[Answer]:
    """Remove what an earlier answer already quotes. An answer left empty is merged into that one."""
    joined: list[Answer] = []
    for answer in answers:
        answer.quotes, same = _without_told(answer.quotes, joined)
        if same and not answer.quotes:
            same.parts += answer.parts
        else:
            joined.append(answer)
    return joined


def _without_told(quotes: Sequence[Quote], answers: Sequence[Answer]) -> tuple[list[Quote], Answer | None]:
    """Return the parts of the quotes that no answer has yet, and the first answer that has some of the others."""
    left, same = [], None
    for quote in quotes:
        text = quote.text
        for answer in answers:
            shorter = _without_blocks(text, [told for told in answer.quotes if _same_article(told, quote)])
            same = same or (answer if shorter != text else None)
            text = shorter
        left += [replace(quote, text=text)] if text else []
    return left, same


def _same_article(one: Quote, other: Quote) -> bool:
    return one.passage.article_id == other.passage.article_id


def _without_blocks(text: str, told: Sequence[Quote]) -> str:
    """Return the text without paragraphs, lists and tables already quoted; empty if only headings are left."""
    blocks = [block for block in text.split("\n\n") if not any(repetition.is_in(block, each.text) for each in told)]
    return "\n\n".join(blocks) if any(not HEADING.match(block) for block in blocks) else ""


def _rendered(answers: Sequence[Answer], language: str, *, sorry: bool) -> str:
    said, number = [phrase("sorry", language)] if sorry else [], 1
    answered = [answer for answer in answers if answer.quotes or answer.told_before]
    for answer in answered:
        if len(answers) > 1:
            said += [f"**{quotations.as_words(part.text)}**" for part in answer.parts]
        said.append(_one(answer, number, language))
        number += len(answer.quotes) or 1
    nothing = [
        phrase("in_quotes", language, words=quotations.as_words(part.text))
        for answer in answers
        if answer not in answered
        for part in answer.parts
    ]
    if nothing:
        said.append(phrase("nothing_about", language, questions=", ".join(nothing)))
    return "\n\n".join(said)


def _one(answer: Answer, number: int, language: str) -> str:
    if not answer.quotes:
        title = quotations.as_words(answer.told_before[0].passage.title)
        return f"{phrase('told_before', language, title=title)} [{number}]"
    doubt = "" if answer.is_certain else phrase("unsure", language)
    return "\n\n".join(filter(None, (doubt, quotations.render(answer.quotes, language, number))))
