from django.apps import AppConfig


class LocalConfig(AppConfig):
    """The embedded default, and the command `doctor`."""

    name = "assistant.embedded"
    label = "local"
