"""Parts of the OpenAPI file that all operations share: errors, headers and security."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "Stable, for programs.", "examples": ["not_found"]},
                "message": {"type": "string", "examples": ["Not found."]},
                "request_id": {"type": "string", "description": "The same as the header X-Request-Id."},
                "details": {"type": "object", "additionalProperties": True},
            },
        }
    },
}
REFUSALS = {
    "400": ("invalid_request", "The request is not valid; `details.fields` says why."),
    "401": ("not_authenticated", "The API key is missing, unknown, expired or revoked."),
    "403": ("permission_refused", "The key lacks the scope, or the origin is not one of the widget's."),
    "404": ("not_found", "It does not exist, or belongs to another workspace."),
    "405": ("method_not_allowed", "This path does not support the method."),
    "409": ("conflict", "Not possible in the current state."),
    "413": ("too_large", "The request is too large."),
    "415": ("unsupported_media_type", "The body is not JSON."),
    "422": ("idempotency_mismatch", "The request is well-formed, but refused."),
    "429": ("rate_limited", "Too many requests: wait `Retry-After` seconds."),
    "503": ("db_unavailable", "Postgres is down, or Redis (`dependency_down`): try again shortly."),
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "A request repeated with the same key and body within 24 hours returns the first response.",
}

# The schema of a stream is that of its events. Use it as `responses={EVENTS: EVENT}`.
EVENTS = (200, "text/event-stream")
EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "id": {"type": "string", "description": "For `Last-Event-ID`."},
        "event": {"type": "string", "description": "The same as `type` in the data."},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
UNCHANGED = {"description": "Nothing has changed since the ETag sent as `If-None-Match`."}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of an earlier response; returns 304 if nothing has changed.",
}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "assistant.rest.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of the workspace. Some operations also accept a visitor's session.",
        }

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        """Return the scope that a key needs, in the place where OpenAPI 3.1 has role names."""
        scope = getattr(auto_schema.view, "scopes", {}).get(auto_schema.method)
        return {self.name: [scope] if scope else []}


def describe_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook of drf-spectacular."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR
    components["responses"] = {f"Refused{status}": _refusal(*REFUSALS[status]) for status in REFUSALS}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            _describe(method, operation)
    return result


def _refusal(code: str, description: str) -> dict[str, Any]:
    error = {"code": code, "message": description, "request_id": "6f1c2b3a8d7e4f609a1b2c3d4e5f6010"}
    media = {"schema": {"$ref": "#/components/schemas/Error"}, "example": {"error": error}}
    return {"description": description, "content": {"application/json": media}}


def _describe(method: str, operation: dict[str, Any]) -> None:
    for status in REFUSALS:
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Refused{status}"})
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    if _is_list(operation):
        operation["responses"]["304"] = UNCHANGED
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)


def _is_list(operation: dict[str, Any]) -> bool:
    """Return whether it returns a page: see Pages."""
    media = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    return "/Paginated" in media.get("schema", {}).get("$ref", "")
