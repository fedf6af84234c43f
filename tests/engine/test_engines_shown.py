"""docs/engines.md shows the README's first commands as they go with Podman in place of Docker."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import environment, shell
from tests.conftest import ROOT
from tests.render.test_readme import check_shown

PAGE = ROOT / "docs/engines.md"
COPY = "uvx copier copy --defaults --quiet gh:copier-slim/copier-slim my-service"
RUN = "podman run --detach --rm --publish 127.0.0.1:8000:8000 --name my-service my-service"
# Each with whether what it writes is shown
LINES = {
    COPY: False,
    "cd my-service": False,
    "podman build --target lock --output . .": False,
    "podman build --format docker --tag my-service .": False,
    RUN: False,
    "curl --no-progress-meter localhost:8000/healthz": True,
    "podman healthcheck run my-service && echo healthy": True,
    "podman stop my-service": True,
}

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("podman")]


@pytest.fixture
def name() -> Iterator[str]:
    """What the image and its container are called here; skips where Podman has no image to start from."""
    look = ["podman", "image", "exists", "python:3.14-slim-trixie"]
    if not shutil.which("podman") or subprocess.run(look, check=False).returncode:
        pytest.skip("no Podman answers that has python:3.14-slim-trixie")
    yield "copier-slim-test-shown"
    for kind in ("rm", "rmi"):
        subprocess.run(["podman", kind, "--force", "copier-slim-test-shown"], check=False, capture_output=True)


def test_the_first_commands_go_with_podman(
    template: Path,
    tmp_path: Path,
    name: str,
    update_golden: bool,  # noqa: FBT001
) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    # Not on this machine: its template, a port that is free, names of the test's own
    instead = {"uvx copier": f"{sys.executable} -m copier", "gh:copier-slim/copier-slim": str(template)}
    cwd, shown = tmp_path, ""
    for line, shows in LINES.items():
        shown += f"$ {line}\n"
        if line == "cd my-service":
            cwd = tmp_path / "my-service"
            continue
        words = line.replace("localhost:8000", f"127.0.0.1:{port}").replace(":8000:8000", f":{port}:8000")
        for one, other in instead.items():
            words = words.replace(one, other)
        if words.startswith("podman"):
            words = re.sub(r"\bmy-service\b", name, words)
        printed = shell(words, cwd, environment())
        shown += f"{printed.strip()}\n".replace(name, "my-service") if shows else ""
        if line == RUN:
            wait_for(port)
    check_shown("first", shown, update_golden=update_golden, page=PAGE)


def wait_for(port: int) -> None:
    """Returns when something answers at a port of this machine."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                if connection.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("no answer in 60 s")
