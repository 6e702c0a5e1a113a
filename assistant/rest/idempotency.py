"""Idempotency keys for POST requests, as in Stripe's API: the stored response is returned for 24 hours."""

import hashlib
import logging
import re
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError

from assistant import tombstones
from assistant.errors import Conflict
from assistant.rest.errors import InvalidRequest
from assistant.rest.models import IdempotentRequest

log = logging.getLogger(__name__)
UUID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
REPLAYED = "Idempotent-Replayed"
# After these errors, a retry with the same key is a new request.
TEMPORARY = (429, 502, 503, 504)


class KeyInvalid(InvalidRequest):
    code = "idempotency_key_invalid"
    sentence = "An Idempotency-Key must have 1 to 255 printable ASCII characters."


class KeyReused(InvalidRequest):
    code = "idempotency_mismatch"
    http_status = 422
    sentence = "This Idempotency-Key was already used for a different request."


class StillInFlight(Conflict):
    code = "idempotency_in_flight"
    sentence = "The first request with this Idempotency-Key is still in progress."


def begin(request: HttpRequest, key: str) -> IdempotentRequest | HttpResponse:
    """Claim the key for this request, or return the stored response.

    Raises:
        KeyInvalid, KeyReused, StillInFlight
    """
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise KeyInvalid
    mentions = ids_in(request.path.encode())
    fresh = {"fingerprint": fingerprint_of(request), "begun_at": timezone.now(), "mentions": mentions}
    caller, key = _digest(request.headers.get("Authorization", "").encode()), _digest(key.encode())
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(caller=caller, key=key, **fresh)
    except IntegrityError:
        stored = IdempotentRequest.objects.filter(caller=caller, key=key)
    # Take over an expired request, or one whose process died; the UPDATE lets only one succeed.
    now = timezone.now()
    lifetime = timedelta(seconds=settings.IDEMPOTENCY_KEPT_S)
    dead = Q(status=None, begun_at__lt=now - timedelta(seconds=settings.IDEMPOTENCY_IN_FLIGHT_S))
    if stored.filter(Q(begun_at__lt=now - lifetime) | dead).update(status=None, **fresh):
        return stored.get()
    return _repeated(stored.first(), fresh["fingerprint"])


def _repeated(before: IdempotentRequest | None, fingerprint: str) -> HttpResponse:
    if before is None:
        raise StillInFlight(retry_after_s=1)  # it was refused and deleted at this moment
    if before.fingerprint != fingerprint:
        raise KeyReused
    if before.status is None:
        raise StillInFlight(retry_after_s=1)
    answer = HttpResponse(bytes(before.body), status=before.status, content_type=before.content_type or None)
    answer[REPLAYED] = "true"
    return answer


def finish(claimed: IdempotentRequest, response: HttpResponse) -> None:
    """Store the response. Refusals that had no effect, and streams, are deleted instead.

    A response about rows without their ids, such as a session token, lists them as its `mentions`.
    """
    row = IdempotentRequest.objects.filter(pk=claimed.pk, begun_at=claimed.begun_at)
    if response.streaming or 400 <= response.status_code < 500 or response.status_code in TEMPORARY:
        row.delete()
        return
    content_type = response.headers.get("Content-Type", "")
    mentions = [*claimed.mentions, *getattr(response, "mentions", ()), *ids_in(response.content)]
    row.update(status=response.status_code, content_type=content_type, body=response.content, mentions=mentions)
    try:
        if tombstones.is_any_erased(mentions):  # erased during the request
            row.delete()
    except (RedisError, OSError) as error:
        log.warning("Could not check whether a stored response mentions an erased person: %s", error)


def forget(ids: Iterable[uuid.UUID]) -> None:
    """Delete the requests, finished or in progress, that mention one of these rows."""
    IdempotentRequest.objects.filter(mentions__overlap=list(ids)).delete()


def ids_in(content: bytes) -> list[uuid.UUID]:
    return list(dict.fromkeys(uuid.UUID(match.decode()) for match in UUID.findall(content)))


def expired() -> QuerySet[IdempotentRequest]:
    """Return what is older than 24 hours."""
    oldest = timezone.now() - timedelta(seconds=settings.IDEMPOTENCY_KEPT_S)
    return IdempotentRequest.objects.filter(begun_at__lt=oldest)


def fingerprint_of(request: HttpRequest) -> str:
    path = request.get_full_path().encode()
    if request.content_type == "multipart/form-data":  # avoids reading a file into memory
        return _digest(path + b"\n" + request.headers.get("Content-Length", "").encode())
    return _digest(path + b"\n" + request.body)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
