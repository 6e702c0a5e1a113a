"""Jobs in the database that workers take by a lease: who has it writes, until it runs out and another takes the job up.

One UPDATE decides who has a job. A worker that died loses it with its lease, and so does one that was too slow.
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
    """Another worker has the job, or it was cancelled or deleted. This one stops, and writes nothing."""


class LeasedJobQuerySet(models.QuerySet[Job]):
    def unleased(self) -> Self:
        """Nobody's, or of a worker that died."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=timezone.now()))

    def due(self) -> Self:
        """What a worker may take now. To be given by each kind of job, from `unleased`."""
        raise NotImplementedError

    def lease(self, **fields: Any) -> int:
        """Take all of these for this worker, and write `fields`. Return how many there were."""
        return self.update(leased_until=self.model.lease_end(), **fields)

    def claim(self, pk: Any) -> bool:
        """Take one for this worker, which counts as an attempt; False when it is not due."""
        return self.due().filter(pk=pk).lease(attempts=F("attempts") + 1, **self.model.CLAIMED) == 1


class LeasedJob(models.Model):
    """Its manager is made of a `LeasedJobQuerySet`."""

    CLAIMED: ClassVar[Mapping[str, Any]] = {}  # fields that say of a job that a worker has it, beside the lease

    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def lease_s(cls) -> float:
        raise NotImplementedError

    @classmethod
    def lease_end(cls) -> datetime:
        """Of a lease that begins now."""
        return timezone.now() + timedelta(seconds=cls.lease_s())

    def claim(self) -> bool:
        """As `LeasedJobQuerySet.claim`; what was claimed is read anew."""
        claimed: bool = type(self)._default_manager.claim(self.pk)  # type: ignore[attr-defined]
        if claimed:
            self.refresh_from_db()
        return claimed

    def keep(self, **fields: Any) -> None:
        """Write down how far this worker has come, and hold the job for as long again: attempts count from here.

        Raises:
            LeaseLost
        """
        self._write({"leased_until": self.lease_end(), "attempts": 0, **fields})

    def release_lease(self, **fields: Any) -> None:
        """Write down what came of it, and let go of it.

        Raises:
            LeaseLost
        """
        self._write({"leased_until": None, **fields})

    def _write(self, fields: Mapping[str, Any]) -> None:
        mine = type(self)._default_manager.filter(pk=self.pk, leased_until=self.leased_until, **self.CLAIMED)
        if self.leased_until is None or not mine.update(**fields):
            raise LeaseLost
        for name, value in fields.items():
            setattr(self, name, value)
