"""What a process of a pool does besides its work: it ends with its parent, and leaves interruptions to it."""

import os
import signal
import threading
from multiprocessing import connection, parent_process


def follow_parent() -> None:
    """Prepare a pool's process (an `initializer`).

    One whose parent is killed would wait for work for ever: it holds the pipe that it waits at. Ctrl-C reaches the
    whole group of processes, and each of a pool would report it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
