"""Turn links between imported files into links between articles."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from knowledge.models import Article

_LINK = re.compile(
    r"(?<![!\\])\[(?P<label>(?:[^\[\]\\\n]|\\.){1,500})\]"
    r"\((?P<target>[^()\s<>]{1,500})(?:[ \t]{1,9}\"[^\"\n]{0,200}\")?\)"
)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:|/|#|\?")


def with_article_links(markdown: str, article: Article) -> str:
    """Replace relative links by links to the articles they mean; a broken link becomes plain text.

    An article is identified by its external id: its path in the imported folder, or the file's name if its front matter
    sets the id. Reads the database once, and only if there are such links.
    """
    wanted = {target: _id_of(target, article.external_id) for target in _relative_targets(markdown)}
    if not wanted:
        return markdown
    names = {name for path in wanted.values() for name in (path, posixpath.basename(path))}
    others = Article.objects.filter(workspace_id=article.workspace_id, external_id__in=names)
    urls = dict(others.exclude(url="").values_list("external_id", "url"))

    def resolved(match: re.Match[str]) -> str:
        target = match["target"]
        if target not in wanted:
            return match[0]
        url = urls.get(wanted[target]) or urls.get(posixpath.basename(wanted[target]))
        return f"[{match['label']}]({url}{_fragment(target)})" if url else match["label"]

    return _LINK.sub(resolved, markdown)


def _relative_targets(markdown: str) -> Iterator[str]:
    return (match["target"] for match in _LINK.finditer(markdown) if not _ELSEWHERE.match(match["target"]))


def _id_of(target: str, external_id: str) -> str:
    """Resolve a link relative to its file, without the extension, as imports name articles."""
    path = unquote(target.partition("#")[0].partition("?")[0])
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(external_id), path))
    return posixpath.splitext(whole)[0]


def _fragment(target: str) -> str:
    return f"#{target.partition('#')[2]}" if "#" in target else ""
