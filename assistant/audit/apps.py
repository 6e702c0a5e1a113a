from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "assistant.audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        from assistant.audit import logins  # noqa: F401  # connects its receivers
