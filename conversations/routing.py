"""WebSocket URLs."""

from typing import Any

from django.urls import path, re_path

from conversations.api.websocket.consumer import ChatConsumer


async def refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Reject WebSocket handshakes of unknown paths with 403."""
    await send({"type": "websocket.close"})


websocket_urlpatterns = [path("ws/chat/", ChatConsumer.as_asgi()), re_path("", refuse)]
