"""Downloads from a server on this machine that misbehaves as told."""

import errno
import os
import resource
import signal
import threading
import time
from http import HTTPStatus

import pytest

from highlow import __version__
from highlow.networks import download
from highlow.runs.errors import HighlowError
from highlow.storage import checksums
from tests.conftest import HANG
from tests.reference import web_server
from tests.reference.web_server import (
    CONTENT,
    HALF,
    check,
    cut_before_anything,
    cut_in_half,
    fetch,
    ignore_range,
    serve,
    stall,
    status,
    stay_silent,
)
from tests.workflow.faults import until


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    web_server.without_proxy(monkeypatch)


@pytest.fixture
def server():
    with web_server.serving() as result:
        yield result


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cache" / "w.bin"


@pytest.fixture
def partial(target):
    """Path of the partial file, in a folder that exists."""
    target.parent.mkdir()
    return target.with_name(".w.bin.part")


def refuse(path):
    raise HighlowError("wrong hash")


def test_a_file_is_downloaded_and_checked_under_its_partial_name(server, target):
    checked = []
    fetch(server, target, lambda path: checked.append((path.name, checksums.sha256(path), target.exists())))
    assert checked == [(".w.bin.part", checksums.sha256(target), False)]
    [(_, headers)] = server.requests
    assert headers["User-Agent"] == f"highlow/{__version__}"
    assert headers["Accept-Encoding"] == "identity"
    assert "Range" not in headers


def test_a_file_that_is_there_is_not_asked_for(server, target, partial):
    target.write_bytes(b"mine")
    assert download.fetch(server.address(), target, check) == target
    assert target.read_bytes() == b"mine"
    assert [item.name for item in target.parent.iterdir()] == ["w.bin"]
    assert server.requests == []


@pytest.mark.parametrize("kept", [b"", b"x" * HALF])
def test_a_wrong_file_that_came_whole_is_removed(server, target, partial, kept):
    partial.write_bytes(kept)
    server.script = [ignore_range]
    with pytest.raises(HighlowError, match=r"^wrong hash$"):
        download.fetch(server.address(), target, refuse)
    assert [item.name for item in target.parent.iterdir()] == [".w.bin.lock"]
    assert len(server.requests) == 1


def test_a_cut_download_continues_on_the_next_attempt(server, target):
    server.script = [cut_in_half]
    fetch(server, target)
    first, second = server.ranges()
    assert first is None
    start = int(second.removeprefix("bytes=").removesuffix("-"))
    assert HALF - download.CHUNK <= start <= HALF


def test_a_connection_that_is_always_cut_is_one_line_and_a_later_call_continues(server, target):
    server.script = [cut_in_half, cut_before_anything, cut_before_anything]
    with pytest.raises(HighlowError) as caught:
        fetch(server, target)
    assert str(caught.value) == (
        f"{server.address()}: the connection was cut; run again to continue, or put the file by hand into "
        f"{target.parent} under the name w.bin"
    )
    assert len(server.requests) == 3
    kept = target.with_name(".w.bin.part").stat().st_size
    assert HALF - download.CHUNK <= kept <= HALF
    fetch(server, target)
    assert server.ranges()[1:] == [f"bytes={kept}-"] * 3


def test_a_server_without_ranges_sends_all_again(server, target, partial):
    partial.write_bytes(b"x" * HALF)
    server.script = [ignore_range]
    fetch(server, target)
    assert server.ranges() == [f"bytes={HALF}-"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Range": f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"},
        {"Content_Range": f"bytes {HALF}-{len(CONTENT) - 1}/{len(CONTENT)}", "Content_Encoding": "br"},
        {},
    ],
)
def test_a_part_that_does_not_fit_is_not_appended(server, target, partial, headers):
    partial.write_bytes(CONTENT[:HALF])
    server.script = [lambda handler: handler.answer(206, CONTENT[HALF:], **headers)]
    fetch(server, target)
    assert server.ranges() == [f"bytes={HALF}-", None]


