"""The cases of a test set: what makes a good one, and how they are added."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from assistant.workspaces.models import Workspace
from conversations.models import Conversation
from conversations.test_sets.errors import TestCaseInvalid, TestCaseTooLong, TestSetFull, TestSetsFull
from conversations.test_sets.models import Case, TestSet

ROLES = ("customer", "assistant")
ALIASES = {"text": "message", "question": "message", "language": "lang", "locale": "lang", "gold": "articles"}
TEXTS = ("message", "answer", "answer_2")
SHORT = {"expect": 200, "lang": 12}
ARTICLES_MAX = 50
ARTICLE_ID_MAX_CHARS = 200
_TURN = re.compile(r"(customer|user|assistant|agent|person)\s*:\s*", re.IGNORECASE)
_SPLIT = re.compile(r"[\n;|]")
_SPOKE = {"user": "customer", "agent": "assistant", "person": "assistant"}


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a case from those of a row: of a file, a form or the data of `evaluate conversation`.

    Raises:
        TestCaseInvalid, TestCaseTooLong: the sentence says which field, and why.
    """
    named = {ALIASES.get(name, name): value for name, value in given.items()}
    fields: dict[str, Any] = {name: _text(named, name) for name in (*TEXTS, *SHORT)}
    fields["kind"] = _text(named, "kind") or Case.Kind.QUESTION
    fields["articles"] = _articles(named.get("articles"))
    fields["history"] = _history(named.get("history"))
    if fields["kind"] not in Case.Kind.values:
        raise TestCaseInvalid(f"“{fields['kind'][:40]}” is not a valid kind. Use one of {', '.join(Case.Kind.values)}.")
    if not fields["message"]:
        raise TestCaseInvalid("The message is missing.")
    return fields


@transaction.atomic
def add(
    test_set: TestSet,
    rows: Sequence[Mapping[str, Any]],
    source: str = Case.Source.TYPED,
    by: Any = None,
    conversation: Conversation | None = None,
) -> list[Case]:
    """Add cases, in their order, with the next numbers. `rows` are as `checked` gives them.

    Raises:
        TestSetFull
    """
    made = [
        Case(test_set=test_set, number=number, source=source, by=by, conversation=conversation, **row)
        for number, row in enumerate(rows, start=_room(test_set, len(rows)))
    ]
    return Case.objects.bulk_create(made)


@transaction.atomic
def place(case: Case, by: Any = None) -> None:
    """Save a case that is new in its set, at the end of it.

    Raises:
        TestSetFull
    """
    case.number = _room(case.test_set, 1)
    if by is not None:
        case.by = by
    case.save()


def require_room(test_set: TestSet, wanted: int) -> None:
    """
    Raises:
        TestSetFull
    """
    if test_set.cases.count() + wanted > settings.TEST_SET_MAX_CASES:
        raise full()


def full() -> TestSetFull:
    return TestSetFull(f"A test set has at most {settings.TEST_SET_MAX_CASES:,} cases (TEST_SET_MAX_CASES).")


def _room(test_set: TestSet, wanted: int) -> int:
    """The next free number, which nobody else is given before the transaction ends."""
    TestSet.objects.select_for_update(no_key=True).get(pk=test_set.pk)
    require_room(test_set, wanted)
    return 1 + (test_set.cases.aggregate(last=Max("number"))["last"] or 0)


def require_room_for_a_set(workspace: Workspace) -> None:
    """
    Raises:
        TestSetsFull
    """
    if workspace.test_sets.count() >= settings.TEST_SETS_MAX:
        raise TestSetsFull(f"A workspace has at most {settings.TEST_SETS_MAX:,} test sets (TEST_SETS_MAX).")


# --- one field ---


def _text(named: Mapping[str, Any], name: str) -> str:
    value = named.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TestCaseInvalid(f"“{name}” must be text.")
    return storable(value.replace("\r\n", "\n").strip(), name, SHORT.get(name, settings.TEST_CASE_MAX_CHARS))


def storable(text: str, name: str, most: int) -> str:
    if len(text) > most:
        raise TestCaseTooLong(f"“{name}” has {len(text):,} characters; at most {most:,} are allowed.")
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise TestCaseInvalid(f"“{name}” contains a character that is not allowed.")
    return text


def _articles(value: Any) -> list[str]:
    """Of a list, or of a text with one a line, or with semicolons or bars between them."""
    parts = _SPLIT.split(value) if isinstance(value, str) else (value or [])
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise TestCaseInvalid("“articles” must be a list of external ids.")
    ids = [storable(part.strip(), "articles", ARTICLE_ID_MAX_CHARS) for part in parts if part.strip()]
    if len(ids) > ARTICLES_MAX:
        raise TestCaseTooLong(f"“articles” names {len(ids):,} articles; at most {ARTICLES_MAX} are allowed.")
    return ids


def _history(value: Any) -> list[dict[str, str]]:
    """Of a list of {role, text} or [role, text], its JSON, or lines that begin with "customer:" or "assistant:"."""
    if isinstance(value, str):
        value = _read_json(value) if value.lstrip().startswith("[") else _spoken(value)
    turns = [_turn(each) for each in value or []] if isinstance(value, list | None) else None
    if turns is None:
        raise TestCaseInvalid("“history” must be a list of {role, text}.")
    if len(turns) > settings.TEST_CASE_HISTORY_MAX:
        raise TestCaseTooLong(
            f"“history” has {len(turns):,} messages; at most {settings.TEST_CASE_HISTORY_MAX} are allowed."
        )
    return turns


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TestCaseInvalid("“history” is not valid JSON.") from error


def _turn(value: Any) -> dict[str, str]:
    if isinstance(value, list | tuple) and len(value) == 2:
        value = {"role": value[0], "text": value[1]}
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in ("role", "text")):
        raise TestCaseInvalid("“history” must be a list of {role, text}.")
    role = _SPOKE.get(value["role"].casefold(), value["role"].casefold())
    if role not in ROLES:
        raise TestCaseInvalid(f"“history”: the role “{role[:40]}” must be customer or assistant.")
    text = storable(value["text"].strip(), "history", settings.TEST_CASE_MAX_CHARS)
    if not text:
        raise TestCaseInvalid("“history” contains an empty message.")
    return {"role": role, "text": text}


def _spoken(text: str) -> list[dict[str, str]]:
    turns: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if begins := _TURN.match(line):
            turns.append((begins[1], [line[begins.end() :]]))
        elif turns:
            turns[-1][1].append(line)
        elif line.strip():
            raise TestCaseInvalid("“history”: start each message with “customer:” or “assistant:”.")
    return [{"role": role, "text": "\n".join(lines)} for role, lines in turns]


def as_spoken(history: Sequence[Mapping[str, str]]) -> str:
    """The history as lines, which `checked` reads back."""
    return "\n".join(f"{turn['role']}: {turn['text']}" for turn in history)
