"""REST views of handoff: hand to a person, answer, resolve."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.validation import validated
from conversations.api.rest.authentication import CallerAuthentication, KeyAlone, KeyOrVisitor, count
from conversations.api.rest.messages import shown
from conversations.api.rest.serializers import ConversationSerializer, HandoffDraft, MessageSerializer, PersonReplyDraft
from conversations.identity.permissions import access_conversation, access_member
from conversations.messaging import handoff


class Handoff(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    scopes = {"POST": "conversations:write"}

    @extend_schema(operation_id="conversations_handoff", request=HandoffDraft, responses=ConversationSerializer)
    def post(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Hand the conversation to a person. The assistant pauses."""
        count(request, "handoff")
        conversation = access_conversation(request.auth, conversation_id)
        reason = validated(HandoffDraft, request.data)["reason"] or handoff.Reason.ASKED
        handoff.hand_off(conversation, reason, by_customer=request.auth.contact is not None)
        return Response(ConversationSerializer(access_conversation(request.auth, conversation_id)).data)


class Resolve(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"POST": "conversations:write"}

    @extend_schema(operation_id="conversations_resolve", request=None, responses=ConversationSerializer)
    def post(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Resolve the conversation. The customer's next message starts over with the assistant."""
        handoff.resolve(access_conversation(request.auth, conversation_id))
        return Response(ConversationSerializer(access_conversation(request.auth, conversation_id)).data)


class PersonReply(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"POST": "conversations:write"}

    @extend_schema(operation_id="conversations_reply", request=PersonReplyDraft, responses={201: MessageSerializer})
    def post(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Answer as a person. The assistant pauses immediately, even in the middle of a reply."""
        conversation = access_conversation(request.auth, conversation_id)
        draft = validated(PersonReplyDraft, request.data)
        name = draft.get("author")
        author = access_member(request.auth, name) if name else None
        message = handoff.answer_as_person(conversation, draft["text"], author)
        return Response(shown(message, request.auth), status=201)
