"""REST views of attachments."""

import uuid

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.validation import validated
from assistant.uploads import serving
from conversations.api.rest.authentication import CallerAuthentication, KeyOrVisitor
from conversations.api.rest.serializers import AttachmentDraft, AttachmentSerializer
from conversations.identity import rate_limits
from conversations.identity.permissions import access_attachment, access_conversation
from conversations.messaging import attachments


class Attachments(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    parser_classes = (MultiPartParser,)
    scopes = {"POST": "conversations:write"}

    @extend_schema(
        operation_id="attachments_create",
        request={"multipart/form-data": AttachmentDraft},
        responses={201: AttachmentSerializer},
    )
    def post(self, request: Request) -> Response:
        """Upload a file for a later message: an image, a PDF, a Word document or plain text.

        Put its `id` in the `attachments` of the message. Files that are not sent within a day are deleted.
        """
        draft = validated(AttachmentDraft, request.data)
        conversation = access_conversation(request.auth, draft["conversation"])
        rate_limits.hit("attachment", conversation.contact_id)
        attachment = attachments.take_in(conversation, draft["file"])
        return Response(attachment.as_json(), status=201)


class OneAttachment(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    scopes = {"GET": "conversations:read", "DELETE": "conversations:write"}

    @extend_schema(operation_id="attachments_read", responses=AttachmentSerializer)
    def get(self, request: Request, attachment_id: uuid.UUID) -> Response:
        return Response(access_attachment(request.auth, attachment_id).as_json())

    @extend_schema(operation_id="attachments_delete", responses={204: None})
    def delete(self, request: Request, attachment_id: uuid.UUID) -> Response:
        """Delete a file that has not been sent yet."""
        attachments.take_back(access_attachment(request.auth, attachment_id))
        return Response(status=204)


class AttachmentContent(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    scopes = {"GET": "conversations:read"}

    @extend_schema(operation_id="attachments_content", responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, attachment_id: uuid.UUID) -> HttpResponseBase:
        """Download a file."""
        return serving.respond(access_attachment(request.auth, attachment_id))
