"""Replace what identifies a person by placeholders such as `<EMAIL_4821>`, and put the values back as text streams in.

Nothing is stored: the number of a placeholder is a keyed digest of the value. So a value has the same placeholder in
every message, summary and file of a conversation, and another one elsewhere; without the key a number says nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from language import literals
from language.characters import composed
from language.identifiers import Found, Kind, find, remainder
from language.stop_words import FUNCTION_WORDS

NUMBERS = range(1000, 10_000)
_KINDS = "|".join(Kind)
# As models repeat a placeholder: with other brackets, escaped, without brackets, in small letters.
_OPENINGS = ("<", "\\u003c", "&lt;", "")
_CLOSINGS = (">", "\\u003e", "&gt;", "")
_PLACEHOLDER = re.compile(
    rf"(?:<|\\u003c|&lt;|(?<![A-Za-z0-9_]))({_KINDS})\\{{0,2}}_(\d{{4}})(?:>|\\u003e|&gt;|(?!\d))", re.IGNORECASE
)
_JOINERS = ("_", "\\_", "\\\\_")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# A value stands in JSON and in prose as it is: it has neither quotes, nor a backslash, nor a line break.
_UNBROKEN = re.compile(r"[^\x00-\x1f\x7f\"\\\u2028\u2029]+")
_SEPARATORS = re.compile(r"[\s()/.\u2010-\u2015-]+")
PUBLIC_MIN_CHARS = KNOWN_MIN_CHARS = 4
# What a shop may publish. A password, a card or a person's id is masked even where the same characters are public.
_MAY_BE_PUBLIC = frozenset({Kind.EMAIL, Kind.PHONE, Kind.ADDRESS, Kind.IP, Kind.IBAN, Kind.NUMBER})


class PublicText:
    """Text that everybody may read. What stands in it is not masked elsewhere, so that a model can compare."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(texts)
        self._canonical: str | None = None

    def has(self, value: str, found: Found) -> bool:
        if found.kind == Kind.NAME:
            return not found.sure and literals.whole(value).search(self.text) is not None
        wanted = canonical(value)
        if found.kind not in _MAY_BE_PUBLIC or len(wanted) < PUBLIC_MIN_CHARS:
            return False
        if self._canonical is None:
            self._canonical = canonical(self.text)
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
                    self._known |= {each: found.kind for each in wanted if len(each) >= KNOWN_MIN_CHARS}

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
        found = list(find(text))
        if not self._known:
            return found
        longest_first = sorted(self._known, key=len, reverse=True)
        for match in re.finditer("|".join(re.escape(value) for value in longest_first), text, re.IGNORECASE):
            beside = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
            kind = self._known.get(match.group().lower())
            if kind and not any(character.isalnum() for character in beside):
                found += remainder(Found(match.start(), match.end(), kind), found)
        return sorted(found)

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
        self._beginnings = {begun for name in values for begun in _beginnings(name)}
        self._longest = max(map(len, self._beginnings), default=0)

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
        cut = next((at for at in range(first, len(text)) if lower[at:] in self._beginnings), len(text))
        whole = (match.end() for match in _PLACEHOLDER.finditer(text) if match.start() < cut < match.end())
        return next(whole, cut)

    def _restored(self, text: str) -> str:
        if not text:
            return ""
        whole = self._before + text
        restored = _PLACEHOLDER.sub(lambda match: self.values.get(_name(match), match.group()), whole)
        self._before = text[-1]
        return restored[len(whole) - len(text) :]


def _name(match: re.Match[str]) -> str:
    return f"{match[1].upper()}_{match[2]}"


def _beginnings(name: str) -> Iterator[str]:
    """Yield all that may stand at the end of a text while the placeholder of this name arrives, in small letters."""
    kind, number = name.lower().split("_")
    for opening in _OPENINGS:
        for joiner in _JOINERS:
            for closing in _CLOSINGS:
                whole = f"{opening}{kind}{joiner}{number}{closing}"
                yield from (whole[:end] for end in range(1, len(whole) if closing else len(whole) + 1))
