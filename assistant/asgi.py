"""The ASGI application: HTTP through Django, WebSockets through Channels, and a clean shutdown."""

import asyncio
import gc
import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")
django.setup(set_prefix=False)  # first: it makes the models importable

from django.conf import settings  # noqa: E402
from django.core.signals import request_started  # noqa: E402
from django.db import close_old_connections, reset_queries  # noqa: E402

from assistant.llm.connections.current import aready  # noqa: E402
from assistant.rest.body_limit import BodyLimit  # noqa: E402
from assistant.server.request_threads import Handler  # noqa: E402
from conversations.api.websocket import connections  # noqa: E402
from conversations.identity.client_ip import ClientAddress  # noqa: E402
from conversations.replies import runner  # noqa: E402
from conversations.routing import websocket_urlpatterns  # noqa: E402

# What is loaded at the start stays, and a page of a list makes thousands of objects that go by themselves: to look
# through all of them as often as Python does by itself costs every request.
YOUNG_OBJECTS = 20_000


# A turn in a thread before every request, for nothing: a RequestThread holds no connection over from the one before.
request_started.disconnect(close_old_connections)
request_started.disconnect(reset_queries)


def spare_the_collector() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


async def lifespan(scope, receive, send) -> None:
    """At the end, let replies be finished for SHUTDOWN_GRACE_S; the rest is handed over to another process.

    A server that knows of its end before it tells us, as ours does, calls `send_away` of the state and sets `ends_at`.
    """
    state = scope.get("state", {})
    state["send_away"] = connections.send_away
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await finish(state.get("ends_at", asyncio.get_running_loop().time() + settings.SHUTDOWN_GRACE_S))
            await send({"type": "lifespan.shutdown.complete"})
            return
        await aready()
        spare_the_collector()
        await send({"type": "lifespan.startup.complete"})


async def finish(ends_at: float) -> None:
    """Wait for open replies until `ends_at`, by the clock of the event loop; then give them away."""
    try:
        async with asyncio.timeout_at(ends_at):
            await runner.all_done()
    except TimeoutError:
        await runner.hand_over()


application = ProtocolTypeRouter(
    {
        "http": ClientAddress(BodyLimit(Handler())),
        "websocket": ClientAddress(URLRouter(websocket_urlpatterns)),
        "lifespan": lifespan,
    }
)
