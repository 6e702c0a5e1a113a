"""Reply to messages that are not questions: small talk, yes or no to an offer, requests for a person."""

from channels.db import database_sync_to_async

from conversations.canned_responses import phrase
from conversations.messaging.question import Question
from conversations.models import Message
from conversations.replies.receipts import ReplyState
from conversations.understanding import acts
from conversations.understanding.acts import Act, ToOffer
from conversations.understanding.offers import offers_person
from knowledge.articles import catalogue
from knowledge.models import Article
from language import greetings

CHOICES_MAX = 4  # offered to somebody whose message could mean anything
# Acts that are answered with one phrase, and the minimum probability of each.
ANSWERED = {
    Act.GREETING: acts.MIN_PROBABILITY,
    Act.THANKS: acts.MIN_PROBABILITY,
    Act.GOODBYE: acts.MIN_PROBABILITY,
    Act.ACKNOWLEDGEMENT: acts.MIN_PROBABILITY,
    Act.PRAISE: acts.MIN_PROBABILITY,
    Act.ARE_YOU_A_BOT: 0.75,
    Act.WHO_ARE_YOU: 0.75,
    Act.CHAT: acts.MIN_PROBABILITY,
}
# Requests for a person have a low threshold, and a lower one if the wording is typical, as missing one is worst.
WISH_MIN = 0.5
WORDED_WISH_MIN = 0.2


def reply(question: Question, draft: ReplyState) -> str:
    """Return the reply to a message that is not a question; empty if it is one. Note the act in the draft."""
    message = draft.understood = acts.act_of(question.text)
    draft.source, draft.why_tier = "rule", f"automatic reply: {message.act}"
    taken = acts.answer_to_offer(question.text) if _was_offered_a_person(question) else ToOffer.OTHER
    if taken == ToOffer.ACCEPT or _wants_person(question.text, message):
        draft.action = "handed_off"
        return _said("handoff", question)
    if taken == ToOffer.DECLINE:
        return _said("declined_offer", question)
    return "" if question.file_ids else _small_talk(question, message)


areply = database_sync_to_async(reply, thread_sensitive=False)


def _small_talk(question: Question, message: acts.Message) -> str:
    if message.act == Act.WHAT_CAN_YOU_DO and message.probability >= ANSWERED[Act.WHO_ARE_YOU]:
        return _what_it_can_do(question)
    if message.act in ANSWERED and message.probability >= ANSWERED[message.act]:
        return _said(str(message.act), question)
    if question.turns:  # a few words then refer to earlier messages
        return ""
    if message.act in (Act.YES, Act.NO) and message.is_sure:
        return _said("acknowledgement", question)
    return _asked_back(question) if message.act == Act.VAGUE and message.is_sure else ""


def _was_offered_a_person(question: Question) -> bool:
    last = question.history[-1] if question.history else None
    return last is not None and last.role == Message.Role.ASSISTANT and offers_person(last.text, last.action)


def _wants_person(text: str, message: acts.Message) -> bool:
    if message.act == Act.WANTS_PERSON and message.probability >= WISH_MIN:
        return True
    return message.wish_for_person >= WORDED_WISH_MIN and greetings.wants_person(text)


def _said(name: str, question: Question) -> str:
    return phrase(name, question.language, shop=question.workspace.name, name=question.workspace.assistant_name)


def _what_it_can_do(question: Question) -> str:
    topics = catalogue.names(question.workspace.id)[:CHOICES_MAX]
    if not topics:
        return _said("what_can_you_do_plain", question)
    return phrase("what_can_you_do", question.language, topics=", ".join(topics))


def _asked_back(question: Question) -> str:
    """Ask what a vague message is about, with a few of the shop's products or articles to choose from."""
    choices = catalogue.names(question.workspace.id)[:CHOICES_MAX] or _titles(question)
    if not choices:
        return _said("ask_back_open", question)
    listed = "\n".join(f"- {choice}" for choice in choices)
    return f"{_said('ask_back', question)}\n\n{listed}"


def _titles(question: Question) -> tuple[str, ...]:
    live = Article.objects.published().filter(workspace=question.workspace, audience=Article.Audience.PUBLIC)
    return tuple(live.order_by("title").values_list("title", flat=True)[:CHOICES_MAX])
