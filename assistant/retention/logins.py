"""Retention of the IP addresses, records and sessions of logins."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from assistant.retention.kinds import SharedKind, delete_some, of_shared_rows

RECORDS_KEPT_DAYS = 365
MODELS: tuple[Any, ...] = (AccessAttempt, AccessFailureLog, AccessLog)
# The rows with addresses: the model, the field of the address, and the field of the time.
WITH_ADDRESSES = (*((model, "ip_address", "attempt_time") for model in MODELS), (UserSession, "ip", "last_seen_at"))


def network_of(address: str) -> str:
    """Return the network of an address: /24 of IPv4, /48 of IPv6."""
    prefix = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False).network_address)


def _with_whole_addresses(model: Any, address: str, time: str) -> QuerySet[Any]:
    """Return old rows with a full address, which is one that does not end in .0 or :: like a truncated one.

    Hosts whose real address ends like that are not truncated.
    """
    before = timezone.now() - timedelta(days=settings.IP_KEPT_DAYS)
    old = model.objects.filter(**{f"{time}__lt": before}).exclude(**{address: None})
    return old.exclude(Q(**{f"{address}__endswith": ".0"}) | Q(**{f"{address}__endswith": "::"}))


def _count() -> int:
    return sum(_with_whole_addresses(*each).count() for each in WITH_ADDRESSES)


def _truncate_some(most: int) -> int:
    return next((done for done in _truncations(most) if done), 0)


def _truncations(most: int) -> Iterator[int]:
    for model, address, time in WITH_ADDRESSES:
        with transaction.atomic():
            old = _with_whole_addresses(model, address, time)
            rows = list(old.select_for_update(skip_locked=True).order_by("pk")[:most])
            for row in rows:
                setattr(row, address, network_of(getattr(row, address)))
            model.objects.bulk_update(rows, [address])
        yield len(rows)


def _old_records(model: Any) -> QuerySet[Any]:
    return model.objects.filter(attempt_time__lt=timezone.now() - timedelta(days=RECORDS_KEPT_DAYS))


ADDRESSES = SharedKind(_count, _truncate_some)
RECORDS = SharedKind(
    count=lambda: sum(_old_records(model).count() for model in MODELS),
    purge_some=lambda most: next(filter(None, (delete_some(_old_records(model), most) for model in MODELS)), 0),
)
SESSIONS = of_shared_rows(lambda: Session.objects.filter(expire_date__lt=timezone.now()))
