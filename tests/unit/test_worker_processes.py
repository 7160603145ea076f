"""Work in other processes: order, memory, errors, and processes that die."""

import os
import signal
import threading
import time
from multiprocessing import active_children, get_context

import pytest

from highlow.runs.worker_processes import WorkerDiedError, ordered_map
from tests.conftest import HANG

FORK = get_context("fork")
LARGE = 50_000_000  # bytes, more than a pipe holds


def mapped(function, items, processes=2, context=FORK):
    return ordered_map(function, items, processes=processes, ahead=3, context=context)


def double(item):
    time.sleep(0.01 * (item % 3))
    return 2 * item


def fail(item):
    raise ValueError(item)


def die_at_three(item):
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def die_while_sending(item):
    """Return more than the pipe holds, and die before it is taken."""
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return bytes(LARGE)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_results_come_in_order(method):
    assert list(mapped(double, range(20), context=get_context(method))) == [2 * item for item in range(20)]


def test_few_items_are_taken_ahead():
    taken = []
    results = mapped(double, (taken.append(item) or item for item in range(100)))
    next(results)
    assert len(taken) <= 6
    results.close()


def test_an_error_is_raised_where_its_result_is_wanted():
    with pytest.raises(ValueError, match="0"):
        list(mapped(fail, range(3)))


def test_a_process_that_dies_is_said_with_its_item():
    with pytest.raises(WorkerDiedError) as caught:
        list(mapped(die_at_three, range(20)))
    assert caught.value.item in {1, 3}  # what it had sent before may be lost with it


def test_a_process_that_dies_while_it_sends_is_no_endless_wait():
    def items():
        yield 0
        while active_children():  # nothing is taken before the process has died
            time.sleep(0.01)

    with pytest.raises(WorkerDiedError):
        list(mapped(die_while_sending, items(), processes=1))


class WithinSeconds:
    """Fail instead of waiting for ever."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        self.previous = signal.signal(signal.SIGALRM, self.fail)
        signal.alarm(self.seconds)

    def __exit__(self, *error):
        signal.alarm(0)
        signal.signal(signal.SIGALRM, self.previous)

    def fail(self, number, frame):
        pytest.fail(f"still not done after {self.seconds} s")


@pytest.mark.parametrize("turn", range(40))
def test_processes_that_have_hardly_started_end_too(turn):
    """As in a script, whose handler of SIGTERM they inherit: with nothing to do they are ended while they start."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with WithinSeconds(HANG):
            assert list(mapped(double, [])) == []
            assert list(mapped(double, [1])) == [2]
    finally:
        signal.signal(signal.SIGTERM, previous)
