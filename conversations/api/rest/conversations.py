"""REST views of conversations."""

import uuid
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.expressions import RawSQL
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.validation import validated
from conversations.api.rest.authentication import CallerAuthentication, KeyOrVisitor, count
from conversations.api.rest.serializers import (
    ConversationChange,
    ConversationDraft,
    ConversationFilter,
    ConversationInList,
    ConversationSerializer,
)
from conversations.identity.permissions import access_conversation, conversations_of
from conversations.messaging import creation
from conversations.models import Conversation, Message

# The first words of each conversation in a list. Raw SQL, because Django would rebuild a Subquery for every request.
OPENING = RawSQL(
    """(SELECT LEFT(message.text, 120) FROM conversations_message AS message
        WHERE message.conversation_id = conversations_conversation.id AND message.role = %s
        ORDER BY message.seq LIMIT 1)""",
    [Message.Role.CUSTOMER],
    output_field=TextField(),
)


class Conversations(ListAPIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    scopes = {"GET": "conversations:read", "POST": "conversations:write"}
    serializer_class = ConversationInList
    ordering = ("-updated_at", "-id")

    def get_queryset(self) -> QuerySet[Conversation, dict[str, Any]]:
        wanted = ConversationFilter(data=self.request.query_params).lookups()
        known = conversations_of(self.request.auth).filter(**wanted)
        return known.annotate(opening=OPENING).values(*ConversationInList.columns())

    @extend_schema(operation_id="conversations_list", parameters=[ConversationFilter])
    def get(self, request: Request) -> Response:
        """List conversations, newest first. Visitors see only their own."""
        return self.list(request)

    @extend_schema(
        operation_id="conversations_create", request=ConversationDraft, responses={201: ConversationSerializer}
    )
    def post(self, request: Request) -> Response:
        count(request, "conversation")
        conversation = creation.open_conversation(request.auth, **validated(ConversationDraft, request.data))
        return Response(ConversationSerializer(conversation).data, status=201)


class OneConversation(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    scopes = {"GET": "conversations:read", "PATCH": "conversations:write"}

    @extend_schema(operation_id="conversations_read", responses=ConversationSerializer)
    def get(self, request: Request, conversation_id: uuid.UUID) -> Response:
        return Response(ConversationSerializer(access_conversation(request.auth, conversation_id)).data)

    @extend_schema(operation_id="conversations_change", request=ConversationChange, responses=ConversationSerializer)
    def patch(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Change the external id or the language of a conversation."""
        conversation = access_conversation(request.auth, conversation_id)
        change = validated(ConversationChange, request.data)
        return Response(ConversationSerializer(creation.change(conversation, **change)).data)
