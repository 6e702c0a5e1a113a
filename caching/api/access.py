"""Load cached answers with their access check."""

import uuid

from assistant.errors import NotFound
from assistant.workspaces.models import Workspace
from caching.models import CachedAnswer


def access_answer(workspace: Workspace, entry_id: uuid.UUID) -> CachedAnswer:
    entry = CachedAnswer.objects.filter(workspace=workspace, pk=entry_id).first()
    if entry is None:
        raise NotFound
    return entry
