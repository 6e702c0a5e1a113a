from django.apps import AppConfig
from django.db.models.signals import post_migrate


class UsageConfig(AppConfig):
    name = "assistant.usage"
    label = "usage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assistant.usage import pricing  # models are not there before

        # As Django does with permissions: a release that brings new prices needs no migration of its own.
        post_migrate.connect(pricing.load_shipped, sender=self)
