"""A server on this machine that misbehaves as told."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from highlow.networks import download
from highlow.runs.errors import HighlowError
from tests.conftest import HANG

CONTENT = bytes(range(256)) * 2000
HALF = len(CONTENT) // 2


class Server(http.server.ThreadingHTTPServer):
    """Answers requests by the functions in `script`, one after the other, then by `serve`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}  # by path; any other path gives CONTENT
        self.script: list[Callable[[Handler], None]] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()

    def address(self, path: str = "/w.bin") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.requests]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers.items())))
        script = self.server.script
        (script.pop(0) if script else serve)(self)

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def serve(handler: Handler, cut: int = 0) -> None:
    """Answer the range asked for; end the connection `cut` bytes early."""
    start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    content = handler.server.files.get(handler.path, CONTENT)
    end = len(content)
    if start >= end:
        return handler.answer(416, Content_Range=f"bytes */{end}")
    headers = {"Content_Length": str(end - start)}
    if start:
        headers["Content_Range"] = f"bytes {start}-{end - 1}/{end}"
    return handler.answer(206 if start else 200, content[start : end - cut], **headers)


def cut_in_half(handler: Handler) -> None:
    serve(handler, cut=HALF)


def cut_before_anything(handler: Handler) -> None:
    handler.close_connection = True


def ignore_range(handler: Handler) -> None:
    handler.answer(200, CONTENT)


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.answer(code, **headers)


def stall(handler: Handler) -> None:
    """Send half and then nothing until the test is over."""
    handler.answer(200, CONTENT[:HALF], Content_Length=str(len(CONTENT)))
    handler.server.released.wait(HANG)


def stay_silent(handler: Handler) -> None:
    handler.server.released.wait(HANG)


@contextmanager
def serving() -> Iterator[Server]:
    """Yield a server that answers until the block ends."""
    with Server() as result:
        thread = threading.Thread(target=result.serve_forever, args=(0.01,))
        thread.start()
        yield result
        result.released.set()
        result.shutdown()
        thread.join()


def without_proxy(monkeypatch) -> None:
    """Make requests ask servers themselves."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


def check(path):
    if path.read_bytes() != CONTENT:
        raise HighlowError("wrong hash")


def fetch(server, target, check=check, *, path="/w.bin", **options):
    """Download without waiting between attempts, and look at what every success must leave."""
    result = download.fetch(server.address(path), target, check, **({"wait": 0, "timeout": HANG} | options))
    assert result == target
    assert target.read_bytes() == CONTENT
    assert {item.name for item in target.parent.iterdir()} <= {"w.bin", ".w.bin.lock"}
    return result
