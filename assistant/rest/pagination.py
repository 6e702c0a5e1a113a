"""Cursor pagination, stable while rows are added."""

from typing import Any

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from rest_framework.exceptions import NotFound as InvalidCursor
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response


class Pages(CursorPagination):
    """`?page_size=` up to 100; newest first unless the view sets `ordering`.

    Every page has an ETag: polling with `If-None-Match` returns 304 while nothing has changed.
    """

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = ("-created_at", "-id")

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> tuple[str, ...]:
        return getattr(view, "ordering", self.ordering)

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any] | None:
        # A client can put any string into a cursor as the position.
        try:
            return super().paginate_queryset(queryset, request, view)
        except (InvalidCursor, InvalidValue, ValueError, OverflowError) as error:
            raise ValidationError({"cursor": ["Invalid cursor."]}) from error

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.add_post_render_callback(self._or_not_modified)
        return response

    def _or_not_modified(self, response: HttpResponse) -> HttpResponse:
        set_response_etag(response)
        return get_conditional_response(self.request, etag=response["ETag"], response=response)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Write null as in OpenAPI 3.1; DRF writes 3.0."""
        address = {"type": ["string", "null"], "format": "uri"}
        pages = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(pages), "properties": pages}
