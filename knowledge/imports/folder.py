"""Find the files of a path and their readers. File sizes are checked before opening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from knowledge.imports import sandbox
from knowledge.imports.document import Document, Refusal, Refused
from knowledge.imports.readers import helpcenter, markdown, tabular

Reader = Callable[[Path, str], Iterator[Document | Refusal]]

READERS: dict[str, Reader] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": markdown.read,
    ".html": sandbox.read_html,
    ".htm": sandbox.read_html,
    ".pdf": sandbox.read_pdf,
    ".docx": sandbox.read_docx,
    ".csv": tabular.read_csv,
    ".json": helpcenter.read,
    ".jsonl": tabular.read_jsonl,
    ".ndjson": tabular.read_jsonl,
    ".png": sandbox.read_picture,
    ".jpg": sandbox.read_picture,
    ".jpeg": sandbox.read_picture,
    ".webp": sandbox.read_picture,
}


_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_ILLUSTRATED = (".md", ".markdown", ".html", ".htm")
_OF_MANY = (".csv", ".json", ".jsonl", ".ndjson")


def files_at(path: Path) -> list[Path]:
    """Return the file, or all files below the folder except hidden ones, in a stable order.

    Raises:
        Refused: not_found.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise Refused("not_found", "The file or folder does not exist.")
    below = (p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink())
    return [p for p in below if not any(part.startswith(".") for part in p.relative_to(path).parts)]


def documents_in(path: Path, root: Path) -> Iterator[Document | Refusal]:
    """Read one file. Errors are returned as a Refusal; nothing is raised."""
    name = path.relative_to(root).as_posix() if path != root else path.name
    try:
        own_id = Path(name).with_suffix("").as_posix()
        if path.suffix.lower() in _PICTURE_SUFFIXES and _illustrates(root):
            raise Refused("illustration", "A picture beside Markdown or HTML files is not imported as an article.")
        for item in _reader(path)(path, own_id):
            yield _with_other_ids(item, own_id, name)
    except Refused as refused:
        yield refused.of(name)
    except OSError as error:
        yield Refusal(name, "unreadable", f"The file cannot be opened: {error.strerror}")


def _with_other_ids(item: Document | Refusal, own_id: str, name: str) -> Document | Refusal:
    """Add the path as another id of a one-article file, in case its id is taken. Rows have no path of their own."""
    is_row = Path(name).suffix.lower() in _OF_MANY
    return item if is_row or isinstance(item, Refusal) else replace(item, other_ids=(own_id, name))


def _illustrates(root: Path) -> bool:
    """Return whether pictures below this folder belong to articles."""
    return any(path.suffix.lower() in _ILLUSTRATED for path in root.rglob("*"))


def _reader(path: Path) -> Reader:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise Refused("unknown_format", f"{path.suffix or 'No file extension'}: must be one of {', '.join(READERS)}.")
    size = path.stat().st_size
    if size > settings.IMPORT_FILE_MAX_BYTES:
        raise Refused("too_large", f"{size:,} bytes; at most {settings.IMPORT_FILE_MAX_BYTES:,} are allowed.")
    if size == 0:
        raise Refused("missing_text", "The file is empty.")
    return reader
