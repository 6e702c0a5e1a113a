from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """The knowledge base: articles, their chunks, and search."""

    name = "knowledge"
    label = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"
