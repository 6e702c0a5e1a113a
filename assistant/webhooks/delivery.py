"""Deliver due events to their endpoints concurrently, so that a slow endpoint delays no other."""

import random
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from standardwebhooks import Webhook

from assistant import safe_json
from assistant.webhooks.http_client import AddressRefused, Answer, CallFailed, call
from assistant.webhooks.models import Delivery, Endpoint

# Seconds before each attempt, counted from the previous one: three days in total (Standard Webhooks 1.0.0).
SCHEDULE_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1
AT_ONCE = 64
AT_ONCE_EACH = 12  # per endpoint; a failing one gets one at a time
LOOK_INTERVAL_S = 0.2
PUMP_LOCK = 7_316_001  # of pg_advisory_lock: one process delivers, the others need not
NAMING = "contact.erased"  # contains the ids to forget, so delivered ones are deleted here too
THROTTLED = (429, 502, 503, 504)


def deliver_due(at_most_s: float = 100.0) -> int:
    """Deliver everything that is due, and continue until nothing is in progress. Returns the number of attempts.

    Returns at once if another process is delivering already.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [PUMP_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return _pump(monotonic() + at_most_s)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PUMP_LOCK])


def _pump(deadline: float) -> int:
    tried, in_progress = 0, set()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while monotonic() < deadline:
            claimed = claim(AT_ONCE - len(in_progress))
            in_progress |= {threads.submit(_in_thread, delivery) for delivery in claimed}
            tried += len(claimed)
            if not in_progress:
                break
            done, in_progress = wait(in_progress, timeout=LOOK_INTERVAL_S, return_when="FIRST_COMPLETED")
            _raise_from(done)
    return tried


def _raise_from(done: set[Future[None]]) -> None:
    for future in done:
        future.result()


def _in_thread(delivery: Delivery) -> None:
    try:
        attempt(delivery)
    finally:
        connection.close()


@transaction.atomic
def claim(count: int) -> list[Delivery]:
    """Lease up to `count` due deliveries, the oldest first, a few per endpoint."""
    now = timezone.now()
    busy = Count("deliveries", filter=Q(deliveries__status="pending", deliveries__leased_until__gte=now))
    waiting = Delivery.objects.due().values("endpoint")
    room = {
        endpoint.pk: (1 if endpoint.failures else AT_ONCE_EACH) - endpoint.busy
        for endpoint in Endpoint.objects.filter(pk__in=waiting).annotate(busy=busy)
    }
    due: list[Delivery] = []
    for endpoint_id, free in room.items():
        rows = Delivery.objects.due().filter(endpoint=endpoint_id).select_related("endpoint")
        rows = rows.order_by("next_attempt_at")
        due += rows.select_for_update(of=("self",), skip_locked=True)[: max(0, free)]
    chosen = sorted(due, key=lambda delivery: delivery.next_attempt_at)[: max(0, count)]
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in chosen]).lease()
    return chosen


def attempt(delivery: Delivery) -> None:
    """Send one delivery once and store the result."""
    endpoint = delivery.endpoint
    body = safe_json.dumps(delivery.payload)
    began = monotonic()
    answer, error = None, ""
    try:
        answer = call("POST", endpoint.url, body, headers_for(delivery, body), timeout_s=settings.WEBHOOK_TIMEOUT_S)
    except (AddressRefused, CallFailed) as failure:
        error = str(failure)
    entry = {
        "at": timezone.now().isoformat(),
        "status": answer.status if answer else None,
        "error": error,
        "ms": round((monotonic() - began) * 1000),
    }
    _settle(delivery, answer, entry)


def headers_for(delivery: Delivery, body: bytes) -> dict[str, str]:
    """Return the headers of Standard Webhooks, signed with the time of this attempt."""
    now = datetime.now(UTC)
    secrets = delivery.endpoint.secrets_now()
    signatures = [Webhook(secret).sign(delivery.message_id, now, body.decode()) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Brevity-Webhooks/1",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _settle(delivery: Delivery, answer: Answer | None, entry: dict[str, object]) -> None:
    log = [*delivery.log, entry][-20:]
    after = {"attempts": delivery.attempts + 1, "leased_until": None, "log": log}
    if answer is not None and 200 <= answer.status < 300:
        after |= {"status": Delivery.Status.DELIVERED, "delivered_at": timezone.now()}
        if delivery.endpoint.failures:
            Endpoint.objects.filter(pk=delivery.endpoint_id).update(failures=0)
    else:
        after |= _after_failure(delivery, answer)
    if delivery.type == NAMING and "status" in after:
        after["payload"] = delivery.payload | {"data": {}}
    # Not `release_lease`: the result is stored even if the attempt outlived its lease.
    Delivery.objects.filter(pk=delivery.pk).update(**after)


def _after_failure(delivery: Delivery, answer: Answer | None) -> dict[str, object]:
    endpoint = Endpoint.objects.filter(pk=delivery.endpoint_id)
    endpoint.update(failures=F("failures") + 1)
    if answer is not None and answer.status == 410:
        endpoint.update(enabled=False, disabled_reason="The endpoint returned 410 Gone.")
        return {"status": Delivery.Status.FAILED}
    next_at = next_attempt_at(delivery.attempts + 1, answer)
    return {"next_attempt_at": next_at} if next_at else {"status": Delivery.Status.FAILED}


def next_attempt_at(attempts: int, answer: Answer | None) -> datetime | None:
    """Return the time of the next attempt, or None after the last. Retry-After is honoured up to a day."""
    if attempts >= len(SCHEDULE_S):
        return None
    pause_s = SCHEDULE_S[attempts] * settings.WEBHOOK_TIME_SCALE * random.uniform(1 - JITTER, 1 + JITTER)
    retry_after = answer.headers.get("retry-after", "") if answer and answer.status in THROTTLED else ""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7:
        pause_s = max(pause_s, min(int(retry_after), 86_400) * settings.WEBHOOK_TIME_SCALE)
    return timezone.now() + timedelta(seconds=pause_s)


def redeliver(endpoint: Endpoint, delivery_ids: list[uuid.UUID]) -> int:
    """Send deliveries of this endpoint again, with the same ids. Returns their number."""
    settled = endpoint.deliveries.filter(pk__in=delivery_ids).exclude(status=Delivery.Status.PENDING)
    again = settled.exclude(type=NAMING)  # has no content any more
    return again.update(status=Delivery.Status.PENDING, attempts=0, next_attempt_at=timezone.now(), leased_until=None)


def purge() -> int:
    """Delete deliveries finished more than WEBHOOK_KEPT_S ago, and all that name an erased person."""
    before = timezone.now() - timedelta(seconds=settings.WEBHOOK_KEPT_S)
    old = Delivery.objects.filter(created_at__lt=before)
    return old.filter(~Q(status=Delivery.Status.PENDING) | Q(type=NAMING)).delete()[0]
