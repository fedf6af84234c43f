"""The paths that an app tells of: each framework in its own way, those with parameters and other methods left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace as Made
from typing import Any

import pytest

from copier_slim.verify.container import scripts
from copier_slim.verify.container.scripts import routes


def rule(path: str, methods: set[str], *arguments: str) -> Made:
    return Made(rule=path, methods=methods, arguments=arguments)


def router(*found: Made) -> Made:
    return Made(router=Made(routes=lambda: found))


FLASK = Made(url_map=Made(iter_rules=lambda: [rule("/a", {"GET"}), rule("/b/<c>", {"GET"}, "c"), rule("/d", {"POST"})]))
MOUNTED = Made(path="/files", routes=[Made(path="/list", methods={"GET"})])
STARLETTE = Made(routes=[Made(path="/a", methods={"GET", "HEAD"}), Made(path="/b", methods={"POST"}), MOUNTED])
BOTTLE = Made(routes=[Made(rule="/a", method="GET"), Made(rule="/b", method="POST")])
AIOHTTP = router(
    Made(method="GET", resource=Made(get_info=lambda: {"path": "/a"})),
    Made(method="GET", resource=Made(get_info=lambda: {"formatter": "/{b}"})),
    Made(method="POST", resource=Made(get_info=lambda: {"path": "/c"})),
)
SANIC = Made(router=Made(routes=[Made(path="a", methods=frozenset({"GET"})), Made(path="b", methods=("POST",))]))


@pytest.mark.parametrize(
    ("app", "paths"),
    [
        (FLASK, ["/a"]),
        (STARLETTE, ["/a", "/files/list"]),
        (BOTTLE, ["/a"]),
        (AIOHTTP, ["/a"]),
        (SANIC, ["a"]),
        (Made(app=Made(wsgi_app=FLASK)), ["/a"]),
        (Made(server=FLASK), ["/a"]),
        (Made(app="main:app"), []),
        (object(), []),
    ],
)
def test_of_an_app(app: Any, paths: list[str]) -> None:
    assert list(routes.of_app(app)) == paths


def test_an_app_that_wraps_itself_comes_to_an_end() -> None:
    one, other = Made(), Made()
    one.app, other.app = other, one
    assert list(routes.of_app(one)) == []


def test_django_s_resolver() -> None:
    patterns = [
        Made(pattern="a/"), Made(pattern="^b/$"), Made(pattern="c/<int:d>/"),
        Made(pattern="admin/", url_patterns=[Made(pattern="login/")]),
    ]  # fmt: skip
    assert list(routes.of_resolver(patterns, "")) == ["a/", "b/", "c/<int:d>/", "admin/login/"]


def test_as_it_is_run_with_threads_that_do_not_end(tmp_path: Path) -> None:
    code = """
import threading, time
from types import SimpleNamespace as Made

threading.Thread(target=time.sleep, args=[60]).start()


def make():
    return Made(routes=[Made(path="b", methods=["GET"]), Made(path="/{c}", methods=["GET"])])
"""
    (tmp_path / "main.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-", "main:make()"], input=scripts.source("routes"), cwd=tmp_path, capture_output=True,
        text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stdout == '["/b"]\n'
