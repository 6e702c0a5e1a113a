from django.apps import AppConfig
from django.core.checks import Tags, register

from assistant.egress import guard


class EgressConfig(AppConfig):
    """Configures the guard from the settings before anything else can connect."""

    name = "assistant.egress"
    label = "egress"

    def ready(self) -> None:
        from django.conf import settings

        from assistant.egress.checks import no_egress, no_egress_by_staff, place_of

        servers = [settings.DATABASES["default"].get("HOST") or "localhost", place_of(settings.REDIS_URL)[0]]
        guard.configure(settings.EGRESS, [*settings.EGRESS_ALLOWED, *servers])
        if guard.is_closed():
            guard.watch_sockets()
        register(no_egress)
        register(no_egress_by_staff, Tags.database)
