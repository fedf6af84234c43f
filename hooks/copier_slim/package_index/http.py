"""Many small requests to few servers: on connections that stay open, by this machine's certificates and proxies."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import time
import zlib
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection, IncompleteRead
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

AT_ONCE = 16
TRIES = 3
MOST_REDIRECTS = 5
LARGEST = 32 << 20  # bytes of an answer, as it is sent and unpacked: the largest page of PyPI has some 10 MB
MOST = 512 << 20  # bytes of all answers together
LONGEST = 60.0  # seconds for an answer as a whole
CHUNK = 1 << 16
OK = 200
MOVED = (301, 302, 303, 307, 308)

# What a server, or the way to it, may do; a bug is none of these
FAILURES = (OSError, HTTPException, ValueError, EOFError, RecursionError, MemoryError)

Key = TypeVar("Key")
Value = TypeVar("Value")


class StatusError(OSError):
    """The server answered, but not with the status that was expected; `status` is the one it sent."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"HTTP status {status} {reason}".rstrip())
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent, and the address that redirections led to, without a password."""

    url: str
    headers: HTTPMessage
    body: bytes


class Connections:
    """Connections that threads share: an idle one is taken before another is opened. They close with the context."""

    def __init__(self, seconds: float, home: str = "") -> None:
        """`seconds` is how long a server may take to go on; the password in `home` is sent to that server alone."""
        self._seconds = seconds
        self._home = urlsplit(home)
        self._idle: defaultdict[tuple[str, str], list[HTTPConnection]] = defaultdict(list)
        self._busy: set[HTTPConnection] = set()
        self._received = 0
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        for connections in self._idle.values():
            while connections:
                connections.pop().close()
        for connection in tuple(self._busy):  # what waits for a server hears that nobody waits for it
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def request(
        self, url: str, headers: Mapping[str, str] = MappingProxyType({}), method: str = "GET", expected: int = OK
    ) -> Answer:
        """What a server answers with the status `expected`.

        Raises StatusError for another status, whose body is not read; OSError or HTTPException where there is no
        answer, or one that is too large or takes too long; ValueError for an address that is not one of HTTP.
        """
        until = time.monotonic() + LONGEST
        for _ in range(MOST_REDIRECTS):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{_plain(parts)} is not an address of HTTP")
            connection, response = self._send(parts, headers, method)
            try:
                if response.status == expected:
                    answer = Answer(_plain(parts), response.headers, self._body(response, until))
                    self._keep(parts, connection)
                    return answer
            except (OSError, HTTPException):
                connection.close()
                raise
            finally:
                self._busy.discard(connection)
            connection.close()
            if response.status not in MOVED:
                break
            url = urljoin(url, response.headers.get("Location", ""))
        raise StatusError(response.status, response.reason)

    def _send(self, parts: SplitResult, headers: Mapping[str, str], method: str) -> tuple[HTTPConnection, HTTPResponse]:
        proxy = _proxy(parts)
        home = self._home if _host(self._home) == _host(parts) else parts
        sent = {"User-Agent": "copier-slim", **_authorization("Authorization", home), **headers}
        target = parts._replace(scheme="", netloc="", fragment="")
        if proxy and parts.scheme == "http":
            target = parts._replace(netloc=_host(parts), fragment="")
            sent |= _authorization("Proxy-Authorization", proxy)
        for more in reversed(range(TRIES)):
            connection = self._take(parts) or _connect(parts, proxy, self._seconds)
            self._busy.add(connection)
            try:
                connection.request(method, target.geturl() or "/", headers=sent)
                return connection, connection.getresponse()
            except (OSError, HTTPException) as error:
                self._busy.discard(connection)
                connection.close()
                # A connection that the server has closed, or a name server that is busy, deserves another try
                if not more or self._over or isinstance(error, TimeoutError):
                    raise
        raise AssertionError

    def _body(self, response: HTTPResponse, until: float) -> bytes:
        """What follows the headers; OSError for too much of it, or where it is not there at the time `until`."""
        body = bytearray()
        while chunk := response.read1(CHUNK):
            body += chunk
            self._received += len(chunk)
            if len(body) > LARGEST:
                raise OSError(f"the answer has over {LARGEST} bytes")
            if self._received > MOST:
                raise OSError(f"the answers together have over {MOST} bytes")
            if self._over or time.monotonic() > until:
                raise TimeoutError(f"not all of the answer in {LONGEST:g} s")
        if response.length:
            raise IncompleteRead(bytes(body), response.length)
        response.read()  # it is over, so that the connection can be used again
        return bytes(body)

    def _take(self, parts: SplitResult) -> HTTPConnection | None:
        with suppress(IndexError):  # or another thread took it
            return self._idle[parts.scheme, _host(parts)].pop()
        return None

    def _keep(self, parts: SplitResult, connection: HTTPConnection) -> None:
        if self._over:
            connection.close()
        else:
            self._idle[parts.scheme, _host(parts)].append(connection)


def unpacked(answer: Answer) -> bytes:
    """The body, as it was before gzip where the server says so; ValueError where it is broken or too large."""
    if answer.headers.get("Content-Encoding") != "gzip":
        return answer.body
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        text = unpacker.decompress(answer.body, LARGEST)
    except zlib.error as error:
        raise ValueError(f"the answer is not valid gzip: {error}") from error
    if not unpacker.eof:
        raise ValueError(
            "the answer is cut off" if len(text) < LARGEST else f"the answer unpacks to over {LARGEST} bytes"
        )
    return text


def _host(parts: SplitResult) -> str:
    """The host and the port of an address."""
    return parts.netloc.rpartition("@")[2]


def _plain(parts: SplitResult) -> str:
    """An address without the password in it."""
    return parts._replace(netloc=_host(parts)).geturl()


def _connect(parts: SplitResult, proxy: SplitResult | None, seconds: float) -> HTTPConnection:
    via = proxy or parts
    if parts.scheme == "http":
        return HTTPConnection(via.hostname or "", via.port, timeout=seconds)
    connection = HTTPSConnection(via.hostname or "", via.port, timeout=seconds, context=_certificates())
    if proxy:
        connection.set_tunnel(parts.hostname or "", parts.port, _authorization("Proxy-Authorization", proxy))
    return connection


def _proxy(parts: SplitResult) -> SplitResult | None:
    address = getproxies().get(parts.scheme)
    if not address or proxy_bypass(parts.hostname or ""):
        return None
    return urlsplit(address if "//" in address else f"//{address}")


def _authorization(header: str, parts: SplitResult) -> dict[str, str]:
    """Basic authentication by the user and the password in an address."""
    user, at, _ = parts.netloc.rpartition("@")
    return {header: "Basic " + base64.b64encode(unquote(user).encode()).decode()} if at else {}


@cache
def _certificates() -> ssl.SSLContext:
    authorities = next(filter(None, map(os.environ.get, ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"))), None)
    return ssl.create_default_context(cafile=authorities)


def at_once(
    look_up: Callable[[Key], Value],
    keys: Iterable[Key],
    seconds: float,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[Key, Value | Exception]:
    """The results of what waits for the network, or why there is none, as the exceptions of FAILURES.

    What is not there within `seconds` is a TimeoutError. `progress` hears how many of how many are there. The threads
    do not keep the process from ending.
    """
    wanted = list(keys)
    waiting: SimpleQueue[Key] = SimpleQueue()
    done: SimpleQueue[tuple[Key, Value | BaseException]] = SimpleQueue()
    over = Event()

    def work() -> None:
        with suppress(Empty):
            while not over.is_set():
                key = waiting.get_nowait()
                try:
                    done.put((key, look_up(key)))
                except BaseException as error:  # noqa: BLE001 whoever waits for it decides
                    done.put((key, error))

    for key in wanted:
        waiting.put(key)
    for _ in range(min(AT_ONCE, len(wanted))):
        Thread(target=work, daemon=True).start()
    results: dict[Key, Value | Exception] = {}
    until = time.monotonic() + seconds
    try:
        while len(results) < len(wanted):
            key, result = done.get(timeout=max(0.0, until - time.monotonic()))
            if isinstance(result, BaseException) and not isinstance(result, FAILURES):
                raise result
            results[key] = result
            progress(len(results), len(wanted))
    except Empty:
        pass
    finally:
        over.set()
    return {key: results.get(key, TimeoutError(f"no answer in {seconds:g} s")) for key in wanted}
