"""Which image of the engine an image is made from, where another process removes images meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim.engine import docker
from copier_slim.engine.docker import DockerError
from copier_slim.verify.image import Base, Config, Image, base_among, base_on_engine

SHOP = Image("shop", "sha256:shop", Config(), ("sha256:1", "sha256:2", "sha256:3"), ())
LISTED = {"sha256:gone": None, "sha256:python": "python:3.13-slim", "sha256:other": "shop-base:1"}


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that lists three images, of which one is removed before it is asked for it."""

    def inspect(_kind: str, *names: str) -> list[dict[str, Any]]:
        if "sha256:gone" in names:
            raise DockerError("docker: No such image: sha256:gone")
        tags = {tag: name for name, tag in LISTED.items()}
        return [
            {
                "Id": tags.get(name, name),
                "Config": {},
                "RootFS": {"Layers": ["sha256:1", "sha256:2"]},
                "RepoTags": [LISTED[tags.get(name, name)]],
            }
            for name in names
        ]

    monkeypatch.setattr(docker, "call", lambda *_: "\n".join(LISTED))
    monkeypatch.setattr(docker, "inspect", inspect)


def test_the_base_is_found_though_an_image_is_removed_meanwhile() -> None:
    assert base_on_engine(SHOP) == Base("python:3.13-slim", 2)


def test_a_name_that_is_not_there_is_no_base() -> None:
    assert base_among(SHOP, ["sha256:gone"]) is None
    assert base_among(SHOP, ["sha256:gone", "python:3.13-slim"]) == Base("python:3.13-slim", 2)
