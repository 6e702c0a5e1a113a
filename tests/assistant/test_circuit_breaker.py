"""The circuit breaker with a fake clock; its uses for models, Redis and Postgres are tested there."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from assistant.circuit_breaker import CircuitBreaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(lambda: 10, failures=5, window_s=30, clock=clock)


def test_it_opens_after_five_failures_and_lets_one_try_through(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(4):
        breaker.record_failure()
    assert breaker.allows()
    breaker.record_failure()

    assert not breaker.allows()
    clock.now = 10
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    clock.now = 20
    assert breaker.allows()
    breaker.record_success()
    assert breaker.allows()
    assert not breaker.is_open


def test_failures_long_apart_do_not_open_it(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(20):
        clock.now += 10
        breaker.record_failure()

    assert not breaker.is_open


def test_what_takes_several_steps_may_take_them_all_once_the_pause_is_over(clock: Clock) -> None:
    breaker = CircuitBreaker(lambda: 10, clock=clock)
    breaker.record_failure()
    refused = breaker.is_refusing
    clock.now = 10

    assert refused
    assert [breaker.is_refusing for _ in range(3)] == [False, False, False]
    breaker.record_failure()
    assert breaker.is_refusing


def test_of_many_threads_one_makes_the_probe(clock: Clock) -> None:
    breaker, together = CircuitBreaker(lambda: 10, clock=clock), Barrier(16)
    breaker.record_failure()
    clock.now = 10

    def ask(_: int) -> bool:
        together.wait()
        return breaker.allows()

    with ThreadPoolExecutor(16) as threads:
        assert sorted(threads.map(ask, range(16))) == [False] * 15 + [True]


def test_how_long_it_waits_is_read_at_each_failure(clock: Clock) -> None:
    pauses = iter([10.0, 0.0])
    breaker = CircuitBreaker(lambda: next(pauses), clock=clock)
    breaker.record_failure()
    refused = breaker.is_refusing
    breaker.record_failure()

    assert refused
    assert not breaker.is_refusing
