"""Load webhook endpoints with their access check."""

import uuid

from assistant.errors import NotFound
from assistant.webhooks.models import Endpoint
from assistant.workspaces.models import Workspace


def access_endpoint(workspace: Workspace, endpoint_id: uuid.UUID) -> Endpoint:
    endpoint = Endpoint.objects.filter(workspace=workspace, pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound
    return endpoint
