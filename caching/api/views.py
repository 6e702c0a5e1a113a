"""REST views of cached answers."""

import uuid

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.validation import validated
from caching import answers
from caching.api.access import access_answer
from caching.api.serializers import CachedAnswerSerializer, CacheFilter, Flushed, VerdictDraft
from caching.models import CachedAnswer


class CachedAnswers(ListAPIView):
    scopes = {"GET": "cache:read"}
    serializer_class = CachedAnswerSerializer

    def get_queryset(self) -> QuerySet[CachedAnswer]:
        query = validated(CacheFilter, self.request.query_params)
        wanted = {key: value for key, value in query.items() if key != "question"}
        if part := query.get("question"):
            wanted["question__icontains"] = part
        return CachedAnswer.objects.filter(workspace=self.request.auth.workspace, **wanted)

    @extend_schema(operation_id="cache_list", parameters=[CacheFilter])
    def get(self, request: Request) -> Response:
        """List cached answers, newest first."""
        return self.list(request)


class OneCachedAnswer(APIView):
    scopes = {"GET": "cache:read", "DELETE": "cache:write"}

    @extend_schema(operation_id="cache_read", responses=CachedAnswerSerializer)
    def get(self, request: Request, entry_id: uuid.UUID) -> Response:
        return Response(CachedAnswerSerializer(access_answer(request.auth.workspace, entry_id)).data)

    @extend_schema(operation_id="cache_delete", responses={204: None})
    def delete(self, request: Request, entry_id: uuid.UUID) -> Response:
        answers.delete(access_answer(request.auth.workspace, entry_id).pk)
        return Response(status=204)


class FlushCache(APIView):
    scopes = {"POST": "cache:write"}

    @extend_schema(operation_id="cache_flush", request=None, responses=Flushed)
    def post(self, request: Request) -> Response:
        """Delete all cached answers of the workspace except banned ones."""
        return Response({"flushed": answers.flush(request.auth.workspace.pk)})


class CacheVerdict(APIView):
    scopes = {"POST": "cache:write"}

    @extend_schema(operation_id="cache_verdict", request=VerdictDraft, responses=CachedAnswerSerializer)
    def post(self, request: Request, entry_id: uuid.UUID) -> Response:
        """Rate a cached answer as right or wrong. The second “wrong” quarantines it."""
        entry = access_answer(request.auth.workspace, entry_id)
        data = validated(VerdictDraft, request.data)
        answers.verdict(entry.pk, data["opinion"], asked=data["asked"], note=data["note"])
        return Response(CachedAnswerSerializer(access_answer(request.auth.workspace, entry_id)).data)
