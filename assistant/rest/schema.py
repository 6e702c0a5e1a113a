"""What the OpenAPI file says of every operation alike: the errors, the headers and the key."""

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
                "code": {"type": "string", "description": "Stable: test for it.", "examples": ["not_found"]},
                "message": {"type": "string", "examples": ["Not found."]},
                "request_id": {"type": "string", "description": "The same as the header X-Request-Id."},
                "details": {"type": "object", "additionalProperties": True},
            },
        }
    },
}
REFUSALS = {
    "400": "The request is not valid; `details.fields` says why.",
    "401": "No key, or an unknown, expired or revoked one.",
    "403": "The key lacks the scope, or the origin is not the widget's.",
    "404": "Not there, or another workspace's.",
    "405": "Not a method of this address.",
    "409": "Not possible in the present state.",
    "413": "Too large.",
    "415": "The body is not JSON.",
    "422": "Well-formed, but refused.",
    "429": "Too fast: wait `Retry-After` seconds.",
    "503": "A dependency is away: try again shortly.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and body within 24 h are answered with the first answer, and done once.",
}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "assistant.rest.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of the workspace; a visitor's session where it says so.",
        }


def describe_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    for operations in result["paths"].values():
        for method, operation in operations.items():
            _describe(method, operation)
    return result


def _describe(method: str, operation: dict[str, Any]) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for status, description in REFUSALS.items():
        operation["responses"].setdefault(status, {"description": description, "content": content})
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
