"""Reject WebSockets with close codes that browsers can read."""

from http import HTTPStatus

from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request


class RefusingProtocol(WebSocketsSansIOProtocol):
    """As uvicorn's, but that it says why it closes also to a client that is still sending.

    As it comes, uvicorn closes at once: the kernel then resets the connection, for there is something that nobody
    read, and the client may never see the close frame.
    """

    lingers = False

    def handle_connect(self, event: Request) -> None:
        if len(event.headers.get_all("Origin")) < 2:
            super().handle_connect(event)
            return
        self.handshake_complete = self.close_sent = True
        self.conn.send_response(self.conn.reject(HTTPStatus.FORBIDDEN, "A page has one origin."))  # 400, as it comes
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        if not self.lingers:
            super().data_received(data)

    def handle_parser_exception(self) -> None:
        """Say what was wrong, and throw away what still comes, for SEND_TIMEOUT_S at most."""
        assert self.conn.close_sent is not None
        self.lingers = self.close_sent = True
        self.stop_keepalive()
        told = {"code": self.conn.close_sent.code, "reason": self.conn.close_sent.reason}
        self.queue.put_nowait({"type": "websocket.disconnect", **told})
        self.close_timer = self.loop.call_later(settings.SEND_TIMEOUT_S, self.transport.close)
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()  # then a client that has read it all ends its side too
        self.transport.resume_reading()
