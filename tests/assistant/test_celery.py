"""Beat starts tasks that exist."""

from django.conf import settings

from assistant import celery_app


def test_every_periodic_task_is_one_that_workers_know():
    celery_app.loader.import_default_modules()

    assert {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()} - set(celery_app.tasks) == set()
