"""The ASGI application: HTTP through Django, WebSockets through Channels, and a clean shutdown."""

import asyncio
import gc
import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")
django.setup(set_prefix=False)  # before the imports below, which import models

from django.conf import settings  # noqa: E402
from django.core.signals import request_started  # noqa: E402
from django.db import close_old_connections, reset_queries  # noqa: E402

from assistant.egress import checks  # noqa: E402
from assistant.llm.connections.current import aready  # noqa: E402
from assistant.rest.body_limit import BodyLimit  # noqa: E402
from assistant.server.request_threads import Handler  # noqa: E402
from conversations.api.websocket import connections  # noqa: E402
from conversations.identity.client_ip import ClientAddress  # noqa: E402
from conversations.replies import runner  # noqa: E402
from conversations.routing import websocket_urlpatterns  # noqa: E402

checks.require()
# Objects loaded at start-up stay, and a list page creates thousands of short-lived ones. With Python's default
# threshold, the garbage collector would scan them so often that every request is slower.
GC_THRESHOLD = 20_000


# These handlers would use a thread before every request, although a RequestThread keeps no connection between requests.
request_started.disconnect(close_old_connections)
request_started.disconnect(reset_queries)


def tune_garbage_collector() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


async def lifespan(scope, receive, send) -> None:
    """Prepare the process at start-up; at shutdown, finish replies for SHUTDOWN_GRACE_S and hand over the rest.

    Our server calls `send_away` of the state and sets `ends_at` before it sends the shutdown event.
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
        tune_garbage_collector()
        await send({"type": "lifespan.startup.complete"})


async def finish(ends_at: float) -> None:
    """Wait for running replies until `ends_at` by the event loop's clock, then hand the rest to other processes."""
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
