"""Resource limits of the child process that reads files, and how they are enforced. Independent of Django."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

_NICENESS = 10  # whoever waits for an answer comes first
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
PAGES_TIME = 5  # all pages together may take so many times as long as one
_START_S = 5  # to start the process, and load what reads the file
_AGAIN_S = 0.1
_NETWORK_EVENTS = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a child process; 0 means no limit. `ocr_engine` is off, rapidocr or tesseract."""

    memory_bytes: int
    timeout_s: float  # of the clock and of the processor
    max_pages: int
    max_unpacked_bytes: int
    max_output_bytes: int = 0
    max_chars: int = 0
    max_pixels: int = 0
    ocr_engine: str = "off"
    ocr_max_pages: int = 0
    page_timeout_s: float = 0  # of the processor
    markdown_tables: bool = False

    @property
    def cpu_s(self) -> int:
        """Return the seconds of processor time for the whole file."""
        return math.ceil(
            min(self.timeout_s, PAGES_TIME * self.page_timeout_s + _START_S if self.page_timeout_s else math.inf)
        )


class PageTooSlow(BaseException):
    """A page took longer than allowed. No Exception, because parsers go on after most of those."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise PageTooSlow in the main thread after so many seconds of processor time; 0 is no limit."""
    if not seconds:
        yield
        return
    signal.signal(signal.SIGPROF, _raise_too_slow)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_S)  # again, for code that catches all it can
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _raise_too_slow(*_: object) -> None:
    raise PageTooSlow


def confine(limits: Limits) -> None:
    """Apply the limits to this process, and cut it off from the network."""
    os.nice(_NICENESS)
    most = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: limits.cpu_s, resource.RLIMIT_AS: limits.memory_bytes}
    if limits.max_output_bytes:
        most[resource.RLIMIT_FSIZE] = limits.max_output_bytes
    for what, value in most.items():
        with suppress(ValueError):  # macOS knows no RLIMIT_AS
            resource.setrlimit(what, (value, value))
    end_with_parent()
    leave_network()


def end_with_parent() -> None:
    """On Linux, end this process when the thread that started it ends."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_network() -> str:
    """Move to a network namespace without network, if the system allows it ("unshared").

    Otherwise ("guarded") every socket that Python connects is refused; a parser with native code could still use the
    network. Linux allows it only to a process of one thread, unless it is privileged.
    """
    sys.addaudithook(_refuse_network)
    if not sys.platform.startswith("linux"):
        return "guarded"
    libc = ctypes.CDLL(None, use_errno=True)
    for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET):
        if libc.unshare(flags) == 0:
            return "unshared"
    return "guarded"


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NETWORK_EVENTS:
        raise PermissionError("A process that reads files has no network.")
