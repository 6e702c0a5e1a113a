"""Applications, middleware, templates, languages."""

from assistant.settings.environment import BASE_DIR, env

DEBUG = env.bool("DEBUG", default=False)

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
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "channels",
    "csp",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "assistant.egress",
    "assistant.rest",
    "assistant.workspaces",
    "assistant.accounts",
    "assistant.guidance",
    "assistant.audit",
    "assistant.retention",
    "assistant.webhooks",
    "assistant.usage",
    "assistant.llm.connections",
    "assistant.embedded",
    "caching",
    "knowledge",
    "knowledge.imports",
    "knowledge.articles.files",
    "knowledge.search.weights",
    "conversations",
    "conversations.gate",
    "conversations.helpdesk",
    "conversations.widget",
    "demo",
    "conversations.test_sets",
    "conversations.guidance",
    "conversations.privacy",
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
    "allauth.account.middleware.AccountMiddleware",
    "assistant.accounts.middleware.StaffGuard",
    "assistant.server.middleware.XFrameOptions",
    "assistant.server.middleware.ContentSecurityPolicy",
    "assistant.staff.csp.AdminPolicy",
    "axes.middleware.AxesMiddleware",
    "assistant.audit.middleware.AuditRequests",
    "assistant.rest.middleware.IdempotencyKeys",
]

# These checks look for Django's own middleware by name; ours are subclasses (assistant/server/middleware.py).
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
                "assistant.accounts.pages.admin_page",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["assistant.staff.formats"]  # one date format on every staff page
