"""REST views of a conversation's receipt and summary."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.errors import NotFound
from assistant.rest.validation import validated
from conversations.api.rest.authentication import CallerAuthentication, KeyAlone
from conversations.api.rest.serializers import ConversationReceiptSerializer, SummaryChange, SummarySerializer
from conversations.context import summaries
from conversations.identity.permissions import access_conversation
from conversations.reporting import conversation_totals


class Receipt(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"GET": "conversations:read"}

    @extend_schema(operation_id="conversations_receipt", responses=ConversationReceiptSerializer)
    def get(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Get the cost and savings of a conversation, in total and per reply."""
        conversation = access_conversation(request.auth, conversation_id)
        return Response(ConversationReceiptSerializer(conversation_totals.total_of(conversation)).data)


class Summary(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"GET": "conversations:read", "PATCH": "conversations:write"}

    @extend_schema(operation_id="conversations_summary", responses=SummarySerializer)
    def get(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Get the newest summary of the older messages. Returns 404 if there is none yet."""
        summary = summaries.newest(access_conversation(request.auth, conversation_id))
        if summary is None:
            raise NotFound
        return Response(SummarySerializer(summary).data)

    @extend_schema(operation_id="conversations_summary_correct", request=SummaryChange, responses=SummarySerializer)
    def patch(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Correct the summary. The next reply uses your text."""
        conversation = access_conversation(request.auth, conversation_id)
        change = validated(SummaryChange, request.data)
        summary = summaries.correct(conversation, change["text"], None, seen=change.get("version"))
        return Response(SummarySerializer(summary).data)
