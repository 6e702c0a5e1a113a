from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo shop: its pages, and the command that fills it."""

    name = "demo"
