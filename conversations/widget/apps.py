from django.apps import AppConfig


class WidgetConfig(AppConfig):
    """The chat widget that shops embed in their pages."""

    name = "conversations.widget"
    label = "widget"
