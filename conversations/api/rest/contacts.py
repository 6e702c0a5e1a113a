"""REST views of contacts: export, erase, end sessions."""

import uuid

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.api.rest.authentication import CallerAuthentication, KeyAlone
from conversations.api.rest.serializers import ContactSerializer, ExportLinkSerializer
from conversations.identity import session_tokens
from conversations.identity.permissions import access_contact
from conversations.privacy import archive, contacts


def address_of(secret: str) -> str:
    """Return the address of an export, for whoever is given it."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('export', args=[secret])}"


class OneContact(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"GET": "conversations:read", "DELETE": "contacts:write"}

    @extend_schema(operation_id="contacts_read", responses=ContactSerializer)
    def get(self, request: Request, contact_id: uuid.UUID) -> Response:
        return Response(ContactSerializer(access_contact(request.auth, contact_id)).data)

    @extend_schema(operation_id="contacts_erase", responses={204: None})
    def delete(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Erase a contact and everything stored about them: messages, summaries, cached answers and queued events."""
        contacts.erase(access_contact(request.auth, contact_id))
        return Response(status=204)


class ContactSessions(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"DELETE": "contacts:write"}

    @extend_schema(operation_id="contacts_end_sessions", responses={204: None})
    def delete(self, request: Request, contact_id: uuid.UUID) -> Response:
        """End all sessions of a contact. Open WebSockets and streams close within seconds.

        A contact can return with a newly signed identity.
        """
        session_tokens.end_all(access_contact(request.auth, contact_id))
        return Response(status=204)


class ContactExport(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"GET": "contacts:write", "POST": "contacts:write"}

    @extend_schema(operation_id="contacts_export", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Export everything stored about a contact."""
        return Response(contacts.export(access_contact(request.auth, contact_id)))

    @extend_schema(operation_id="contacts_export_link", request=None, responses={201: ExportLinkSerializer})
    def post(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Create a link to the export as a ZIP with files. It needs no key, works once, and expires after 24 hours."""
        link, secret = archive.new_link(access_contact(request.auth, contact_id))
        return Response({"url": address_of(secret), "expires_at": link.valid_until}, status=201)
