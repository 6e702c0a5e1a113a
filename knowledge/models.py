"""Articles with revisions, the chunks that search uses, and open questions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from pgvector.django import HalfVectorField

from assistant.llm.engines import multilingual

EMBEDDING_DIMENSIONS = 384
UNUSED_AFTER_DAYS = 14
DISLIKED_FROM = 2


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self) -> ArticleQuerySet:
        return self.filter(status=Article.Status.PUBLISHED)

    def embedded_otherwise(self, embedder: str) -> ArticleQuerySet:
        """Articles with a chunk without a vector of this embedder, or without a multilingual one."""
        others = Chunk.objects.filter(article=models.OuterRef("pk")).exclude(
            embedder=embedder, multilingual__isnull=False
        )
        return self.filter(models.Exists(others))

    def past_review(self) -> ArticleQuerySet:
        """Articles past their review date."""
        return self.filter(review_by__lte=timezone.localdate())

    def edited(self) -> ArticleQuerySet:
        """Published articles with a newer unpublished revision."""
        return self.published().exclude(latest_revision=models.F("published_revision"))

    def unused(self) -> ArticleQuerySet:
        """Articles published for a while that no answer cites."""
        before = timezone.now() - timedelta(days=UNUSED_AFTER_DAYS)
        return self.published().filter(cited_lately=0, published_at__lt=before)

    def disliked(self) -> ArticleQuerySet:
        """Articles whose answers got more than one negative rating."""
        return self.filter(disliked_lately__gte=DISLIKED_FROM)

    def due_to_publish(self) -> ArticleQuerySet:
        offline = self.exclude(status__in=[Article.Status.PUBLISHED, Article.Status.ARCHIVED])
        return offline.filter(publish_at__lte=timezone.now())

    def expired(self) -> ArticleQuerySet:
        return self.published().filter(expires_at__lte=timezone.now())


class Article(models.Model):
    """One help article in one language. The text is in its revisions."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    class Audience(models.TextChoices):
        PUBLIC = "public", "Everyone"
        CUSTOMERS = "customers", "Signed-in customers"
        INTERNAL = "internal", "Staff only"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("workspaces.Workspace", models.CASCADE, related_name="articles")
    # The author's own id, kept through imports and used in `gold` and `found`.
    external_id = models.CharField(max_length=200, blank=True)
    locale = models.CharField(max_length=16, default="en")
    title = models.CharField(max_length=300)
    url = models.CharField("URL", max_length=1000, blank=True)  # may be a path on the site
    product = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.PUBLIC)
    published_revision = models.ForeignKey(
        "knowledge.Revision", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    latest_revision = models.ForeignKey(
        "knowledge.Revision", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    review_by = models.DateField(null=True, blank=True)
    publish_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)  # last unpublished or archived
    # Use and ratings of answers that cite the article, recounted every hour by a task of `conversations`.
    cited_lately = models.PositiveIntegerField(default=0, editable=False)
    disliked_lately = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ("title",)
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "external_id", "locale"),
                condition=~models.Q(external_id=""),
                name="article_external_id_once",
            ),
        )
        indexes = (models.Index(fields=("workspace", "status", "-updated_at"), name="article_by_status"),)

    def __str__(self) -> str:
        return self.title

    @property
    def source_key(self) -> str:
        """The key of this article in the cache, which does not know articles."""
        return f"article:{self.pk}"

    @property
    def body(self) -> str:
        """Return the newest text, published or not."""
        return self.latest_revision.body if self.latest_revision else ""

    @property
    def has_unpublished_changes(self) -> bool:
        return self.latest_revision_id != self.published_revision_id


