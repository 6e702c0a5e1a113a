"""Articles, passages and gaps as the API reads and writes them."""

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
    """What is sent to write an article, or a new revision of one."""

    title = Text(max_length=300)
    body = Text(max_length=500_000, trim_whitespace=False, help_text="Markdown.")
    external_id = Text(max_length=200, required=False, allow_blank=True, help_text="Your own id; cannot be changed.")
    locale = Text(max_length=16, required=False, help_text="The workspace's where it is left out.")
    url = Text(max_length=1000, required=False, allow_blank=True)
    product = Text(max_length=200, required=False, allow_blank=True)
    tags = Texts(required=False, max_length=50)
    audience = Choice(choices=Article.Audience.choices, required=False)
    note = Text(max_length=300, required=False, allow_blank=True, help_text="What was changed and why.")

    def validate_url(self, given: str) -> str:
        return serializers.URLField().run_validation(given) if given else ""


class ArticleChange(ArticleDraft):
    """As ArticleDraft, with everything optional; external id and locale stay what they are."""

    title = Text(max_length=300, required=False)
    body = Text(max_length=500_000, required=False, trim_whitespace=False)
    external_id = None
    locale = None


class ImportedArticle(serializers.Serializer):
    """As a line of a JSONL file that `import_articles` reads."""

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
    """What an import did, by your ids."""

    added = serializers.ListField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())
    unchanged = serializers.ListField(child=serializers.CharField())
    refused = RefusalSerializer(many=True)
    warnings = RefusalSerializer(many=True)
    published = serializers.IntegerField()
    dropped_answers = serializers.IntegerField()


class ArticleFilter(serializers.Serializer):
    """What a list of articles may be narrowed by."""

    status = serializers.ChoiceField(choices=Article.Status.choices, required=False)
    audience = serializers.ChoiceField(choices=Article.Audience.choices, required=False)
    locale = serializers.CharField(max_length=16, required=False)
    external_id = serializers.CharField(max_length=200, required=False)
    title = serializers.CharField(max_length=300, required=False, help_text="Part of the title.")


class RevisionSerializer(serializers.ModelSerializer):
    """What an article said from one edit to the next."""

    author = serializers.SerializerMethodField()

    class Meta:
        model = Revision
        fields = ("number", "title", "body", "note", "author", "created_at")
        read_only_fields = fields

    def get_author(self, revision: Revision) -> str | None:
        return revision.author.get_username() if revision.author else None


class PublishedSerializer(serializers.Serializer):
    """What going live, or leaving, did."""

    published = serializers.BooleanField()
    dropped_answers = serializers.IntegerField(help_text="Cached answers that cited it and are given no more.")


class CheckDraft(serializers.Serializer):
    """The text to check; the newest revision where it is left out."""

    title = Text(max_length=300, required=False)
    body = Text(max_length=500_000, required=False, trim_whitespace=False)


class ToldSerializer(serializers.Serializer):
    """What a customer would be told without a model. `cites`: the article is among what a model would read."""

    declined = serializers.BooleanField()
    text = serializers.CharField()
    cites = serializers.BooleanField()


class ReplayedSerializer(serializers.Serializer):
    """A question from the past, before and after."""

    question = serializers.CharField(source="asked.question")
    why = serializers.CharField(source="asked.why", help_text="cited, cached, gap or near.")
    conversation = serializers.UUIDField(source="asked.conversation", allow_null=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    before = ToldSerializer()
    after = ToldSerializer()


class RehearsalSerializer(serializers.Serializer):
    """What publishing would do."""

    dropped_answers = serializers.IntegerField()
    dropped = serializers.ListField(child=serializers.CharField(), help_text="Cached questions that would go.")
    waiting = serializers.ListField(
        child=serializers.CharField(), help_text="Cached questions that would wait for a fresh answer."
    )
    chunks = serializers.IntegerField()
    new_chunks = serializers.IntegerField()
    questions = ReplayedSerializer(many=True)


class SearchQuery(serializers.Serializer):
    """A question, and how far to look."""

    q = serializers.CharField(max_length=1000)
    limit = serializers.IntegerField(min_value=1, max_value=20, default=5)
    locale = serializers.CharField(max_length=16, required=False)
    audience = serializers.ChoiceField(choices=Article.Audience.choices, default=Article.Audience.PUBLIC)


class PassageSerializer(serializers.Serializer):
    """A part of an article that answers, and how it was found."""

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
    """The passages, best first. `declined` when none is good enough to answer from."""

    results = PassageSerializer(many=True)
    declined = serializers.BooleanField()
    reason = serializers.CharField()
    ms = serializers.IntegerField()


class GapSerializer(serializers.ModelSerializer):
    """A question that the articles do not answer, with those like it."""

    examples = serializers.ListField(child=serializers.DictField())
    answers = serializers.ListField(child=serializers.DictField(), help_text="What people said to it.")
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
