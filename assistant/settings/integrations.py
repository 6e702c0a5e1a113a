"""Webhooks and helpdesks."""

from assistant.settings.environment import env

# Exact host:port values that events may be sent to although they are not public, or not https.
WEBHOOK_ALLOWED_PRIVATE = env.list("WEBHOOK_ALLOWED_PRIVATE", default=[])
WEBHOOK_TIMEOUT_S = env.float("WEBHOOK_TIMEOUT_S", default=15.0)
WEBHOOK_TIME_SCALE = env.float("WEBHOOK_TIME_SCALE", default=1.0)  # below 1: a faster schedule, for tests
WEBHOOK_SECRET_OVERLAP_S = env.int("WEBHOOK_SECRET_OVERLAP_S", default=24 * 3600)
WEBHOOK_KEPT_S = env.int("WEBHOOK_KEPT_S", default=30 * 24 * 3600)
HELPDESK_TIMEOUT_S = env.float("HELPDESK_TIMEOUT_S", default=10.0)
HELPDESK_SIGNATURE_TOLERANCE_S = env.float("HELPDESK_SIGNATURE_TOLERANCE_S", default=300.0)  # in either direction
HELPDESK_MAIL_MAX_CHARS = env.int("HELPDESK_MAIL_MAX_CHARS", default=100_000)  # of an HTML mail to read
HELPDESK_MAX_ATTEMPTS = env.int("HELPDESK_MAX_ATTEMPTS", default=5)  # per delivery
