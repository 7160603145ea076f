"""Downloading a weight file: continued where it was cut, checked, then put in its place.

The transport is pooch's `HTTPDownloader`. By itself it starts every download anew and does not tell what the server
answered. It hands its keywords on to requests, though: a response hook sees every answer before its first byte is
written, and there it is decided whether the bytes continue the partial file or replace it.
"""

import errno
import fcntl
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import responses
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions
from pooch import HTTPDownloader
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, InvalidSchema, InvalidURL, ProxyError
from tqdm import tqdm

from highlow import __version__
from highlow.runs.errors import HighlowError

# What is read but not yet written is lost when the connection is cut: at most this many bytes.
CHUNK = 1 << 16
# No network here has a file of a fifth of this; a server could send without end.
LARGEST_FILE = 4 * 2**30
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # of file systems that know no locks


def fetch(
    url: str,
    target: Path,
    check: Callable[[Path], None],
    *,
    progress: bool | None = None,
    attempts: int = 3,
    timeout: float = 30.0,
    wait: float = 1.0,
) -> Path:
    """Download a file unless it is there already, and return its path.

    It grows as `.<name>.part` beside the target and is renamed when it is complete and checked. An interruption or a
    full disk leaves that partial file, and the next call continues it. A process that finds another one at work
    (`.<name>.lock`) waits for it.

    Parameters
    ----------
    url : str
        Address of the file, http or https.
    target : Path
        Where the file goes; one that exists is returned as it is, unchecked.
    check : callable
        Takes the path of the complete partial file and raises HighlowError if its content is wrong.
    progress : bool, optional
        Whether to draw a progress bar; by default only on a terminal.
    attempts : int
        How often to ask when the connection fails or the server is busy.
    timeout : float
        Seconds of silence after which an attempt has failed.
    wait : float
        Seconds before the second attempt; doubled before each further one.

    Raises
    ------
    HighlowError
        If the file cannot be had, leads from https to http, is larger than 4 GiB, or `check` raises it. What failed
        the check or was too large is removed; if it had been continued from an earlier answer, the file is first
        downloaded once more from the start.
    OSError
        If the disk is full or the folder cannot be written.
    """
    if target.exists():
        return target
    if not url.lower().startswith(("http://", "https://")):
        raise HighlowError(f"{url}: not an http or https address; only these are downloaded")
    task = _Task(url, target, _shown(progress), attempts, timeout, wait)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target.with_name(f".{target.name}.lock")):
        if not target.exists():  # another process may have put it there meanwhile
            _complete(task, check)
            task.partial.replace(target)
    return target


def fetch_folder(
    url: str,
    folder: Path,
    sizes: Mapping[str, int],
    check: Callable[[str, Path], None],
    *,
    progress: bool | None = None,
    attempts: int = 3,
    timeout: float = 30.0,
    wait: float = 1.0,
) -> Path:
    """Download the files that a folder lacks, one after the other as `fetch` does, and return the folder.

    Parameters
    ----------
    url : str
        Address of the folder, with a slash at the end.
    folder : Path
        Where the files go. Its lock, `.<name>.lock`, lies beside it.
    sizes : mapping
        Bytes by the name of every file, for the progress bar, which is one for all.
    check : callable
        Takes a file's name and the path of the complete partial file; see `fetch`, as for the rest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = _shown(progress)
    with (
        _locked(folder.with_name(f".{folder.name}.lock")),
        tqdm(
            total=sum(sizes.values()), desc=folder.name, unit="B", unit_scale=True, leave=False, disable=not shown
        ) as bar,
    ):
        before = 0
        for name, size in sizes.items():
            task = _Task(url + name, folder / name, shown, attempts, timeout, wait, bar, before)
            if not task.target.exists():
                _complete(task, partial(check, name))
                task.partial.replace(task.target)
            before += size
            task.show(size)
    return folder


def why_no_answer(url: str, timeout: float = 5.0) -> str:
    """Return why the server of an address does not answer; empty if it does, whatever it says.

    Parameters
    ----------
    url : str
    timeout : float
        Seconds until silence counts as none.
    """
    try:
        requests.head(url, timeout=timeout, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        return f"{urlsplit(url).netloc or url} does not answer ({type(error).__name__}): is there a connection?"
    return ""


def _shown(progress: bool | None) -> bool:
    return sys.stderr.isatty() if progress is None else progress


@dataclass(frozen=True)
class _Task:
    """What `fetch` was asked for; with a bar of several files, also what the files before this one have of it."""

    url: str
    target: Path
    shown: bool
    attempts: int
    timeout: float
    wait: float
    bar: tqdm | None = None
    before: int = 0

    def show(self, done: int) -> None:
        """Say on the bar of several files how many bytes of this one are there."""
        if self.bar is not None:
            self.bar.n = self.before + done
            self.bar.refresh()

    @property
    def partial(self) -> Path:
        """Where the file grows."""
        return self.target.with_name(f".{self.target.name}.part")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock, after waiting for whoever has it."""
    # The file stays: removing it would let in both a process that waits for it and one that makes it anew.
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            # Two that download the same file at once then disturb each other; what they get is checked by its hash.
            if error.errno not in WITHOUT_LOCKS:
                raise
        yield


def _complete(task: _Task, check: Callable[[Path], None], *, again: bool = True) -> None:
    """Complete the partial file and check it; a wrong one that had been continued is replaced once."""
    try:
        continued = _persist(task)
    except requests.RequestException as error:
        raise HighlowError(_explain(error, task)) from error
    try:
        check(task.partial)
    except HighlowError:
        task.partial.unlink()
        # The file on the server may have changed since the first part came.
        if not (continued and again):
            raise
        _complete(task, check, again=False)


