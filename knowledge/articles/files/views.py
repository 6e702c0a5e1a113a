"""Serve files of articles, through REST with an API key and at their public URL."""

import uuid

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.errors import NotFound
from assistant.rest.validation import validated
from assistant.uploads import serving
from knowledge.access import access_article
from knowledge.articles.files import store
from knowledge.articles.files.access import access_file, readable_file
from knowledge.articles.files.models import ArticleFile
from knowledge.articles.files.serializers import ArticleFileDraft, ArticleFileSerializer


class ArticleFiles(ListAPIView):
    scopes = {"GET": "articles:read", "POST": "articles:write"}
    serializer_class = ArticleFileSerializer
    parser_classes = (MultiPartParser,)
    ordering = ("created_at", "id")

    def get_queryset(self) -> QuerySet[ArticleFile]:
        return access_article(self.request.auth.workspace, self.kwargs["article_id"]).files.all()

    @extend_schema(operation_id="article_files_list")
    def get(self, request: Request, article_id: uuid.UUID) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="article_files_create",
        request={"multipart/form-data": ArticleFileDraft},
        responses={201: ArticleFileSerializer},
    )
    def post(self, request: Request, article_id: uuid.UUID) -> Response:
        """Add an image or PDF. It becomes public once the published text of a public article uses it."""
        article = access_article(request.auth.workspace, article_id)
        file = store.add(article, validated(ArticleFileDraft, request.data)["file"])
        return Response(ArticleFileSerializer(file).data, status=201)


class OneArticleFile(APIView):
    scopes = {"GET": "articles:read", "DELETE": "articles:write"}

    @extend_schema(operation_id="article_files_content", responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, article_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
        """Download a file, regardless of the article's audience."""
        return serving.respond(access_file(request.auth.workspace, article_id, file_id))

    @extend_schema(operation_id="article_files_delete", responses={204: None})
    def delete(self, request: Request, article_id: uuid.UUID, file_id: uuid.UUID) -> Response:
        """Delete a file. Texts that still use it show only its label."""
        file = access_file(request.auth.workspace, article_id, file_id)
        store.remove(ArticleFile.objects.filter(pk=file.pk))
        return Response(status=204)


@require_safe
def serve_file(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """Serve a picture inline, and any other file as a download."""
    try:
        file = readable_file(request.user, file_id)
    except NotFound as error:
        raise Http404 from error
    keep = "public, max-age=300" if file.is_for_everybody else "private, no-store"
    return serving.respond(file, inline=file.is_picture, cache_control=keep)
