"""Many small requests to few servers: on connections that stay open, by this machine's certificates and proxies."""

from __future__ import annotations

import base64
import os
import ssl
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

AT_ONCE = 16
TRIES = 3
MOST_REDIRECTS = 5
OK = 200
MOVED = (301, 302, 303, 307, 308)

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
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        for connections in self._idle.values():
            while connections:
                connections.pop().close()

    def request(
        self, url: str, headers: Mapping[str, str] = MappingProxyType({}), method: str = "GET", expected: int = OK
    ) -> Answer:
        """What a server answers with the status `expected`.

        Raises StatusError for another status, whose body is not read; OSError or HTTPException where there is no
        answer; ValueError for an address that is not one of HTTP.
        """
        for _ in range(MOST_REDIRECTS):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{_plain(parts)} is not an address of HTTP")
            connection, response = self._send(parts, headers, method)
            try:
                if response.status == expected:
                    answer = Answer(_plain(parts), response.headers, response.read())
                    self._keep(parts, connection)
                    return answer
            except (OSError, HTTPException):
                connection.close()
                raise
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
            try:
                connection.request(method, target.geturl() or "/", headers=sent)
                return connection, connection.getresponse()
            except (OSError, HTTPException) as error:
                connection.close()
                # A connection that the server has closed, or a name server that is busy, deserves another try
                if not more or isinstance(error, TimeoutError):
                    raise
        raise AssertionError

    def _take(self, parts: SplitResult) -> HTTPConnection | None:
        with suppress(IndexError):  # or another thread took it
            return self._idle[parts.scheme, _host(parts)].pop()
        return None

    def _keep(self, parts: SplitResult, connection: HTTPConnection) -> None:
        if self._over:
            connection.close()
        else:
            self._idle[parts.scheme, _host(parts)].append(connection)


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
    """The results of what waits for the network, or the OSError, HTTPException or ValueError that it raised.

    What is not there within `seconds` is a TimeoutError. `progress` hears how many of how many are there.
    """
    wanted = list(keys)
    results: dict[Key, Value | Exception] = {}
    pool = ThreadPoolExecutor(AT_ONCE)
    tasks = {pool.submit(look_up, key): key for key in wanted}
    try:
        for task in as_completed(tasks, timeout=seconds):
            try:
                results[tasks[task]] = task.result()
            except (OSError, HTTPException, ValueError) as error:
                results[tasks[task]] = error
            progress(len(results), len(wanted))
    except TimeoutError:
        pass
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {key: results.get(key, TimeoutError(f"no answer in {seconds:g} s")) for key in wanted}
