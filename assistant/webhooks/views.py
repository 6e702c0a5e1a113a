"""REST views of webhooks."""

import uuid

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.fields import Choice, Flag, Identifier, Text
from assistant.rest.validation import validated
from assistant.webhooks import delivery, tasks
from assistant.webhooks.access import access_endpoint
from assistant.webhooks.http_client import AddressRefused, check_url
from assistant.webhooks.models import EVENTS, Delivery, Endpoint

SCOPE = "webhooks:write"


class EndpointSerializer(serializers.ModelSerializer):
    events = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Endpoint
        fields = ("id", "url", "description", "events", "enabled", "disabled_reason", "created_at", "updated_at")
        read_only_fields = fields


class EndpointWithSecret(EndpointSerializer):
    """The secret is returned only when it is created."""

    class Meta(EndpointSerializer.Meta):
        fields = (*EndpointSerializer.Meta.fields, "secret")
        read_only_fields = fields


class EndpointDraft(serializers.Serializer):
    url = Text(max_length=1000, help_text="An https URL with a public address.")
    description = Text(max_length=200, required=False, allow_blank=True)
    events = serializers.ListField(
        child=Choice(choices=EVENTS), required=False, max_length=20, help_text="Leave empty for all events."
    )
    enabled = Flag(required=False)

    def validate_url(self, url: str) -> str:
        try:
            return check_url(serializers.URLField(max_length=1000).run_validation(url))
        except AddressRefused as error:
            raise serializers.ValidationError(str(error), code="invalid_url") from error


class DeliverySerializer(serializers.ModelSerializer):
    payload = serializers.DictField()
    log = serializers.ListField(child=serializers.DictField(), help_text="For each attempt: at, status, error, ms.")

    class Meta:
        model = Delivery
        fields = (
            "id",
            "message_id",
            "type",
            "payload",
            "status",
            "attempts",
            "next_attempt_at",
            "log",
            "created_at",
            "delivered_at",
        )
        read_only_fields = fields


class RedeliverDraft(serializers.Serializer):
    deliveries = serializers.ListField(child=Identifier(), min_length=1, max_length=100)


class Redelivered(serializers.Serializer):
    redelivered = serializers.IntegerField()


class Endpoints(ListAPIView):
    scopes = {"GET": SCOPE, "POST": SCOPE}
    serializer_class = EndpointSerializer

    def get_queryset(self) -> QuerySet[Endpoint]:
        return Endpoint.objects.filter(workspace=self.request.auth.workspace)

    @extend_schema(operation_id="webhooks_list")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(operation_id="webhooks_create", request=EndpointDraft, responses={201: EndpointWithSecret})
    def post(self, request: Request) -> Response:
        """Create a webhook. The response contains the signing secret, which is not shown again."""
        draft = validated(EndpointDraft, request.data)
        endpoint = Endpoint.objects.create(workspace=request.auth.workspace, **draft)
        return Response(EndpointWithSecret(endpoint).data, status=201)


class OneEndpoint(APIView):
    scopes = {"GET": SCOPE, "PATCH": SCOPE, "DELETE": SCOPE}

    @extend_schema(operation_id="webhooks_read", responses=EndpointSerializer)
    def get(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        return Response(EndpointSerializer(access_endpoint(request.auth.workspace, endpoint_id)).data)

    @extend_schema(operation_id="webhooks_change", request=EndpointDraft(partial=True), responses=EndpointSerializer)
    def patch(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        endpoint = access_endpoint(request.auth.workspace, endpoint_id)
        endpoint.change(**validated(EndpointDraft, request.data, partial=True))
        return Response(EndpointSerializer(endpoint).data)

    @extend_schema(operation_id="webhooks_delete", responses={204: None})
    def delete(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        access_endpoint(request.auth.workspace, endpoint_id).delete()
        return Response(status=204)


class RotateSecret(APIView):
    scopes = {"POST": SCOPE}

    @extend_schema(operation_id="webhooks_rotate", request=None, responses=EndpointWithSecret)
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Create a new secret. For one day, events are signed with both secrets."""
        endpoint = access_endpoint(request.auth.workspace, endpoint_id)
        endpoint.rotate()
        return Response(EndpointWithSecret(endpoint).data)


class Deliveries(ListAPIView):
    scopes = {"GET": SCOPE}
    serializer_class = DeliverySerializer

    def get_queryset(self) -> QuerySet[Delivery]:
        return access_endpoint(self.request.auth.workspace, self.kwargs["endpoint_id"]).deliveries.all()

    @extend_schema(operation_id="webhooks_deliveries")
    def get(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """List the deliveries of a webhook, newest first."""
        return self.list(request)


class Redeliver(APIView):
    scopes = {"POST": SCOPE}

    @extend_schema(operation_id="webhooks_redeliver", request=RedeliverDraft, responses=Redelivered)
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Send finished deliveries again, with the same message ids."""
        endpoint = access_endpoint(request.auth.workspace, endpoint_id)
        count = delivery.redeliver(endpoint, validated(RedeliverDraft, request.data)["deliveries"])
        transaction.on_commit(tasks.deliver_due.delay, robust=True)
        return Response({"redelivered": count})
