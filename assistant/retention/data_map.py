"""The data map: the content, purpose and retention of every field, Redis key and folder.

Each app describes its data in `data_map.yaml` next to its models; third-party apps, Redis and files are in the one next
to this module. `docs/privacy.md` shows the map, and a test fails if a field is missing or the page is outdated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps

CLASSES = ("personal", "shop", "technical")
FILE = "data_map.yaml"
OURS = Path(__file__).parent / FILE
BEGIN, END = "<!-- data map: made by `manage.py data_map --write` -->", "<!-- end of the data map -->"


@dataclass(frozen=True, slots=True)
class Entry:
    """One table, group of Redis keys, or folder."""

    name: str
    purpose: str
    kept: str
    fields: dict[str, tuple[str, ...]]  # by class, in the order of CLASSES


def entries() -> list[Entry]:
    """Return the entries of all tables, by name."""
    found = [_entry(name, told) for path in _files() for name, told in _read(path).get("tables", {}).items()]
    return sorted(found, key=lambda entry: entry.name)


def places(kind: str) -> list[Entry]:
    """Return the entries of `redis` or `files`."""
    return [_entry(name, told) for name, told in _read(OURS)[kind].items()]


def problems() -> list[str]:
    """Return sentences about missing, duplicate and unknown entries in the map."""
    named = entries()
    models = {model._meta.label: model for model in apps.get_models() if not model._meta.proxy}
    lines = [f"{name} has no entry: {skeleton(models[name])}" for name in models.keys() - {each.name for each in named}]
    lines += [f"{each.name} is no table" for each in named if each.name not in models]
    for entry in named:
        if entry.name in models:
            lines += _wrong_fields(entry, models[entry.name])
    return sorted(lines)


def _wrong_fields(entry: Entry, model: Any) -> Iterator[str]:
    told = [name for names in entry.fields.values() for name in names]
    real = [field.name for field in model._meta.local_concrete_fields]
    yield from (f"{entry.name}.{name} has no entry" for name in real if name not in told)
    yield from (f"{entry.name}.{name} is no field" for name in told if name not in real)
    yield from (f"{entry.name}.{name} is named twice" for name in set(told) if told.count(name) > 1)


def skeleton(model: Any) -> str:
    """Return a template entry for a new table; a person has to sort its fields into classes."""
    names = " ".join(field.name for field in model._meta.local_concrete_fields)
    return f"{model._meta.label}: {{for: ..., kept: ..., personal: , shop: , technical: {names}}}"


def markdown() -> str:
    """Return the map as Markdown for docs/privacy.md."""
    parts = [
        "### Tables",
        _table("Table", [entry for entry in entries() if any(entry.fields.values())]),
        "### Redis",
        _table("Keys", places("redis")),
        "### Files",
        _table("Folder", places("files")),
    ]
    return "\n\n".join(parts)


def in_page(text: str) -> str:
    """Return the page with the current map in it."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{after}"


def _table(title: str, rows: list[Entry]) -> str:
    head = f"| {title} | for | personal data | the shop's data | technical data | kept |\n|---|---|---|---|---|---|"
    return "\n".join([head, *map(_line, rows)])


def _line(entry: Entry) -> str:
    cells = (", ".join(f"`{name}`" for name in entry.fields[each]) or "–" for each in CLASSES)
    return f"| `{entry.name}` | {entry.purpose} | {' | '.join(cells)} | {entry.kept} |"


def _files() -> list[Path]:
    beside = [Path(config.path) / FILE for config in apps.get_app_configs()]
    return [path for path in dict.fromkeys([*beside, OURS]) if path.exists()]


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def _entry(name: str, told: dict[str, Any]) -> Entry:
    fields = {each: tuple(str(told.get(each) or "").split()) for each in CLASSES}
    return Entry(name, told["for"], told["kept"], fields)
