from django.apps import AppConfig
from django.db.models.signals import post_migrate

from assistant.usage import shipped


class UsageConfig(AppConfig):
    name = "assistant.usage"
    label = "usage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(shipped.load, sender=self)
