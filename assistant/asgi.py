"""What an ASGI server runs: HTTP by Django, sockets by Channels, and the end of the process by ourselves."""

import asyncio
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")
http = get_asgi_application()  # first: it makes the models importable

from django.conf import settings  # noqa: E402

from assistant.rest.body_limit import BodyLimit  # noqa: E402
from conversations import reply  # noqa: E402
from conversations.routing import websocket_urlpatterns  # noqa: E402


async def lifespan(scope, receive, send) -> None:
    """At the end, let replies be finished for SHUTDOWN_GRACE_S; the rest is handed over to another process."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            try:
                async with asyncio.timeout(settings.SHUTDOWN_GRACE_S):
                    await reply.all_done()
            except TimeoutError:
                await reply.hand_over()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "lifespan.startup.complete"})


application = ProtocolTypeRouter(
    {"http": BodyLimit(http), "websocket": URLRouter(websocket_urlpatterns), "lifespan": lifespan}
)
