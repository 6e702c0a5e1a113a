"""The REST API and its schema."""

from typing import Any

from assistant.settings.environment import env

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["assistant.rest.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["assistant.rest.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": [
        "assistant.rest.throttling.KeyThrottle",
        "conversations.api.rest.throttling.VisitorThrottle",
    ],
    "DEFAULT_RENDERER_CLASSES": ["assistant.rest.parsers.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["assistant.rest.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "assistant.rest.parsers.JsonAnyway",
    "DEFAULT_PAGINATION_CLASS": "assistant.rest.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "assistant.rest.errors.answer_exception",
    "COERCE_DECIMAL_TO_STRING": True,
}
IDEMPOTENCY_KEPT_S = env.int("IDEMPOTENCY_KEPT_S", default=24 * 3600)
IDEMPOTENCY_IN_FLIGHT_S = env.int("IDEMPOTENCY_IN_FLIGHT_S", default=180)
SPECTACULAR_SETTINGS = {
    "TITLE": "Brevity",
    "DESCRIPTION": "A self-hosted backend for customer-support assistants.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"ConversationStatusEnum": "conversations.models.Conversation.Status"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "assistant.rest.schema.describe_refusals",
        "assistant.rest.examples.add_examples",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
