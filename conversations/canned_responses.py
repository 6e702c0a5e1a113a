"""What the assistant says without a model, in the languages it speaks: one file each in `canned/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

PHRASES: Final[dict[str, dict[str, str]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "canned").glob("*.json"))
}


def phrase(name: str, locale: str, /, **values: str) -> str:
    """One phrase in the language of a locale such as `de-AT`; in English where we don't speak it."""
    return PHRASES[spoken(locale) or "en"][name].format(**values)


def spoken(locale: str | None) -> str:
    """The language of a locale, where we speak it; else empty."""
    language = (locale or "").split("-")[0].split("_")[0].lower()
    return language if language in PHRASES else ""
