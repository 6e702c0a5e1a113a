"""Jobs in the database that workers claim with a lease.

One UPDATE decides which worker gets a job. Only the holder of the lease may write; when the lease of a dead or slow
worker expires, another worker claims the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

Job = TypeVar("Job", bound="LeasedJob")


class LeaseLost(Exception):
    """Another worker has the job, or it was cancelled or deleted. The caller must stop without writing."""


class LeasedJobQuerySet(models.QuerySet[Job]):
    def unleased(self) -> Self:
        """Return the jobs without a lease, or whose lease has expired."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=timezone.now()))

    def due(self) -> Self:
        """Return the jobs that a worker may claim now. Each kind of job defines it, based on `unleased`."""
        raise NotImplementedError

    def lease(self, **fields: Any) -> int:
        """Lease all jobs of this query set, and set `fields`. Returns their number."""
        return self.update(leased_until=self.model.lease_end(), **fields)

    def claim(self, pk: Any) -> bool:
        """Lease one job, and count an attempt. Returns False if it is not due."""
        return self.due().filter(pk=pk).lease(attempts=F("attempts") + 1, **self.model.CLAIMED) == 1


class LeasedJob(models.Model):
    """Base class of jobs. The manager must be made from a `LeasedJobQuerySet`."""

    CLAIMED: ClassVar[Mapping[str, Any]] = {}  # field values of a claimed job, in addition to the lease

    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def lease_s(cls) -> float:
        raise NotImplementedError

    @classmethod
    def lease_end(cls) -> datetime:
        """Return the end of a lease that begins now."""
        return timezone.now() + timedelta(seconds=cls.lease_s())

    def claim(self) -> bool:
        """Lease this job and refresh it from the database. Returns False if it is not due."""
        claimed: bool = type(self)._default_manager.claim(self.pk)  # type: ignore[attr-defined]
        if claimed:
            self.refresh_from_db()
        return claimed

    def keep(self, **fields: Any) -> None:
        """Save progress, renew the lease and reset `attempts`.

        Raises:
            LeaseLost: the job is not this worker's any more.
        """
        self._write({"leased_until": self.lease_end(), "attempts": 0, **fields})

    def release_lease(self, **fields: Any) -> None:
        """Save the result and release the lease.

        Raises:
            LeaseLost: the job is not this worker's any more.
        """
        self._write({"leased_until": None, **fields})

    def _write(self, fields: Mapping[str, Any]) -> None:
        leased = type(self)._default_manager.filter(pk=self.pk, leased_until=self.leased_until, **self.CLAIMED)
        if self.leased_until is None or not leased.update(**fields):
            raise LeaseLost
        for name, value in fields.items():
            setattr(self, name, value)
