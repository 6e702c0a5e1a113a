"""Replace what identifies a person by placeholders such as `<EMAIL_4821>`, and put the values back as text streams in.

Nothing is stored: the number of a placeholder is a keyed digest of the value. So a value has the same placeholder in
every message, summary and file of a conversation, and another one elsewhere; without the key a number says nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from language import literals
from language.characters import composed
from language.identifiers import Found, Kind, find, remainder
from language.identifiers.network import emails
from language.stop_words import FUNCTION_WORDS

NUMBERS = range(1000, 10_000)
_KINDS = "|".join(Kind)
# As models repeat a placeholder: with other brackets, escaped, without brackets, in small letters.
_OPENINGS = ("<", "\\u003c", "&lt;", "")
_PLACEHOLDER = re.compile(
    rf"(?:<|\\u003c|&lt;|(?<![A-Za-z0-9_]))({_KINDS})\\{{0,2}}_(\d{{4}})(?:>|\\u003e|&gt;|(?!\d))", re.IGNORECASE
)
# In small letters, with a part of its number, or all of it and a part of what closes it.
_NUMBERED = re.compile(
    rf"(?:<|\\u003c|&lt;)?({_KINDS.lower()})\\{{0,2}}_(\d{{1,4}})(?:(?<=\d{{4}})(?:\\(?:u(?:0(?:0(?:3)?)?)?)?|&(?:g(?:t)?)?))?"
)
NUMBER_DIGITS, MOST_AFTER_HEAD = 4, 4 + len("\\u003")
_JOINERS = ("_", "\\_", "\\\\_")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# A value stands in JSON and in prose as it is: it has neither quotes, nor a backslash, nor a line break.
_UNBROKEN = re.compile(r"[^\x00-\x1f\x7f\"\\\u2028\u2029]+")
_RUN = re.compile(r"[^\W_]+")
_SEPARATORS = re.compile(r"[\s()/.\u2010-\u2015-]+")
PUBLIC_MIN_CHARS = KNOWN_MIN_CHARS = 4
# What a shop may publish. A password, a card or a person's id is masked even where the same characters are public.
_MAY_BE_PUBLIC = frozenset({Kind.EMAIL, Kind.PHONE, Kind.ADDRESS, Kind.IP, Kind.IBAN, Kind.NUMBER})


class PublicText:
    """Text that everybody may read. What stands in it is not masked elsewhere, so that a model can compare."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(texts)

    @cached_property
    def _canonical(self) -> str:
        return canonical(self.text)

    @cached_property
    def _emails(self) -> frozenset[str]:
        text = _plain(self.text)
        return frozenset(canonical(text[found.start : found.end]) for found in emails(text))

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(_RUN.findall(self.text.lower()))

    def has(self, value: str, found: Found) -> bool:
        if found.kind == Kind.NAME:
            return not found.sure and literals.whole(value).search(self.text) is not None
        wanted = canonical(value)
        if found.kind == Kind.EMAIL:  # as a whole: the shop's martina@x.example is not the customer's ina@x.example
            return wanted in self._emails
        if found.kind not in _MAY_BE_PUBLIC or len(wanted) < PUBLIC_MIN_CHARS:
            return False
        at = self._canonical.find(wanted)
        return at >= 0 and not (
            (self._canonical[at - 1 : at].isdigit() and wanted[0].isdigit())
            or (self._canonical[at + len(wanted) : at + len(wanted) + 1].isdigit() and wanted[-1].isdigit())
        )


def _plain(text: str) -> str:
    return _INVISIBLE.sub("", composed(text))


def canonical(value: str) -> str:
    """Return a value without what people write differently: case, blanks, separators."""
    return _SEPARATORS.sub("", value).casefold()


