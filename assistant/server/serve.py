"""The web process: uvicorn on a socket opened here. Deployments use it too.

python -m assistant.server.serve
"""

import asyncio
import os
import resource
import socket
import stat
import sys
from pathlib import Path

import uvicorn
from django.conf import settings

from assistant.server.header_timeout import PunctualProtocol
from assistant.server.websocket_close import RefusingProtocol

BACKLOG = 2048
# macOS says "unlimited" and then refuses more than this.
OPEN_FILES_WHERE_UNLIMITED = 10_240


def raise_open_files_limit() -> int:
    """Raise the limit of open files as far as possible; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES_WHERE_UNLIMITED if hard == resource.RLIM_INFINITY else hard
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def listening_socket(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a bound socket. Raises OSError (EADDRINUSE) if the port is in use, unless all its users are `shared`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:  # the kernel distributes connections among the processes
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(settings.TCP_USER_TIMEOUT_S * 1000))
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener


def close_to_others(folder: Path) -> None:
    """Create a folder readable only by its owner, or remove the access of others that an older version gave.

    Group access stays: several machines may share the folder that way.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & stat.S_IRWXO:
        folder.chmod(stat.S_IMODE(mode) & ~stat.S_IRWXO)


class Server(uvicorn.Server):
    """Asks sockets to reconnect later, and gives all open requests and sockets the same SHUTDOWN_GRACE_S.

    uvicorn closes sockets without a message, and would wait for replies only after requests have ended.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()  # first, so that clients do not reconnect here
        state = self.lifespan.state
        state["ends_at"] = asyncio.get_running_loop().time() + settings.SHUTDOWN_GRACE_S
        await state["send_away"]()
        await super().shutdown(sockets)


def configuration() -> uvicorn.Config:
    return uvicorn.Config(
        "assistant.asgi:application",
        http=PunctualProtocol,
        ws=RefusingProtocol,
        ws_max_size=settings.FRAME_MAX_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        # Compression doubles the memory of a socket and saves little on short messages.
        ws_per_message_deflate=False,
        backlog=BACKLOG,
        # It counts open sockets too, but refuses only requests: SOCKETS_MAX limits sockets.
        limit_concurrency=settings.SOCKETS_MAX + settings.HTTP_CONNECTIONS_MAX,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=settings.SHUTDOWN_GRACE_S,
        server_header=False,
        proxy_headers=False,  # conversations.identity.client_ip decides which X-Forwarded-For to trust
        access_log=settings.ACCESS_LOG,
        log_config=None,  # Django's, from settings.LOGGING
        lifespan="on",
    )


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")
    raise_open_files_limit()
    try:
        close_to_others(settings.MEDIA_ROOT)
    except OSError as error:
        sys.exit(f"Cannot make the folder of files, {settings.MEDIA_ROOT}, private ({error.strerror}). Set MEDIA_DIR.")
    try:
        listener = listening_socket(settings.HOST, settings.PORT, shared=settings.WEB_PROCESSES > 1)
    except OSError as error:
        sys.exit(f"Cannot listen on port {settings.PORT} of {settings.HOST} ({error.strerror}). Set PORT.")
    Server(configuration()).run(sockets=[listener])


if __name__ == "__main__":
    main()
