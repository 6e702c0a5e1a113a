"""The Celery application, which runs background tasks."""

import os

from celery import Celery
from kombu.transport import redis as broker

from assistant.redis import task_age  # noqa: F401  (writes the time on each task that is queued)
from assistant.redis.connection import MonitoredConnection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")

# A broker that hangs would hold up who queues something, for ever: kombu itself sets no limit.
broker.Channel.connection_class = MonitoredConnection
app = Celery("brevity")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["conversations"], related_name="rescue")
