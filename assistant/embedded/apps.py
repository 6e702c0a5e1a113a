from django.apps import AppConfig


class LocalConfig(AppConfig):
    """The embedded Postgres and Valkey of `make run`, and the command `doctor`."""

    name = "assistant.embedded"
    label = "local"
