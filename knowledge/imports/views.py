"""REST views of imports: start one, list them, get the progress."""

import uuid

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.errors import NotFound
from assistant.rest.parsers import StrictJSONParser
from knowledge.imports.jobs import order
from knowledge.imports.models import Import
from knowledge.imports.serializers import ImportAddress, ImportFiles, ImportSerializer


class Imports(ListAPIView):
    scopes = {"GET": "articles:read", "POST": "articles:write"}
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser, StrictJSONParser)
    ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[Import]:
        return Import.objects.filter(workspace=self.request.auth.workspace).defer("content", "seen", "pages")

    @extend_schema(operation_id="imports_list")
    def get(self, request: Request) -> Response:
        """List imports, newest first."""
        return self.list(request)

    @extend_schema(
        operation_id="imports_create",
        request={"multipart/form-data": ImportFiles, "application/json": ImportAddress},
        responses={202: ImportSerializer},
    )
    def post(self, request: Request) -> Response:
        """Import files or the pages of an allowed host, in the background. Get the import to see its progress."""
        are_files = (request.content_type or "").startswith("multipart/")
        draft = (ImportFiles if are_files else ImportAddress)(data=request.data)
        draft.is_valid(raise_exception=True)
        data = dict(draft.validated_data)
        files = [(file.name, file.read()) for file in data.pop("file", [])]
        ordered = order(request.auth.workspace, files=files, **data)
        return Response(ImportSerializer(ordered).data, status=202)


class OneImport(APIView):
    scopes = {"GET": "articles:read"}

    @extend_schema(operation_id="imports_read", responses=ImportSerializer)
    def get(self, request: Request, import_id: uuid.UUID) -> Response:
        """Get the progress of an import and the result for each article."""
        ordered = Import.objects.filter(workspace=request.auth.workspace, pk=import_id).first()
        if ordered is None:
            raise NotFound
        return Response(ImportSerializer(ordered).data)
