"""Limits per visitor, address, request or process. Each has an error code in docs/limits.md."""

from assistant.settings.environment import env
from assistant.settings.files import ARTICLE_FILE_MAX_BYTES, ATTACHMENT_MAX_BYTES, LOGO_MAX_BYTES
from assistant.settings.knowledge import IMPORT_UPLOAD_MAX_BYTES
from assistant.settings.test_sets import TEST_FILE_MAX_BYTES

HEADERS_TIMEOUT_S = env.float("HEADERS_TIMEOUT_S", default=10.0)
BODY_TIMEOUT_S = env.float("BODY_TIMEOUT_S", default=60.0)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("REQUEST_MAX_BYTES", default=1_048_576)
JSON_MAX_LEVELS = env.int("JSON_MAX_LEVELS", default=20)  # nested lists and objects

MESSAGE_MAX_CHARS = env.int("MESSAGE_MAX_CHARS", default=4_000)
SCREEN_MESSAGES = env.bool("SCREEN_MESSAGES", default=True)  # hold or refuse likely spam and attacks
MESSAGES_PER_10_S = env.int("MESSAGES_PER_10_S", default=5)
MESSAGES_PER_MINUTE = env.int("MESSAGES_PER_MINUTE", default=30)
REPLIES_PER_VISITOR_HOUR = env.int("REPLIES_PER_VISITOR_HOUR", default=120)
# Per visitor, or for all visitors with the same client address (PER_IP); 0 means no limit.
MESSAGES_PER_IP_MINUTE = env.int("MESSAGES_PER_IP_MINUTE", default=600)
RATINGS_PER_VISITOR_MINUTE = env.int("RATINGS_PER_VISITOR_MINUTE", default=30)
RATINGS_PER_IP_MINUTE = env.int("RATINGS_PER_IP_MINUTE", default=300)
HANDOFFS_PER_VISITOR_HOUR = env.int("HANDOFFS_PER_VISITOR_HOUR", default=10)
HANDOFFS_PER_IP_HOUR = env.int("HANDOFFS_PER_IP_HOUR", default=200)
SESSIONS_PER_VISITOR_MINUTE = env.int("SESSIONS_PER_VISITOR_MINUTE", default=60)
NEW_SESSIONS_PER_IP_MINUTE = env.int("NEW_SESSIONS_PER_IP_MINUTE", default=100)
NEW_CONVERSATIONS_PER_VISITOR_HOUR = env.int("NEW_CONVERSATIONS_PER_VISITOR_HOUR", default=30)
NEW_CONVERSATIONS_PER_IP_12_H = env.int("NEW_CONVERSATIONS_PER_IP_12_H", default=1_000)
FRAMES_PER_VISITOR_10_S = env.int("FRAMES_PER_VISITOR_10_S", default=100)  # on all sockets in one process
FRAMES_PER_IP_10_S = env.int("FRAMES_PER_IP_10_S", default=5_000)
REQUESTS_PER_VISITOR_MINUTE = env.int("REQUESTS_PER_VISITOR_MINUTE", default=300)
REQUESTS_PER_IP_MINUTE = env.int("REQUESTS_PER_IP_MINUTE", default=6_000)
# Model replies to anonymous visitors; 0 means no cap. Beyond it articles are quoted (docs/budgets.md).
ANONYMOUS_REPLIES_PER_IP_HOUR = env.int("ANONYMOUS_REPLIES_PER_IP_HOUR", default=55)
ANONYMOUS_REPLIES_PER_IP_DAY = env.int("ANONYMOUS_REPLIES_PER_IP_DAY", default=400)
ANONYMOUS_REPLIES_PER_DAY = env.int("ANONYMOUS_REPLIES_PER_DAY", default=2_000)  # per workspace
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=3_000)
FRAME_MAX_BYTES = env.int("FRAME_MAX_BYTES", default=65_536)
SOCKETS_MAX = env.int("SOCKETS_MAX", default=12_000)  # per process
HTTP_CONNECTIONS_MAX = env.int("HTTP_CONNECTIONS_MAX", default=2_000)  # per process, besides its sockets
HELLO_TIMEOUT_S = env.float("HELLO_TIMEOUT_S", default=10.0)
SEND_TIMEOUT_S = env.float("SEND_TIMEOUT_S", default=10.0)
TCP_USER_TIMEOUT_S = env.float("TCP_USER_TIMEOUT_S", default=20.0)  # to notice a network that disappeared silently
SOCKETS_PER_VISITOR = env.int("SOCKETS_PER_VISITOR", default=10)
RATE_VIOLATIONS_MAX = env.int("RATE_VIOLATIONS_MAX", default=3)  # then the socket is closed

# Paths on which a body may exceed REQUEST_MAX_BYTES: patterns of how the path begins.
BODY_MAX_BYTES_AT = {
    "/api/v1/attachments/": ATTACHMENT_MAX_BYTES,
    "/api/v1/articles/import/": IMPORT_UPLOAD_MAX_BYTES,
    "/api/v1/articles/imports/": IMPORT_UPLOAD_MAX_BYTES,
    "/api/v1/articles/[^/]+/files/": ARTICLE_FILE_MAX_BYTES,
    "/admin/knowledge/": max(IMPORT_UPLOAD_MAX_BYTES, ARTICLE_FILE_MAX_BYTES),
    "/admin/imports/": IMPORT_UPLOAD_MAX_BYTES,
    "/admin/test_sets/": TEST_FILE_MAX_BYTES + 1_000_000,  # the page reports what is too large
    "/admin/workspaces/widget/": max(LOGO_MAX_BYTES, ATTACHMENT_MAX_BYTES),  # the page reports what is too large
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
