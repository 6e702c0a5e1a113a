"""Bundle the widget's source files into the one script that pages load."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parent / "static" / "conversations"
# In load order: a file comes after the files that it uses while loading.
PARTS = (
    "settings",
    "strings",
    "storage",
    "dom",
    "colours",
    "links",
    "markdown_inline",
    "markdown",
    "socket",
    "outbox",
    "chat",
    "actions",
    "files",
    "files_view",
    "tray_view",
    "message_view",
    "rating_view",
    "log_view",
    "history_view",
    "logo_view",
    "panel_view",
    "main",
)


class Bundle(NamedTuple):
    text: str
    etag: str  # in quotes, as in the header


def strings() -> dict[str, dict[str, str]]:
    """Return the widget's texts by locale. To add a language, add a file `strings.<locale>.json`."""
    return {path.name.split(".")[1]: json.loads(path.read_text()) for path in sorted(SOURCES.glob("strings.*.json"))}


def without_comments(source: str) -> str:
    """Remove comment lines, blank lines and indentation from a source file."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@lru_cache(maxsize=1)
def bundle() -> Bundle:
    """Return the whole script, wrapped in a function, so that its names do not conflict with the page's."""
    constants = {"STYLE": without_comments((SOURCES / "widget.css").read_text()), "STRINGS": strings()}
    lines = [f"const {name} = {json.dumps(value, ensure_ascii=False)};" for name, value in constants.items()]
    lines += [without_comments((SOURCES / f"{part}.js").read_text()) for part in PARTS]
    text = "(function () {\n'use strict';\nif (window.Brevity && window.Brevity.isLoaded) return;\n%s\n})();\n"
    text %= "\n".join(lines)
    return Bundle(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')
