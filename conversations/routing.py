"""WebSocket URLs."""

from typing import Any

from django.urls import path, re_path

from conversations.api.websocket.consumer import ChatConsumer


async def refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the handshake of a socket that is not there with 403."""
    await send({"type": "websocket.close"})


websocket_urlpatterns = [path("ws/chat/", ChatConsumer.as_asgi()), re_path("", refuse)]
