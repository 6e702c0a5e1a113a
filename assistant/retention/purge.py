"""Delete data that is older than the periods of its workspace, in small transactions, and report it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.utils import timezone
from django.utils.module_loading import import_string
from redis.exceptions import RedisError

from assistant.errors import Conflict, DependencyDown
from assistant.postgres import advisory_locks
from assistant.retention.kinds import Kind, SharedKind
from assistant.retention.models import PurgeRun, RetentionPeriods
from assistant.workspaces.models import Workspace

log = logging.getLogger(__name__)
LOCK = "assistant.retention.purge"


class PurgeRunning(Conflict):
    code = "purge_running"
    sentence = "Old data is being deleted right now. Try again in a few minutes."


class Clock:
    """The time limit of a run."""

    def __init__(self, limit_s: float) -> None:
        self.until = monotonic() + limit_s

    @property
    def is_up(self) -> bool:
        return monotonic() >= self.until


def run_all(*, dry_run: bool = False) -> list[PurgeRun]:
    """Purge every workspace and the shared data. Reports of runs that deleted nothing are not stored.

    Raises:
        PurgeRunning: another process is purging right now.
    """
    clock = Clock(settings.PURGE_TIME_LIMIT_S)
    with advisory_locks.hold_if_free(LOCK) as ours:
        if not ours:
            raise PurgeRunning
        # In random order, so that a workspace with much to delete does not hold up the others for days.
        workspaces = Workspace.objects.order_by("?")
        runs = [_shared(dry_run, clock), *(_of(each, dry_run, clock) for each in workspaces)]
        _forget_old_reports()
    return [_stored(run) for run in runs if run.total or dry_run]


def run_one(workspace: Workspace, *, dry_run: bool, by: Any = None) -> PurgeRun:
    """Purge one workspace for a staff member. The report is stored even if it is empty.

    Raises:
        PurgeRunning
    """
    if dry_run:
        return _stored(_of(workspace, True, Clock(settings.PURGE_TIME_LIMIT_S)), by)
    with advisory_locks.hold_if_free(LOCK) as ours:
        if not ours:
            raise PurgeRunning
        return _stored(_of(workspace, False, Clock(settings.PURGE_TIME_LIMIT_S)), by)


def _of(workspace: Workspace, dry_run: bool, clock: Clock) -> PurgeRun:
    run = PurgeRun(workspace=workspace, dry_run=dry_run)
    periods, now = RetentionPeriods.of(workspace), timezone.now()
    for name, (field, dotted) in settings.PURGED_BY_WORKSPACE.items():
        period_days = getattr(periods, field)
        if period_days is None:
            continue
        kind: Kind = import_string(dotted)
        before = now - timedelta(days=period_days)
        if dry_run:
            run.counts[name] = kind.count(workspace, before)
        else:
            _purge(run, name, clock, lambda most, kind=kind, before=before: kind.purge_some(workspace, before, most))
    return run


def _shared(dry_run: bool, clock: Clock) -> PurgeRun:
    run = PurgeRun(dry_run=dry_run)
    for name, dotted in settings.PURGED.items():
        kind: SharedKind = import_string(dotted)
        if dry_run:
            run.counts[name] = kind.count()
        else:
            _purge(run, name, clock, kind.purge_some)
    return run


def _purge(run: PurgeRun, name: str, clock: Clock, purge_some: Callable[[int], int]) -> None:
    """Delete batches until nothing is left or the time is up. A kind that fails does not stop the others."""
    run.counts[name] = 0
    try:
        while not clock.is_up:
            purged = purge_some(settings.PURGE_BATCH_ROWS)
            run.counts[name] += purged
            if not purged:
                return
    except (OperationalError, RedisError, DependencyDown, OSError):
        log.warning("Could not purge all old %s; the next run continues", name.replace("_", " "), exc_info=True)
    run.is_complete = False


def _stored(run: PurgeRun, by: Any = None) -> PurgeRun:
    run.by, run.finished_at = by, timezone.now()
    run.save()
    return run


def _forget_old_reports() -> None:
    oldest = timezone.now() - timedelta(days=settings.PURGE_REPORTS_KEPT_DAYS)
    PurgeRun.objects.filter(started_at__lt=oldest).delete()
