from django.apps import AppConfig


class ModelConnectionsConfig(AppConfig):
    name = "assistant.llm.connections"
    label = "llm"
    verbose_name = "Models"
    default_auto_field = "django.db.models.BigAutoField"
