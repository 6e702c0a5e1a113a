"""Files of articles: taken in, and deleted with their bytes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from assistant.errors import ServiceError
from assistant.uploads import intake, sniffing
from knowledge.articles.files.models import ArticleFile
from knowledge.articles.locks import lock
from knowledge.models import Article

TYPES = tuple(media_type for media_type in sniffing.SUFFIXES if media_type != "text/plain")
SUFFIXES = ",".join(suffix for media_type in TYPES for suffix in sniffing.SUFFIXES[media_type])


class ArticleFilesFull(ServiceError):
    code = "article_files_full"
    http_status = 422
    sentence = "This article has reached the maximum number of files."


def add(article: Article, file: UploadedFile[Any]) -> ArticleFile:
    """Keep a picture, written anew, or a PDF for an article.

    Raises:
        ArticleFilesFull: it has ARTICLE_FILES_MAX.
        AttachmentTooLarge: more than ARTICLE_FILE_MAX_BYTES.
        AttachmentTypeRefused, ImageUnreadable: nothing that may come in.
        ImagesBusy: too many images come at once.
        StorageFull: the disk is.
        NotFound: the article was deleted meanwhile.
    """
    taken = intake.read(file, types=TYPES, max_bytes=settings.ARTICLE_FILE_MAX_BYTES)
    return _keep(article, taken)


@transaction.atomic
def _keep(article: Article, taken: intake.Taken) -> ArticleFile:
    """Reading took its time: the article may be gone. It is held, so that two at once are not one too many."""
    lock(article)
    if article.files.count() >= settings.ARTICLE_FILES_MAX:
        raise ArticleFilesFull(most=settings.ARTICLE_FILES_MAX)
    kept = ArticleFile(article=article, name=taken.name, content_type=taken.media_type, size_bytes=taken.content.size)
    intake.put(kept.file, f"article_files/{article.pk}/{kept.pk}", taken.content)
    kept.save()
    return kept


@transaction.atomic
def remove(files: QuerySet[ArticleFile]) -> None:
    """Delete rows, and their bytes once that cannot be undone any more."""
    stored = [kept.file for kept in files]
    files.delete()
    transaction.on_commit(lambda: intake.delete(stored), robust=True)
