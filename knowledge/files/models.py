"""Pictures and documents of articles."""

from __future__ import annotations

import uuid

from django.db import models

from knowledge.addresses import address_of, as_label
from knowledge.models import Article


class ArticleFile(models.Model):
    """A file that belongs to an article, to be shown or linked in its text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    article = models.ForeignKey(Article, models.CASCADE, related_name="files")
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=120)  # to be shown, and to save it under
    content_type = models.CharField(max_length=60)  # of its bytes
    size_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def address(self) -> str:
        return address_of(self.pk)

    @property
    def markdown(self) -> str:
        """What shows or links the file in a text."""
        if self.is_picture:
            return f"![{as_label(self.name.rpartition('.')[0])}]({self.address})"
        return f"[{as_label(self.name)}]({self.address})"

    @property
    def is_for_everybody(self) -> bool:
        """Whether a text that everybody may read names it: what a draft shows is no stranger's business yet."""
        article, live = self.article, self.article.published_revision
        is_public = article.status == Article.Status.PUBLISHED and article.audience == Article.Audience.PUBLIC
        return is_public and live is not None and self.address in live.body
