"""Every combination that matters renders to files that linters and parsers accept."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from collections.abc import Iterator
from itertools import cycle, product
from pathlib import Path
from typing import Any

import hcl2
import pytest
from allpairspy import AllPairs

from copier_slim import catalog
from tests.conftest import Render

PACKAGE_TOOLS = ["pip-tools", "uv"]

# The other answers, each with values that change the output
REST: dict[str, list[Any]] = {
    "framework": list(catalog.frameworks()),
    "base": list(catalog.bases()),
    "package_tool": PACKAGE_TOOLS,
    "debian_suite": ["trixie", "bookworm"],
    "python_version": list(catalog.pythons()),
    "dependencies": [
        "",
        "psycopg2\nopencv-python\nmpi4py",
        "requests[socks]>=2\n# the client's\nhttpx",
        "gunicorn==23.0.0\nuvicorn[standard]",
    ],
    "private_index": ["", "https://pypi.example.com/simple/"],
    "port": [8000, 80],
    "health_path": ["/healthz", "", "/"],
    "extras": [
        [],
        ["bake"],
        ["compose", "kubernetes", "ci-github", "ci-gitlab"],
        ["renovate", "dependabot", "devcontainer"],
    ],
    "system_packages": ["", "libpq5 ffmpeg"],
    "build_packages": ["", "gcc libpq-dev"],
    "environment": ["", "TZ=Europe/Vienna\nEMPTY="],
    "build_commands": ["", "python -m compileall -q .\npython -V"],
    "assets": ["none", *catalog.frontends().managers],
    "image_files": [
        "",
        "a.json /etc/a.json\nconf/ /app/conf/\n/app /code\n--from=busybox:1.36 /bin/busybox /srv/busybox",
    ],
    "data": ["", "nltk punkt\nspacy en_core_web_sm", "huggingface a/b\ntiktoken o200k_base\nplaywright chromium"],
    "data_place": ["image", "volume"],
    "locales": ["", "de_DE.UTF-8"],
    "prestart": ["", "python -V\npython -m this"],
    "writable_paths": ["", "uploads\n/data"],
    "install_project": [False, True],
    "starter": [True, False],
    "apm": ["none", *catalog.agents()],
    "profiler": ["none", "py-spy"],
    "gc_monitor": [False, True],
    "uid": [10001, 65533],
}


def main_axes() -> Iterator[dict[str, Any]]:
    """Every framework with every server, base image and package tool; the Pythons take turns."""
    pythons = cycle(catalog.pythons())
    for name, row in catalog.frameworks().items():
        for server, base, tool in product(row.servers, catalog.bases(), PACKAGE_TOOLS):
            python = next(pythons)
            yield {"framework": name, "server": server, "base": base, "package_tool": tool, "python_version": python}


def offered(values: list[Any]) -> bool:
    """Whether the questionnaire lets an agent watch the framework, and agent and profiler run on the Python."""
    answers = dict(zip(REST, values, strict=False))
    python = answers.get("python_version")
    agent = catalog.agents().get(answers.get("apm", "none"))
    profiler = catalog.profilers().get(answers.get("profiler", "none"))
    if agent and (answers["framework"] in agent.refuses or (agent.pythons and python not in agent.pythons)):
        return False
    return profiler is None or python not in profiler.refuses


def pairwise() -> Iterator[dict[str, Any]]:
    """A sample in which every two values of any two answers meet."""
    for values in AllPairs(list(REST.values()), filter_func=offered):
        yield dict(zip(REST, values, strict=True))


def batches() -> dict[str, list[dict[str, Any]]]:
    """The combinations by framework, so that the linter starts once for many files."""
    found: dict[str, list[dict[str, Any]]] = {}
    for answers in [*main_axes(), *pairwise()]:
        found.setdefault(answers["framework"], []).append(answers)
    return found


HERE_DOCUMENT = re.compile(r"<<'EOF'.*?^EOF$", re.DOTALL | re.MULTILINE)
BATCHES = batches()


def test_the_matrix_is_worth_its_name() -> None:
    assert sum(map(len, BATCHES.values())) >= 200


@pytest.mark.parametrize("framework", BATCHES)
def test_renders_to_clean_files(render: Render, tmp_path: Path, framework: str) -> None:
    projects = [render(tmp_path / str(number), **answers) for number, answers in enumerate(BATCHES[framework])]
    for project, answers in zip(projects, BATCHES[framework], strict=True):
        for path in filter(Path.is_file, project.rglob("*")):
            assert_tidy(path, answers)
        if "bake" in answers.get("extras", []):
            hcl2.loads((project / "docker-bake.hcl").read_text(encoding="utf-8"))
    assert_lint_free([project / "Dockerfile" for project in projects])


def assert_tidy(path: Path, answers: dict[str, Any]) -> None:
    """No blank-line litter, no trailing blanks, one newline at the end, valid Python."""
    text = path.read_text(encoding="utf-8")
    where = f"{path.name} of {answers}"
    if not text:
        assert path.name == "__init__.py", where
        return
    assert text.endswith("\n"), where
    assert not text.endswith("\n\n"), where
    assert not text.startswith("\n"), where
    assert all(line == line.rstrip() for line in text.split("\n")), where
    # Python has two blank lines between functions, in a here-document too
    assert "\n\n\n\n" not in text, where
    assert path.suffix == ".py" or "\n\n\n" not in HERE_DOCUMENT.sub("", text), where
    if path.suffix == ".py":
        compile(text, path, "exec")


def assert_lint_free(dockerfiles: list[Path]) -> None:
    """hadolint at its strictest, but for DL3008 and DL3018: the systems drop old versions, so a pin breaks a build."""
    hadolint = Path(sysconfig.get_path("scripts"), "hadolint")  # its package has no module to run with -m
    lint = subprocess.run(
        [hadolint, "--no-color", "--ignore", "DL3008", "--ignore", "DL3018", *dockerfiles],
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr
