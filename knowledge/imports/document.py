"""The document that readers produce, and the exception for refused files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning about an imported article. `code` is stable, `reason` is for people."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """An article as read from a file; `text` is Markdown. An empty locale means the workspace's.

    `other_ids` and `full_locale` are used if another document of the same import has the same id and language: its path
    in the folder, and "pt-br" for the `locale` "pt".
    """

    external_id: str
    title: str
    text: str
    url: str = ""
    locale: str = ""
    product: str = ""
    tags: tuple[str, ...] = ()
    audience: str = "public"
    other_ids: tuple[str, ...] = ()
    full_locale: str = ""
    notices: tuple[Notice, ...] = ()
    is_draft: bool = False  # somebody has to check it before it is published


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or row that was not imported. `code` is stable, `reason` is for people."""

    name: str
    code: str
    reason: str


class Refused(Exception):
    """This file or row cannot be imported."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    def of(self, name: str) -> Refusal:
        return Refusal(name, self.code, self.reason)
