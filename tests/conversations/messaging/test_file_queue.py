"""Contacts take turns: one who sends many files does not hold up the others."""

import threading
import uuid

import pytest

from conversations.messaging.file_queue import FileQueue

ANA, BOB = uuid.uuid4(), uuid.uuid4()


def added(queue, contact, count, most_of_contact=50):
    files = [uuid.uuid4() for _ in range(count)]
    return files, [queue.add(file, contact, most=50, most_of_contact=most_of_contact) for file in files]


def read_all(queue, count):
    read = []
    for _ in range(count):
        with queue.next() as file:
            read.append(file)
    return read


def test_contacts_take_turns():
    queue = FileQueue()
    (one, two, three), _ = added(queue, ANA, 3)
    (photo,), _ = added(queue, BOB, 1)

    assert read_all(queue, 4) == [one, photo, two, three]


def test_of_one_contact_one_file_is_read_at_a_time():
    queue = FileQueue()
    (one, two), _ = added(queue, ANA, 2)
    (photo,), _ = added(queue, BOB, 1)

    with queue.next() as first, queue.next() as second:
        added(queue, ANA, 1)
        reads = threading.Thread(target=read_all, args=(queue, 1), daemon=True)
        reads.start()
        reads.join(0.2)
        assert reads.is_alive()  # all that waits is of contacts that have one read

    reads.join(5)
    assert (first, second) == (one, photo)
    assert two not in queue


def test_what_a_contact_has_no_room_for_is_not_queued():
    queue = FileQueue()
    _, futures = added(queue, ANA, 3, most_of_contact=2)

    assert [future is None for future in futures] == [False, False, True]
    assert queue.full_contacts(2) == [ANA]
    with queue.next():
        assert queue.full_contacts(2) == [ANA]  # what is being read counts
    assert queue.full_contacts(2) == []


def test_who_waits_for_a_file_is_told_when_it_was_read():
    queue = FileQueue()
    [file], [future] = added(queue, ANA, 1)
    assert queue.add(file, ANA, most=1, most_of_contact=1) is future

    with queue.next():
        assert not future.done()

    assert future.done()
    assert file not in queue


def test_a_reader_that_fails_goes_on_with_the_next_file():
    queue = FileQueue()
    (_, two), [future, _] = added(queue, ANA, 2)

    with pytest.raises(OSError, match="away"), queue.next():
        raise OSError("away")

    assert future.done()
    assert read_all(queue, 1) == [two]
