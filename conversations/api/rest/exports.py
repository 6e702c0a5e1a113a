"""REST view of an export by its link."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from assistant.audit import log as audit_log
from assistant.uploads.serving import HARMLESS
from conversations.privacy import archive


class Export(APIView):
    """Without a key: the link is for whoever was given it, and works once."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    @extend_schema(operation_id="exports_download", auth=[], responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, secret: str) -> StreamingHttpResponse:
        """Download an export as a ZIP. The link works once, for 24 hours."""
        contact = archive.use_link(secret)
        audit_log.record("contact.export_downloaded", contact, request=request._request)
        named = {"Cache-Control": "private, no-store", "Content-Disposition": 'attachment; filename="export.zip"'}
        pieces = archive.pieces(archive.write(contact))
        return StreamingHttpResponse(pieces, content_type="application/zip", headers=HARMLESS | named)
