"""The queue of files that this process reads. Contacts take turns, so that one with many files blocks nobody else."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager


class FileQueue:
    """Files that wait to be read or are being read. Contacts take turns, and each has one file read at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._futures: dict[uuid.UUID, Future[None]] = {}  # by file
        self._waiting: dict[uuid.UUID, deque[uuid.UUID]] = {}  # files, by contact; also while its only one is read
        self._turns: deque[uuid.UUID] = deque()  # contacts with a file that may be read now
        self._reading: dict[uuid.UUID, uuid.UUID] = {}  # contacts, by file

    def __contains__(self, file: uuid.UUID) -> bool:
        return file in self._futures

    def add(self, file: uuid.UUID, contact: uuid.UUID, *, most: int, most_of_contact: int) -> Future[None] | None:
        """Return a future that completes when the file was read, or None if the queue is full."""
        with self._changed:
            if (future := self._futures.get(file)) is not None:
                return future
            if len(self._futures) >= most or self._count_of(contact) >= most_of_contact:
                return None
            future = self._futures[file] = Future()
            future.set_running_or_notify_cancel()  # so that a reply that stops waiting cannot cancel it
            self._waiting.setdefault(contact, deque()).append(file)
            if contact not in self._reading.values() and contact not in self._turns:
                self._turns.append(contact)
                self._changed.notify()
            return future

    def full_contacts(self, most_of_contact: int) -> list[uuid.UUID]:
        with self._changed:
            return [contact for contact in self._waiting if self._count_of(contact) >= most_of_contact]

    def _count_of(self, contact: uuid.UUID) -> int:
        return len(self._waiting.get(contact, ())) + (contact in self._reading.values())

    @contextmanager
    def next(self) -> Iterator[uuid.UUID]:
        """Wait for a file to read. No other file of its contact is read until the release or the end of the block."""
        with self._changed:
            self._changed.wait_for(lambda: self._turns)
            contact = self._turns.popleft()
            file = self._waiting[contact].popleft()
            self._reading[file] = contact
        try:
            yield file
        finally:
            self.release(file)
            with self._changed:
                future = self._futures.pop(file)
            future.set_result(None)

    def release(self, file: uuid.UUID) -> None:
        """Queue the next file of the same contact."""
        with self._changed:
            contact = self._reading.pop(file, None)
            if contact is None:
                return
            if self._waiting[contact]:
                self._turns.append(contact)
                self._changed.notify()
            else:
                del self._waiting[contact]
