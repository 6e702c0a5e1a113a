"""REST views of the review queue: messages that the gate holds until a person decides."""

import uuid

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.errors import NotFound
from assistant.rest.fields import Choice
from conversations.gate.models import HeldMessage
from conversations.replies import held_messages


class HeldFilter(serializers.Serializer):
    verdict = Choice(choices=HeldMessage.Verdict.values, default=HeldMessage.Verdict.PENDING)


class HeldMessageSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="pk", read_only=True, help_text="Of the message.")
    conversation = serializers.UUIDField(source="message.conversation_id", read_only=True)
    text = serializers.CharField(source="message.text", read_only=True)
    score = serializers.FloatField(read_only=True, help_text="Probability of the reason, 0 to 1.")
    scores = serializers.DictField(source="chances", child=serializers.FloatField(), read_only=True)

    class Meta:
        model = HeldMessage
        fields = (
            "id",
            "conversation",
            "text",
            "reason",
            "score",
            "scores",
            "verdict",
            "decided_by_name",
            "decided_at",
            "created_at",
        )
        read_only_fields = fields


class HeldMessages(ListAPIView):
    scopes = {"GET": "conversations:read"}
    serializer_class = HeldMessageSerializer
    ordering = ("created_at", "pk")

    def get_queryset(self) -> QuerySet[HeldMessage]:
        query = HeldFilter(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        own = HeldMessage.objects.filter(workspace=self.request.auth.workspace)
        return own.filter(verdict=query.validated_data["verdict"]).select_related("message")

    @extend_schema(operation_id="held_messages_list", parameters=[HeldFilter])
    def get(self, request: Request) -> Response:
        """List messages that wait for review, oldest first; with `verdict`, those reviewed before."""
        return self.list(request)


class ReleaseHeldMessage(APIView):
    scopes = {"POST": "conversations:write"}

    @extend_schema(operation_id="held_messages_release", request=None, responses=HeldMessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Release a held message. The assistant answers it, unless a person has taken over the conversation."""
        held = access_held(request, message_id)
        held_messages.release(held, None, f"API key {request.auth.name}"[:150])
        return Response(HeldMessageSerializer(access_held(request, message_id)).data)


class SpamHeldMessage(APIView):
    scopes = {"POST": "conversations:write"}

    @extend_schema(operation_id="held_messages_spam", request=None, responses=HeldMessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Refuse a held message for good, and mute its sender."""
        held = access_held(request, message_id)
        held_messages.mark_spam(held, None, f"API key {request.auth.name}"[:150])
        return Response(HeldMessageSerializer(access_held(request, message_id)).data)


def access_held(request: Request, message_id: uuid.UUID) -> HeldMessage:
    own = HeldMessage.objects.filter(workspace=request.auth.workspace).select_related("message")
    held = own.filter(pk=message_id).first()
    if held is None:
        raise NotFound
    return held
