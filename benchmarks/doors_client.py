"""A client over HTTP/1.1 that costs little: many of them share the machine with the server that they measure."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 60.0


class Client:
    """One connection, kept open, with one request at a time. Reads answers of a told length alone."""

    def __init__(self, url: str, key: str) -> None:
        self.host, self.port = urlsplit(url).hostname, urlsplit(url).port
        self.head = (
            f"Host: {self.host}:{self.port}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        )
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    async def close(self) -> None:
        self.writer.transport.abort()

    async def post(self, path: str, asked: dict[str, Any]) -> str:
        """Why it was refused, or nothing."""
        body = json.dumps(asked).encode()
        head = f"POST {path} HTTP/1.1\r\n{self.head}Content-Length: {len(body)}\r\n\r\n"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                self.writer.write(head.encode() + body)
                status, answer = await self._answer()
        except (OSError, EOFError) as error:  # a TimeoutError is an OSError
            await self.close()
            await self.open()
            return repr(error)
        return "" if status in (200, 201) else f"{status} {answer[:200]!r}"

    async def _answer(self) -> tuple[int, bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("\r\ncontent-length:")[2].partition("\r\n")[0])
        return int(head.split(" ", 2)[1]), await self.reader.readexactly(length)
