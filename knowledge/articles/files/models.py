"""Pictures and documents of articles."""

from __future__ import annotations

from django.db import models

from assistant.uploads.models import KeptFile
from knowledge.articles.file_links import address_of, as_label
from knowledge.models import Article


class ArticleFile(KeptFile):
    """A file of an article, shown or linked in its text."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="files")

    class Meta:
        ordering = ("created_at", "id")

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def address(self) -> str:
        return address_of(self.pk)

    @property
    def markdown(self) -> str:
        """Return the Markdown that shows or links the file."""
        if self.is_picture:
            return f"![{as_label(self.name.rpartition('.')[0])}]({self.address})"
        return f"[{as_label(self.name)}]({self.address})"

    @property
    def is_for_everybody(self) -> bool:
        """Return whether a published, public text uses the file. Files used only in drafts are private."""
        article, live = self.article, self.article.published_revision
        is_public = article.status == Article.Status.PUBLISHED and article.audience == Article.Audience.PUBLIC
        return is_public and live is not None and self.address in live.body
