from django.apps import AppConfig


class WidgetConfig(AppConfig):
    """The script that a shop's page loads, and its files."""

    name = "conversations.widget"
    label = "widget"
