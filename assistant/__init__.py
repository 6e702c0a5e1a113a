from assistant.celery import app as celery_app

__all__ = ["celery_app"]  # tasks that any process starts go to the broker of the settings
