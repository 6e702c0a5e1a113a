"""How old cached answers are deleted."""

from datetime import datetime

from django.db.models import QuerySet

from assistant.retention.kinds import of_rows
from assistant.workspaces.models import Workspace
from caching.models import CachedAnswer

KEPT = (CachedAnswer.State.BANNED, CachedAnswer.State.QUARANTINED, CachedAnswer.State.RECHECK)


def expired(workspace: Workspace, before: datetime) -> QuerySet[CachedAnswer]:
    return CachedAnswer.objects.filter(workspace=workspace, created_at__lt=before, pinned=False).exclude(state__in=KEPT)


ANSWERS = of_rows(expired)
