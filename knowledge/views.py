"""REST views of articles, search and open questions."""

import uuid

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.llm import embeddings
from assistant.llm.engines.base import EngineUnavailable
from assistant.rest.validation import validated
from knowledge.access import access_article, access_gap
from knowledge.articles import editing, publishing
from knowledge.articles.impact_preview import rehearse
from knowledge.imports import pipeline
from knowledge.models import Article, Gap, Revision
from knowledge.search import search
from knowledge.serializers import (
    ArticleChange,
    ArticleDraft,
    ArticleFilter,
    ArticleSerializer,
    CheckDraft,
    FoundSerializer,
    GapFilter,
    GapSerializer,
    ImportDraft,
    ImportReport,
    PublishedSerializer,
    RehearsalSerializer,
    RevisionSerializer,
    SearchQuery,
)


class Articles(ListAPIView):
    scopes = {"GET": "articles:read", "POST": "articles:write"}
    serializer_class = ArticleSerializer
    ordering = ("-updated_at", "-id")

    def get_queryset(self) -> QuerySet[Article]:
        query = validated(ArticleFilter, self.request.query_params)
        wanted = {key: value for key, value in query.items() if key != "title"}
        if title := query.get("title"):
            wanted["title__icontains"] = title
        articles = Article.objects.filter(workspace=self.request.auth.workspace, **wanted)
        return articles.select_related("latest_revision", "published_revision")

    @extend_schema(operation_id="articles_list", parameters=[ArticleFilter])
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(operation_id="articles_create", request=ArticleDraft, responses={201: ArticleSerializer})
    def post(self, request: Request) -> Response:
        """Create an article, or a new revision of the one with this `external_id` and `locale`, as a draft."""
        article = publishing.save_draft(request.auth.workspace, **validated(ArticleDraft, request.data))
        return Response(ArticleSerializer(article).data, status=201)


class OneArticle(APIView):
    scopes = {"GET": "articles:read", "PATCH": "articles:write", "DELETE": "articles:write"}

    @extend_schema(operation_id="articles_read", responses=ArticleSerializer)
    def get(self, request: Request, article_id: uuid.UUID) -> Response:
        return Response(ArticleSerializer(access_article(request.auth.workspace, article_id)).data)

    @extend_schema(operation_id="articles_change", request=ArticleChange, responses=ArticleSerializer)
    def patch(self, request: Request, article_id: uuid.UUID) -> Response:
        """Change an article. Text and title become a new revision, which goes live when you publish it."""
        article = access_article(request.auth.workspace, article_id)
        change = validated(ArticleChange, request.data)
        return Response(ArticleSerializer(editing.change(article, **change)).data)

    @extend_schema(operation_id="articles_delete", responses={204: None})
    def delete(self, request: Request, article_id: uuid.UUID) -> Response:
        """Delete an article with its revisions and files, and the cached answers that cite it."""
        publishing.delete(access_article(request.auth.workspace, article_id))
        return Response(status=204)


class ImportArticles(APIView):
    scopes = {"POST": "articles:write"}

    @extend_schema(operation_id="articles_import", request=ImportDraft, responses=ImportReport)
    def post(self, request: Request) -> Response:
        """Import many articles by external id. Unchanged articles are skipped."""
        data = validated(ImportDraft, request.data)
        report = pipeline.import_rows(request.auth.workspace, data["articles"], data["publish"])
        return Response(ImportReport(report).data)


class PublishArticle(APIView):
    scopes = {"POST": "articles:write"}

    @extend_schema(operation_id="articles_publish", request=None, responses=PublishedSerializer)
    def post(self, request: Request, article_id: uuid.UUID) -> Response:
        """Publish the newest revision."""
        done = publishing.publish(access_article(request.auth.workspace, article_id))
        return Response({"published": True, "dropped_answers": done.dropped_answers})


class CheckArticle(APIView):
    scopes = {"POST": "articles:write"}

    @extend_schema(operation_id="articles_check", request=CheckDraft, responses=RehearsalSerializer)
    def post(self, request: Request, article_id: uuid.UUID) -> Response:
        """Preview what publishing would change: answers to past questions, and cached answers that would be removed."""
        draft = validated(CheckDraft, request.data)
        rehearsal = rehearse(access_article(request.auth.workspace, article_id), **draft)
        return Response(RehearsalSerializer(rehearsal).data)


class UnpublishArticle(APIView):
    scopes = {"POST": "articles:write"}

    @extend_schema(operation_id="articles_unpublish", request=None, responses=PublishedSerializer)
    def post(self, request: Request, article_id: uuid.UUID) -> Response:
        """Unpublish an article: remove it from search and answers."""
        done = publishing.unpublish(access_article(request.auth.workspace, article_id))
        return Response({"published": False, "dropped_answers": done.dropped_answers})


class Revisions(ListAPIView):
    scopes = {"GET": "articles:read"}
    serializer_class = RevisionSerializer
    ordering = ("-number",)

    def get_queryset(self) -> QuerySet[Revision]:
        article = access_article(self.request.auth.workspace, self.kwargs["article_id"])
        return article.revisions.select_related("author")

    @extend_schema(operation_id="articles_revisions")
    def get(self, request: Request, article_id: uuid.UUID) -> Response:
        return self.list(request)


class Search(APIView):
    scopes = {"GET": "articles:read"}

    @extend_schema(operation_id="search", parameters=[SearchQuery], responses=FoundSerializer)
    def get(self, request: Request) -> Response:
        """Search the passages a reply would use, with their scores."""
        data = validated(SearchQuery, request.query_params)
        workspace = request.auth.workspace
        query = search.Query(text=data["q"], locale=data.get("locale"), audience=data["audience"], limit=data["limit"])
        try:
            vector = embeddings.embed([data["q"]], workspace_id=workspace.id, purpose="search")[0]
        except EngineUnavailable:
            vector = None  # keyword search only
        found = search.passages_for(workspace, query, vector)
        answer = {"results": found.passages, "declined": found.declined, "reason": found.reason, "ms": found.ms}
        return Response(FoundSerializer(answer).data)


class Gaps(ListAPIView):
    scopes = {"GET": "articles:read"}
    serializer_class = GapSerializer
    ordering = ("-count", "-last_asked_at", "-id")

    def get_queryset(self) -> QuerySet[Gap]:
        query = validated(GapFilter, self.request.query_params)
        return Gap.objects.filter(workspace=self.request.auth.workspace, **query)

    @extend_schema(operation_id="gaps_list", parameters=[GapFilter])
    def get(self, request: Request) -> Response:
        """List questions no article answers, grouped, most frequent first."""
        return self.list(request)


class OneGap(APIView):
    scopes = {"GET": "articles:read"}

    @extend_schema(operation_id="gaps_read", responses=GapSerializer)
    def get(self, request: Request, gap_id: uuid.UUID) -> Response:
        return Response(GapSerializer(access_gap(request.auth.workspace, gap_id)).data)
