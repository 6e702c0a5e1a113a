"""One JSON format for all HTTP errors."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from assistant import errors
from assistant.errors import ServiceError

OPENAI_PATHS = "/v1/"
NO_STORE = "no-store"
# DRF's own errors, with the codes of our API.
CODES = {
    "parse_error": "invalid_json",
    "invalid": "invalid_request",
    "not_authenticated": "not_authenticated",
    "authentication_failed": "not_authenticated",
    "permission_denied": "permission_refused",
    "throttled": "rate_limited",
}


class InvalidRequest(ServiceError):
    """The request is invalid. `fields` in the details lists the errors of each field."""

    code = "invalid_request"
    sentence = "The request is not valid."


class NotAuthenticated(ServiceError):
    code = "not_authenticated"
    http_status = 401
    sentence = "Send an API key as `Authorization: Bearer <key>`."


class RequestTooLarge(ServiceError):
    code = "too_large"
    http_status = 413
    sentence = "The request is too large."


class Unexpected(ServiceError):
    code = "internal_error"
    http_status = 500
    sentence = "Something went wrong on our side. Please quote the request id if you contact us."


def body_of(error: ServiceError, request: HttpRequest) -> dict[str, Any]:
    """Return the error in the format for clients of this path, without empty details."""
    if request.path.startswith(OPENAI_PATHS):
        return body_for_openai(error, request)
    described: dict[str, Any] = {
        "code": error.code,
        "message": error.sentence,
        "request_id": getattr(request, "request_id", ""),
    }
    if error.details:
        described["details"] = error.details
    return {"error": described}


def body_for_openai(error: ServiceError, request: HttpRequest) -> dict[str, Any]:
    """Return the error in the format of OpenAI's API."""
    kind = "server_error" if error.http_status >= 500 else "invalid_request_error"
    described = {"message": error.sentence, "type": kind, "param": error.details.get("param"), "code": error.code}
    return {"error": {**described, "request_id": getattr(request, "request_id", "")}}


def headers_of(error: ServiceError) -> dict[str, str]:
    if error.http_status == 401:
        return {"WWW-Authenticate": 'Bearer realm="api"'}
    wait_s = error.details.get("retry_after_s")
    return {"Retry-After": str(wait_s)} if wait_s else {}


def as_json_response(error: ServiceError, request: HttpRequest) -> JsonResponse:
    """For views and middleware outside DRF."""
    headers = {"Cache-Control": NO_STORE, **headers_of(error)}
    return JsonResponse(body_of(error, request), status=error.http_status, headers=headers)


def answer_exception(raised: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. Returns None to leave the exception to the middleware, which logs it."""
    error = as_service_error(raised)
    if error is None:
        return None
    body = body_of(error, context["request"])
    return Response(body, status=error.http_status, headers=headers_of(error))


def as_service_error(raised: Exception) -> ServiceError | None:
    if isinstance(raised, ServiceError):
        return raised
    if isinstance(raised, Http404):
        return errors.NotFound()
    if isinstance(raised, PermissionDenied):
        return errors.PermissionRefused()
    if isinstance(raised, exceptions.ValidationError):
        return InvalidRequest(fields=_fields(raised.get_full_details()))
    if isinstance(raised, exceptions.Throttled):
        return errors.RateLimited(retry_after_s=max(1, round(raised.wait or 1)))
    return _translated(raised) if isinstance(raised, exceptions.APIException) else None


def _translated(raised: exceptions.APIException) -> ServiceError:
    code = str(raised.get_codes())
    error = ServiceError(str(raised.detail))
    error.code = CODES.get(code, code)
    error.http_status = raised.status_code
    return error


def _fields(details: Any) -> dict[str, Any]:
    """Flatten DRF's nested details to {field: [{code, message}]}; errors of no single field are under `request`."""
    return details if isinstance(details, dict) else {"request": details}
