"""The workers: queues, time limits, and the schedule of periodic tasks."""

from typing import Any

from assistant.settings.environment import env
from assistant.settings.redis import REDIS_URL

CELERY_BROKER_URL = REDIS_URL
QUEUE_MAX_AGE_S = env.float("QUEUE_MAX_AGE_S", default=300.0)  # /readyz: degraded, as no worker seems to run
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
CELERY_TASK_PUBLISH_RETRY = False  # no reply waits for a broker that is down; periodic tasks make up for lost ones
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 180,
    "socket_connect_timeout": env.float("BROKER_TIMEOUT_S", default=1.5),
    "socket_timeout": env.float("BROKER_TIMEOUT_S", default=1.5),  # above 1.0, the time that a worker listens at once
    "max_retries": 0,  # when queueing a task; workers have their own settings
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ROUTES = {"conversations.tasks.summarise_up_to": {"queue": "local_model"}}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "cache-tally": {"task": "caching.tasks.write_down_tally", "schedule": 60.0},
    "cache-purge": {"task": "caching.tasks.purge_expired", "schedule": 3600.0},
    "relay-events": {"task": "conversations.tasks.relay_events", "schedule": 5.0},
    "rescue-replies": {"task": "conversations.replies.recovery.rescue_replies", "schedule": 5.0},
    "publish-and-retire": {"task": "knowledge.tasks.keep_to_the_calendar", "schedule": 60.0},
    "write-erasure-ledger": {"task": "conversations.privacy.tasks.write_ledger", "schedule": 3600.0},
    "purge-expired": {"task": "assistant.retention.tasks.purge_expired", "schedule": 3600.0},
    "helpdesks-catch-up": {"task": "conversations.helpdesk.tasks.catch_up", "schedule": 5.0},
    "deliver-webhooks": {"task": "assistant.webhooks.tasks.deliver_due", "schedule": 5.0},
    "purge-webhooks": {"task": "assistant.webhooks.tasks.purge_deliveries", "schedule": 3600.0},
    "purge-unsent-attachments": {"task": "conversations.tasks.purge_unsent_attachments", "schedule": 3600.0},
    "mail-alerts": {"task": "assistant.usage.mailing.mail_alerts", "schedule": 60.0},
    "release-reservations": {"task": "assistant.usage.tasks.release_reservations", "schedule": 60.0},
    "watch-calls": {"task": "assistant.usage.tasks.watch_calls", "schedule": 900.0},
    "take-up-imports": {"task": "knowledge.imports.tasks.resume_abandoned", "schedule": 60.0},
    "suggest-articles": {"task": "conversations.tasks.suggest_articles", "schedule": 600.0},
    "count-article-uses": {"task": "conversations.tasks.count_article_uses", "schedule": 3600.0},
    "keep-vectors": {"task": "knowledge.tasks.keep_vectors", "schedule": 60.0},
    "keep-large-indexes": {"task": "knowledge.tasks.keep_large_indexes", "schedule": 3600.0},
    "learn-from-verdicts": {"task": "conversations.gate.tasks.learn_from_verdicts", "schedule": 86400.0},
    "learn-search-weights": {"task": "knowledge.search.weights.tasks.learn_all_weights", "schedule": 86400.0},
    "take-up-test-runs": {"task": "conversations.test_sets.tasks.take_up_abandoned", "schedule": 60.0},
}
