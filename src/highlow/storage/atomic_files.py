"""Files that are there completely or not at all, also after a kill.

A temporary name says which process writes. The next writer of the same file removes those of dead processes.
"""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from highlow.runs.errors import HighlowError
from highlow.runs.process_identity import Identity, identity, lives, orphaned

# .<name>.<place>-<process>-<its start>-<random><suffix>
TEMPORARY = re.compile(
    r"\.(?P<name>.+)\.(?P<place>[0-9a-f]{12})-(?P<pid>[0-9]{1,9})-(?P<started>[0-9]{1,18})-[a-z0-9_]{8}(?:\.\w+)?"
)


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
        prefix = f".{target.name}.{_writer(identity())}-"
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
    here = identity()
    if here is None:
        return
    with os.scandir(target.parent) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(f".{target.name}.")]
    for found in filter(None, map(TEMPORARY.fullmatch, names)):
        writer = here._replace(pid=int(found["pid"]), started=int(found["started"]))
        if (found["name"], found["place"]) == (target.name, _place(here)) and lives(writer) is False:
            with suppress(OSError):  # removed by another writer, or not ours to remove
                (target.parent / found.string).unlink()


def _writer(process: Identity | None) -> str:
    """Return what the name of a temporary file says of its writer; zeros where the system does not tell."""
    return f"{_place(process)}-{process.pid}-{process.started}" if process else f"{'0' * 12}-{os.getpid()}-0"


def _place(process: Identity) -> str:
    """Return what process numbers belong to: a host, since it started, in a container."""
    return hashlib.sha256("\0".join(process[:-2]).encode()).hexdigest()[:12]
