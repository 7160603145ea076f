"""A file for HDF5 to write to whose errors wait until HDF5 has closed it.

The HDF5 library cannot give up: after a failed write, as on a full disk, it keeps the file open, reports every object
of it once more and crashes when the process ends. Here it sees none; what failed is raised when it is done.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path


@contextmanager
def deferred_errors(temporary: Path, path: str | os.PathLike[str]) -> Iterator["DeferredErrors"]:
    """Yield a new file for `h5py.File`; raise the first error of writing when the block ends.

    Parameters
    ----------
    temporary : Path
        Where it is written.
    path : path
        Its name in an error.

    Raises
    ------
    OSError
        If something could not be written. An error that this led to inside the block gives way to it.
    """
    with FileIO(temporary, "w+") as file:
        target = DeferredErrors(file)
        try:
            yield target
        finally:
            if isinstance(target.failure, OSError):
                raise OSError(target.failure.errno, target.failure.strerror, str(path)) from None
            if target.failure:
                raise target.failure


class DeferredErrors:
    """The methods that h5py calls of a file. After a failure nothing more is written.

    Attributes
    ----------
    failure : BaseException or None
        The first failure; also an interruption, which HDF5 could not stand either.
    """

    def __init__(self, file: FileIO) -> None:
        self.file = file
        self.failure: BaseException | None = None

    def write(self, data: memoryview) -> int:
        """Write all of `data`."""
        left = memoryview(data).cast("B")
        size = len(left)

        def write_rest() -> None:
            nonlocal left
            while left:
                left = left[self.file.write(left) :]

        self._attempt(write_rest)
        return size

    def truncate(self, size: int) -> int:
        """Set the size."""
        self._attempt(lambda: self.file.truncate(size))
        return size

    def flush(self) -> None:
        """Do nothing: there is no buffer."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Set the position."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        """Return bytes; that a file has this method is how h5py knows it."""
        return self.file.read(size) or b""

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer`; what was not written reads as zeros."""
        view = memoryview(buffer).cast("B")
        size = self.file.readinto(view) or 0
        view[size:] = bytes(len(view) - size)
        return len(view)

    def _attempt(self, action: Callable[[], object]) -> None:
        if self.failure is None:
            try:
                action()
            except BaseException as error:
                self.failure = error
