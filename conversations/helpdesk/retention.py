"""How old deliveries of helpdesks are deleted."""

from datetime import datetime

from django.db.models import QuerySet

from assistant.retention.kinds import of_rows
from assistant.workspaces.models import Workspace
from conversations.helpdesk.models import Delivery


def expired(workspace: Workspace, before: datetime) -> QuerySet[Delivery]:
    settled = Delivery.objects.exclude(status=Delivery.Status.PENDING)
    return settled.filter(connection__workspace=workspace, received_at__lt=before)


DELIVERIES = of_rows(expired)
