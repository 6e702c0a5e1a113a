"""Every compiled pattern of the project, with the texts most likely to make it slow."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterator, Mapping
from re import _constants as op  # as `re` itself reads a pattern; test_a_pattern_is_taken_apart holds us to it
from re import _parser
from typing import Any

from tests.hostile.uses import ROOMS

REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
MANY = 5  # a repetition up to this often is taken as it is
FAILS = ("\x00", "\n\x00", "")
GENERAL = ("a", " ", "\n", "1", "|", "A", "a ", "1 ", "A ", "a.", "a\n", "1.", "-", "[", "![a](", "<", "a-", "game ")


def modules() -> Iterator[Any]:
    """Every module of the rooms but migrations and programs, imported. Not all that learns is installed everywhere."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if ".migrations" not in found.name and not found.name.endswith("__main__"):
                with contextlib.suppress(ModuleNotFoundError) if room == "training" else contextlib.nullcontext():
                    yield importlib.import_module(found.name)


def patterns() -> dict[str, re.Pattern[str]]:
    """Each once, by the module and the name that it is first found under."""
    found: dict[re.Pattern[str], str] = {}
    for module in modules():
        for name, value in list(vars(module).items()):
            for inner, pattern in _within(value, 4):
                if isinstance(pattern.pattern, str):
                    found.setdefault(pattern, f"{module.__name__}.{name}{inner}")
    return {name: pattern for pattern, name in found.items()}


def _within(value: Any, depth: int) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield "", value
        return
    if depth == 0:
        return
    for key, each in _parts(value):
        for inner, pattern in _within(each, depth - 1):
            yield f"[{key}]{inner}", pattern


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from list(value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from enumerate(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((each.name, getattr(value, each.name)) for each in dataclasses.fields(value))
    elif isinstance(value, functools.partial):
        yield from enumerate((value.func, *value.args))
    elif isinstance(value, type) and value.__module__.startswith(ROOMS):
        yield from ((name, each) for name, each in vars(value).items() if not name.startswith("__"))
    elif callable(value) and getattr(value, "__defaults__", None):
        yield from enumerate(value.__defaults__)
    elif isinstance(bound := getattr(value, "__self__", None), re.Pattern):  # `search = re.compile(...).search`
        yield "bound", bound


def attacks(pattern: re.Pattern[str], size: int) -> Iterator[str]:
    """Texts of about `size` characters, made of what the pattern itself is made of."""
    seen = set[tuple[str, ...]]()
    for before, pump, after in _pumped(pattern):
        if (before, pump, after) in seen or not pump:
            continue
        seen.add((before, pump, after))
        yield before + pump * ((size - len(before)) // len(pump)) + after
        if before:
            yield (before + pump) * (size // len(before + pump)) + after
            half = before * (size // 2 // len(before))
            yield half + pump * ((size - len(half)) // len(pump)) + after
            some = before + pump * 30
            yield some * (size // len(some)) + after


def _pumped(pattern: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
    """(before, what is repeated, after) for each repetition in the pattern, and for what stands in its alphabet."""
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    letters = _alphabet(tree)
    for before, bodies in _repetitions(tree, "", letters):
        for body in bodies:
            for fail in FAILS:
                yield before, body, fail
        for one, two in itertools.pairwise(bodies):
            yield before, one + two, "\x00"
            yield one * 200, two, "\x00"
    some = letters[:8]
    for one in (*some, *GENERAL):
        yield "", one, "\x00"
        for two in some[:4]:
            yield one, two, "\x00"
            yield one + two, one, "\x00"
    for one in GENERAL:
        yield one * 400 + "\n", " ", "x"


def _alphabet(tree: Any) -> list[str]:
    """A character for each literal and class, in the order in which they stand."""
    found: dict[str, None] = {}
    for code, value in _walk(tree):
        if code in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
            found |= dict.fromkeys(_characters((code, value)))
    return list(found)


def _walk(tree: Any) -> Iterator[tuple[Any, Any]]:
    for code, value in tree:
        yield code, value
        for inner in _inside(code, value):
            yield from _walk(inner)


def _inside(code: Any, value: Any) -> list[Any]:
    if code in REPEATS:
        return [value[2]]
    if code is op.SUBPATTERN:
        return [value[3]]
    if code is op.BRANCH:
        return value[1]
    if code in (op.ASSERT, op.ASSERT_NOT):
        return [value[1]]
    if code is op.ATOMIC_GROUP:
        return [value]
    return [each for each in value[1:] if each] if code is op.GROUPREF_EXISTS else []


def _characters(node: tuple[Any, Any]) -> list[str]:
    code, value = node
    if code is op.LITERAL:
        return [chr(value)]
    if code in (op.ANY, op.NOT_LITERAL):
        return [c for c in (" ", "a", "|") if code is op.ANY or ord(c) != value][:2]
    fits = re.compile(_class_source(value))
    own = [chr(each) for kind, each in value if kind is op.LITERAL][:4]
    ranges = [chr(each[0]) for kind, each in value if kind is op.RANGE][:3]
    return [c for c in dict.fromkeys([*own, *ranges, *"a 1A-\n\t.|x"]) if fits.fullmatch(c)][:4] or own or ["a"]


def _class_source(items: list[tuple[Any, Any]]) -> str:
    parts = []
    for kind, value in items:
        if kind is op.NEGATE:
            parts.append("^")
        elif kind is op.LITERAL:
            parts.append(re.escape(chr(value)))
        elif kind is op.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        else:
            parts.append(
                {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}[str(value).rpartition("_")[2]].swapcase()
                if "NOT" in str(value)
                else {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}[str(value).rpartition("_")[2]]
            )
    return f"[{''.join(parts)}]"


def _sample(tree: Any) -> str:
    """A text that the tree fits, without regard to what it looks at around it."""
    return "".join(_sample_of(code, value) for code, value in tree)


def _sample_of(code: Any, value: Any) -> str:
    if code in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
        return _characters((code, value))[0]
    if code in REPEATS:
        return _sample(value[2]) * max(value[0], 1)
    if code is op.BRANCH:
        return _sample(value[1][0])
    if code in (op.SUBPATTERN, op.ATOMIC_GROUP):
        return _sample(_inside(code, value)[0])
    return " " if code is op.ASSERT and value[0] < 0 else ""


def _bodies(tree: Any, letters: list[str]) -> list[str]:
    """Several texts that one turn of a repetition takes."""
    if len(tree) == 1 and tree[0][0] in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
        first = _characters(tree[0])
        return list(dict.fromkeys([*first, *(c for c in letters if _fits(tree[0], c))]))[:4]
    branches = next((v[1] for c, v in _walk(tree) if c is op.BRANCH), [])
    return list(dict.fromkeys([_sample(tree), *(_sample(each) for each in branches[:4])]))[:4]


def _fits(node: tuple[Any, Any], letter: str) -> bool:
    code, value = node
    if code is op.IN:
        return re.fullmatch(_class_source(value), letter) is not None
    return code is op.ANY or (code is op.LITERAL) == (ord(letter) == value)


def _repetitions(tree: Any, before: str, letters: list[str]) -> Iterator[tuple[str, list[str]]]:
    for code, value in tree:
        if code in REPEATS and value[1] >= MANY:
            yield before, _bodies(value[2], letters)
        for inner in _inside(code, value):
            yield from _repetitions(inner, before, letters)
        before += _sample_of(code, value)
