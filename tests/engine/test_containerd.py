"""containerd's image store: what is said of an image is what the classic store's engine says of the same one.

The engine with that store is DOCKER_HOST's own, or the one that CONTAINERD_STORE_HOST names.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copier_slim.advise import bases
from copier_slim.verify.image.layers import Layer, scan
from tests.command.running import environment
from tests.conftest import Render
from tests.engine.registry import STORE_HOST, require_containerd_store

TAG = "copier-slim-test:containerd"

pytestmark = pytest.mark.xdist_group("containerd")


def docker(*words: str, host: str = "", given: bytes = b"") -> bytes:
    """What a docker command prints, of this machine's engine or of another."""
    argv = ["docker", *(["--host", host] if host else []), *words]
    done = subprocess.run(argv, input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def image(engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:  # noqa: ARG001
    """A project whose image, with attestations, is in both stores."""
    require_containerd_store()
    path = render(
        tmp_path_factory.mktemp("containerd") / "shop", python_version="3.13", package_tool="uv", framework="command"
    )
    options = ["--quiet", "--output", str(path), "--target", "lock", str(path)]
    docker("build", *options, host=STORE_HOST)
    docker("buildx", "build", "--quiet", "--provenance", "mode=max", "--load", "--tag", TAG, str(path), host=STORE_HOST)
    docker("load", given=docker("save", TAG, host=STORE_HOST))
    yield path
    for host in {"", STORE_HOST}:
        docker("image", "rm", "--force", TAG, host=host)


def described(host: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("image", "inspect", TAG, host=host))[0]
    return found


def layers(host: str, monkeypatch: pytest.MonkeyPatch) -> list[Layer]:
    monkeypatch.setenv("DOCKER_HOST", host) if host else monkeypatch.delenv("DOCKER_HOST", raising=False)
    digests = described(host)["RootFS"]["Layers"]
    return scan(TAG, digests, known=digests[:4])  # the base image's, of which most is not looked into


def test_layers_and_sizes_are_the_same(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    one, other = layers(STORE_HOST, monkeypatch), layers("", monkeypatch)
    assert [layer.digest for layer in one] == [layer.digest for layer in other]
    for layer, same in zip(one, other, strict=True):
        assert layer.entries == same.entries
        assert (layer.compressed, layer.kept, layer.programs) == (same.compressed, same.kept, same.programs)
        assert layer.compressed > 0


def test_what_advise_and_the_benchmark_say_is_the_same(
    image: Path,  # noqa: ARG001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    sizes = []
    for host in (STORE_HOST, ""):
        monkeypatch.setenv("DOCKER_HOST", host) if host else monkeypatch.delenv("DOCKER_HOST", raising=False)
        sizes.append(bases.on_disk(TAG, described(host)))
    # What the classic store's engine states has the names of some links, too
    assert sizes[0] == pytest.approx(sizes[1], rel=0.001)


def test_verify_says_the_same(image: Path) -> None:
    said = []
    for host in (STORE_HOST, ""):
        env = environment() | ({"DOCKER_HOST": host} if host else {})
        words = ["verify", "--image", TAG, "--no-rebuild", "--json", "."]
        done = subprocess.run(
            [sys.executable, "-m", "copier_slim", *words], cwd=image, env=env, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        said.append(json.loads(done.stdout))
    one, other = said
    assert [(check["id"], check["status"]) for check in one["checks"]] == [
        (check["id"], check["status"]) for check in other["checks"]
    ]
    assert one["bill"] == other["bill"]