def test_a_complete_partial_file_is_checked_and_not_fetched_again(server, target, partial):
    partial.write_bytes(CONTENT)
    fetch(server, target)
    assert server.ranges() == [f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize("size", [HALF, len(CONTENT), len(CONTENT) + 1])
def test_a_partial_file_of_another_file_is_replaced(server, target, partial, size):
    partial.write_bytes(b"x" * size)
    fetch(server, target)
    assert server.ranges() == [f"bytes={size}-", None]


def test_a_wrong_continued_file_is_fetched_only_once_more(server, target, partial):
    partial.write_bytes(b"x" * HALF)
    server.script = [serve, cut_in_half]
    with pytest.raises(HighlowError, match=r"^wrong hash$"):
        fetch(server, target, refuse)
    assert len(server.requests) == 3
    assert not target.exists()
    assert not partial.exists()


@pytest.mark.parametrize("code", [404, 403, 416])
def test_a_refusal_is_final(server, target, code):
    server.script = [status(code)]
    with pytest.raises(HighlowError) as caught:
        fetch(server, target)
    phrase = HTTPStatus(code).phrase  # of 416 Python 3.13 and later have another
    assert str(caught.value).startswith(f"{server.address()}: the server answered {code} {phrase}")
    assert "; check the address, or put the file by hand into" in str(caught.value)
    assert len(server.requests) == 1


def test_a_busy_server_is_asked_again_after_growing_waits(server, target, monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    server.script = [status(503), status(429), status(500)]
    fetch(server, target, attempts=4, wait=2)
    assert waits == [2, 4, 8]
    assert len(server.requests) == 4


def test_a_server_that_stays_busy_is_named_with_its_answer(server, target):
    server.script = [status(503), status(503)]
    with pytest.raises(HighlowError, match=r"the server answered 503 Service Unavailable; run again"):
        fetch(server, target, attempts=2)


@pytest.mark.parametrize("behaviour", [stay_silent, stall])
def test_a_silent_server_is_not_waited_for(server, target, behaviour):
    server.script = [behaviour, stay_silent]
    with pytest.raises(HighlowError, match=r"w\.bin: the server was silent for 0\.2 s; run again to continue"):
        fetch(server, target, attempts=2, timeout=0.2)
    assert until(lambda: len(server.requests) == 2)  # the server may notice the second when nobody waits any more


def test_progress_is_silent_without_a_terminal(server, target, capsys):
    fetch(server, target)
    assert capsys.readouterr() == ("", "")


def test_progress_starts_where_the_download_continues(server, target, partial, capsys):
    partial.write_bytes(CONTENT[:HALF])
    fetch(server, target, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "w.bin:  50%" in err
    assert "256k/512k" in err
    assert "w.bin:   0%" not in err


def test_an_interrupted_download_continues(server, target):
    partial = target.with_name(".w.bin.part")

    def interrupt(handler):
        handler.answer(200, CONTENT[:HALF], Content_Length=str(len(CONTENT)))
        while not partial.stat().st_size:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
        handler.server.released.wait(HANG)

    server.script = [interrupt]
    # A process that was started in the background ignores the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            fetch(server, target)
    finally:
        signal.signal(signal.SIGINT, before)
    kept = partial.stat().st_size
    assert kept > 0
    fetch(server, target)
    assert server.ranges() == [None, f"bytes={kept}-"]


def test_a_disk_that_takes_no_more_keeps_the_partial_file(server, target):
    # A limit on the size of files fails in the same call as a full disk, with another number.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError) as caught:
            fetch(server, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert target.with_name(".w.bin.part").stat().st_size == 100_000
    fetch(server, target)
    assert server.ranges() == [None, "bytes=100000-"]


def test_two_at_once_download_once(server, target):
    def slowly(handler):
        time.sleep(0.2)
        serve(handler)

    server.script = [slowly, slowly]
    results = []
    threads = [threading.Thread(target=lambda: results.append(fetch(server, target))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [target, target]
    assert len(server.requests) == 1
