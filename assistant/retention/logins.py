"""Addresses, records and sessions of logins."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from assistant.retention.kinds import SharedKind, delete_some, of_shared_rows

RECORDS_KEPT_DAYS = 365
MODELS: tuple[Any, ...] = (AccessAttempt, AccessFailureLog, AccessLog)


def network_of(address: str) -> str:
    """Return the network of an address: /24 of IPv4, /48 of IPv6."""
    prefix = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False).network_address)


def _with_whole_addresses(model: Any) -> QuerySet[Any]:
    """A network ends in .0 or ::, so an address is whole if it does not; a host with such an address is left alone."""
    before = timezone.now() - timedelta(days=settings.IP_KEPT_DAYS)
    old = model.objects.filter(attempt_time__lt=before).exclude(ip_address=None)
    return old.exclude(Q(ip_address__endswith=".0") | Q(ip_address__endswith="::"))


def _count() -> int:
    return sum(_with_whole_addresses(model).count() for model in MODELS)


def _truncate_some(most: int) -> int:
    return next((done for done in _truncations(most) if done), 0)


def _truncations(most: int) -> Iterator[int]:
    for model in MODELS:
        with transaction.atomic():
            rows = list(_with_whole_addresses(model).select_for_update(skip_locked=True).order_by("pk")[:most])
            for row in rows:
                row.ip_address = network_of(row.ip_address)
            model.objects.bulk_update(rows, ["ip_address"])
        yield len(rows)


def _old_records(model: Any) -> QuerySet[Any]:
    return model.objects.filter(attempt_time__lt=timezone.now() - timedelta(days=RECORDS_KEPT_DAYS))


ADDRESSES = SharedKind(_count, _truncate_some)
RECORDS = SharedKind(
    count=lambda: sum(_old_records(model).count() for model in MODELS),
    purge_some=lambda most: next(filter(None, (delete_some(_old_records(model), most) for model in MODELS)), 0),
)
SESSIONS = of_shared_rows(lambda: Session.objects.filter(expire_date__lt=timezone.now()))
