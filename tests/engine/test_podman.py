"""The command on Podman: what it locks is what Docker locks, and an image of its own passes the contract.

compose.yaml and the units of systemd start that image as Podman's own programs read them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import command, commit, environment, write
from tests.engine import proxy
from tests.engine.prove.repositories import MENDED
from tests.render.test_quadlet import generated

TAG = "copier-slim-test-podman"

pytestmark = pytest.mark.xdist_group("podman")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new project that Podman locked; skips where it does not answer, or has no image of Python."""
    look = ["podman", "image", "inspect", "python:3.13-slim-trixie"]
    try:
        subprocess.run(look, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no Podman answers that has python:3.13-slim-trixie")
    path = tmp_path_factory.mktemp("podman")
    data = ["python_version=3.13", f"project_name={TAG}", "extras=[compose, quadlet]", "base=distroless"]
    words = [word for one in data for word in ("--data", one)]
    copied = run(path, "copy", "--defaults", *words, "--engine", "podman", ".")
    assert copied.returncode == 0, copied.stderr
    assert "next: podman build --format docker --tag app ." in copied.stdout
    yield path
    subprocess.run(["podman", "image", "rm", "--force", TAG], check=False, capture_output=True)


@pytest.fixture(scope="module")
def image(project: Path) -> str:
    """Its image, by a plain build."""
    build = ["podman", "build", "--quiet", "--format", "docker", "--tag", TAG, "."]
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    return TAG


def run(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a project, with what it was told in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "copier_slim", *words],
        cwd=path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_locks_with_hashes(project: Path) -> None:
    lock = (project / "requirements.txt").read_text(encoding="utf-8")
    assert "fastapi==" in lock
    assert "--hash=sha256:" in lock
    again = run(project, "lock", "--check", "--engine", "podman")
    assert again.returncode == 0, again.stderr


@pytest.mark.matrix
def test_copy_mends_and_proves_with_a_build_secret(project: Path, template: Path, tmp_path: Path) -> None:  # noqa: ARG001
    item = MENDED["several"]
    shop = commit(write(tmp_path / "shop", item.files))
    data = ["python_version=3.13", "certificates=secret:ACME_CA"]
    copy = ["copy", "--defaults", "--prove", "--template", str(template), "--engine", "podman"]
    copy += [*item.options, *(word for one in data for word in ("--data", one))]
    without = command(*copy, cwd=shop, seconds=600)
    without.fails(3, "ACME_CA is not set")
    certificate = proxy.Authority(tmp_path / "authority").certificate.read_text(encoding="utf-8")
    done = command(*copy, cwd=shop, seconds=600, ACME_CA=certificate)
    shown = " ".join(f"{done.out} {done.err}".split())
    assert done.code == item.code, shown
    for words in item.says:
        assert words in shown
    left = ["podman", "ps", "--all", "--filter", "label=copier-slim.verify", "--format", "{{.Names}}"]
    assert not subprocess.run(left, check=True, capture_output=True, text=True).stdout


@pytest.mark.matrix
def test_its_image_passes_the_checks(project: Path) -> None:
    verified = run(project, "verify", "--engine", "podman", "--no-rebuild", "--json")
    assert verified.returncode == 0, verified.stderr
    verdicts = {check["id"]: check["status"] for check in json.loads(verified.stdout)["checks"]}
    assert {verdicts[check] for check in ("R8", "R10", "R11", "R12")} == {"passed"}, verdicts


def test_the_plain_build_works_and_keeps_the_health_check(image: str) -> None:
    show = ["podman", "image", "inspect", "--format", "{{json .HealthCheck}}", image]
    shown = subprocess.run(show, check=True, capture_output=True, text=True).stdout
    assert "/healthz" in shown


@pytest.mark.matrix
def test_a_unit_starts_it_and_states_its_check(project: Path, image: str) -> None:
    (words,) = generated(project).values()
    assert words[-1] == f"localhost/{image}:latest"
    left_out = {"--cgroups=split", "--sdnotify=conmon"}  # which need systemd
    start = [word.replace(":8000:8000", "::8000") for word in words[1:] if word not in left_out]
    try:
        subprocess.run(["podman", *start], check=True, capture_output=True)
        is_well()
    finally:
        subprocess.run(["podman", "rm", "--force", "--time", "1", TAG], check=False, capture_output=True)


@pytest.mark.matrix
def test_compose_starts_it_as_it_is_written(project: Path, image: str, tmp_path: Path) -> None:  # noqa: ARG001
    (tmp_path / "ports.yaml").write_text(
        f'services: {{app: {{container_name: {TAG}, ports: !override ["127.0.0.1::8000"]}}}}\n', encoding="utf-8"
    )
    compose = ["podman", "compose", "--file", "compose.yaml", "--file", str(tmp_path / "ports.yaml")]
    with subprocess.Popen(["podman", "system", "service", "--time", "60"], stderr=subprocess.DEVNULL) as service:
        try:
            time.sleep(3)
            up = subprocess.run(
                [*compose, "up", "--no-build", "--detach"], cwd=project, capture_output=True, text=True, check=False
            )
            if "provider" in up.stderr and up.returncode:
                pytest.skip("podman compose finds no docker-compose")
            assert up.returncode == 0, up.stderr
            is_well()
            subprocess.run([*compose, "down", "--timeout", "1"], cwd=project, check=True, capture_output=True)
        finally:
            service.terminate()


def is_well() -> None:
    """Asserts that the container is read-only and comes to pass its own health check."""
    shown = subprocess.run(
        ["podman", "inspect", "--format", "{{.HostConfig.ReadonlyRootfs}}", TAG],
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.strip() == "true"
    for _ in range(60):
        if not subprocess.run(["podman", "healthcheck", "run", TAG], check=False, capture_output=True).returncode:
            return
        time.sleep(1)
    raise AssertionError(subprocess.run(["podman", "logs", TAG], check=True, capture_output=True, text=True).stdout)
