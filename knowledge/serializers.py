"""Serializers of articles, passages and gaps."""

from rest_framework import serializers

from assistant.rest.fields import Choice, Flag, Text, Texts
from knowledge.articles.impact_preview import Outcome
from knowledge.models import Article, Gap, Revision


class ArticleSerializer(serializers.ModelSerializer):
    """An article with its newest text, published or not."""

    body = serializers.CharField(help_text="The newest text, in Markdown.")
    revision = serializers.SerializerMethodField(help_text="Number of the newest revision.")
    published_revision = serializers.SerializerMethodField(help_text="Number of the revision that is live.")
    tags = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Article
        fields = (
            "id",
            "external_id",
            "locale",
            "title",
            "body",
            "url",
            "product",
            "tags",
            "status",
            "audience",
            "revision",
            "published_revision",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_revision(self, article: Article) -> int | None:
        return article.latest_revision.number if article.latest_revision else None

    def get_published_revision(self, article: Article) -> int | None:
        return article.published_revision.number if article.published_revision else None


class ArticleDraft(serializers.Serializer):
    """A new article, or a new revision of an existing one."""

    title = Text(max_length=300)
    body = Text(max_length=500_000, trim_whitespace=False, help_text="Markdown.")
    external_id = Text(max_length=200, required=False, allow_blank=True, help_text="Your own id. It can't be changed.")
    locale = Text(max_length=16, required=False, help_text="Default: the locale of the workspace.")
    url = Text(max_length=1000, required=False, allow_blank=True)
    product = Text(max_length=200, required=False, allow_blank=True)
    tags = Texts(required=False, max_length=50)
    audience = Choice(choices=Article.Audience.choices, required=False)
    note = Text(max_length=300, required=False, allow_blank=True, help_text="Note for the history.")

    def validate_url(self, url: str) -> str:
        return serializers.URLField().run_validation(url) if url else ""


class ArticleChange(ArticleDraft):
    """Like ArticleDraft with all fields optional. The external id and locale don't change."""

    title = Text(max_length=300, required=False)
    body = Text(max_length=500_000, required=False, trim_whitespace=False)
    external_id = None
    locale = None


class ImportedArticle(serializers.Serializer):
    """An article in the format of a JSONL line for `import_articles`."""

    id = Text(max_length=200)
    title = Text(max_length=300)
    text = Text(trim_whitespace=False, help_text="Markdown.")
    url = Text(max_length=1000, required=False, allow_blank=True)
    locale = Text(max_length=16, required=False)
    tags = Texts(required=False, max_length=50)


class ImportDraft(serializers.Serializer):
    articles = ImportedArticle(many=True, min_length=1, max_length=500)
    publish = Flag(required=False, default=False)


class RefusalSerializer(serializers.Serializer):
    name = serializers.CharField()
    code = serializers.CharField()
    reason = serializers.CharField()


class ImportReport(serializers.Serializer):
    """Result of an import, by your external ids."""

    added = serializers.ListField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())
    unchanged = serializers.ListField(child=serializers.CharField())
    refused = RefusalSerializer(many=True)
    warnings = RefusalSerializer(many=True)
    published = serializers.IntegerField()
    dropped_answers = serializers.IntegerField()


class ArticleFilter(serializers.Serializer):
    """Filters for the list of articles."""

    status = serializers.ChoiceField(choices=Article.Status.choices, required=False)
    audience = serializers.ChoiceField(choices=Article.Audience.choices, required=False)
    locale = serializers.CharField(max_length=16, required=False)
    external_id = serializers.CharField(max_length=200, required=False)
    title = serializers.CharField(max_length=300, required=False, help_text="Part of the title.")


class RevisionSerializer(serializers.ModelSerializer):
    """One revision of an article's text."""

    author = serializers.SerializerMethodField()

    class Meta:
        model = Revision
        fields = ("number", "title", "body", "note", "author", "created_at")
        read_only_fields = fields

    def get_author(self, revision: Revision) -> str | None:
        return revision.author.get_username() if revision.author else None


class PublishedSerializer(serializers.Serializer):
    """Result of publishing or unpublishing."""

    published = serializers.BooleanField()
    dropped_answers = serializers.IntegerField(help_text="Number of cached answers that were removed.")


class CheckDraft(serializers.Serializer):
    """The text to check. Default: the newest revision."""

    title = Text(max_length=300, required=False)
    body = Text(max_length=500_000, required=False, trim_whitespace=False)


class ToldSerializer(serializers.Serializer):
    """The answer without a model. `cites`: whether this article is among the passages for the model."""

    declined = serializers.BooleanField()
    text = serializers.CharField()
    cites = serializers.BooleanField()


class ReplayedSerializer(serializers.Serializer):
    """A past question with its answer before and after."""

    question = serializers.CharField(source="asked.question")
    why = serializers.CharField(source="asked.why", help_text="cited, cached, gap or near.")
    conversation = serializers.UUIDField(source="asked.conversation", allow_null=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    before = ToldSerializer()
    after = ToldSerializer()


class RehearsalSerializer(serializers.Serializer):
    """Effect of publishing."""

    dropped_answers = serializers.IntegerField()
    dropped = serializers.ListField(child=serializers.CharField(), help_text="Cached questions that would be removed.")
    waiting = serializers.ListField(
        child=serializers.CharField(), help_text="Cached questions that would be refreshed."
    )
    chunks = serializers.IntegerField()
    new_chunks = serializers.IntegerField()
    questions = ReplayedSerializer(many=True)


class SearchQuery(serializers.Serializer):
    """A search query."""

    q = serializers.CharField(max_length=1000)
    limit = serializers.IntegerField(min_value=1, max_value=20, default=5)
    locale = serializers.CharField(max_length=16, required=False)
    audience = serializers.ChoiceField(choices=Article.Audience.choices, default=Article.Audience.PUBLIC)


class PassageSerializer(serializers.Serializer):
    """A passage of an article with its scores."""

    article_id = serializers.UUIDField()
    external_id = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()
    heading_path = serializers.CharField()
    text = serializers.CharField()
    revision = serializers.IntegerField()
    score = serializers.FloatField(help_text="0 to 1.")
    found_by = serializers.ListField(child=serializers.CharField())


class FoundSerializer(serializers.Serializer):
    """Passages, best first. `declined` is true if none is good enough to answer from."""

    results = PassageSerializer(many=True)
    declined = serializers.BooleanField()
    reason = serializers.CharField()
    ms = serializers.IntegerField()


class GapSerializer(serializers.ModelSerializer):
    """A question no article answers, with similar ones."""

    examples = serializers.ListField(child=serializers.DictField())
    answers = serializers.ListField(child=serializers.DictField(), help_text="Answers from staff.")
    article = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)

    class Meta:
        model = Gap
        fields = (
            "id",
            "question",
            "locale",
            "count",
            "examples",
            "answers",
            "status",
            "article",
            "first_asked_at",
            "last_asked_at",
        )
        read_only_fields = fields


class GapFilter(serializers.Serializer):
    status = serializers.ChoiceField(choices=Gap.Status.choices, required=False)
