"""Budgets, alerts, mail."""

from assistant.settings.environment import env

BUDGET_RESERVED_S = env.int("BUDGET_RESERVED_S", default=300)  # then what a dead process reserved is released
ALERT_TOKEN_RATIO = env.int("ALERT_TOKEN_RATIO", default=40)  # input tokens per output token that raise an alert
ALERT_MIN_CALLS = env.int("ALERT_MIN_CALLS", default=20)  # per day, for alerts about them
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT_S", default=10.0)
EMAIL_BACKEND = "assistant.egress.mail.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="brevity@localhost")
