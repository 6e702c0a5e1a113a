"""A proxy in front of a server that can refuse connections, hang, or pass them on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class Gate:
    def __init__(self, host: str, port: int) -> None:
        self.target = host, port
        self.url = ""
        self.is_shut = False
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.lines: set[asyncio.StreamWriter] = set()

    def shut(self) -> None:
        """Cut every line, and let nobody through."""
        self.is_shut = True
        for line in list(self.lines):
            line.transport.abort()

    def freeze(self) -> None:
        """Keep every line, and let nothing through."""
        self.flowing.clear()

    def open(self) -> None:
        self.is_shut = False
        self.flowing.set()

    async def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_shut:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self.target)
        self.lines |= {writer, there_writer}
        with contextlib.suppress(OSError, asyncio.CancelledError):  # or the end of the test
            await asyncio.gather(self.carry(reader, there_writer), self.carry(there_reader, writer))
        for line in (writer, there_writer):
            line.transport.abort()
            self.lines.discard(line)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            await self.flowing.wait()
            writer.write(piece)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def gate_to(url: str) -> AsyncIterator[Gate]:
    """A gate in front of the server of this URL; its own `url` leads through it."""
    parts = urlsplit(url)
    gate = Gate(parts.hostname or "127.0.0.1", parts.port or 0)
    server = await asyncio.start_server(gate.let_in, "127.0.0.1", 0)
    who, at, _ = parts.netloc.rpartition("@")
    port = server.sockets[0].getsockname()[1]
    gate.url = parts._replace(netloc=f"{who}{at}127.0.0.1:{port}").geturl()
    try:
        yield gate
    finally:
        gate.shut()
        server.close()
