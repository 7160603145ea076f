"""Times of files after the clock was set back. Imports neither torch nor numpy: the Snakefile uses it.

Snakemake makes a file again when an input is newer. A file from before the clock was set back looks newer than what is
made after it: it would be kept although its input has changed, and a job that reads it would fail, because what it
makes looks older than its input.
"""

import os
from pathlib import Path

TOLERANCE = 1_000_000_000  # ns: file systems that keep whole seconds round


def settle(folder: Path, now: int) -> list[str]:
    """Make files that are dated in the future the oldest of a folder, in their order.

    They were made before the clock was set back, so nothing else is known to be older. Files made from each other then
    keep; whatever was made from an older file is made again.

    Parameters
    ----------
    folder : Path
    now : int
        Nanoseconds since the epoch, by the clock of the file system.

    Returns
    -------
    list of str
        A line for the user, if there were any.
    """
    times = {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
    future = {path: time for path, time in times.items() if time > now + TOLERANCE}
    if not future:
        return []
    oldest = min((time for path, time in times.items() if path not in future), default=now)
    shift = max(future.values()) - oldest + TOLERANCE
    for path, time in future.items():
        os.utime(path, ns=(time - shift, time - shift))
    return [f"{len(future)} files of {folder}/ were dated in the future (the clock went back): they are now its oldest"]
