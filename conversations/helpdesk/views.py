"""Receive webhooks of helpdesks: verify the signature and acknowledge at once."""

import uuid
from functools import partial

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.helpdesk import inbound, tasks
from conversations.helpdesk.access import access_connection


class Received(serializers.Serializer):
    received = serializers.BooleanField()
    is_new = serializers.BooleanField(help_text="false if it was delivered before.")


class HelpdeskHook(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="helpdesk_hook", request=OpenApiTypes.OBJECT, responses=Received)
    def post(self, request: Request, kind: str, connection_id: uuid.UUID) -> Response:
        """Receive a webhook from a helpdesk. It is processed in the background."""
        connection = access_connection(kind, connection_id)
        body = request.body
        delivery = inbound.receive(connection, request.headers, body, request.data)
        if delivery is not None:
            # If the broker loses the task, the periodic task picks the delivery up: it is acknowledged once stored.
            transaction.on_commit(partial(tasks.process_delivery.delay, delivery.pk), robust=True)
        return Response({"received": True, "is_new": delivery is not None})
