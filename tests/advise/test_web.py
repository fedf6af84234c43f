"""Requests: connections are kept, addresses lead on, passwords and proxies are used, what is refused is told."""

from __future__ import annotations

import threading

import pytest

from copier_slim.package_index.http import Connections, StatusError, at_once

from .conftest import PURE, Index


def test_one_connection_serves_many_requests(index: Index) -> None:
    index.add("flask", "1.0", PURE)
    with Connections(5) as connections:
        for _ in range(5):
            assert b"flask-1.0" in connections.request(f"{index.url}/flask/").body
    assert index.connections == 1


def test_threads_share_connections(index: Index) -> None:
    for number in range(40):
        index.add(f"p{number}", "1.0", PURE)
    heard: list[tuple[int, int]] = []
    with Connections(5) as connections:
        names = [f"p{number}" for number in range(40)]
        found = at_once(
            lambda name: connections.request(f"{index.url}/{name}/").body, names, 10, lambda *of: heard.append(of)
        )
    assert [name for name in names if name.encode() in found[name]] == names  # type: ignore[operator]
    assert heard[-1] == (40, 40)
    assert index.connections <= 16


def test_a_connection_that_the_server_has_closed_is_opened_again(index: Index) -> None:
    index.add("flask", "1.0", PURE)
    with Connections(5) as connections:
        connections.request(f"{index.url}/flask/")
        kept = next(iter(connections._idle.values()))[0]  # noqa: SLF001 nothing else tells when a server closes
        assert kept.sock
        kept.sock.shutdown(2)
        assert connections.request(f"{index.url}/flask/").body
    assert index.connections == 2


def test_another_status_is_an_error_and_the_next_request_is_answered(index: Index) -> None:
    index.add("flask", "1.0", PURE)
    with Connections(5) as connections:
        with pytest.raises(StatusError, match="404") as error:
            connections.request(f"{index.url}/nothing/")
        assert error.value.status == 404
        assert connections.request(f"{index.url}/flask/").body


def test_a_password_goes_to_its_server_alone(index: Index) -> None:
    index.add("flask", "1.0", PURE)
    index.authorization = "Basic bWU6Z2VoZWlt"
    elsewhere = index.url.replace("127.0.0.1", "me:geheim@localhost")
    with Connections(5, elsewhere) as connections, pytest.raises(StatusError, match="401"):
        connections.request(f"{index.url}/flask/")
    with Connections(5, index.url.replace("//", "//me:geheim@")) as connections:
        assert connections.request(f"{index.url}/flask/").url == f"{index.url}/flask/"


def test_a_proxy_is_asked_for_the_whole_address(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", index.url.removesuffix("/simple"))
    with Connections(5) as connections, pytest.raises(StatusError, match="404"):
        connections.request("http://pypi.example/simple/flask/")
    assert index.asked == ["GET http://pypi.example/simple/flask/"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://me:geheim@h/x", "pypi.org/simple", ""])
def test_only_http_is_spoken(url: str) -> None:
    with Connections(5) as connections, pytest.raises(ValueError, match="not an address of HTTP") as error:
        connections.request(url)
    assert "geheim" not in str(error.value)


def test_nothing_that_listens_is_an_error_not_a_result() -> None:
    with Connections(1) as connections:
        found = at_once(lambda port: connections.request(f"http://127.0.0.1:{port}/"), [9], 5)
    assert isinstance(found[9], OSError)


def test_what_takes_too_long_is_told_so() -> None:
    over = threading.Event()
    found = at_once(lambda wait: wait.wait(10), [over], 0.05)
    over.set()
    assert isinstance(found[over], TimeoutError)
