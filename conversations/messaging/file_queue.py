"""Which file this process reads next. Contacts take turns, so that one who sends many files does not hold up others."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager


class FileQueue:
    """Files that wait to be read, or are being read. Of each contact one is read at a time, and then it is the others'
    turn."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._futures: dict[uuid.UUID, Future[None]] = {}  # by file
        self._waiting: dict[uuid.UUID, deque[uuid.UUID]] = {}  # files, by contact; also while its only one is read
        self._turns: deque[uuid.UUID] = deque()  # contacts with a file that may be read now
        self._reading: dict[uuid.UUID, uuid.UUID] = {}  # contacts, by file

    def __contains__(self, file: uuid.UUID) -> bool:
        return file in self._futures

    def add(self, file: uuid.UUID, contact: uuid.UUID, *, most: int, most_of_contact: int) -> Future[None] | None:
        """Return a future that ends when the file was read, or None if there is no room for it."""
        with self._changed:
            if (future := self._futures.get(file)) is not None:
                return future
            if len(self._futures) >= most or self._count_of(contact) >= most_of_contact:
                return None
            future = self._futures[file] = Future()
            future.set_running_or_notify_cancel()  # a reply that stops waiting for it does not cancel it
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
        """Wait for a file to read. Its contact has no other read until it is released, or the block ends."""
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
        """Let the next file of its contact wait for its turn."""
        with self._changed:
            contact = self._reading.pop(file, None)
            if contact is None:
                return
            if self._waiting[contact]:
                self._turns.append(contact)
                self._changed.notify()
            else:
                del self._waiting[contact]