class Placeholders:
    """The placeholders of one prompt. `literals` are texts whose own placeholders are not given to a value."""

    def __init__(self, key: bytes, public: PublicText | None = None, literals: Iterable[str] = ()) -> None:
        self.key = key
        self.public = public or PublicText(())
        self.values: dict[str, str] = {}  # by placeholder without brackets, as written last
        self._given: dict[tuple[Kind, str], str] = {}
        self._known: dict[str, Kind] = {}  # values in small letters
        # Of the values that begin with a word: the characters before it, and all of them.
        self._shapes: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self._taken = {_name(match) for text in literals for match in _PLACEHOLDER.finditer(text)}

    def learn(self, texts: Iterable[str]) -> None:
        """Remember what identifies a person in texts, to mask it also where nothing beside it says what it is.

        A summary says "Also: Quixwood" of somebody who said "my name is Zoltan Quixwood".
        """
        for text in texts:
            plain = _plain(text)
            for found in find(plain):
                value = plain[found.start : found.end]
                if not self.public.has(value, found):
                    parts = value.split() if found.kind == Kind.NAME else ()
                    wanted = (each.lower() for each in (value, *parts) if each.lower() not in FUNCTION_WORDS)
                    for each in wanted:
                        self._know(each, found.kind)

    def _know(self, value: str, kind: Kind) -> None:
        if len(value) >= KNOWN_MIN_CHARS and (first := _RUN.search(value)):
            self._known[value] = kind
            self._shapes[first.group()].add((first.start(), len(value)))

    def mask(self, text: str) -> str:
        """Return the text with placeholders; the text itself where there is nothing to mask.

        A text in which something is masked is in NFKC, without invisible characters: these could hide a value.
        """
        plain = _plain(text)
        pieces, at = [], 0
        for found in self._found(plain):
            if self.public.has(plain[found.start : found.end], found):
                continue
            pieces += [plain[at : found.start], self._masked(plain[found.start : found.end], found.kind)]
            at = found.end
        return "".join([*pieces, plain[at:]]) if pieces else text

    def _found(self, text: str) -> list[Found]:
        found = find(text)
        starts, ends = [each.start for each in found], [each.end for each in found]
        known = [
            part
            for each in self._known_in(text)
            for part in remainder(each, found[bisect_right(ends, each.start) : bisect_left(starts, each.end)])
        ]
        return sorted([*found, *known])

    def _known_in(self, text: str) -> Iterator[Found]:
        """Yield the places of known values, of those that begin alike the longest. Linear in the text."""
        after = 0
        for run in _RUN.finditer(text) if self._known else ():
            shapes = self._shapes.get(run.group().lower(), ())
            spans = ((run.start() - lead, run.start() - lead + chars) for lead, chars in shapes)
            known = [each for each in spans if each[0] >= after and self._knows(text, *each)]
            if span := max(known, key=lambda each: each[1] - each[0], default=None):
                after = span[1]
                yield Found(*span, self._known[text[slice(*span)].lower()])

    def _knows(self, text: str, start: int, end: int) -> bool:
        value = text[start:end]
        kind = self._known.get(value.lower())
        if kind is None or text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum():
            return False
        # Mr Green asks for a green chair.
        return not (kind == Kind.NAME and value.islower() and value in self.public.words)

    def _masked(self, value: str, kind: Kind) -> str:
        return _UNBROKEN.sub(lambda part: self._with_margins(part.group(), kind), value)

    def _with_margins(self, part: str, kind: Kind) -> str:
        inner = part.strip()
        if not any(character.isalnum() for character in inner):
            return part
        return part.replace(inner, f"<{self._placeholder(inner, kind)}>", 1)

    def _placeholder(self, value: str, kind: Kind) -> str:
        same = (kind, canonical(value))
        if same not in self._given:
            digest = hmac.new(self.key, f"{kind}\n{same[1]}".encode(), hashlib.sha256).digest()
            first = int.from_bytes(digest[:8], "big") % len(NUMBERS)
            numbers = (NUMBERS[(first + step) % len(NUMBERS)] for step in range(len(NUMBERS)))
            self._given[same] = next(name for number in numbers if (name := f"{kind}_{number}") not in self._taken)
            self._taken.add(self._given[same])
        self.values[self._given[same]] = value
        return self._given[same]

    def counts(self) -> dict[str, int]:
        """Return how many different values were masked, by kind."""
        return dict(sorted(Counter(name.partition("_")[0] for name in self.values).items()))


class Restorer:
    """Puts values back into a text that arrives in pieces, and holds back what may become a placeholder."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self._held = ""
        self._before = ""  # the last character given out
        self._heads = {begun for kind in {name.partition("_")[0] for name in values} for begun in _heads(kind)}
        self._numbered = {name.lower()[:end] for name in values for end in range(-NUMBER_DIGITS + 1, 0)}
        self._numbered.update(name.lower() for name in values)
        self._longest = max(map(len, self._heads), default=-MOST_AFTER_HEAD) + MOST_AFTER_HEAD

    def feed(self, text: str) -> str:
        text = self._held + text
        cut = self._cut(text)
        self._held = text[cut:]
        return self._restored(text[:cut])

    def close(self) -> str:
        held, self._held = self._held, ""
        return self._restored(held)

    def _cut(self, text: str) -> int:
        """Return where the end of the text begins that may still become a placeholder, or more of one."""
        lower = text.lower()
        first = max(0, len(text) - self._longest)
        cut = next((at for at in range(first, len(text)) if self._may_go_on(lower[at:])), len(text))
        whole = (match.end() for match in _PLACEHOLDER.finditer(text) if match.start() < cut < match.end())
        return next(whole, cut)

    def _may_go_on(self, end: str) -> bool:
        """Return whether this may stand at the end of a text while a placeholder of ours arrives; in small letters."""
        if end in self._heads:
            return True
        begun = _NUMBERED.fullmatch(end) if "_" in end else None
        return begun is not None and f"{begun[1]}_{begun[2]}" in self._numbered

    def _restored(self, text: str) -> str:
        if not text:
            return ""
        whole = self._before + text
        restored = _PLACEHOLDER.sub(lambda match: self.values.get(_name(match), match.group()), whole)
        self._before = text[-1]
        return restored[len(whole) - len(text) :]


def _name(match: re.Match[str]) -> str:
    return f"{match[1].upper()}_{match[2]}"


def _heads(kind: str) -> Iterator[str]:
    """Yield the beginnings of a placeholder of this kind, up to its number, in small letters."""
    for opening in _OPENINGS:
        for joiner in _JOINERS:
            head = f"{opening}{kind.lower()}{joiner}"
            yield from (head[:end] for end in range(1, len(head) + 1))
