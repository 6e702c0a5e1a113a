"""Standard texts that the assistant uses without a model, one file per language in `canned/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

PHRASES: Final[dict[str, dict[str, str]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "canned").glob("*.json"))
}


def phrase(name: str, locale: str, /, **values: str) -> str:
    """Return a text in the language of a locale such as `de-AT`, or in English if there is no translation."""
    return PHRASES[spoken(locale) or "en"][name].format(**values)


def spoken(locale: str | None) -> str:
    """Return the language of a locale if there are texts in it, otherwise ""."""
    language = (locale or "").split("-")[0].split("_")[0].lower()
    return language if language in PHRASES else ""
