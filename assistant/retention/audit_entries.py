"""Delete old entries of the audit log and truncate their IP addresses, using the database functions that may do so."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from assistant.audit.models import Event
from assistant.retention.kinds import SharedKind

KEPT_AT_LEAST_DAYS = 30  # the same minimum as in `audit_purge`


def _kept_days() -> int:
    return max(settings.AUDIT_KEPT_DAYS, KEPT_AT_LEAST_DAYS)


def _old() -> int:
    return Event.objects.filter(at__lt=timezone.now() - timedelta(days=_kept_days())).count()


def _whole_addresses() -> int:
    before = timezone.now() - timedelta(days=settings.IP_KEPT_DAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE at < %s AND ip <> audit_network(ip)", [before])
        (count,) = cursor.fetchone()
    return int(count)


def _call(function: str, days: int, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [days, most])
        (count,) = cursor.fetchone()
    return int(count)


ENTRIES = SharedKind(_old, lambda most: _call("audit_purge", _kept_days(), most))
ADDRESSES = SharedKind(_whole_addresses, lambda most: _call("audit_cut_addresses", settings.IP_KEPT_DAYS, most))
