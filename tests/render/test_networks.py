"""What the answers about the network do to the output."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests import dockerfile
from tests.conftest import Render

REGISTRY = "registry.example.com/docker-hub/"
EXTRAS = ["bake", "compose", "ci-github", "ci-gitlab", "kubernetes", "renovate", "dependabot", "devcontainer"]
FETCHES = re.compile(r"apt-get|apk add|pip install|pip-compile|uv pip (?:compile|install)|uv export")


def froms(project: Path) -> list[str]:
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    return [found.arguments for found in dockerfile.parse(text) if found.keyword == "FROM"]


@pytest.mark.parametrize("given", [REGISTRY, REGISTRY.rstrip("/")])
def test_every_image_that_is_named_comes_from_the_registry(tmp_path: Path, render: Render, given: str) -> None:
    render(tmp_path, registry=given, extras=EXTRAS, dependencies="psycopg\nredis", python_version="3.13")
    assert froms(tmp_path)[0] == f"{REGISTRY}python:3.13-slim-trixie AS base"
    compose = yaml.safe_load((tmp_path / "compose.yaml").read_text(encoding="utf-8"))["services"]
    images = [service["image"] for name, service in compose.items() if name != "app"]
    gitlab = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    images += [gitlab[".docker"]["image"], gitlab["lint"]["image"], gitlab["scan"]["image"]["name"]]
    assert gitlab[".docker"]["services"] == [{"name": f"{REGISTRY}docker:28-dind", "alias": "docker"}]
    assert len(images) == 5
    assert all(image.startswith(REGISTRY) for image in images)
    for file in (".gitlab-ci.yml", ".github/workflows/container.yml"):
        assert f"image={REGISTRY}moby/buildkit:" in (tmp_path / file).read_text(encoding="utf-8")


def test_library_is_in_front_of_official_images_alone(tmp_path: Path, render: Render) -> None:
    render(tmp_path, registry="registry.example.com/hub/library", extras=["ci-gitlab"])
    text = (tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8")
    assert "image: registry.example.com/hub/library/docker:28-cli" in text
    assert "name: registry.example.com/hub/anchore/grype:" in text


def test_bots_hold_python_s_minor_version_of_the_image_in_the_registry(tmp_path: Path, render: Render) -> None:
    render(tmp_path, registry=REGISTRY, extras=["renovate", "dependabot"])
    renovate = json.loads((tmp_path / "renovate.json").read_text(encoding="utf-8"))
    assert renovate["packageRules"][0]["matchPackageNames"] == [f"{REGISTRY}python"]
    dependabot = yaml.safe_load((tmp_path / ".github/dependabot.yml").read_text(encoding="utf-8"))
    # Without the registry's host, as https://github.com/dependabot/dependabot-core's docker/file_parser.rb has it
    assert dependabot["updates"][0]["ignore"][0]["dependency-name"] == "docker-hub/python"


@pytest.mark.parametrize("base", ["slim", "distroless", "alpine", "full"])
@pytest.mark.parametrize("tool", ["pip-tools", "uv"])
@pytest.mark.parametrize("at_run_time", [False, True])
def test_every_step_that_fetches_trusts_the_network(
    tmp_path: Path, render: Render, base: str, tool: str, at_run_time: object
) -> None:
    render(
        tmp_path, base=base, package_tool=tool, certificates="certs/company.pem", trusts_at_run_time=at_run_time,
        dependencies="psycopg2", profiler="py-spy",
    )  # fmt: skip
    stages: dict[str, str] = {}
    stage = ""
    fetching = 0
    for found in dockerfile.parse((tmp_path / "Dockerfile").read_text(encoding="utf-8")):
        if found.keyword == "FROM":
            beneath, _, stage = found.arguments.partition(" AS ")
            stages[stage] = beneath
        elif found.keyword == "RUN" and FETCHES.search(found.arguments) and "--no-index" not in found.arguments:
            fetching += 1
            trusted = at_run_time or stages[stage] == "trust" or "--mount=type=bind,from=trust" in found.arguments
            assert trusted, found.arguments
    assert fetching >= 5
    assert ("trust" in stages) != at_run_time
    lines = (tmp_path / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines.index("!certs/company.pem") > lines.index("**/*.[Pp][Ee][Mm]")


@pytest.mark.parametrize("base", ["slim", "distroless", "alpine"])
def test_the_image_that_ships_trusts_it_where_that_is_asked_for(tmp_path: Path, render: Render, base: str) -> None:
    for at_run_time in (False, True):
        path = tmp_path / str(at_run_time)
        render(path, base=base, certificates="a.crt", trusts_at_run_time=at_run_time)
        instructions = dockerfile.parse((path / "Dockerfile").read_text(encoding="utf-8"))
        last = max(at for at, found in enumerate(instructions) if found.keyword == "FROM")
        first = next(at for at, found in enumerate(instructions) if found.keyword == "FROM" and at > 0) if last else 0
        shipped = [*instructions[: first if base != "distroless" else 0], *instructions[last:]]
        assert any("SSL_CERT_FILE" in found.arguments for found in shipped if found.keyword == "ENV") == at_run_time


def test_a_secret_is_asked_for_wherever_the_image_is_built(tmp_path: Path, render: Render) -> None:
    render(tmp_path, certificates="secret:COMPANY_CA", extras=EXTRAS)
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    assert "--mount=type=secret,id=COMPANY_CA,required=true,target=/mnt/secret:COMPANY_CA" in text
    assert "docker build --secret id=COMPANY_CA --target lock" in text
    for file in ("compose.yaml", "docker-bake.hcl", ".gitlab-ci.yml", ".github/workflows/container.yml"):
        assert "COMPANY_CA" in (tmp_path / file).read_text(encoding="utf-8"), file


def test_without_them_nothing_is_different(tmp_path: Path, render: Render) -> None:
    render(tmp_path)
    assert not (tmp_path / "container/certificates.py").exists()
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8") + (tmp_path / ".dockerignore").read_text(
        encoding="utf-8"
    )
    assert "SSL_CERT_FILE" not in text
    assert "Certificates" not in text
    assert len([line for line in froms(tmp_path) if "trust" in line]) == 0