class Revision(models.Model):
    """One revision of an article's text, in Markdown. Immutable."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()  # 1, 2, 3 ... within the article
    title = models.CharField(max_length=300)
    body = models.TextField()
    note = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("article", "number"), name="revision_number_once"),)

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class ChunkQuerySet(models.QuerySet["Chunk"]):
    def searchable(self, workspace_id: uuid.UUID, audiences: Iterable[str]) -> ChunkQuerySet:
        return self.filter(workspace_id=workspace_id, audience__in=list(audiences))


class Chunk(models.Model):
    """A passage of a published article: search finds it and replies cite it.

    Only published text has chunks. A chunk whose text did not change in an edit keeps its row and its vector.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="chunks", db_index=False)
    workspace = models.ForeignKey("workspaces.Workspace", models.CASCADE, related_name="+", db_index=False)
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()  # 0, 1, 2 ... within the article
    heading_path = models.CharField(max_length=500, blank=True)  # "Shipping > Abroad"
    text = models.TextField()
    content_hash = models.CharField(max_length=64)  # of everything that was embedded: title, heading path, text
    tokens = models.PositiveIntegerField()
    length_terms = models.PositiveIntegerField()  # of the text, without stop words
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS, null=True)  # null: the embedder was not available
    embedder = models.CharField(max_length=200, blank=True)
    multilingual = HalfVectorField(dimensions=multilingual.DIMENSIONS, null=True)  # the mean over its sentences
    locale = models.CharField(max_length=16)
    audience = models.CharField(max_length=12, choices=Article.Audience)
    product = models.CharField(max_length=200, blank=True)

    objects = ChunkQuerySet.as_manager()

    class Meta:
        ordering = ("article", "position")
        constraints = (
            # Deferred, because chunks that keep their row may swap positions within one transaction.
            models.UniqueConstraint(
                fields=("article", "position"),
                name="chunk_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        )
        indexes = (
            models.Index(fields=("workspace", "embedder"), name="chunk_by_workspace"),
            # Few rows or none: the ones that keyword search must exclude for most customers.
            models.Index(fields=("workspace",), condition=~models.Q(audience="public"), name="chunk_not_public"),
        )

    def __str__(self) -> str:
        return f"{self.heading_path or self.article_id} #{self.position}"


class Sentence(models.Model):
    """A quotable unit of a chunk: a sentence, steps, a table row with its header.

    Its vector shows more precisely than the chunk's whether the unit answers a question.
    """

    chunk = models.ForeignKey(Chunk, models.CASCADE, related_name="sentences")
    position = models.PositiveSmallIntegerField()  # 0, 1, 2 ... within the chunk
    block = models.PositiveSmallIntegerField()  # sentences of one paragraph share it
    goes_on = models.BooleanField(default=False)  # may be quoted with its neighbours in the block
    heading = models.CharField(max_length=200, blank=True)  # the nearest one inside the chunk
    text = models.TextField()
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS)  # by the chunk's embedder
    multilingual = HalfVectorField(dimensions=multilingual.DIMENSIONS, null=True)

    class Meta:
        ordering = ("chunk", "position")

    def __str__(self) -> str:
        return self.text


class Term(models.Model):
    """A stem, or an identifier as written, in the vocabulary of one workspace."""

    workspace = models.ForeignKey("workspaces.Workspace", models.CASCADE, related_name="+", db_index=False)
    term = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workspace", "term"), name="term_once"),)

    def __str__(self) -> str:
        return self.term


class Posting(models.Model):
    """How often a term occurs in a chunk: in its text, and in its title and headings.

    The primary key covers every column, so BM25 reads only the index.
    """

    pk = models.CompositePrimaryKey("term", "chunk", "in_text", "in_heading", "length_terms")
    term = models.ForeignKey(Term, models.CASCADE, db_index=False, related_name="+")
    chunk = models.ForeignKey(Chunk, models.CASCADE, related_name="+")
    in_text = models.PositiveSmallIntegerField()
    in_heading = models.PositiveSmallIntegerField()
    length_terms = models.PositiveSmallIntegerField()  # the chunk's

    def __str__(self) -> str:
        return f"{self.term_id} in {self.chunk_id}"


class IndexState(models.Model):
    """BM25 statistics of a workspace's chunks in one language. The row is the lock of indexing."""

    workspace = models.ForeignKey("workspaces.Workspace", models.CASCADE, related_name="+")
    locale = models.CharField(max_length=16)
    chunks = models.IntegerField(default=0)
    length_terms = models.BigIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)  # increases with every change of the index

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workspace", "locale"), name="index_state_once"),)

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.locale}: {self.chunks} chunks"


class Gap(models.Model):
    """A question that no article answers, with all similar questions."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DRAFTED = "drafted", "Draft written"
        DISMISSED = "dismissed", "Dismissed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("workspaces.Workspace", models.CASCADE, related_name="gaps")
    question = models.TextField()  # the first wording
    locale = models.CharField(max_length=16, default="en")
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS, null=True, editable=False)
    embedder = models.CharField(max_length=200, blank=True, editable=False)
    count = models.PositiveIntegerField(default=1)
    examples = models.JSONField(default=list, blank=True)  # the latest, as {question, conversation}
    answers = models.JSONField(default=list, blank=True)  # answers given by staff, as {text, conversation}
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    article = models.ForeignKey(Article, models.SET_NULL, null=True, blank=True, related_name="gaps")
    first_asked_at = models.DateTimeField(auto_now_add=True)
    last_asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "open question"
        ordering = ("-count", "-last_asked_at")
        indexes = (models.Index(fields=("workspace", "status", "-count"), name="gap_by_count"),)

    def __str__(self) -> str:
        return self.question
