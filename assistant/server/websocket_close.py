"""Reject WebSockets with close codes that browsers can read."""

from http import HTTPStatus

from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request


class RefusingProtocol(WebSocketsSansIOProtocol):
    """Like uvicorn's protocol, but sends the close reason to a client that is still sending, too.

    uvicorn closes at once: the kernel then resets the connection because of unread data, and the client may never see
    the close frame.
    """

    lingers = False

    def handle_connect(self, event: Request) -> None:
        if len(event.headers.get_all("Origin")) < 2:
            super().handle_connect(event)
            return
        self.handshake_complete = self.close_sent = True
        self.conn.send_response(self.conn.reject(HTTPStatus.FORBIDDEN, "A page has one origin."))  # uvicorn sends 400
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        if not self.lingers:
            super().data_received(data)

    def handle_parser_exception(self) -> None:
        """Send the close reason, and discard further data for at most SEND_TIMEOUT_S."""
        assert self.conn.close_sent is not None
        self.lingers = self.close_sent = True
        self.stop_keepalive()
        event = {"code": self.conn.close_sent.code, "reason": self.conn.close_sent.reason}
        self.queue.put_nowait({"type": "websocket.disconnect", **event})
        self.close_timer = self.loop.call_later(settings.SEND_TIMEOUT_S, self.transport.close)
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()  # a client that has read everything then closes too
        self.transport.resume_reading()
