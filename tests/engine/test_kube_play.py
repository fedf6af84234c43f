"""kubernetes.yaml is started for real, by podman: the app, a process beside it and the release."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.command.running import write
from tests.conftest import Render
from tests.engine.project import Project

NAME = "copier-slim-test-play"
WORKER = "import time\nprint('working', flush=True)\nwhile True: time.sleep(0.1)\n"

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.xdist_group("kube-play"),
    pytest.mark.skipif(not shutil.which("podman"), reason="no podman"),
]


def podman(*words: str, given: bytes = b"") -> str:
    done = subprocess.run(["podman", *words], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def played(engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:  # noqa: ARG001
    """What podman says of each container by its name, a few seconds after the start."""
    path = render(
        tmp_path_factory.mktemp("play") / "project",
        project_name=NAME,
        framework="flask",
        python_version="3.13",
        package_tool="uv",
        processes="worker: python worker.py\nclock: python worker.py",
        release="python -c 'print(1)'",
        schedules="report: @daily python -c 1",
        extras=["kubernetes"],
    )
    project = Project(write(path, {"worker.py": WORKER}), tag=f"{NAME}:latest")
    project.lock()
    project.build()
    podman("load", given=subprocess.run(["docker", "save", project.tag], capture_output=True, check=True).stdout)
    text = (path / "kubernetes.yaml").read_text(encoding="utf-8").replace("PullPolicy: Always", "PullPolicy: Never")
    text = re.sub(rf"(?m)image: {NAME}$", f"image: docker.io/library/{project.tag}", text)
    try:
        podman("kube", "play", "-", given=text.encode())
        time.sleep(8)
        lines = podman("ps", "--all", "--filter", f"name={NAME}", "--format", "{{.Names}}={{.Status}}").splitlines()
        yield dict(line.split("=", 1) for line in lines)
    finally:
        subprocess.run(
            ["podman", "kube", "down", "--force", "-"], input=text.encode(), capture_output=True, check=False
        )
        podman("rmi", "--force", f"docker.io/library/{project.tag}")


def test_each_process_runs_in_a_pod_of_its_own(played: dict[str, str]) -> None:
    for process in ("", "-worker", "-clock"):
        name = f"{NAME}{process}"
        assert played[f"{name}-pod-{name}"].startswith("Up "), played
    assert not any("report" in name for name in played)  # podman starts no CronJob


def test_the_release_has_run_once(played: dict[str, str]) -> None:
    released = [(name, status) for name, status in played.items() if name.endswith("-release")]
    assert len(released) == 1
    assert released[0][1].startswith("Exited (0)")
    assert podman("logs", released[0][0]) == "1\n"


def test_the_app_is_well_by_its_probe(played: dict[str, str]) -> None:
    name = f"{NAME}-pod-{NAME}"
    assert name in played
    podman("exec", name, "/opt/health.py")