def _persist(task: _Task) -> bool:
    """Ask until the partial file is complete; the last attempt's error is raised."""
    for attempt in range(task.attempts - 1):
        try:
            return _ask(task)
        except requests.RequestException as error:
            if not _may_pass(error):
                raise
        time.sleep(task.wait * 2**attempt)
    return _ask(task)


def _ask(task: _Task) -> bool:
    """Ask once for what the partial file lacks; return whether the answer continued it."""
    with task.partial.open("ab") as file, ExitStack() as stack:
        answer = _Answer(file, task, stack)
        # Ranges count the bytes that are sent: compressed ones would not fit those in the file.
        headers = {"User-Agent": f"highlow/{__version__}", "Accept-Encoding": "identity"}
        if answer.start:
            headers["Range"] = f"bytes={answer.start}-"
        hooks = {"response": answer.place}
        download = HTTPDownloader(chunk_size=CHUNK, timeout=task.timeout, headers=headers, hooks=hooks)
        try:
            download(task.url, answer, None)
        except requests.HTTPError as error:
            # There is nothing behind the end of a complete file.
            if not answer.start or _status(error) != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
        return answer.start > 0


class _Answer:
    """The partial file as pooch writes to it, placed and shown as the server's answer wants.

    Parameters
    ----------
    file : binary file
        The partial file, open for appending.
    task : _Task
    stack : ExitStack
        Closes the progress bar and the connection.
    """

    def __init__(self, file: BinaryIO, task: _Task, stack: ExitStack) -> None:
        self.file = file
        self.start = file.tell()
        self._task = task
        self._stack = stack
        self._bar = tqdm(disable=True)

    def place(self, response: requests.Response, **_: Any) -> None:
        """Decide where the bytes of a response go (a response hook of requests)."""
        self._stack.enter_context(response)
        if response.is_redirect or not response.ok:
            _check_redirect(response)
            response.raw.close()  # what these answers say is not wanted, and requests would read all of a redirect's
            return
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            self.start = 0
            self.file.truncate(0)
        elif not self._continues(response):
            self.file.truncate(0)
            raise ChunkedEncodingError("the server sent another part than the one asked for")
        length = response.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,20}", length):
            response.headers.pop("Content-Length", None)  # pooch takes it for a number
            length = ""
        size = int(length or 0)
        self._check_size(self.start + size)
        if self._task.bar is not None:
            self._bar = self._task.bar
            self._task.show(self.start)
            return
        self._bar = self._stack.enter_context(
            tqdm(
                total=self.start + size if size else None,
                initial=self.start,
                desc=self._task.target.name,
                unit="B",
                unit_scale=True,
                leave=False,
                disable=not self._task.shown,
            )
        )

    def _continues(self, response: requests.Response) -> bool:
        part = response.headers.get("Content-Range", "")
        return part.startswith(f"bytes {self.start}-") and "Content-Encoding" not in response.headers

    def write(self, data: bytes) -> None:
        """Append to the file."""
        self._check_size(self.file.tell() + len(data))
        self.file.write(data)
        self._bar.update(len(data))

    def _check_size(self, size: int) -> None:
        if size > LARGEST_FILE:
            self.file.truncate(0)
            raise HighlowError(f"{self._task.url}: the server sends more than {LARGEST_FILE} bytes; nothing was kept")

    def flush(self) -> None:
        """Put what was written on the disk."""
        self.file.flush()


def _check_redirect(response: requests.Response) -> None:
    """Refuse to be sent from an encrypted connection to one that is not, or nowhere."""
    try:
        target = urljoin(response.url, response.headers.get("Location", ""))
    except ValueError as error:
        raise InvalidURL(str(error)) from None
    if response.is_redirect and response.url.startswith("https://") and target.lower().startswith("http://"):
        raise InvalidSchema("from https to http")


def _status(error: requests.RequestException) -> int:
    """Return the status that the server answered with, 0 if it did not answer."""
    return 0 if error.response is None else error.response.status_code


def _may_pass(error: requests.RequestException) -> bool:
    """Return whether asking again may help."""
    if isinstance(error, requests.HTTPError):
        return _status(error) == HTTPStatus.TOO_MANY_REQUESTS or _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, requests.ConnectionError | requests.Timeout | ChunkedEncodingError)


def _explain(error: requests.RequestException, task: _Task) -> str:
    """Return one line that says what went wrong and what to do."""
    by_hand = f"or put the file by hand into {task.target.parent} under the name {task.target.name}"
    todo = "run again to continue" if _may_pass(error) else "check the address"
    cause = getattr(error.args[0], "reason", error.args[0]) if error.args else error
    if isinstance(error, ConnectTimeout | ProxyError) or isinstance(cause, urllib3.exceptions.NewConnectionError):
        host = urlsplit(str(error.request.url) if error.request else task.url).hostname
        through = " through the proxy" if isinstance(error, ProxyError) else ""
        return f"no connection to {host}{through}; connect and run again, {by_hand}"
    if isinstance(error, requests.HTTPError):
        what = f"the server answered {_status(error)} {responses.get(_status(error), '')}".rstrip()
    elif isinstance(error, InvalidSchema):
        what = "it leads to an address that is not http or https, or from https to http, and is not followed"
    elif isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        what = f"the server was silent for {task.timeout:g} s"
    elif isinstance(cause, urllib3.exceptions.ProtocolError):
        what = "the connection was cut"
    else:
        what = " ".join(str(cause).split())
    return f"{task.url}: {what}; {todo}, {by_hand}"
