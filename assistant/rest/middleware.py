"""Middleware for request ids, JSON errors and idempotency keys."""

import logging
import re
import uuid
from collections.abc import Awaitable

from asgiref.sync import sync_to_async
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.deprecation import MiddlewareMixin
from redis.exceptions import RedisError

from assistant.errors import DatabaseDown, DependencyDown, ServiceError
from assistant.rest import idempotency
from assistant.rest.errors import (
    NO_STORE,
    InvalidRequest,
    RequestTooLarge,
    Unexpected,
    as_json_response,
    as_service_error,
)
from assistant.rest.models import IdempotentRequest
from assistant.server.middleware import InLoop

logger = logging.getLogger(__name__)

API_PATHS = ("/api/", "/v1/")
REQUEST_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)


class RequestIds(InLoop):
    """Gives each request an id, the caller's own if valid, and returns it with the response.

    On API paths, uncaught exceptions are returned as JSON with that id.
    """

    def process_request(self, request: HttpRequest) -> None:
        own_id = request.headers.get("X-Request-Id", "")
        request.request_id = own_id if REQUEST_ID.fullmatch(own_id) else uuid.uuid4().hex

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["X-Request-Id"] = request.request_id
        if request.path.startswith(API_PATHS):  # API responses must not be cached by proxies
            response.headers.setdefault("Cache-Control", NO_STORE)
        return response

    def process_exception(self, request: HttpRequest, raised: Exception) -> HttpResponse | None:
        if not request.path.startswith(API_PATHS):
            return None
        error = as_service_error(raised) or _unexpected_error(raised)
        if error.http_status >= 500:
            logger.error("%s %s (%s)", request.method, request.path, request.request_id, exc_info=raised)
        return as_json_response(error, request)


class IdempotencyKeys(MiddlewareMixin):
    """Returns the stored response for a POST repeated with its Idempotency-Key.

    Only for callers with a secret: others who guess a key must not get a stranger's response.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        key = request.headers.get("Idempotency-Key")
        applies = request.method == "POST" and request.path.startswith(API_PATHS)
        if key is None or not applies or "Authorization" not in request.headers:
            return self.get_response(request)
        if self.async_mode:
            return self.answer_later(request, key)
        claimed = _begin(request, key)
        if isinstance(claimed, HttpResponse):
            return claimed
        return _finish(claimed, self.get_response(request))

    async def answer_later(self, request: HttpRequest, key: str) -> HttpResponse:
        claimed = await sync_to_async(_begin)(request, key)
        if isinstance(claimed, HttpResponse):
            return claimed
        return await sync_to_async(_finish)(claimed, await self.get_response(request))


def _begin(request: HttpRequest, key: str) -> IdempotentRequest | HttpResponse:
    try:
        return idempotency.begin(request, key)
    except (ServiceError, SuspiciousOperation, UnreadablePostError, OperationalError, InterfaceError) as error:
        return as_json_response(as_service_error(error) or _unexpected_error(error), request)


def _finish(claimed: IdempotentRequest, response: HttpResponse) -> HttpResponse:
    idempotency.finish(claimed, response)
    return response


def _unexpected_error(raised: Exception) -> ServiceError:
    if isinstance(raised, RequestDataTooBig):
        return RequestTooLarge()
    if isinstance(raised, SuspiciousOperation | UnreadablePostError):
        return InvalidRequest()
    if isinstance(raised, OperationalError | InterfaceError):
        return DatabaseDown(retry_after_s=2)
    if isinstance(raised, RedisError):
        return DependencyDown(retry_after_s=2)
    return Unexpected()
