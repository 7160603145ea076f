"""Work for other processes, whose results come in order, and which may die.

The standard library's pool waits for ever if a process is killed while it sends a result: the pool itself holds the
other end of their pipe. Here every process has a pipe of its own, which closes with it.
"""

import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import cycle
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class WorkerDiedError(Exception):
    """A process died; `item` is what it worked at, or the next after that."""

    def __init__(self, item: object) -> None:
        super().__init__(item)
        self.item = item


class _Worker(NamedTuple):
    process: Any
    pipe: Connection


def ordered_map(
    function: Callable[[T], R], items: Iterable[T], *, processes: int, ahead: int, context: BaseContext
) -> Iterator[R]:
    """Yield the results of a function, in the order of the items.

    Parameters
    ----------
    function : callable
        Called in other processes; with an item, which must be small, since items are sent before they are taken.
    items : iterable
    processes : int
    ahead : int
        Items a process that are worked at, or done, before they are wanted: that many results are held.
    context : multiprocessing context
        How processes are started.

    Raises
    ------
    WorkerDiedError
        If a process dies. What `function` raises is raised here.
    """
    workers: list[_Worker] = []
    try:
        for _ in range(processes):
            workers.append(_started(function, context))
        waiting: deque[tuple[T, _Worker]] = deque()
        turns = cycle(workers)
        for item in items:
            worker = next(turns)
            waiting.append((item, worker))
            with suppress(OSError):  # it has died: its results end before this one
                worker.pipe.send(item)
            if len(waiting) >= ahead * processes:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    finally:
        # Not by SIGTERM: Python loses a signal that comes just before its handler is replaced, as at a start.
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()
            worker.pipe.close()


def _started(function: Callable[[T], R], context: BaseContext) -> _Worker:
    own, other = context.Pipe()
    process = context.Process(target=_work, args=(function, other, own), daemon=True)  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        # Python from 3.12 on warns of forks where libraries have threads, as PyTorch has: ours take no lock of theirs.
        warnings.filterwarnings("ignore", message=".*use of fork", category=DeprecationWarning)
        process.start()
    other.close()  # so that the pipe closes with the process
    return _Worker(process, own)


def _result(item: Any, worker: _Worker) -> Any:
    try:
        failed, result = worker.pipe.recv()
    except (EOFError, OSError):
        raise WorkerDiedError(item) from None
    if failed:
        raise result
    return result


def _work(function: Callable[[Any], Any], pipe: Connection, other: Connection) -> None:
    """Answer items until the other end closes, as it does when that process ends or is killed."""
    other.close()  # a copy of that end, which would keep it open
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the one that started this reports it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, OSError):
        while True:
            item = pipe.recv()
            try:
                answer = (False, function(item))
            except Exception as error:
                answer = (True, error)
            pipe.send(answer)
