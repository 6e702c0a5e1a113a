from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate

from assistant.usage import shipped


class UsageConfig(AppConfig):
    name = "assistant.usage"
    label = "usage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assistant.usage.checks import models_have_prices  # imports models

        post_migrate.connect(shipped.load, sender=self)
        register(models_have_prices, Tags.database)
