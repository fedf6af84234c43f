"""The site as `make site` built it, served, and a real browser."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

SITE = ROOT / "build/site"
PREFIX = "/copier-slim/"
READY = "html[data-configurator=ready]"
TRIES = 3
PATIENCE = 60_000  # milliseconds, on a machine that does much else; what has to be quick is measured


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm",
    }  # fmt: skip

    def log_message(self, *_: Any) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A page that is closed leaves requests behind."""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose content the server gives out: the site below the path that it has when it is published."""
    root = tmp_path_factory.mktemp("served")
    shutil.copytree(SITE, root / PREFIX.strip("/"))
    return root


@pytest.fixture(scope="session")
def address(served: Path) -> Iterator[str]:
    server = Server(("127.0.0.1", 0), functools.partial(Handler, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 it is in the site's environment alone

    with sync_playwright() as playwright:
        names = "chromium", "chromium-browser", "google-chrome"
        program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def slower() -> float:
    """How much longer things take than on a machine that has its processors for them."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def opened(page: Any, address: str) -> Any:
    """The page, with the configurator's first files shown.

    Where an engine's networks come and go, as beside other tests, Chromium drops what it is loading; then again.
    """
    page.set_default_timeout(PATIENCE)
    for _ in range(TRIES):
        page.goto(f"{address}configurator/")
        page.wait_for_selector("html[data-configurator]")
        if page.query_selector(READY):
            return page
    pytest.fail(page.text_content("#state"))


@pytest.fixture(scope="module")
def configurator(browser: Any, address: str) -> Iterator[Any]:
    """The configurator, with the first files shown."""
    context = browser.new_context()
    yield opened(context.new_page(), address)
    context.close()
