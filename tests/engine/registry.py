"""The registry on loopback, and the engine with containerd's image store, that some tests need."""

from __future__ import annotations

import os
import subprocess
from http.client import HTTPConnection

import pytest

REGISTRY = "127.0.0.1:5000"
# DOCKER_HOST's engine, or the one beside it
STORE_HOST = os.environ.get("CONTAINERD_STORE_HOST") or os.environ.get("DOCKER_HOST", "")


def require_registry() -> None:
    """Skips where none listens."""
    try:
        connection = HTTPConnection(REGISTRY, timeout=5)
        connection.request("GET", "/v2/")
        answered = connection.getresponse().status == 200
        connection.close()
    except OSError:
        answered = False
    if not answered:
        pytest.skip(f"no registry listens on {REGISTRY}")


def require_containerd_store() -> None:
    """Skips where neither engine has it."""
    status = ["docker", *(["--host", STORE_HOST] if STORE_HOST else []), "info", "--format", "{{json .DriverStatus}}"]
    if b"io.containerd.snapshotter" not in subprocess.run(status, capture_output=True, check=False).stdout:
        pytest.skip("no engine with containerd's image store: name it by CONTAINERD_STORE_HOST")
