"""The Celery application, which runs background tasks."""

import os

from celery import Celery
from kombu.transport import redis as broker

from assistant.redis import task_age  # noqa: F401  (adds the time to each queued task)
from assistant.redis.connection import MonitoredConnection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")

# Without it, a broker that hangs would block the process that queues a task forever: kombu has no time-out.
broker.Channel.connection_class = MonitoredConnection
app = Celery("brevity")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
