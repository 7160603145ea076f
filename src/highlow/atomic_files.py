"""Files that are there completely or not at all, also after a kill.

A temporary name says which process writes. The next writer of the same file removes those of dead processes.
"""

import errno
import hashlib
import os
import platform
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from highlow.errors import HighlowError
from highlow.process_identity import orphaned

# .<name>.<host>-<process>-<random><suffix>
TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<host>[0-9a-f]{12})-(?P<process>[0-9]{1,9})-[a-z0-9_]{8}(?:\.\w+)?")


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` at the end, remove it if the block fails.

    Temporary files of `path` whose process is dead are removed first.

    Raises
    ------
    HighlowError
        If the run that started this job is dead: the next one makes the file anew, maybe from other settings.
    """
    target = Path(path)
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        prefix = f".{target.name}.{_host()}-{os.getpid()}-"
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=target.suffix, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp's files are private; results are like any other file
        if orphaned():
            raise HighlowError(f"{path}: not kept, because the run that started this job was killed; run again")
        temporary.replace(target)
    except OSError as error:
        # A failed write does not say where, a refused name is the temporary one.
        nowhere = error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if nowhere or is_temporary(Path(str(error.filename)).name):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        if temporary is not None:
            with suppress(OSError):  # on a disk that has become read-only; the next writer removes it
                temporary.unlink(missing_ok=True)


def is_temporary(name: str) -> bool:
    """Return whether a file name is a temporary one of `atomic_path`."""
    return bool(TEMPORARY.fullmatch(name))


def _remove_leftovers(target: Path) -> None:
    """Remove the temporary files of a target that nobody writes any more, as far as this machine can tell."""
    with os.scandir(target.parent) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(f".{target.name}.")]
    for found in filter(None, map(TEMPORARY.fullmatch, names)):
        if (found["name"], found["host"]) == (target.name, _host()) and not _lives(int(found["process"])):
            with suppress(OSError):  # removed by another writer, or not ours to remove
                (target.parent / found.string).unlink()


@cache
def _host() -> str:
    """Return what process numbers belong to: this host, since it started, in this container.

    Neither a host's name nor its machine id is enough: containers and clones share them.
    """
    parts = [platform.node()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            parts.append(str(Path(path).readlink()) if path.endswith("pid") else Path(path).read_text())
        except OSError:
            parts.append("")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return True
    # Killed, but its parent has not asked for it yet (proc(5): the state follows the name in parentheses).
    return status.rpartition(")")[2].split()[0] not in "ZX"
