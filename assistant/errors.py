"""The base classes of all errors that customers, API clients and operators see."""

from typing import Any


class ServiceError(Exception):
    """The base of all errors returned to clients: a stable code, an HTTP status and one sentence."""

    code = "error"
    http_status = 400
    sentence = "Something went wrong. Please try again."
    close_code: int | None = None  # closes the WebSocket with this code

    def __init__(self, sentence: str | None = None, **details: Any) -> None:
        self.sentence = sentence or self.sentence
        self.details = details
        super().__init__(self.sentence)

    def as_event(self) -> dict[str, Any]:
        """Return the error as a WebSocket frame, with the details next to code and message."""
        return {"type": "error", "code": self.code, "message": self.sentence, **self.details}


class InvalidMessage(ServiceError):
    code = "invalid_message"
    sentence = "This message is not valid."


class BadFrame(ServiceError):
    code = "bad_frame"
    sentence = "This frame is not part of the protocol."
    close_code = 4400


class IdentityInvalid(ServiceError):
    code = "identity_invalid"
    http_status = 401
    sentence = "We couldn't verify who you are."
    close_code = 4401


class OriginRefused(ServiceError):
    code = "origin_refused"
    http_status = 403
    sentence = "This site is not allowed to use this widget."
    close_code = 4403


class PermissionRefused(ServiceError):
    code = "permission_refused"
    http_status = 403
    sentence = "You don't have permission to do this."


class NotFound(ServiceError):
    """The row does not exist or belongs to others; callers must not be able to distinguish the two."""

    code = "not_found"
    http_status = 404
    sentence = "Not found."
    close_code = 4404


class Conflict(ServiceError):
    code = "conflict"
    http_status = 409
    sentence = "This isn't possible in the current state."


class RateLimited(ServiceError):
    """A rate limit was exceeded. `retry_after_s` in the details is whole seconds, at least 1."""

    code = "rate_limited"
    http_status = 429
    sentence = "Too many requests. Please wait a moment and try again."


class DependencyDown(ServiceError):
    code = "dependency_down"
    http_status = 503
    sentence = "This is temporarily unavailable. Please try again shortly."
    close_code = 1013


class DatabaseDown(DependencyDown):
    code = "db_unavailable"
