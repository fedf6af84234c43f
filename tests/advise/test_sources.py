"""`advise --sources`: each thing that a build fetches, once, with what tells it from all others."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from copier_slim import catalog
from copier_slim.advise import named_images, npm_locks, sources, system_versions

from .conftest import LINUX, MUSL, PURE, Index, Project

DOCKERFILE = """\
FROM registry.example.com/hub/python:3.13-slim-trixie AS base
FROM base AS compile
RUN apt-get update && apt-get install --yes --no-install-recommends \\
        build-essential \\
        libpq-dev \\
 && rm -rf /var/lib/apt/lists/*
RUN pip install --disable-pip-version-check \\
        pip-tools==7.6.2
FROM base AS check
RUN apt-get update && apt-get install --yes --no-install-recommends \\
        libpq5 \\
 && rm -rf /var/lib/apt/lists/*
FROM node:24-slim@sha256:aaaa AS assets
FROM check AS runtime
"""
COMPOSE = """\
services:
  app: {image: shop, build: .}
  redis: {image: "registry.example.com/hub/redis:8"}
"""
GITLAB = """\
.docker: {image: docker:28-cli, services: [{name: "docker:28-dind", alias: docker}]}
lint: {image: python:3.13}
scan: {image: {name: "anchore/grype:v1", entrypoint: [""]}}
build: {script: ["docker buildx create --driver-opt image=moby/buildkit:buildx-stable-1 --use"]}
"""


@pytest.fixture
def no_engine_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_images.builds, "answers", lambda: False)


@pytest.mark.usefixtures("no_engine_answers")
def test_everything_that_is_fetched(index: Index, project: Project) -> None:
    index.add("psycopg", "3.2", PURE, sdist=50)
    index.add("pydantic-core", "2.0", *(f"cp313-cp313-{tag}" for tag in [*LINUX.values(), *MUSL.values()]), sdist=50)
    index.add("psycopg2", "2.9", sdist=50)
    for name in ("pip-tools", *catalog.tools()["pip-tools"].needs):
        index.add(name, "7.6.2", PURE)
    root = project("psycopg==3.2\npydantic-core==2.0\npsycopg2==2.9\n", python_version="3.13", base="slim")
    (root / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (root / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
    (root / ".gitlab-ci.yml").write_text(GITLAB, encoding="utf-8")
    found = sources.find(root, ["amd64", "arm64"])
    names = {(item.kind, item.name) for item in found.sources}
    assert {name for kind, name in names if kind == "apt"} == {"build-essential", "libpq-dev", "libpq5"}
    files = {item.url.rpartition("/")[2] for item in found.sources if item.kind in {"wheel", "sdist"}}
    assert {name for name in files if name.startswith(("psycopg", "pydantic"))} == {
        "psycopg-3.2-py3-none-any.whl", "psycopg2-2.9.tar.gz",
        *(f"pydantic_core-2.0-cp313-cp313-{tag}.whl" for tag in LINUX.values()),
    }  # fmt: skip
    assert {"pip_tools-7.6.2-py3-none-any.whl", "pyproject_hooks-7.6.2-py3-none-any.whl"} <= files
    images = {item.line for item in found.sources if item.kind == "image"}
    assert images == {
        "image registry.example.com/hub/python:3.13-slim-trixie", "image node:24-slim@sha256:aaaa",
        "image registry.example.com/hub/redis:8", "image docker:28-cli", "image docker:28-dind", "image python:3.13",
        "image anchore/grype:v1", "image moby/buildkit:buildx-stable-1",
    }  # fmt: skip
    assert any("without a digest" in note for note in found.notes)
    assert any("without a version" in note for note in found.notes)
    assert len({item.line for item in found.sources}) == len(found.sources)
    assert json.loads(sources.as_json(found))["sources"]


def test_versions_are_those_that_apt_would_install(monkeypatch: pytest.MonkeyPatch) -> None:
    said = """\
Inst libldap2 (2.6 Debian:13 [amd64]) []
Inst libpq5 [17.5] (17.6-0+deb13u1 Debian:13 [amd64])
Conf libpq5 (1)
"""
    asked: list[tuple[str, ...]] = []
    given: list[object] = []

    def call(*words: str, more: object, **_: object) -> str:
        asked.append(words)
        given.append(more)
        return said

    proxy = "http://shop:hidden@proxy.example.com:3128"
    monkeypatch.setattr(system_versions.builds, "proxies", lambda: {"HTTPS_PROXY": proxy})
    monkeypatch.setattr(system_versions.builds, "answers", lambda: True)
    monkeypatch.setattr(system_versions.docker, "call", call)
    notes: list[str] = []
    found = list(system_versions.find(DOCKERFILE, notes))
    assert found == [("apt", "libldap2", "2.6"), ("apt", "libpq5", "17.6-0+deb13u1")]
    assert not notes
    (words,) = asked
    assert "registry.example.com/hub/python:3.13-slim-trixie" in words
    assert words[-1].endswith("build-essential libpq-dev libpq5")
    assert "HTTPS_PROXY" in words, "its value, which has a password, is no word of the command"
    assert proxy not in " ".join(words)
    assert given == [{"HTTPS_PROXY": proxy}]


LOCKS = {
    "npm": json.dumps({
        "packages": {
            "": {"name": "shop"},
            "node_modules/vite": {
                "version": "7.0.0", "resolved": "https://registry.npmjs.org/vite/-/vite-7.0.0.tgz",
                "integrity": "sha512-a",
            },
            "node_modules/own": {"resolved": "packages/own", "link": True},
            "node_modules/a/node_modules/@types/node": {
                "version": "24.1.0", "resolved": "https://registry.npmjs.org/@types/node/-/node-24.1.0.tgz",
                "integrity": "sha512-b",
            },
        }
    }),
    "pnpm": """\
lockfileVersion: '9.0'
packages:
  '@types/node@24.1.0':
    resolution: {integrity: sha512-b}
  vite@7.0.0:
    resolution: {integrity: sha512-a}
""",
    "yarn": """\
# yarn lockfile v1


"@types/node@^24":
  version "24.1.0"
  resolved "https://registry.npmjs.org/@types/node/-/node-24.1.0.tgz#0"
  integrity sha512-b

vite@^7:
  version "7.0.0"
  resolved "https://registry.npmjs.org/vite/-/vite-7.0.0.tgz#1"
  integrity sha512-a
""",
    "yarn-berry": """\
# This file is generated by running "yarn install"

__metadata:
  version: 8

"@types/node@npm:^24":
  version: 24.1.0
  resolution: "@types/node@npm:24.1.0"

"vite@npm:^7":
  version: 7.0.0
  resolution: "vite@npm:7.0.0"

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
""",
    "bun": """\
{
  "lockfileVersion": 1,
  "packages": {
    "@types/node": ["@types/node@24.1.0", "", { "dependencies": { "undici-types": "~7.8.0" } }, "sha512-b"],

    "vite": ["vite@7.0.0", "", {}, "sha512-a"],
  }
}
""",
}  # fmt: skip


@pytest.mark.parametrize("manager", LOCKS)
def test_front_end_packages_of_each_lock(tmp_path: Path, manager: str) -> None:
    (tmp_path / catalog.frontends().managers[manager].lock).write_text(LOCKS[manager], encoding="utf-8")
    notes: list[str] = []
    node, vite = sorted(npm_locks.find(tmp_path, {"assets": manager}, notes))
    assert node[:3] == ("@types/node", "24.1.0", "https://registry.npmjs.org/@types/node/-/node-24.1.0.tgz")
    assert vite[:3] == ("vite", "7.0.0", "https://registry.npmjs.org/vite/-/vite-7.0.0.tgz")
    assert manager == "yarn-berry" or (node[3], vite[3]) == (
        "sha512-b",
        "sha512-a",
    )  # its checksums are of its own archives
    assert not notes


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"packages": [1]}'])
def test_a_lock_that_cannot_be_read_is_noted(tmp_path: Path, text: str) -> None:
    (tmp_path / "package-lock.json").write_text(text, encoding="utf-8")
    notes: list[str] = []
    assert not list(npm_locks.find(tmp_path, {"assets": "npm"}, notes))
    assert "package-lock.json" in notes[0]


def test_what_pip_tools_needs_is_all_that_it_requires() -> None:
    here = {"extra": "", "python_version": "3.11", "python_full_version": "3.11.9", "os_name": "posix"}
    waiting, found = ["pip-tools"], set[str]()
    while waiting:
        for requirement in map(Requirement, metadata.requires(waiting.pop()) or ()):
            name = requirement.name.replace("_", "-")
            if name not in found and (requirement.marker is None or requirement.marker.evaluate(here)):
                waiting.append(name)
                found.add(name)
    assert found == set(catalog.tools()["pip-tools"].needs)
