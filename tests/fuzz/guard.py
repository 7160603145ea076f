"""What a reader may not do while it reads: write a file, start a process, open a connection. Limits on time and memory.

Python's audit hooks see what Python code does; what libraries in C write would lie in the working or the temporary
folder, which the campaign looks at.
"""

import os
import resource
import signal
import sys
from contextlib import contextmanager

FORBIDDEN = (
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn"),
    *("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate"),
    *("tempfile.mkstemp", "tempfile.mkdtemp", "shutil.rmtree", "shutil.unpack_archive", "shutil.copyfile"),
    *("socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request", "pickle.find_class", "ctypes.dlopen"),
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_seen: list[str] = []
_active = False
_installed = False


class NotAllowedError(BaseException):
    """Something that a reader may not do; no reader catches it."""


class TooSlowError(BaseException):
    """A reader took more processor time than its limit."""


def _hook(event, arguments):
    if not _active:
        return
    writes = event == "open" and (
        (isinstance(arguments[1], str) and set("wax+") & set(arguments[1])) or (arguments[2] or 0) & WRITING
    )
    if writes or event in FORBIDDEN:
        _seen.append(f"{event} {arguments!r}"[:300])
        raise NotAllowedError(_seen[-1])


def _too_slow(*_):
    raise TooSlowError("processor time")


@contextmanager
def watched(seconds):
    """Raise NotAllowedError or TooSlowError for what a reader does in the block, also if it caught it."""
    global _active, _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    _seen.clear()
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    _active = True
    try:
        yield
    finally:
        _active = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    if _seen:
        raise NotAllowedError(_seen[0])


def limit_memory(more):
    """Let this process have `more` bytes beside what it has now."""
    with open("/proc/self/statm") as file:  # noqa: PTH123
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + more, used + more))
