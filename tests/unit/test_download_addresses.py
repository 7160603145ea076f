"""Which addresses are asked, and what is said of those that are not."""

import socket

import pytest
import requests

from highlow.networks import download
from highlow.runs.errors import HighlowError
from tests.conftest import HANG
from tests.reference import web_server
from tests.reference.web_server import CONTENT, HALF, check, fetch, status


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


def test_only_the_web_is_asked(server, target, tmp_path):
    (tmp_path / "secret").write_text("secret")
    for address in (f"file://{tmp_path}/secret", "ftp://127.0.0.1/w.bin", "w.bin"):
        with pytest.raises(HighlowError, match="not an http or https address"):
            download.fetch(address, target, check)
    server.script = [status(302, Location=f"file://{tmp_path}/secret")]
    with pytest.raises(
        HighlowError,
        match=r"w\.bin: it leads to an address that is not http or https, or from https to http, and is not followed",
    ):
        fetch(server, target)
    assert len(server.requests) == 1


def test_an_address_that_is_none_is_one_line(target):
    with pytest.raises(HighlowError, match=r"^http://: Invalid URL.*check the address") as caught:
        download.fetch("http://", target, check)
    assert "\n" not in str(caught.value)


@pytest.fixture
def closed_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_without_a_connection_the_line_says_where_the_file_goes(target, closed_port):
    with pytest.raises(HighlowError) as caught:
        download.fetch(f"http://127.0.0.1:{closed_port}/w.bin", target, check, wait=0)
    assert str(caught.value) == (
        "no connection to 127.0.0.1; connect and run again, or put the file by hand into "
        f"{target.parent} under the name w.bin"
    )


def test_a_host_that_is_not_found_is_no_connection(target, monkeypatch):
    def lookup(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(HighlowError, match=r"^no connection to nowhere\.example; connect"):
        download.fetch("https://nowhere.example/w.bin", target, check, wait=0)


def test_the_host_behind_a_redirect_is_the_one_named(server, target, closed_port):
    server.script = [status(302, Location=f"http://localhost:{closed_port}/w.bin")]
    with pytest.raises(HighlowError, match=r"^no connection to localhost; connect"):
        fetch(server, target, attempts=1)


def test_the_proxy_of_the_environment_is_used(server, target, monkeypatch, closed_port):
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("http_proxy", server.address(""))
    download.fetch("http://far.example/w.bin", target, check)
    assert [path for path, _ in server.requests] == ["http://far.example/w.bin"]
    target.unlink()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(HighlowError, match=r"^no connection to far\.example through the proxy; connect"):
        download.fetch("http://far.example/w.bin", target, check, wait=0)


def test_a_redirect_is_followed_also_for_a_part(server, target, partial):
    partial.write_bytes(CONTENT[:HALF])
    server.script = [status(302, Location="/elsewhere")]
    fetch(server, target)
    assert [path for path, _ in server.requests] == ["/w.bin", "/elsewhere"]
    assert server.ranges() == [f"bytes={HALF}-"] * 2


def endlessly(handler, chunk=bytes(1 << 16)):
    """Send without end, and without saying how much."""
    handler.send_response(handler.server.code)
    handler.send_header("Location", "/elsewhere")
    handler.end_headers()
    try:
        while not handler.server.released.is_set():
            handler.wfile.write(chunk)
            handler.server.sent += len(chunk)
    except OSError:
        handler.server.released.set()


@pytest.fixture
def endless(server):
    server.code, server.sent = 200, 0
    server.script = [endlessly]
    return server


def nothing_is_kept(target):
    left = [item for item in target.parent.iterdir() if item.name != ".w.bin.lock"]
    return all(item.name == ".w.bin.part" and not item.stat().st_size for item in left)


def test_an_endless_answer_is_cut_at_the_limit(endless, target, monkeypatch):
    monkeypatch.setattr(download, "LARGEST_FILE", 1_000_000)
    with pytest.raises(HighlowError, match=r"^http://.*/w\.bin: the server sends more than 1000000 bytes; nothing"):
        fetch(endless, target)
    assert nothing_is_kept(target)
    assert len(endless.requests) == 1


def test_the_body_of_a_redirect_is_not_read(endless, target):
    endless.code = 302
    fetch(endless, target)
    assert endless.released.wait(HANG)  # the connection was closed
    assert endless.sent < 50_000_000


def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_kept(server, target, monkeypatch):
    monkeypatch.setattr(download, "LARGEST_FILE", len(CONTENT) - 1)
    with pytest.raises(HighlowError, match="the server sends more than"):
        fetch(server, target)
    assert nothing_is_kept(target)


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "abc", "²", ""])
def test_a_length_that_is_none_is_no_crash(server, target, length):
    encoded = length.encode("utf-8").decode("latin-1")
    server.script = [lambda handler: handler.answer(200, CONTENT, Content_Length=encoded)]
    try:
        fetch(server, target, attempts=1, timeout=0.5)
    except HighlowError as error:
        assert "\n" not in str(error)


def test_more_than_the_declared_length_is_left_out(server, target):
    server.script = [lambda handler: handler.answer(200, CONTENT + b"more", Content_Length=str(len(CONTENT)))]
    fetch(server, target)


def test_a_circle_of_redirects_ends(server, target):
    server.script = [status(302, Location="/w.bin")] * 40
    with pytest.raises(HighlowError, match=r"w\.bin: Exceeded 30 redirects\.; check the address"):
        fetch(server, target)
    assert len(server.requests) == 31


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "FILE:/etc/passwd", "ftp://127.0.0.1/w.bin", "gopher://x", "http://[", "//[::1"],
)
def test_a_redirect_to_anywhere_else_is_one_line(server, target, location):
    server.script = [status(302, Location=location)]
    with pytest.raises(HighlowError) as caught:
        fetch(server, target)
    assert str(caught.value).startswith(server.address())
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1
    assert nothing_is_kept(target)


def test_an_encrypted_connection_is_not_left_for_a_plain_one(server, target, monkeypatch):
    """An adapter stands for the encrypted server: it asks the plain one under the encrypted address."""

    def send(self, request, **options):
        asked = request.url
        request.url = asked.replace("https://", "http://")
        response = plain(self, request, **options)
        response.url = request.url = asked
        return response

    plain = requests.adapters.HTTPAdapter.send
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    address = server.address().replace("http://", "https://")
    server.script = [status(302, Location="/elsewhere"), status(302, Location=server.address("/plain"))]
    with pytest.raises(HighlowError, match="from https to http, and is not followed"):
        download.fetch(address, target, check)
    assert [path for path, _ in server.requests] == ["/w.bin", "/elsewhere"]
    download.fetch(address, target, check)
    assert target.read_bytes() == CONTENT
