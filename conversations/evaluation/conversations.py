"""How the assistant answers customers' messages; what `manage.py evaluate conversation` calls.

Each message is asked as a new customer's, through the same flow as any other. The customer is erased afterwards, with
the cached answer that only this customer caused. No open question is noted, and no webhook is sent.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone

from assistant.guidance.content import Content
from assistant.webhooks import outbox
from assistant.workspaces.models import Workspace
from conversations.api.openai import history
from conversations.api.openai.history import HistoryTurn
from conversations.identity import made_up
from conversations.identity.permissions import Caller
from conversations.models import Contact, Conversation, Message
from conversations.privacy import contacts
from conversations.replies import runner, wait_for_reply
from knowledge.models import Article
from knowledge.search.evaluation import share

Row = Mapping[str, Any]
ROLES = {"user": "customer", "customer": "customer"}
ASKED = {"question", "follow_up", "topic_change", "two_questions"}
NOTHING_FITS = {"unanswerable", "off_topic"}
TALK = {"small_talk", "vague"}
PERSON = {"wants_person", "not_wants_person", "yes_no", "complaint"}
OWN_DATA = {"personal", "cannot_be_cached"}
KINDS = ASKED | NOTHING_FITS | TALK | PERSON | OWN_DATA
TOLD_SHARE = 0.8  # of the words of the expected answer that the reply must have
LEFT_OVER_AFTER_S = 30  # after the longest that anybody waits for a reply
_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"\]\([^)\n]{0,2000}\)|[*_`#|>]")


def conversation(row: Row, workspace: Workspace, guidance: Content | None = None) -> dict[str, Any]:
    """`{kind, text, history?: [{role, text}], articles?, answer?, answer_2?, expect?}` gives
    `{reply, cited, waits, action, ms, receipt, right, first, told}`. With `guidance` it is answered under that one, and
    without the cache.

    `articles` are the external ids of those that answer, `answer` their words. `right` depends on the kind, as
    docs/understanding.md says; `first`: the first source is right; `told`: at least TOLD_SHARE of the words of each
    answer stand in the reply, None where none was given.
    """
    if row["kind"] not in KINDS:
        raise KeyError(row["kind"])
    with outbox.suppress_events():
        answer = _answer(row, workspace, guidance)
    cited = answer["cited"]
    return answer | {
        "right": _is_right(row, answer),
        "first": bool(cited) and cited[0] in _gold(row),
        "told": _told(row, answer["reply"]),
    }


def conversation_totals(rows: Sequence[Row]) -> list[str]:
    """By kind of message, with the 95 % interval; questions that are not in English apart."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        foreign = row["kind"] == "question" and row.get("lang", "en") != "en"
        groups[f"{row['kind']}{' (not English)' if foreign else ''}"].append(row)
    return [line for kind, found in sorted(groups.items()) for line in _lines(kind, found)]


def _lines(kind: str, rows: Sequence[Row]) -> Iterator[str]:
    yield share(f"{kind}, right", [row["right"] for row in rows])
    if rows[0]["kind"] in ASKED:
        yield share(f"{kind}, first source right", [row["first"] for row in rows])
        yield share(f"{kind}, sources all wrong", [bool(row["cited"]) and not row["right"] for row in rows])
        yield share(f"{kind}, declined", [not row["cited"] for row in rows])
        if told := [row["told"] for row in rows if row["told"] is not None]:
            yield share(f"{kind}, answer told", told)


def _answer(row: Row, workspace: Workspace, guidance: Content | None) -> dict[str, Any]:
    """What became of the message, of which nothing is left."""
    began = time.perf_counter()
    name = made_up.new_external_id()
    try:
        if guidance:
            Contact.objects.create(workspace=workspace, external_id=name, attributes=made_up.to_try(guidance))
        asked, said = _ask(row, workspace, name)
        ms = round((time.perf_counter() - began) * 1000)
        return {
            "reply": said.text if said else "",
            "cited": cited_articles(said),
            "waits": Conversation.objects.get(pk=asked.pk).status != Conversation.Status.BOT,
            "action": said.action if said else "handed_off",
            "ms": ms,
            "receipt": (said.receipt if said else None) or {},
        }
    finally:
        for contact in Contact.objects.filter(workspace=workspace, external_id=name):
            contacts.erase(contact)


def erase_left_over(workspace: Workspace) -> None:
    """Erase the customers who were made up by a process that died before it could erase them."""
    before = timezone.now() - timedelta(seconds=settings.REST_WAIT_S + LEFT_OVER_AFTER_S)
    named_so = Contact.objects.filter(workspace=workspace, external_id__startswith=made_up.PREFIX, verified=False)
    for contact in filter(made_up.is_made_up, named_so.filter(created_at__lt=before)):
        contacts.erase(contact)


def _ask(row: Row, workspace: Workspace, name: str) -> tuple[Conversation, Message | None]:
    turns = [*row.get("history", ()), {"role": "customer", "text": row["text"]}]
    dialogue = [HistoryTurn(ROLES.get(turn["role"], "assistant"), turn["text"]) for turn in turns]
    asked = history.claim_conversation(Caller(workspace), dialogue, name)
    return asked, async_to_sync(_answered)(asked, row["text"])


async def _answered(asked: Conversation, text: str) -> Message | None:
    _, said = await wait_for_reply.asked(asked, text)
    await runner.all_done()  # a handoff follows its reply
    return said


def cited_articles(said: Message | None) -> list[str]:
    """What a reply cites, by the external id where an article has one."""
    ids = [citation["article_id"] for citation in (said.citations if said else [])]
    named = {str(pk): name for pk, name in Article.objects.filter(pk__in=ids).values_list("pk", "external_id")}
    return [named.get(each) or each for each in ids]


def _gold(row: Row) -> set[str]:
    return set(row.get("articles") or ())


def _is_right(row: Row, answer: Row) -> bool:
    kind, cites_gold = row["kind"], bool(_gold(row) & set(answer["cited"]))
    if kind in ASKED:
        return cites_gold
    if kind in NOTHING_FITS:
        return not answer["cited"]
    if kind in TALK:
        return not answer["cited"] and not answer["action"]
    if kind in OWN_DATA:
        return cites_gold or not answer["cited"]
    if kind == "complaint":
        return cites_gold or answer["waits"]
    if kind in PERSON:
        wants = kind == "wants_person" or (kind == "yes_no" and "accept" in row.get("expect", ""))
        return bool(answer["waits"]) is wants
    raise KeyError(kind)


def _told(row: Row, reply_text: str) -> bool | None:
    wanted = [word_counts(row[name]) for name in ("answer", "answer_2") if row.get(name)]
    said = word_counts(reply_text)
    return all((words & said).total() >= TOLD_SHARE * words.total() for words in wanted) if wanted else None


def word_counts(text: str) -> Counter[str]:
    """The words of a text, without Markdown and case."""
    return Counter(word.casefold() for word in _WORD.findall(_MARKS.sub(" ", text)))
