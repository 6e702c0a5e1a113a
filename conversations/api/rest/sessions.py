"""REST view that starts a visitor's session."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.validation import validated
from conversations.api.rest.serializers import SessionDraft, SessionSerializer
from conversations.api.rest.throttling import AddressThrottle
from conversations.identity import visitors
from conversations.identity.client_ip import sender_of


class Sessions(APIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (AddressThrottle,)

    @extend_schema(operation_id="widget_sessions_create", request=SessionDraft, responses={201: SessionSerializer})
    def post(self, request: Request) -> Response:
        """Start or continue a visitor's session. Public: the widget, origin and signature are checked."""
        draft = validated(SessionDraft, request.data)
        visitor = visitors.visit(
            draft["widget"],
            request.headers.get("Origin"),
            draft.get("identity"),
            draft.get("session"),
            sender_of(request),
        )
        session = {"session": visitor.token, "expires_at": visitor.expires_at}
        response = Response(SessionSerializer(session).data, status=201)
        # An erasure of the contact also deletes the response stored for idempotency; the token does not show the id.
        response.mentions = [visitor.contact.pk]
        return response
