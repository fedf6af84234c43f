"""A package index that answers badly is one that did not answer: within its time and memory, and the command ends."""

from __future__ import annotations

import gzip
import os
import resource
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from copier_slim.advise import contents
from copier_slim.package_index import http, index
from copier_slim.package_index.http import Connections, at_once
from copier_slim.package_index.index import File
from tests.command.running import Result, environment, write

JSON = b'{"files": []}'
MEMORY = 1 << 30
IMPATIENT = (
    "from copier_slim.package_index import index; index.files.__defaults__ = (3,)\n"
    "from copier_slim.cli import main; main()"
)
# Each module's types are new to msgspec, which ended the process where two threads met one for the first time
AT_ONCE = """
import importlib, sys, threading
from copier_slim.package_index import index
sys.setswitchinterval(1e-6)
page = b'{"files": [{"filename": "a-1.tar.gz", "url": "https://h/a"}]}'
for _ in range(60):
    importlib.reload(index)
    start = threading.Barrier(8)
    threads = [threading.Thread(target=lambda: (start.wait(), index._from_json(page, ""))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Lets a test write the answer."""

    protocol_version = "HTTP/1.1"
    answer: Answer

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output clean."""

    def do_GET(self) -> None:
        try:
            type(self).answer(self)
        except OSError:  # nobody waits for it any more
            self.close_connection = True

    def begin(self, length: int | None = None, **headers: str) -> None:
        """The headers of an answer of a length, or of one that ends with the connection."""
        self.send_response(200)
        self.send_header("Content-Type", index.JSON)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is None:
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def whole(self, content: bytes, **headers: str) -> None:
        self.begin(len(content), **headers)
        self.wfile.write(content)

    def many(self, content: bytes, times: int, pause: float = 0) -> None:
        for _ in range(times):
            self.wfile.write(content)
            self.wfile.flush()
            time.sleep(pause)


def bomb() -> bytes:
    """Six gigabytes of spaces, as one megabyte many times; it has no end, which nobody may come to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    first, again = (packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 6_000


def slow_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    handler.many(b"x", 600, 0.1)


def trickle(handler: Handler) -> None:
    handler.begin(100_000)
    handler.many(b" ", 600, 0.1)


def without_end(handler: Handler) -> None:
    handler.begin()
    handler.many(b" " * (1 << 20), 20_000)


def chunks_without_end(handler: Handler) -> None:
    handler.begin(Transfer_Encoding="chunked")
    handler.many(b"100000\r\n" + b" " * (1 << 20) + b"\r\n", 20_000)


def headers_without_end(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    handler.many(b"X: " + b"x" * 1000 + b"\r\n", 1_000_000)


def cut_off(handler: Handler) -> None:
    handler.begin(1000)
    handler.wfile.write(b"{")
    handler.close_connection = True


def silent(_: Handler) -> None:
    time.sleep(30)


BROKEN = bytearray(gzip.compress(JSON * 1000))
BROKEN[15:30] = b"\xff" * 15
CUT = gzip.compress(os.urandom(5000))[:2000]
ANSWERS: dict[str, tuple[Answer, str]] = {
    "without end": (without_end, "the answer has over 33554432 bytes"),
    "chunks without end": (chunks_without_end, "the answer has over 33554432 bytes"),
    "headers without end": (headers_without_end, "got more than 100 headers"),
    "a byte at a time": (trickle, "no answer in 2 s"),
    "headers a byte at a time": (slow_headers, "no answer in 2 s"),
    "cut off": (cut_off, "IncompleteRead"),
    "broken gzip": (lambda it: it.whole(bytes(BROKEN), Content_Encoding="gzip"), "not valid gzip"),
    "gzip that is cut off": (lambda it: it.whole(CUT, Content_Encoding="gzip"), "cut off"),
    "a gzip bomb": (lambda it: it.whole(BOMB, Content_Encoding="gzip"), "unpacks to over 33554432 bytes"),
    "no gzip": (lambda it: it.whole(JSON, Content_Encoding="gzip"), "not valid gzip"),
    "deep JSON": (lambda it: it.whole(b'{"files":' + b"[" * 2_000_000), ""),
    "anchors": (lambda it: it.whole(b"<a " * 1_000_000), ""),
}  # fmt: skip
BOMB = bomb()


@pytest.fixture
def serving() -> Iterator[Callable[[Answer], str]]:
    """Starts an index that answers so; its address."""
    servers: list[ThreadingHTTPServer] = []

    def serving(answer: Answer) -> str:
        handler = type("Answering", (Handler,), {"answer": staticmethod(answer)})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serving
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_none_is_told_so(
    name: str, serving: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, why = ANSWERS[name]
    monkeypatch.setenv("PIP_INDEX_URL", serving(answer))
    begun = time.monotonic()
    answers = index.ask(["flask"], {}, seconds=2)
    assert time.monotonic() - begun < 8
    assert "flask" in answers.failed or (name == "anchors" and answers.files == {"flask": []})
    assert why in answers.failed.get("flask", "")


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@pytest.mark.parametrize("name", ANSWERS)
def test_detect_ends_and_says_what_it_found(name: str, serving: Callable[[Answer], str], tmp_path: Path) -> None:
    files = {"app.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": "flask==1.0\n"}
    shop = write(tmp_path / "shop", files)
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, "detect"],
        cwd=shop, env=environment() | {"PIP_INDEX_URL": serving(ANSWERS[name][0])}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=20, preexec_fn=limited,
    )  # fmt: skip
    assert Result(done.returncode, "", done.stderr) == Result(0, "", "")
    assert "app:app" in done.stdout


def test_the_first_answers_may_come_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_all_answers_together_have_an_end(serving: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST", 1 << 20)
    address = serving(lambda it: it.whole(b" " * 300_000))
    with Connections(5) as connections:
        found = at_once(lambda n: connections.request(f"{address}/{n}/").body, range(8), 20)
    failed = [str(result) for result in found.values() if isinstance(result, Exception)]
    assert 1 <= len(failed) < 8
    assert set(failed) == {"the answers together have over 1048576 bytes"}


def test_an_answer_has_its_time_as_a_whole(serving: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST", 0.5)
    with Connections(5) as connections, pytest.raises(TimeoutError, match=r"not all of the answer in 0\.5 s"):
        connections.request(serving(trickle))


def test_what_waits_is_told_when_nobody_does(serving: Callable[[Answer], str]) -> None:
    ended = threading.Event()

    def wait(address: str) -> bytes:
        try:
            return connections.request(address).body
        finally:
            ended.set()

    with Connections(60) as connections:
        at_once(wait, [serving(silent)], 0.5)
    assert ended.wait(5)


def test_a_bug_is_no_answer() -> None:
    with pytest.raises(KeyError):
        at_once(lambda name: {}[name], ["flask"], 5)


def test_a_kept_file_that_is_broken_is_none(tmp_path: Path) -> None:
    cache = index.cache_of("hashed")
    cache.write("flask", [File("flask-1.0.tar.gz")])
    (kept,) = (tmp_path / "cache").rglob("flask.json")
    assert cache.read("flask", list[File])
    for content in (b"", b"[[[", b"\xff\xfe\x00", b"[" * 1_000_000, b'[["x", 1]]', b" " * (65 << 20)):
        kept.write_bytes(content)
        assert cache.read("flask", list[File]) is None
    kept.unlink()
    os.mkfifo(kept)
    assert cache.read("flask", list[File]) is None


def _ending(size: int, members: int = 0, offset: int = 0) -> bytes:
    """The end of a zip file that says its directory has `size` bytes."""
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, members, members, size, offset, 0)


WHEELS = {
    "a directory that is too large": (_ending(900 << 20), 1 << 30, "its directory is over 4194304 bytes"),
    "a directory that is not there": (_ending(60_000), 60_022, "is not a zip file|Bad magic|Truncated"),
    "no zip file": (b"x", 100, "File is not a zip file"),
    "a size below zero": (_ending(0), -5, "does not report its size"),
}


@pytest.mark.parametrize("name", WHEELS)
def test_a_wheel_that_is_none_is_told_so(name: str, serving: Callable[[Answer], str]) -> None:
    ending, size, why = WHEELS[name]

    def answer(handler: Handler) -> None:
        begin, _, end = handler.headers.get("Range", "bytes=0-0").removeprefix("bytes=").partition("-")
        content = (b"\0" * (int(end) - int(begin) + 1) + ending)[-(int(end) - int(begin) + 1) :]
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {begin}-{end}/{size}")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    file = File("x-1.0-py3-none-any.whl", url=f"{serving(answer)}/x-1.0-py3-none-any.whl", size=size)
    found = contents.of_files([file], 5, lambda *_: None)[file.name]
    assert isinstance(found, ValueError), found
    assert any(part in str(found) for part in why.split("|")), found
