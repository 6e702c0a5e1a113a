"""Store and delete files of articles."""

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

TYPES = tuple(
    media_type for media_type in sniffing.SUFFIXES if media_type not in ("text/plain", "image/heic", sniffing.DOCX)
)
SUFFIXES = ",".join(suffix for media_type in TYPES for suffix in sniffing.SUFFIXES[media_type])


class ArticleFilesFull(ServiceError):
    code = "article_files_full"
    http_status = 422
    sentence = "This article has reached the maximum number of files."


def add(article: Article, file: UploadedFile[Any]) -> ArticleFile:
    """Store a picture, re-encoded, or a PDF for an article.

    Raises:
        ArticleFilesFull: the article has ARTICLE_FILES_MAX files.
        AttachmentTooLarge: more than ARTICLE_FILE_MAX_BYTES.
        AttachmentTypeRefused, ImageUnreadable: the type is not allowed.
        ImagesBusy: too many images are being processed.
        StorageFull: the disk is full.
        NotFound: the article was deleted in the meantime.
    """
    upload = intake.read(file, types=TYPES, max_bytes=settings.ARTICLE_FILE_MAX_BYTES)
    return _keep(article, upload)


@transaction.atomic
def _keep(article: Article, upload: intake.Taken) -> ArticleFile:
    """Store the file under the article's lock: the article may be deleted by now, and the limit must hold."""
    lock(article)
    if article.files.count() >= settings.ARTICLE_FILES_MAX:
        raise ArticleFilesFull(most=settings.ARTICLE_FILES_MAX)
    row = ArticleFile(article=article, name=upload.name, content_type=upload.media_type, size_bytes=upload.content.size)
    intake.put(row.file, f"article_files/{article.pk}/{row.pk}", upload.content)
    row.save()
    return row


@transaction.atomic
def remove(files: QuerySet[ArticleFile]) -> None:
    """Delete rows, and their bytes after the commit."""
    stored = [file.file for file in files]
    files.delete()
    transaction.on_commit(lambda: intake.delete(stored), robust=True)
