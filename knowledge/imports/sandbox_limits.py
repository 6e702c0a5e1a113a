"""Resource limits of the child process that reads files, and how they are enforced. Independent of Django."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_NICENESS = 10  # whoever waits for an answer comes first
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
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


def confine(limits: Limits) -> None:
    """Apply the limits to this process, and cut it off from the network."""
    os.nice(_NICENESS)
    cpu_s = math.ceil(limits.timeout_s)
    most = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: cpu_s, resource.RLIMIT_AS: limits.memory_bytes}
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
