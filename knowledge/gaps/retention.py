"""How old open questions are deleted."""

from datetime import datetime

from django.db.models import QuerySet

from assistant.retention.kinds import of_rows
from assistant.workspaces.models import Workspace
from knowledge.models import Gap


def expired(workspace: Workspace, before: datetime) -> QuerySet[Gap]:
    return Gap.objects.filter(workspace=workspace, last_asked_at__lt=before)


OPEN_QUESTIONS = of_rows(expired)
