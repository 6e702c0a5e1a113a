from assistant.celery import app as celery_app

__all__ = ["celery_app"]  # imported here, so that every process sends tasks to the configured broker
