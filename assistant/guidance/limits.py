"""Validation of guidance: lengths, counts, and required texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.conf import settings

from assistant.guidance.content import Content, Length, Response, Topic
from assistant.guidance.errors import GuidanceInvalid, GuidanceTooLong, GuidanceTooMany
from language.detection import CANDIDATES


def problems(content: Content) -> list[GuidanceInvalid]:
    """Return all errors, each with its field."""
    found = [
        *_long("persona", [content.persona], settings.GUIDANCE_PERSONA_MAX_CHARS),
        *_long("tone", [content.tone], settings.GUIDANCE_TONE_MAX_CHARS),
        *_list("do", content.do),
        *_list("do_not", content.do_not),
        *_topics("forbidden_topics", content.forbidden_topics),
        *_topics("handoff_topics", content.handoff_topics),
        *_long("other_languages", [content.other_languages], settings.GUIDANCE_REPLY_MAX_CHARS),
        *_languages(content),
    ]
    if content.length not in Length.values:
        found.append(GuidanceInvalid("Choose a length.", "length"))
    total, most = sum(map(len, texts_of(content))), settings.GUIDANCE_MAX_CHARS
    if total > most:
        found.append(GuidanceTooLong(f"All texts together have {total:,} characters; at most {most:,} are allowed."))
    return found


def texts_of(content: Content) -> Iterator[str]:
    yield from (content.persona, content.tone, content.other_languages, *content.do, *content.do_not)
    for topic in (*content.forbidden_topics, *content.handoff_topics):
        yield from (topic.name, topic.reply, *topic.words, *topic.examples)


def _long(field: str, texts: Sequence[str], most: int) -> Iterator[GuidanceInvalid]:
    for text in texts:
        if len(text) > most:
            yield GuidanceTooLong(f"“{text[:30]}…” has {len(text):,} characters; at most {most:,} are allowed.", field)


def _many(field: str, entries: Sequence[object], most: int, what: str) -> Iterator[GuidanceInvalid]:
    if len(entries) > most:
        yield GuidanceTooMany(f"{len(entries)} {what}; at most {most} are allowed.", field)


def _list(field: str, entries: Sequence[str]) -> Iterator[GuidanceInvalid]:
    yield from _many(field, entries, settings.GUIDANCE_LIST_MAX_ITEMS, "lines")
    yield from _long(field, entries, settings.GUIDANCE_ITEM_MAX_CHARS)


def _topics(field: str, topics: Sequence[Topic]) -> Iterator[GuidanceInvalid]:
    yield from _many(field, topics, settings.GUIDANCE_MAX_TOPICS, "topics")
    for topic in topics:
        yield from _long(field, [topic.name], settings.GUIDANCE_TOPIC_NAME_MAX_CHARS)
        yield from _long(field, [topic.reply], settings.GUIDANCE_REPLY_MAX_CHARS)
        yield from _long(field, [*topic.words, *topic.examples], settings.GUIDANCE_EXAMPLE_MAX_CHARS)
        yield from _many(field, topic.words, settings.GUIDANCE_TOPIC_MAX_EXAMPLES, "words")
        yield from _many(field, topic.examples, settings.GUIDANCE_TOPIC_MAX_EXAMPLES, "examples")
        yield from _incomplete(field, topic)


def _incomplete(field: str, topic: Topic) -> Iterator[GuidanceInvalid]:
    if not topic.name:
        yield GuidanceInvalid("Give each topic a name.", field)
    if field == "handoff_topics":  # its reply is optional
        return
    if topic.response not in Response.values:
        yield GuidanceInvalid(f"Choose what happens for “{topic.name}”.", field)
    elif topic.response != Response.HAND_OVER and not topic.reply:
        yield GuidanceInvalid(f"Write the reply for “{topic.name}”.", field)


def _languages(content: Content) -> Iterator[GuidanceInvalid]:
    known = CANDIDATES.split()
    if unknown := [code for code in content.languages if code not in known]:
        yield GuidanceInvalid(f"Not a language code that Brevity detects: {', '.join(unknown)[:100]}.", "languages")
    if content.languages and not content.other_languages:
        yield GuidanceInvalid("Write what customers get who write in another language.", "other_languages")
