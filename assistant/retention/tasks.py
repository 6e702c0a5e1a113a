"""Background tasks that delete old data."""

from celery import shared_task

from assistant.retention import purge
from assistant.workspaces.models import Workspace


@shared_task
def purge_expired() -> None:
    """Purge all workspaces, once an hour. Do nothing if another process is already purging."""
    try:
        purge.run_all()
    except purge.PurgeRunning:
        return


@shared_task
def purge_workspace(workspace_id: str, by_id: int | None = None) -> None:
    """Delete the old data of one workspace now, for a staff member."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        return
    run = purge.run_one(workspace, dry_run=False)
    run.by_id = by_id
    run.save(update_fields=["by"])
