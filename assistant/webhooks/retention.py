"""How old deliveries to webhooks are deleted."""

from datetime import datetime

from django.db.models import QuerySet

from assistant.retention.kinds import of_rows
from assistant.webhooks.models import Delivery
from assistant.workspaces.models import Workspace


def expired(workspace: Workspace, before: datetime) -> QuerySet[Delivery]:
    settled = Delivery.objects.exclude(status=Delivery.Status.PENDING)
    return settled.filter(endpoint__workspace=workspace, created_at__lt=before)


DELIVERIES = of_rows(expired)
