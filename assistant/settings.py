"""One settings file. The environment tells machines apart; `.env.example` lists it all."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from assistant.embedded import state
from assistant.embedded.paths import Home, env_file
from assistant.postgres import watchdog
from assistant.redis import connection

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
env.read_env(str(env_file()), recurse=False)

# What `make run` started is found from a second terminal too; empty before its first start.
EMBEDDED = Home.from_environment()
DATA_DIR = EMBEDDED.path

# --- Django ---
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or state.read(EMBEDDED).get("secret_key", "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. `make run` makes and keeps one by itself. Anywhere else set SECRET_KEY, in the "
        "environment or in .env, to 50 random characters, the same for all processes. This prints some: "
        "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_PROCESSES = env.int("WEB_PROCESSES", default=1)
SHUTDOWN_GRACE_S = env.int("SHUTDOWN_GRACE_S", default=20)
ACCESS_LOG = env.bool("ACCESS_LOG", default=False)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one /metrics answers this machine alone
LOCAL_MODEL_RUNTIME = env.str("LOCAL_MODEL_RUNTIME", default="auto")  # auto, wheel or none
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
# Behind a proxy with TLS the browser's origin is https, and the request that comes here is not.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "channels",
    "csp",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "assistant.rest",
    "assistant.workspaces",
    "assistant.webhooks",
    "assistant.usage",
    "assistant.embedded",
    "caching",
    "knowledge",
    "knowledge.imports",
    "knowledge.articles.files",
    "knowledge.search.weights",
    "conversations",
    "conversations.helpdesk",
    "conversations.widget",
    "conversations.test_sets",
]

MIDDLEWARE = [
    "assistant.rest.middleware.RequestIds",
    "assistant.server.middleware.Security",
    "assistant.server.static_files.StaticFiles",
    "corsheaders.middleware.CorsMiddleware",
    "assistant.server.middleware.Sessions",
    "assistant.server.middleware.Common",
    "assistant.server.middleware.Csrf",
    "assistant.server.middleware.Authentication",
    "assistant.server.middleware.Messages",
    "assistant.server.middleware.XFrameOptions",
    "assistant.server.middleware.ContentSecurityPolicy",
    "assistant.staff.csp.AdminPolicy",
    "axes.middleware.AxesMiddleware",
    "assistant.rest.middleware.IdempotencyKeys",
]

# These look for Django's own by name; ours are subclasses (assistant/server/middleware.py).
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002", "security.W003"]

ROOT_URLCONF = "assistant.urls"
ASGI_APPLICATION = "assistant.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        **dj_database_url.parse(
            env.str(
                "DATABASE_URL", default=state.database_url(EMBEDDED) or "postgresql://brevity@127.0.0.1:5432/brevity"
            ),
            engine="assistant.postgres.backend",
        ),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {
                "min_size": env.int("DATABASE_POOL_MIN", default=1),
                "max_size": env.int("DATABASE_POOL_MAX", default=16),
                "timeout": env.float("DATABASE_POOL_TIMEOUT_S", default=1.5),  # so that nobody waits over 2 s for a 503
                "connection_class": watchdog.MonitoredConnection,
                "reconnect_timeout": 2.0,  # then whoever comes next tries, and not an ever later timer
            },
            "connect_timeout": env.int("DATABASE_CONNECT_TIMEOUT_S", default=3),
            "server_side_binding": True,
            # After so many times a statement is parsed, and as a rule planned, once in a connection. None: never,
            # for a pooler that hands a connection on after each transaction.
            "prepare_threshold": 5 if env.bool("DATABASE_PREPARE", default=True) else None,
            "options": (
                f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS', default=60_000)} "
                f"-c lock_timeout={env.int('DATABASE_LOCK_TIMEOUT_MS', default=5_000)} "
                # 0: what the system's memory holds is read at once, and not by another process of Postgres' own.
                f"-c effective_io_concurrency={env.int('DATABASE_IO_CONCURRENCY', default=0)}"
            ),
        },
    }
}
DATABASE_QUEUE_TIMEOUT_S = env.float("DATABASE_QUEUE_TIMEOUT_S", default=30.0)  # for a connection of a busy server
DATABASE_SILENCE_S = env.float("DATABASE_SILENCE_S", default=0.8)  # then who waits for an answer looks who is there
DATABASE_LOOK_TIMEOUT_S = env.float("DATABASE_LOOK_TIMEOUT_S", default=0.4)
DATABASE_LEFT_ALONE_S = env.float("DATABASE_LEFT_ALONE_S", default=0.5)  # between two looks at one that is away
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default=state.redis_url(EMBEDDED) or "redis://127.0.0.1:6379/0")
REDIS_TIMEOUT_S = env.float("REDIS_TIMEOUT_S", default=1.0)
REDIS_LEFT_ALONE_S = env.float("REDIS_LEFT_ALONE_S", default=2.0)  # by all, when it did not answer one of them
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": connection.options(REDIS_TIMEOUT_S),
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "max_connections": 1000, **connection.async_options(REDIS_TIMEOUT_S)}],
            # Who publishes is heard in all databases of a Redis, and each may be another shop's.
            "prefix": f"asgi-{REDIS_URL.rpartition('/')[2]}",
        },
    }
}

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURES", default=5)
AXES_COOLOFF_TIME = env.float("LOGIN_COOLOFF_HOURS", default=0.25)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "assistant.staff.permissions.counted_name"
AXES_CLIENT_IP_CALLABLE = "conversations.identity.client_ip.sender_of"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = Path(env.str("MEDIA_DIR", default=str(DATA_DIR / "media")))
# What is longer goes to the disk as it comes: many uploads at once must fit into the memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = env.int("UPLOAD_IN_MEMORY_MAX_BYTES", default=65_536)
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700  # customers' files: for our own user alone

HEADERS_TIMEOUT_S = env.float("HEADERS_TIMEOUT_S", default=10.0)
BODY_TIMEOUT_S = env.float("BODY_TIMEOUT_S", default=60.0)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("REQUEST_MAX_BYTES", default=1_048_576)
JSON_MAX_LEVELS = env.int("JSON_MAX_LEVELS", default=20)  # of lists and objects within each other
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=False)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}
CORS_URLS_REGEX = r"^/api/v1/(widget/.*|attachments/.*|messages/.*/rating/|conversations/(.*/messages/)?)$"
CORS_ALLOW_ALL_ORIGINS = True  # the widget endpoints carry no cookie and check the origin themselves

# --- Celery ---
CELERY_BROKER_URL = REDIS_URL
QUEUE_MAX_AGE_S = env.float("QUEUE_MAX_AGE_S", default=300.0)  # /readyz: degraded, for an older task means no worker
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 170
CELERY_TASK_SOFT_TIME_LIMIT = 150
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # no reply waits for a broker that is away; what is lost is made up later
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 180,
    "socket_connect_timeout": env.float("BROKER_TIMEOUT_S", default=1.5),
    "socket_timeout": env.float("BROKER_TIMEOUT_S", default=1.5),  # above 1.0: so long a worker listens at a time
    "max_retries": 0,  # of who queues something; workers have settings of their own
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ROUTES = {"conversations.tasks.summarise_up_to": {"queue": "local_model"}}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "cache-tally": {"task": "caching.tasks.write_down_tally", "schedule": 60.0},
    "cache-purge": {"task": "caching.tasks.purge_expired", "schedule": 3600.0},
    "mend-gaps": {"task": "conversations.tasks.mend_gaps", "schedule": 5.0},
    "rescue-replies": {"task": "conversations.replies.recovery.rescue_replies", "schedule": 5.0},
    "publish-and-retire": {"task": "knowledge.tasks.keep_to_the_calendar", "schedule": 60.0},
}

# --- REST ---
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
CELERY_BEAT_SCHEDULE["purge-idempotent-requests"] = {
    "task": "assistant.rest.tasks.purge_idempotent_requests",
    "schedule": 3600.0,
}
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

# --- webhooks and helpdesks ---
# Exact host:port that events may be sent to although it is not public, or not https.
WEBHOOK_ALLOWED_PRIVATE = env.list("WEBHOOK_ALLOWED_PRIVATE", default=[])
WEBHOOK_TIMEOUT_S = env.float("WEBHOOK_TIMEOUT_S", default=15.0)
WEBHOOK_TIME_SCALE = env.float("WEBHOOK_TIME_SCALE", default=1.0)  # below 1: a faster schedule, for tests
WEBHOOK_SECRET_OVERLAP_S = env.int("WEBHOOK_SECRET_OVERLAP_S", default=24 * 3600)
WEBHOOK_KEPT_S = env.int("WEBHOOK_KEPT_S", default=30 * 24 * 3600)
HELPDESK_TIMEOUT_S = env.float("HELPDESK_TIMEOUT_S", default=10.0)
HELPDESK_SIGNATURE_TOLERANCE_S = env.float("HELPDESK_SIGNATURE_TOLERANCE_S", default=300.0)  # from now, either way
HELPDESK_MAIL_MAX_CHARS = env.int("HELPDESK_MAIL_MAX_CHARS", default=100_000)  # of a mail in HTML that are read
HELPDESK_MAX_ATTEMPTS = env.int("HELPDESK_MAX_ATTEMPTS", default=5)  # to act on one delivery
CELERY_BEAT_SCHEDULE["helpdesks-catch-up"] = {"task": "conversations.helpdesk.tasks.catch_up", "schedule": 5.0}
CELERY_BEAT_SCHEDULE["deliver-webhooks"] = {"task": "assistant.webhooks.tasks.deliver_due", "schedule": 5.0}
CELERY_BEAT_SCHEDULE["purge-webhooks"] = {"task": "assistant.webhooks.tasks.purge_deliveries", "schedule": 3600.0}

# --- conversations: the gate ---
MESSAGE_MAX_CHARS = env.int("MESSAGE_MAX_CHARS", default=4_000)
SCREEN_MESSAGES = env.bool("SCREEN_MESSAGES", default=True)  # hold or refuse what looks like spam or an attack
MESSAGES_PER_10_S = env.int("MESSAGES_PER_10_S", default=5)
MESSAGES_PER_MINUTE = env.int("MESSAGES_PER_MINUTE", default=30)
REPLIES_PER_VISITOR_HOUR = env.int("REPLIES_PER_VISITOR_HOUR", default=120)
# Of one visitor, and of all whose client address is the same (PER_IP); 0 is no limit.
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
# Replies that a model writes for anonymous visitors; 0 is no cap. Beyond it articles are quoted (docs/budgets.md).
ANONYMOUS_REPLIES_PER_IP_HOUR = env.int("ANONYMOUS_REPLIES_PER_IP_HOUR", default=55)
ANONYMOUS_REPLIES_PER_IP_DAY = env.int("ANONYMOUS_REPLIES_PER_IP_DAY", default=400)
ANONYMOUS_REPLIES_PER_DAY = env.int("ANONYMOUS_REPLIES_PER_DAY", default=2_000)  # of a workspace
API_KEY_OVERLAP_S = env.int("API_KEY_OVERLAP_S", default=24 * 3600)  # how long a key that was replaced still opens
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=3_000)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", subcast=ip_network, default=[])
# --- conversations: files of customers ---
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=10_000_000)
ATTACHMENT_MAX_PIXELS = env.int("ATTACHMENT_MAX_PIXELS", default=16_000_000)  # most phones take photos of 12 million
ATTACHMENT_MAX_SIDE_PIXELS = env.int("ATTACHMENT_MAX_SIDE_PIXELS", default=16_384)
IMAGE_MEMORY_BYTES = env.int("IMAGE_MEMORY_BYTES", default=1_000_000_000)  # to re-encode one, in a child process
IMAGE_TIMEOUT_S = env.float("IMAGE_TIMEOUT_S", default=20.0)
IMAGE_QUEUE_MAX = env.int("IMAGE_QUEUE_MAX", default=20)  # of one process; each takes its turn
IMAGE_WAIT_S = env.float("IMAGE_WAIT_S", default=20.0)
ATTACHMENTS_PER_MESSAGE = env.int("ATTACHMENTS_PER_MESSAGE", default=10)
ATTACHMENTS_PER_VISITOR_BYTES = env.int("ATTACHMENTS_PER_VISITOR_BYTES", default=100_000_000)
LOGO_MAX_BYTES = env.int("LOGO_MAX_BYTES", default=1_000_000)
ATTACHMENT_UNSENT_KEPT_S = env.int("ATTACHMENT_UNSENT_KEPT_S", default=24 * 3600)
CELERY_BEAT_SCHEDULE["purge-unsent-attachments"] = {
    "task": "conversations.tasks.purge_unsent_attachments",
    "schedule": 3600.0,
}
# --- conversations: the socket ---
FRAME_MAX_BYTES = env.int("FRAME_MAX_BYTES", default=65_536)
SOCKETS_MAX = env.int("SOCKETS_MAX", default=12_000)  # of one process
HTTP_CONNECTIONS_MAX = env.int("HTTP_CONNECTIONS_MAX", default=2_000)  # of one process, beside its sockets
HELLO_TIMEOUT_S = env.float("HELLO_TIMEOUT_S", default=10.0)
SEND_TIMEOUT_S = env.float("SEND_TIMEOUT_S", default=10.0)
TCP_USER_TIMEOUT_S = env.float("TCP_USER_TIMEOUT_S", default=20.0)  # a network that went away silently is noticed then
SOCKETS_PER_VISITOR = env.int("SOCKETS_PER_VISITOR", default=10)
RATE_VIOLATIONS_MAX = env.int("RATE_VIOLATIONS_MAX", default=3)  # then the socket is closed
SOCKET_LOOK_INTERVAL_S = env.float("SOCKET_LOOK_INTERVAL_S", default=15.0)
ACCESS_CHECK_INTERVAL_S = env.float("ACCESS_CHECK_INTERVAL_S", default=2.0)  # whether what is open may still be
SESSION_TTL_S = env.int("SESSION_TTL_S", default=30 * 24 * 3600)
IDENTITY_MAX_AGE_S = env.int("IDENTITY_MAX_AGE_S", default=600)
IDENTITY_LEEWAY_S = env.float("IDENTITY_LEEWAY_S", default=30.0)  # between the shop's clock and ours
IDENTITY_AUDIENCE = env.str(
    "IDENTITY_AUDIENCE", default=""
)  # that the `aud` of a token must name; empty: it is not read
IDENTITY_TOKEN_ONCE = env.bool("IDENTITY_TOKEN_ONCE", default=False)
IDENTITY_HASH_WITHOUT_EXP = env.bool("IDENTITY_HASH_WITHOUT_EXP", default=True)
VISIT_ATTRIBUTES_MAX = env.int("VISIT_ATTRIBUTES_MAX", default=30)  # what a page says of one visitor
VISIT_ATTRIBUTE_MAX_CHARS = env.int("VISIT_ATTRIBUTE_MAX_CHARS", default=255)
# --- conversations: events and replies ---
EVENTS_KEPT = env.int("EVENTS_KEPT", default=5_000)
EVENTS_TTL_S = env.int("EVENTS_TTL_S", default=7 * 24 * 3600)
REPLY_BURST_S = env.float("REPLY_BURST_S", default=1.0)  # what is said within it is answered together; 0: never
REPLY_LEASE_S = env.float("REPLY_LEASE_S", default=8.0)
REPLY_SAVE_INTERVAL_S = env.float("REPLY_SAVE_INTERVAL_S", default=1.0)
REPLY_DELTAS_PER_S = env.float("REPLY_DELTAS_PER_S", default=10.0)
PROCESS_DELTAS_PER_S = env.float("PROCESS_DELTAS_PER_S", default=250.0)
REPLY_MAX_ATTEMPTS = env.int("REPLY_MAX_ATTEMPTS", default=3)
REPLY_TIMEOUT_S = env.float("REPLY_TIMEOUT_S", default=120.0)
REST_WAIT_S = env.float("REST_WAIT_S", default=110.0)
SSE_COMMENT_INTERVAL_S = env.float("SSE_COMMENT_INTERVAL_S", default=10.0)
# --- conversations: context ---
CONTEXT_MAX_TOKENS = env.int("CONTEXT_MAX_TOKENS", default=6_000)
REPLY_MAX_TOKENS = env.int("REPLY_MAX_TOKENS", default=800)
REPLY_MAX_CHARS = env.int("REPLY_MAX_CHARS", default=20_000)  # of a model that writes on past REPLY_MAX_TOKENS
RECENT_MESSAGES = env.int("RECENT_MESSAGES", default=3)
PASSAGES_MAX_TOKENS = env.int("PASSAGES_MAX_TOKENS", default=1_800)
PASSAGES_MAX = env.int("PASSAGES_MAX", default=5)
# --- conversations: summaries ---
SUMMARY_MAX_WORDS = env.int("SUMMARY_MAX_WORDS", default=120)
SUMMARY_STEP_MESSAGES = env.int("SUMMARY_STEP_MESSAGES", default=2)
SUMMARY_MODEL_WORDS = env.int("SUMMARY_MODEL_WORDS", default=0)  # 0: by the size of the small model
EVALUATION_ASKS_SMALL_MODEL = env.bool("EVALUATION_ASKS_SMALL_MODEL", default=False)
SUMMARY_TIMEOUT_S = env.float("SUMMARY_TIMEOUT_S", default=90.0)
# --- conversations: memory ---
TAIL_MAX_TOKENS = env.int("TAIL_MAX_TOKENS", default=500)  # of what follows the summary, while the chat is hot
TAIL_CACHED_MAX_TOKENS = env.int("TAIL_CACHED_MAX_TOKENS", default=4_600)  # the same, where cached input costs less
PREFIX_CACHE_TTL_S = env.int("PREFIX_CACHE_TTL_S", default=300)  # how long the provider keeps a prompt's prefix
PREFIX_CACHE_LEAST_TOKENS = env.int("PREFIX_CACHE_LEAST_TOKENS", default=1_024)  # a shorter prefix is not cached
MEMORY_MAX_TOKENS = env.int("MEMORY_MAX_TOKENS", default=160)
MEMORY_MESSAGES = env.int("MEMORY_MESSAGES", default=2_000)  # so many older ones are searched
MEMORY_CANDIDATES = env.int("MEMORY_CANDIDATES", default=100)

# --- caching ---
CACHE_TTL_S = env.int("CACHE_TTL_S", default=24 * 3600)  # static answers; they also go when a source changes
CACHE_DYNAMIC_TTL_S = env.int("CACHE_DYNAMIC_TTL_S", default=300)
CACHE_TTL_JITTER_SHARE = env.float("CACHE_TTL_JITTER_SHARE", default=0.1)
CACHE_MAX_WRONG = env.float("CACHE_MAX_WRONG", default=0.01)  # upper 95 % bound on wrong per served answer
CACHE_MIN_VISITORS = env.int("CACHE_MIN_VISITORS", default=1)  # who must have asked before an answer is shared
CACHE_CANDIDATES = env.int("CACHE_CANDIDATES", default=5)
CACHE_RECHECK_SIMILARITY = env.float("CACHE_RECHECK_SIMILARITY", default=0.5)  # a new passage this near
CACHE_SHADOW_SHARE = env.float("CACHE_SHADOW_SHARE", default=0.05)
CACHE_SHADOW_FIRST_HITS = env.int("CACHE_SHADOW_FIRST_HITS", default=3)
CACHE_LEAD_LEASE_S = env.float("CACHE_LEAD_LEASE_S", default=10.0)
CACHE_FOLLOW_WAIT_S = env.float(
    "CACHE_FOLLOW_WAIT_S", default=20.0
)  # for an answer being written for another; then anew

# --- engines ---
# An engine without a URL is not configured: its tier is then empty and the flow goes on without it.
LARGE_MODEL_URL = env.str("LARGE_MODEL_URL", default="")
LARGE_MODEL_KEY = env.str("LARGE_MODEL_KEY", default="")
LARGE_MODEL = env.str("LARGE_MODEL", default="")
SMALL_MODEL_URL = env.str("SMALL_MODEL_URL", default="")
SMALL_MODEL_KEY = env.str("SMALL_MODEL_KEY", default="")
SMALL_MODEL = env.str("SMALL_MODEL", default="")
SMALL_MODEL_PATH = env.str("SMALL_MODEL_PATH", default="") or str(
    DATA_DIR / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
)
# llama.cpp can end a process, so only the worker of the queue local_model sets this, never a web process.
LOCAL_MODEL_IN_PROCESS = env.bool("LOCAL_MODEL_IN_PROCESS", default=False)
LOCAL_MODEL_GPU_LAYERS = env.int("LOCAL_MODEL_GPU_LAYERS", default=-1)  # -1: all that fit
LOCAL_MODEL_THREADS = env.int("LOCAL_MODEL_THREADS", default=1)
MODEL_PROXY_URL = env.str("MODEL_PROXY_URL", default="")  # HTTP_PROXY is left alone
TOKENIZER_CACHE_DIR = DATA_DIR / "models" / "tokenizer"
_SERVER_OPTIONS: dict[str, Any] = {
    "tokenizer_dir": str(TOKENIZER_CACHE_DIR),
    "connect_timeout_s": env.float("MODEL_CONNECT_TIMEOUT_S", default=3.0),
    "gap_timeout_s": env.float("MODEL_GAP_TIMEOUT_S", default=20.0),
    "total_timeout_s": env.float("MODEL_TOTAL_TIMEOUT_S", default=90.0),
    "max_stream_bytes": env.int("MODEL_STREAM_MAX_BYTES", default=1_048_576),
    "proxy_url": MODEL_PROXY_URL,
}
ENGINES: dict[str, dict[str, Any]] = {
    "large": {
        "BACKEND": "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine",
        "OPTIONS": {
            "base_url": LARGE_MODEL_URL,
            "api_key": LARGE_MODEL_KEY,
            "model": LARGE_MODEL,
            "context_tokens": env.int("LARGE_MODEL_CONTEXT_TOKENS", default=32_768),
            "first_token_timeout_s": env.float("LARGE_MODEL_FIRST_TOKEN_S", default=15.0),
            **_SERVER_OPTIONS,
        },
    },
    "small": {
        "BACKEND": "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine",
        "OPTIONS": {
            "base_url": SMALL_MODEL_URL,
            "api_key": SMALL_MODEL_KEY,
            "model": SMALL_MODEL,
            "context_tokens": env.int("SMALL_MODEL_CONTEXT_TOKENS", default=8_192),
            "first_token_timeout_s": env.float("SMALL_MODEL_FIRST_TOKEN_S", default=30.0),
            **_SERVER_OPTIONS,
        },
    },
    "embedded": {
        "BACKEND": "assistant.llm.engines.llama_cpp.LlamaCppEngine",
        "OPTIONS": {
            "path": SMALL_MODEL_PATH,
            "allowed": LOCAL_MODEL_IN_PROCESS,
            "context_tokens": env.int("LOCAL_MODEL_CONTEXT_TOKENS", default=4_096),
            "gpu_layers": LOCAL_MODEL_GPU_LAYERS,
            "threads": LOCAL_MODEL_THREADS,
            "tokenizer_dir": str(TOKENIZER_CACHE_DIR),
        },
    },
}
# Each tier tries its engines in order, then those of the tiers it may fall back to.
TIERS: dict[str, list[str]] = {
    "large": ["large"] if LARGE_MODEL_URL else [],
    "small": ["small"] if SMALL_MODEL_URL else ["embedded"],
    "saving": ["small"] if SMALL_MODEL_URL else [],  # who answers customers when a budget runs low
}
# A small model's prose is no answer for a customer unless the operator says that it is good enough.
TIER_FALLBACK: dict[str, list[str]] = {
    "large": ["small"] if env.bool("SMALL_MODEL_MAY_REPLY", default=False) else [],
    "small": ["large"] if env.bool("LARGE_MODEL_MAY_SUMMARISE", default=False) else [],
}
MODEL_RETRIES = env.int("MODEL_RETRIES", default=2)  # in total, over all engines of a call
MODEL_RETRY_AFTER_MAX_S = env.float("MODEL_RETRY_AFTER_MAX_S", default=5.0)
# A question older than this is not put to the same engine again: the customer has waited long enough.
MODEL_RETRY_WINDOW_S = env.float("MODEL_RETRY_WINDOW_S", default=12.0)
BREAKER_FAILURES = env.int("BREAKER_FAILURES", default=5)
BREAKER_WINDOW_S = env.float("BREAKER_WINDOW_S", default=30.0)
BREAKER_PROBE_INTERVAL_S = env.float("BREAKER_PROBE_INTERVAL_S", default=10.0)
# Prices a question as if asked of this model when no large model is configured; a name that price rules know.
REFERENCE_MODEL = env.str("REFERENCE_MODEL", default="gpt-6-sol")
# --- budgets and alerts ---
BUDGET_RESERVED_S = env.int("BUDGET_RESERVED_S", default=300)  # then what a dead process had set aside is free again
WATCH_TOKEN_RATIO = env.int("WATCH_TOKEN_RATIO", default=40)  # tokens read for one written that raise an alert
WATCH_LEAST_CALLS = env.int("WATCH_LEAST_CALLS", default=20)  # of a day, before anything is said about them
CELERY_BEAT_SCHEDULE["mail-alerts"] = {"task": "assistant.usage.mailing.mail_alerts", "schedule": 60.0}
CELERY_BEAT_SCHEDULE["release-reservations"] = {
    "task": "assistant.usage.tasks.release_reservations",
    "schedule": 60.0,
}
CELERY_BEAT_SCHEDULE["watch-calls"] = {"task": "assistant.usage.tasks.watch_calls", "schedule": 900.0}
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT_S", default=10.0)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="brevity@localhost")

# --- embeddings ---
EMBEDDING_URL = env.str("EMBEDDING_URL", default="")
EMBEDDING_KEY = env.str("EMBEDDING_KEY", default="")
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
EMBEDDING_BATCH_TEXTS = env.int("EMBEDDING_BATCH_TEXTS", default=32)
EMBEDDER: dict[str, Any] = (
    {
        "BACKEND": "assistant.llm.engines.openai_embedder.OpenAICompatibleEmbedder",
        "OPTIONS": {
            "base_url": EMBEDDING_URL,
            "api_key": EMBEDDING_KEY,
            "model": EMBEDDING_MODEL,
            "dimensions": 384,
            "tokenizer_dir": str(TOKENIZER_CACHE_DIR),
            "timeout_s": env.float("EMBEDDING_TIMEOUT_S", default=10.0),
            "proxy_url": MODEL_PROXY_URL,
        },
    }
    if EMBEDDING_URL
    else {
        "BACKEND": "assistant.llm.engines.sentence_encoder.SentenceEncoder",
        "OPTIONS": {
            "directory": str(DATA_DIR / "models"),
            "threads": env.int("EMBEDDING_THREADS", default=1),
            "bulk_threads": env.int("EMBEDDING_BULK_THREADS", default=2),
            "backend": env.str("EMBEDDING_BACKEND", default="int8"),
        },
    }
)

# --- the reader: judges whether a passage answers ---
READER: dict[str, Any] | None = {"threads": 1} if env.bool("READER", default=True) else None

# --- knowledge ---
IMPORT_FILE_MAX_BYTES = env.int("IMPORT_FILE_MAX_BYTES", default=10_000_000)
IMPORT_FILE_TIMEOUT_S = env.float("IMPORT_FILE_TIMEOUT_S", default=60.0)  # PDF and DOCX, in a process of their own
IMPORT_MEMORY_BYTES = env.int("IMPORT_MEMORY_BYTES", default=1_000_000_000)
IMPORT_PDF_MAX_PAGES = env.int("IMPORT_PDF_MAX_PAGES", default=500)
ARTICLE_MAX_CHARS = env.int("ARTICLE_MAX_CHARS", default=500_000)
IMPORT_UPLOAD_MAX_BYTES = env.int("IMPORT_UPLOAD_MAX_BYTES", default=25_000_000)  # all files of one upload
IMPORT_UNPACKED_MAX_BYTES = env.int("IMPORT_UNPACKED_MAX_BYTES", default=100_000_000)  # of an archive or a DOCX
IMPORT_MAX_FILES = env.int("IMPORT_MAX_FILES", default=2_000)  # in an archive, or pages of a sitemap
IMPORT_ALLOWED_HOSTS = env.list("IMPORT_ALLOWED_HOSTS", default=[])  # whose pages may be imported; *.example.com too
IMPORT_MAX_SITEMAPS = env.int("IMPORT_MAX_SITEMAPS", default=20)  # that one sitemap names
IMPORT_MAX_REDIRECTS = env.int("IMPORT_MAX_REDIRECTS", default=3)
IMPORT_PAGE_TIMEOUT_S = env.float("IMPORT_PAGE_TIMEOUT_S", default=20.0)
IMPORT_MAX_ATTEMPTS = env.int("IMPORT_MAX_ATTEMPTS", default=3)  # at a file that ends its worker
IMPORT_SLICE_S = env.float("IMPORT_SLICE_S", default=60.0)  # a worker's turn; with one file it fits the task's limit
IMPORT_LEASE_S = env.float("IMPORT_LEASE_S", default=180.0)  # then a worker is held to have died
IMPORT_TRIED_KEPT_S = env.int("IMPORT_TRIED_KEPT_S", default=24 * 3600)  # a dry run's file, to be imported for real
CELERY_BEAT_SCHEDULE["take-up-imports"] = {
    "task": "knowledge.imports.tasks.resume_abandoned",
    "schedule": 60.0,
}
CELERY_BEAT_SCHEDULE["suggest-articles"] = {"task": "conversations.tasks.suggest_articles", "schedule": 600.0}
CELERY_BEAT_SCHEDULE["count-article-uses"] = {"task": "conversations.tasks.count_article_uses", "schedule": 3600.0}
# Up to here search by meaning reads every chunk of the workspace and misses none; above it an HNSW index is built.
SEARCH_EXACT_MAX_CHUNKS = env.int("SEARCH_EXACT_MAX_CHUNKS", default=20_000)
# Within the hour of its task: how long building one index may take, and of that waiting for others' transactions.
SEARCH_INDEX_BUILD_LIMIT_S = env.float("SEARCH_INDEX_BUILD_LIMIT_S", default=3_000.0)
SEARCH_INDEX_WAIT_LIMIT_S = env.float("SEARCH_INDEX_WAIT_LIMIT_S", default=600.0)
CELERY_BEAT_SCHEDULE["keep-vectors"] = {"task": "knowledge.tasks.keep_vectors", "schedule": 60.0}
CELERY_BEAT_SCHEDULE["keep-large-indexes"] = {"task": "knowledge.tasks.keep_large_indexes", "schedule": 3600.0}
REHEARSAL_QUESTIONS = env.int("REHEARSAL_QUESTIONS", default=30)  # asked again before an article is published
# From so many questions with a known article on, the weights of search's legs are learned, where that is better.
SEARCH_LABELS_MIN = env.int("SEARCH_LABELS_MIN", default=50)
CELERY_BEAT_SCHEDULE["learn-search-weights"] = {
    "task": "knowledge.search.weights.tasks.learn_all_weights",
    "schedule": 86_400.0,
}
# What else is erased with a contact: functions of the contact, called in the transaction, before its rows are deleted.
ERASED_WITH_A_CONTACT = ["conversations.helpdesk.erasure.forget"]
# What else is given out with a conversation, by name: functions of the conversation.
EXPORTED_WITH_A_CONVERSATION = {"test_cases": "conversations.test_sets.from_conversations.cases_of"}
LIKED_ANSWERS = (
    "conversations.reporting.answered_questions.liked_answers"  # (workspace, most) -> questions with what was cited
)
PAST_QUESTIONS = (
    "conversations.reporting.answered_questions.past_questions"  # (article, most) -> questions that cited it
)
ARTICLE_FILE_MAX_BYTES = env.int("ARTICLE_FILE_MAX_BYTES", default=10_000_000)
ARTICLE_FILES_MAX = env.int("ARTICLE_FILES_MAX", default=50)  # of one article

# --- test sets ---
TEST_SETS_MAX = env.int("TEST_SETS_MAX", default=100)  # of a workspace
TEST_SET_MAX_CASES = env.int("TEST_SET_MAX_CASES", default=2_000)
TEST_CASE_MAX_CHARS = env.int("TEST_CASE_MAX_CHARS", default=4_000)  # of each text in it
TEST_CASE_HISTORY_MAX = env.int("TEST_CASE_HISTORY_MAX", default=20)  # messages before it
TEST_FILE_MAX_BYTES = env.int("TEST_FILE_MAX_BYTES", default=5_000_000)
TEST_RUNS_KEPT = env.int("TEST_RUNS_KEPT", default=20)  # of a set, the newest
TEST_RUN_SLICE_S = env.float("TEST_RUN_SLICE_S", default=30.0)  # a turn; with one reply it fits the task's limit
TEST_RUN_LEASE_S = env.float("TEST_RUN_LEASE_S", default=180.0)  # then a worker is held to have died
TEST_RUN_MAX_ATTEMPTS = env.int("TEST_RUN_MAX_ATTEMPTS", default=3)  # at a case that ends its worker
CELERY_BEAT_SCHEDULE["take-up-test-runs"] = {
    "task": "conversations.test_sets.tasks.take_up_abandoned",
    "schedule": 60.0,
}
# (workspace id) -> the test sets that the pages of an article and of the workspace offer to run before it is changed
TESTS_BEFORE_A_CHANGE = "conversations.test_sets.offers.before_a_change"

# Where a body may be longer than REQUEST_MAX_BYTES: patterns of how the path begins.
BODY_MAX_BYTES_AT = {
    "/api/v1/attachments/": ATTACHMENT_MAX_BYTES,
    "/api/v1/articles/import/": IMPORT_UPLOAD_MAX_BYTES,
    "/api/v1/articles/imports/": IMPORT_UPLOAD_MAX_BYTES,
    "/api/v1/articles/[^/]+/files/": ARTICLE_FILE_MAX_BYTES,
    "/admin/knowledge/": max(IMPORT_UPLOAD_MAX_BYTES, ARTICLE_FILE_MAX_BYTES),
    "/admin/imports/": IMPORT_UPLOAD_MAX_BYTES,
    "/admin/test_sets/": TEST_FILE_MAX_BYTES + 1_000_000,  # the page says what is too large
    "/admin/workspaces/widget/": max(LOGO_MAX_BYTES, ATTACHMENT_MAX_BYTES),  # the page says what is too large
}

# What `manage.py evaluate WHAT` calls: a function (row, workspace) -> row, beside it one for the totals.
EVALUATIONS = {
    "search": "knowledge.search.evaluation.search",
    "conversation": "conversations.evaluation.conversations.conversation",
    "cache": "caching.evaluation.cache",
    "cacheability": "caching.evaluation.cacheability",
    "summary": "conversations.evaluation.components.summary",
    "gate": "conversations.evaluation.components.gate",
}

# --- admin ---
AXES_ENABLE_ADMIN = False
LOGIN_REDIRECT_URL = "admin:index"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
UNFOLD: dict[str, Any] = {
    "LOGIN": {"form": "assistant.staff.login.StaffLoginForm"},
    "SITE_TITLE": "Brevity",
    "SITE_HEADER": "Brevity",
    "SITE_SUBHEADER": "Answers from your own articles",
    "SITE_SYMBOL": "chat_bubble",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/workspaces/icon.svg"}],
    "STYLES": ["/static/workspaces/staff.css"],
    "SCRIPTS": ["/static/workspaces/copy.js", "/static/workspaces/keyboard.js"],
    "SIDEBAR": {"show_search": False, "navigation": "conversations.admin.navigation.sidebar"},
    "DASHBOARD_CALLBACK": "conversations.reporting.dashboard.start_page",
    "COLORS": {  # a calm teal in place of the theme's purple
        "primary": {
            "50": "oklch(97.5% .012 190)",
            "100": "oklch(94.5% .028 190)",
            "200": "oklch(89.5% .052 190)",
            "300": "oklch(82% .08 190)",
            "400": "oklch(71% .098 190)",
            "500": "oklch(60% .095 190)",
            "600": "oklch(50% .083 190)",
            "700": "oklch(43% .07 190)",
            "800": "oklch(37% .058 190)",
            "900": "oklch(32% .048 190)",
            "950": "oklch(22% .034 190)",
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
