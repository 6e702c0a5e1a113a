"""Read front matter, the metadata before a Markdown text: YAML between `---`, or TOML between `+++`."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from knowledge.imports.document import Notice, Refused

_FENCES = ("---", "+++")
_MAX_CHARS = 10_000
_INDENTED_BY_TABS = re.compile(r"^[ \t]+", re.MULTILINE)
_LINE = re.compile(r"(?P<name>[A-Za-z_][\w-]{0,60})[ \t]?:(?:[ \t](?P<value>.*))?")
_NOTHING = ("", "~", "null", "Null", "NULL")
_UNREADABLE = Notice(
    "invalid_front_matter", "The lines between --- are not YAML; they were read as one `name: value` a line."
)


def split(source: str) -> tuple[dict[str, Any], str, tuple[Notice, ...]]:
    """Return the fields, the remaining text, and warnings.

    Scalars stay as written: `title: 2024-05-01` is text here, and so is `title: No`.

    Raises:
        Refused: invalid_front_matter.
    """
    fence = source[:3]
    lines = source.split("\n")
    if fence not in _FENCES or lines[0].rstrip(" \t") != fence:
        return {}, source, ()
    end = next((n for n, line in enumerate(lines) if n and line.rstrip(" \t") == fence), None)
    if end is None:
        return {}, source, ()
    front, text = "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])
    if len(front) > _MAX_CHARS:
        raise Refused("invalid_front_matter", f"The lines between {fence} are too long.")
    fields, notices = _toml(front) if fence == "+++" else _yaml(front)
    return fields, text, notices


def _toml(front: str) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    try:
        return tomllib.loads(front), ()
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused("invalid_front_matter", f"The lines between +++ are not TOML: {error}") from error


def _yaml(front: str) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    front = _INDENTED_BY_TABS.sub(lambda match: match[0].replace("\t", "  "), front)
    try:
        # Nested YAML aliases can expand ten lines to more text than fits in memory.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(front)):
            raise Refused("invalid_front_matter", "The lines between --- use YAML aliases.")
        fields = yaml.load(front, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _line_by_line(front), (_UNREADABLE,)
    if not fields:
        return {}, ()
    if not isinstance(fields, dict):
        raise Refused("invalid_front_matter", "The lines between --- must be `name: value`.")
    return {str(name): value for name, value in fields.items() if value not in _NOTHING}, ()


def _line_by_line(front: str) -> dict[str, Any]:
    """Parse line by line what people write without the quotes YAML needs: `title: Returns: how long?`"""
    matches = (_LINE.fullmatch(line.rstrip()) for line in front.split("\n"))
    fields = {each["name"]: (each["value"] or "").strip().strip("\"'") for each in matches if each}
    return {name: value for name, value in fields.items() if value}
