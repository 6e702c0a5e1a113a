"""The widget's small source files, put together as the one script that pages load."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parent / "static" / "conversations"
# In the order they are read: what a file uses while it loads comes before it.
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
    etag: str  # quoted, as the header wants it


def strings() -> dict[str, dict[str, str]]:
    """The widget's words by locale, from `strings.<locale>.json`: one more file is one more language."""
    return {path.name.split(".")[1]: json.loads(path.read_text()) for path in sorted(SOURCES.glob("strings.*.json"))}


def without_comments(source: str) -> str:
    """A source file without the lines that only people read, and without indentation."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@lru_cache(maxsize=1)
def bundle() -> Bundle:
    """Everything in one function of its own, so that a page's names and ours never meet."""
    constants = {"STYLE": without_comments((SOURCES / "widget.css").read_text()), "STRINGS": strings()}
    lines = [f"const {name} = {json.dumps(value, ensure_ascii=False)};" for name, value in constants.items()]
    lines += [without_comments((SOURCES / f"{part}.js").read_text()) for part in PARTS]
    text = "(function () {\n'use strict';\nif (window.Brevity && window.Brevity.isLoaded) return;\n%s\n})();\n"
    text %= "\n".join(lines)
    return Bundle(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')
