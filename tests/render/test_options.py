"""What one answer does to the output, by pytest-copie."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_copie.plugin import Copie

from copier_slim import catalog
from tests import dockerfile

Copy = Callable[..., Path]


@pytest.fixture
def copy(copie: Copie, template: Path, questions: dict[str, Any]) -> Copy:
    """Copies with the given answers; a failure is raised, which pytest-copie itself does not do."""

    def run(**answers: Any) -> Path:
        unknown = answers.keys() - questions.keys()
        assert not unknown, f"no such questions: {unknown}"
        result = copie.copy(extra_answers=answers, template_dir=template)
        if result.exception:
            raise result.exception
        assert result.exit_code == 0
        assert result.project_dir
        return result.project_dir

    return run


def instructions(project: Path) -> list[dockerfile.Instruction]:
    return dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))


def arguments(project: Path, keyword: str) -> list[str]:
    return [found.arguments for found in instructions(project) if found.keyword == keyword]


def command(project: Path) -> list[str]:
    return next(found.argv for found in instructions(project) if found.keyword == "CMD")


def files(project: Path) -> set[str]:
    return {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}


def test_a_copy_adds_four_files_and_two_scripts_beside_the_starter(copy: Copy) -> None:
    scripts = {"container/launch.py", "container/libraries.py"}
    always = {"Dockerfile", ".dockerignore", "requirements.in", ".copier-answers.yml"} | scripts
    assert files(copy()) == always | {"main.py"}
    assert files(copy(starter=False)) == always
    assert files(copy(starter=False, base="distroless")) == always | {"container/distill.py"}


@pytest.mark.parametrize("framework", catalog.frameworks())
def test_every_framework_has_its_starter_server_and_requirements(copy: Copy, framework: str) -> None:
    row = catalog.frameworks()[framework]
    project = copy(framework=framework)
    assert set(row.starter) <= files(project)
    requirements = (project / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert set(row.requires) <= set(requirements)
    assert bool(arguments(project, "EXPOSE")) == bool(row.health_path)


def test_stages_come_in_order(copy: Copy) -> None:
    stages = {base: [line.split(" AS ")[1] for line in arguments(copy(base=base), "FROM")] for base in catalog.bases()}
    checked = ["base", "compile", "lock", "packages", "build", "code", "check", "runtime"]
    distilled = ["base", "compile", "lock", "packages", "build", "code", "distill", "runtime"]
    assert stages == {"slim": checked, "distroless": distilled, "alpine": checked, "full": checked}


@pytest.mark.parametrize(
    ("answers", "stage"),
    [
        ({}, "packages"),
        ({"writable_paths": "uploads\n."}, "packages"),
        (
            {"build_commands": "python manage.py collectstatic --noinput\npython shop/manage.py compilemessages"},
            "packages",
        ),
        ({"build_commands": "python manage.py collectstatics"}, "build"),
        ({"build_commands": "python manage.py collectstatic\nplaywright install"}, "build"),
        ({"install_project": True}, "packages"),
    ],
)
def test_packages_come_from_the_stage_behind_what_may_change_them(
    copy: Copy, answers: dict[str, Any], stage: str
) -> None:
    copies = [line.removeprefix("--link ") for line in arguments(copy(**answers), "COPY")]
    assert f"--from={stage} /opt/venv /opt/venv" in copies


@pytest.mark.parametrize(
    ("answers", "image"),
    [
        ({}, "python:3.14-slim-trixie"),
        ({"python_version": "3.12", "debian_suite": "bookworm"}, "python:3.12-slim-bookworm"),
        ({"base": "full"}, "python:3.14-trixie"),
        ({"base": "distroless"}, "python:3.14-slim-trixie"),
        ({"base": "alpine", "python_version": "3.13"}, "python:3.13-alpine"),
    ],
)
def test_the_base_image_names_python_and_debian(copy: Copy, answers: dict[str, str], image: str) -> None:
    froms = arguments(copy(**answers), "FROM")
    assert froms[0] == f"{image} AS base"
    assert not any("python:" in line for line in froms[1:])


@pytest.mark.parametrize(
    ("framework", "server", "app", "expected"),
    [
        ("fastapi", "uvicorn", "shop.web:create_app()", ["uvicorn", "shop.web:create_app", "--factory"]),
        ("fastapi", "granian", "shop.web:create_app()", ["granian", "shop.web:create_app", "--factory"]),
        ("flask", "gunicorn", "shop.web:create_app()", ["gunicorn", "shop.web:create_app()"]),
        ("quart", "hypercorn", "shop.web:create_app()", ["python", "-P", "/opt/hypercorn.py", "shop.web:create_app()"]),
        ("fastapi", "uvicorn", "shop.web:app", ["uvicorn", "shop.web:app", "--host"]),
    ],
)
def test_a_factory_is_named_as_its_server_wants_it(
    copy: Copy, framework: str, server: str, app: str, expected: list[str]
) -> None:
    project = copy(framework=framework, server=server, app=app)
    assert command(project)[1 : 1 + len(expected)] == expected
    assert "main.py" not in files(project), "an entry point of one's own is not the starter's"


def test_django_is_driven_through_the_interface_of_its_server(copy: Copy) -> None:
    assert "config.wsgi:application" in command(copy(framework="django"))
    assert "config.asgi:application" in command(copy(framework="django", server="uvicorn"))


def test_an_existing_app_gets_no_starter(tmp_path: Path, render: Callable[..., Path]) -> None:
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "src/shop/web.py").write_text("app = None\n", encoding="utf-8")
    assert files(render(tmp_path)) == {
        "Dockerfile", ".dockerignore", "requirements.in", ".copier-answers.yml", "container/launch.py",
        "container/libraries.py", "src/shop/web.py",
    }  # fmt: skip


def test_without_a_health_path_the_probe_only_connects(copy: Copy) -> None:
    probe = arguments(copy(health_path=""), "HEALTHCHECK")[0]
    assert "create_connection" in probe
    assert "http" not in probe


def test_requirements_name_a_package_once(copy: Copy) -> None:
    project = copy(dependencies="# ours\nuvicorn[standard]>=0.30\nFastAPI>=0.100\nhttpx")
    assert (project / "requirements.in").read_text(encoding="utf-8") == (
        "# From the answer dependencies\n# ours\nuvicorn[standard]>=0.30\nFastAPI>=0.100\nhttpx\n\n"
        "# The project's own\n"
    )


def test_nothing_changes_without_need_when_rendered_again(copy: Copy, render: Callable[..., Path]) -> None:
    project = copy(framework="flask", port=9000)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    render(project, **{name: value for name, value in recorded.items() if not name.startswith("_")})
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("tool", "options"),
    [
        ("pip-tools", "--uploaded-prior-to P7D"),
        ("uv", "--exclude-newer P7D --exclude-newer-package acme-core=false"),
    ],
)
@pytest.mark.parametrize("source", ["requirements.in", "pyproject.toml", "uv.lock"])
def test_a_cooldown_holds_for_whatever_is_resolved(copy: Copy, source: str, tool: str, options: str) -> None:
    exempt = "acme-core" if tool == "uv" else ""
    project = copy(dependency_source=source, package_tool=tool, cooldown=7, cooldown_exempt=exempt)
    runs = [" ".join(line.split()) for line in resolving(project)]
    assert len(runs) == 1
    assert options in runs[0]
    assert (" pip==" in (project / "Dockerfile").read_text(encoding="utf-8")) == (tool == "pip-tools")


def resolving(project: Path) -> list[str]:
    """The instructions that choose versions."""
    text = (project / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if re.search(r"pip-compile --quiet|uv pip compile|--constraint", line)]


def test_the_bots_wait_as_long_and_exempt_the_same(copy: Copy) -> None:
    answers = {"cooldown": 10, "cooldown_exempt": "acme-core Acme.Web", "package_tool": "uv"}
    project = copy(**answers, extras=["renovate", "dependabot"])
    renovate = json.loads((project / "renovate.json").read_text(encoding="utf-8"))
    assert renovate["minimumReleaseAge"] == "10 days"
    assert renovate["lockFileMaintenance"]["enabled"] is False
    exempt = [rule for rule in renovate["packageRules"] if "pypi" in rule["matchDatasources"]]
    assert [(rule["matchPackageNames"], rule["minimumReleaseAge"]) for rule in exempt] == [
        (["acme-core", "acme-web"], None)
    ]
    dependabot = yaml.safe_load((project / ".github/dependabot.yml").read_text(encoding="utf-8"))
    cooldowns = {update["package-ecosystem"]: update["cooldown"] for update in dependabot["updates"]}
    assert cooldowns["pip"] == {"default-days": 10, "exclude": ["acme-core", "acme-web"]}
    assert cooldowns["docker"] == {"default-days": 7}
