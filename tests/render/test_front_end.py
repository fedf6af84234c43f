"""The stage of the front end, for each package manager, and that nothing of it is there without one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from copier_slim import catalog
from tests.conftest import Render

EXTRAS = ["ci-github", "ci-gitlab", "compose", "dependabot", "devcontainer", "renovate"]
CHECKED = "tar --skip-old-files -xf - && npm run lint"
DEVELOPMENT = {"assets_path": "ui", "assets_development": "npm run dev -- --host", "assets_checks": "npm run lint"}


def stage(project: Path) -> str:
    """The stage `assets` of the Dockerfile."""
    found = re.search(
        r"^FROM \S+ AS assets\n.*?(?=^FROM )", (project / "Dockerfile").read_text(), re.DOTALL | re.MULTILINE
    )
    assert found
    return found[0]


@pytest.mark.parametrize("manager", catalog.frontends().managers)
def test_the_lock_is_installed_before_the_sources_are_there(render: Render, tmp_path: Path, manager: str) -> None:
    row = catalog.frontends().managers[manager]
    project = render(tmp_path / "shop", assets=manager, assets_path="ui", assets_sources="templates")
    text = stage(project)
    places = [text.index(part) for part in ("COPY ui/package.json", row.install, "COPY ui ./", f"{row.run} build")]
    assert places == sorted(places)
    assert "COPY templates /app/templates\n" in text
    assert "COPY . " not in text
    assert f"--mount=type=cache,target={row.cache} " in text
    dockerfile = (project / "Dockerfile").read_text()
    taken = "--mount=type=bind,from=assets,source=/app/ui/dist,target=/mnt/ui/dist", "cp -a /mnt/ui/dist ui/dist"
    places = [dockerfile.index(part) for part in ("\nCOPY . .", *taken)]
    assert places == sorted(places)
    assert dockerfile.count("from=assets") == 1


def test_steps_of_the_build_find_what_is_made(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", assets="npm", assets_path="ui", build_commands="python -m shop.manifest")
    dockerfile = (project / "Dockerfile").read_text()
    steps = "\nCOPY . .", "COPY --from=assets /app/ui/dist ./ui/dist\n", "RUN python -m shop.manifest\n"
    places = [dockerfile.index(part) for part in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("manager", catalog.frontends().managers)
def test_the_linter_has_no_complaint(render: Render, tmp_path: Path, manager: str) -> None:
    project = render(tmp_path / "shop", assets=manager, assets_output="static/ui\nstatic/app.css")
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run(
        [hadolint, "--ignore", "DL3008", project / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_static_files_are_collected_after_the_front_end_is_there(render: Render, tmp_path: Path) -> None:
    text = (render(tmp_path / "shop", framework="django", assets="npm") / "Dockerfile").read_text()
    assert text.index("COPY --from=assets") < text.index("collectstatic")


@pytest.mark.parametrize("development", [False, True])
def test_what_lies_beside_is_valid(render: Render, tmp_path: Path, *, development: bool) -> None:
    more = DEVELOPMENT if development else {}
    project = render(tmp_path / "shop", assets="npm", extras=EXTRAS, **more)
    services = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    assert ("assets" in services) == development
    updates = yaml.safe_load((project / ".github/dependabot.yml").read_text())["updates"]
    folders = [item["directory"] for item in updates if item["package-ecosystem"] == "npm"]
    assert folders == ["/ui" if development else "/"]
    rules = json.loads((project / "renovate.json").read_text())["packageRules"]
    assert ["node"] in [rule["matchPackageNames"] for rule in rules]
    jobs = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
    assert (CHECKED in str(jobs)) == development
    workflow = (project / ".github/workflows/container.yml").read_text()
    assert yaml.safe_load(workflow)
    assert (CHECKED in workflow) == development


def test_nothing_of_it_is_there_without_a_front_end(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", extras=EXTRAS)
    texts = "".join(
        path.read_text() for path in project.rglob("*") if path.is_file() and path.name != ".copier-answers.yml"
    )
    assert not re.search(r"assets|node:|npm(?!rc)", texts)
    assert [line for line in (project / ".copier-answers.yml").read_text().splitlines() if "assets" in line] == [
        "assets: none"
    ]


def test_a_program_that_a_build_step_fetches_is_kept_and_not_in_the_image(render: Render, tmp_path: Path) -> None:
    caches = ".django_tailwind_cli\nsite-packages/pytailwindcss/bin"
    steps = "python manage.py tailwind build\npython manage.py collectstatic --noinput"
    project = render(tmp_path / "shop", python_version="3.13", build_commands=steps, build_caches=caches)
    step = """\
RUN --mount=type=cache,id=shop-app-.django_tailwind_cli,target=/app/.django_tailwind_cli \\
    --mount=type=cache,id=shop-opt-venv-lib-python3.13-site-packages-pytailwindcss-bin,target=/opt/venv/lib/python3.13/site-packages/pytailwindcss/bin \\
    python manage.py tailwind build \\
 && python manage.py collectstatic --noinput
"""  # noqa: E501 as it is written
    assert step in (project / "Dockerfile").read_text()
    assert "\n.django_tailwind_cli\n" in (project / ".dockerignore").read_text()


def test_what_is_made_goes_where_it_is_said_to(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", assets="npm", assets_output="dist shop/static\napp.css")
    text = (project / "Dockerfile").read_text()
    assert "RUN rm -rf dist app.css && rm -f package-lock.json\n" in text
    assert "COPY --from=assets /app/dist ./shop/static\nCOPY --from=assets /app/app.css ./app.css\n" in text
    assert "[ -f /app/dist ]" in text


def test_members_of_a_workspace_are_there_when_its_lock_is_installed(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", assets="pnpm", assets_members="apps/site\npackages/kit")
    text = stage(project)
    row = catalog.frontends().managers["pnpm"]
    places = [text.index(f"COPY {folder}/package.json /app/{folder}/\n") for folder in ("apps/site", "packages/kit")]
    assert max(places) < text.index(row.install)
