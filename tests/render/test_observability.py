"""What can watch the app: which pairs are refused and why, and what the others put where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from tests import dockerfile
from tests.conftest import Render
from tests.engine.observability.test_delivery import SWITCHES

# What fits the bottom bar of an 80-column terminal beside Copier's own prefix
LONGEST_MESSAGE = 35

AGENTS = catalog.agents()
SERVED = [(agent, framework) for agent, row in AGENTS.items() for framework in row.frameworks]
REFUSED = [(agent, framework, why) for agent, row in AGENTS.items() for framework, why in row.refuses.items()]
SECRETS = (
    "TOKEN",
    "API_KEY",
    "DSN",
    "PASSWORD",
    "LICENSE_KEY",
    "HEADERS",
    "SERVER_URL",
    "ENDPOINT",
    "AGENT_HOST",
    "AGENT_URL",
)


def instructions(project: Path) -> list[dockerfile.Instruction]:
    return dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))


def environment(project: Path) -> str:
    return " ".join(found.arguments for found in instructions(project) if found.keyword == "ENV")


def launcher(project: Path) -> str:
    return (project / "container/launch.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("agent", AGENTS)
def test_each_framework_is_served_or_refused(agent: str) -> None:
    row = AGENTS[agent]
    assert sorted([*row.frameworks, *row.refuses]) == sorted(catalog.frameworks())


def test_no_agent_is_without_a_test_of_its_delivery() -> None:
    assert sorted([*SWITCHES, "prometheus"]) == sorted(AGENTS)


@pytest.mark.parametrize(("agent", "framework", "why"), REFUSED)
def test_a_pair_that_cannot_work_is_refused_with_the_reason(
    render: Render, tmp_path: Path, agent: str, framework: str, why: str
) -> None:
    assert len(why) < LONGEST_MESSAGE
    with pytest.raises(ValueError, match=f"Invalid choice for 'apm': {why}"):
        render(tmp_path / "project", framework=framework, apm=agent)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"apm": "datadog", "python_version": "3.15"}, "No wheels for Python 3.15"),
        ({"profiler": "py-spy", "python_version": "3.15"}, "Python has profiling.sampling"),
        ({"profiler": "sampling", "python_version": "3.14"}, "Needs Python 3.15"),
    ],
)
def test_what_a_python_lacks_is_refused(render: Render, tmp_path: Path, answers: dict[str, Any], why: str) -> None:
    assert len(why) < LONGEST_MESSAGE
    with pytest.raises(ValueError, match=why):
        render(tmp_path / "project", **answers)


@pytest.mark.parametrize(("agent", "framework"), SERVED)
def test_an_agent_comes_with_its_packages_launcher_and_hooks(
    render: Render, tmp_path: Path, agent: str, framework: str
) -> None:
    project = render(tmp_path / "project", framework=framework, apm=agent)
    row, served = AGENTS[agent], AGENTS[agent].frameworks[framework]
    requirements = (project / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert {*row.requires, *served.requires} <= set(requirements)

    command = next(found.argv for found in instructions(project) if found.keyword == "CMD")
    assert (row.launcher in command) is (row.launcher is not None and served.launcher)

    server = catalog.frameworks()[framework].default_server
    calls = served.calls_for(server, catalog.frameworks()[framework].servers[server])
    assert (project / "container/monitoring.py").exists() is bool(calls)
    code = "".join(
        path.read_text(encoding="utf-8") for path in project.rglob("*.py") if path.parent.name != "container"
    )
    assert ("monitoring.start()" in code) is ("start" in calls)
    assert ("= monitoring.attach(" in code) is ("attach" in calls)
    if not calls:
        return
    lint = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,W", "--line-length=120", "--quiet"]
    assert (
        subprocess.run([*lint, *project.glob("container/*.py")], capture_output=True, text=True, check=False).stdout
        == ""
    )


@pytest.mark.parametrize("agent", AGENTS)
def test_no_address_and_no_secret_is_in_the_image(render: Render, tmp_path: Path, agent: str) -> None:
    project = render(tmp_path / "project", framework="flask", apm=agent)
    assert not [secret for secret in SECRETS if f"{secret}=" in environment(project)]


def test_the_user_s_variables_win(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", apm="opentelemetry", environment="OTEL_SERVICE_NAME=tills")
    assert environment(project).count("OTEL_SERVICE_NAME=") == 1
    assert 'OTEL_SERVICE_NAME="tills"' in environment(project)


def test_without_a_health_path_nothing_is_left_out(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", apm="elastic", framework="flask", health_path="")
    assert "IGNORE_URLS" not in environment(project)


def test_the_name_that_people_know_is_taken_over(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", apm="elastic", framework="flask")
    assert 'os.environ.setdefault("ELASTIC_APM_SERVER_URL", os.environ["APM_SERVER_URL"])' in launcher(project)


def test_the_debug_stage_is_not_what_a_plain_build_makes(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", profiler="py-spy")
    froms = [found.arguments for found in instructions(project) if found.keyword == "FROM"]
    assert froms[-3:] == ["base AS profiler", "runtime AS debug", "runtime AS final"]
    install = next(found for found in instructions(project) if "--require-hashes" in found.arguments and found.document)
    assert "py-spy==" in install.document
    assert install.document.count("--hash=sha256:") == 3


def test_python_s_own_profiler_is_installed_by_nothing(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", profiler="sampling", python_version="3.15")
    froms = [found.arguments for found in instructions(project) if found.keyword == "FROM"]
    assert froms[-2:] == ["runtime AS debug", "runtime AS final"]
    assert "base AS profiler" not in froms


def test_the_preload_configuration_comes_with_gunicorn_only(render: Render, tmp_path: Path) -> None:
    name = "container/gunicorn_preload.py"
    assert (render(tmp_path / "one", framework="flask", gc_monitor=True) / name).exists()
    assert not (render(tmp_path / "two", framework="fastapi", gc_monitor=True) / name).exists()


def test_nothing_is_left_behind_without_them(render: Render, tmp_path: Path) -> None:
    support = render(tmp_path / "project") / "container"
    assert sorted(path.name for path in support.iterdir()) == ["launch.py", "libraries.py"]
