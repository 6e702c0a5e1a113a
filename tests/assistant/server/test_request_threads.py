"""Each request has a thread of its own, which later requests reuse."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from assistant.server.request_threads import Handler


async def used(handler: Handler) -> tuple[int, int]:
    """Return the threads of two calls of one request."""
    async with handler.thread():
        return await sync_to_async(threading.get_ident)(), await sync_to_async(threading.get_ident)()


async def test_one_after_the_other_have_the_same_thread():
    handler = Handler()
    first, second = await used(handler), await used(handler)

    assert len({*first, *second}) == 1
    assert threading.get_ident() not in first


async def test_two_at_once_have_two():
    handler = Handler()
    both_are_in = threading.Barrier(2, timeout=10)

    async def meet() -> int:
        async with handler.thread():
            await sync_to_async(both_are_in.wait)()
            return await sync_to_async(threading.get_ident)()

    assert len(set(await asyncio.gather(meet(), meet()))) == 2
    assert len(handler.idle) == 2


async def test_a_thread_whose_request_was_broken_off_is_not_lent_again():
    handler = Handler()
    go_on, is_in = threading.Event(), threading.Event()

    def work() -> None:
        is_in.set()
        go_on.wait(10)

    async def request() -> None:
        async with handler.thread():
            await sync_to_async(work)()

    broken_off = asyncio.create_task(request())
    await asyncio.to_thread(is_in.wait, 10)
    broken_off.cancel()
    with pytest.raises(asyncio.CancelledError):
        await broken_off

    assert not handler.idle
    await asyncio.wait_for(used(handler), 5)
    go_on.set()
