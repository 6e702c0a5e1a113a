"""The Celery application: what can wait is left to its workers."""

import os

from celery import Celery

from assistant import queues  # noqa: F401  (writes the time on each task that is queued)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")

app = Celery("brevity")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["conversations"], related_name="rescue")
