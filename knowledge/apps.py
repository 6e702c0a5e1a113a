from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """What the shop knows: articles, their chunks, and the search over them."""

    name = "knowledge"
    label = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"
