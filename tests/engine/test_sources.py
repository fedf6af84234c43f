"""Where dependencies are stated: each lock is made by its own tool, and the image has what that tool would install."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim import lock as locks
from copier_slim.engine import builds
from copier_slim.errors import CheckFailedError
from tests.conftest import Render
from tests.engine.conftest import Installed
from tests.engine.layers import changed_layers
from tests.engine.project import Project
from tests.engine.sampling import case

PYTHON = "3.13"
PROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["itsdangerous>=2", "colorama; sys_platform == 'win32'"{common}]

[project.optional-dependencies]
more = ["iniconfig"]

[dependency-groups]
prod = ["sniffio"]
dev = ["pluggy"]
{rest}"""
COMMON = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "common"
version = "2.0"
dependencies = ["idna>=3"]
"""
POETRY = """
[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
common = { path = "libs/common" }

[tool.poetry.group.prod.dependencies]
sniffio = "*"

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
"""
PIPFILE = """\
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true

[packages]
itsdangerous = ">=2"
colorama = {version = "*", markers = "sys_platform == 'win32'"}
common = {path = "./libs/common"}

[prod]
sniffio = "*"

[dev-packages]
pluggy = "*"
"""
APP = """\
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
"""
INSTALLED = """
import importlib.metadata, json
print(json.dumps({found.name: found.version for found in importlib.metadata.distributions()}))
"""
# What the image adds for the server, and the package of the tree
BESIDE = {"click", "common", "h11", "uvicorn"}


class Tool(NamedTuple):
    """How a project is made for a source, what locks it, what the tool itself would install, and what adds a package.

    `words` are of the tool's program; `exported` prints requirements; `groups` is the answer.
    """

    source: str
    files: dict[str, str]
    lock: list[str]
    exported: list[str]
    groups: str = "prod [more]"
    add: list[str] | None = None
    program: str = ""


IN_UV = PROJECT.format(common=', "common"', rest='\n[tool.uv.sources]\ncommon = { path = "libs/common" }\n')
TO_PYLOCK = ["export", "--format", "pylock.toml", "--output-file", "pylock.toml", "--no-emit-project", "--quiet"]
CHOSEN = ["--no-default-groups", "--group", "prod", "--extra", "more"]
TOOLS = {
    "uv": Tool(
        "uv.lock", {"pyproject.toml": IN_UV}, ["lock"],
        ["export", "--no-hashes", "--no-emit-project", *CHOSEN], add=["add", "--no-sync"],
    ),
    "poetry": Tool(
        "poetry.lock",
        {"pyproject.toml": PROJECT.format(common=', "common"', rest=POETRY).replace('prod = ["sniffio"]\n', "")},
        ["lock"], ["export", "--without-hashes", "--with", "prod", "--extras", "more"], "main prod [more]",
        add=["add", "--lock"],
    ),
    "pdm": Tool(
        "pdm.lock",
        {"pyproject.toml": PROJECT.format(
            common=', "common @ file:///${PROJECT_ROOT}/libs/common"', rest="\n[tool.pdm]\ndistribution = false\n"
        )},
        ["lock", "--group", ":all"], ["export", "--no-hashes", "-G", "more", "-d", "-G", "prod"], "default prod [more]",
        add=["add", "--no-sync"],
    ),
    "pipenv": Tool(
        "Pipfile.lock", {"Pipfile": PIPFILE}, ["lock"],
        ["requirements", "--categories", "packages,prod"], "packages prod",
    ),
    "pylock": Tool(
        "pylock.toml", {"pyproject.toml": IN_UV}, [*TO_PYLOCK, *CHOSEN],
        ["export", "--no-hashes", "--no-emit-project", *CHOSEN], "", program="uv",
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def tool(installed: Installed) -> Callable[..., str]:
    """Runs a tool in a directory; what it prints."""

    def run(name: str, words: list[str], at: Path) -> str:
        kept = {key: value for key, value in os.environ.items() if not re.match(r"(PIP_FIND|UV_|VIRTUAL_ENV)", key)}
        kept |= {"PIPENV_VENV_IN_PROJECT": "1", "PDM_CHECK_UPDATE": "0", "POETRY_VIRTUALENVS_IN_PROJECT": "1"}
        done = subprocess.run([str(installed(name)), *words], cwd=at, env=kept, capture_output=True, text=True)  # noqa: PLW1510
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def applicable(requirements: str) -> dict[str, str]:
    """The versions by name of what requirements name for the image, those of the tree aside."""
    found = {}
    for line in requirements.splitlines():
        try:
            requirement = Requirement(line.partition(" #")[0])
        except InvalidRequirement:  # a comment, an option, a path
            continue
        here = {"python_version": PYTHON, "python_full_version": f"{PYTHON}.0", "sys_platform": "linux"}
        if not requirement.url and (requirement.marker is None or requirement.marker.evaluate(here)):
            found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def in_image(project: Project) -> dict[str, str]:
    found = json.loads(project.output("python", "-c", INSTALLED))
    return {canonicalize_name(name): version for name, version in found.items()}


@pytest.fixture(scope="session")
def sourced(
    tool: Callable[..., str],
    render: Render,
    tmp_path_factory: pytest.TempPathFactory,
    engine: None,  # noqa: ARG001
) -> Callable[[str, str], Project]:
    """A project with an extra, a group, a marker and a package of its tree, locked by its tool and built."""

    @cache
    def made(name: str, base: str) -> Project:
        path = tmp_path_factory.mktemp(f"{name}-{base}")
        row = TOOLS[name]
        write(path, {**row.files, "libs/common/pyproject.toml": COMMON, "libs/common/common.py": "", "main.py": APP})
        tool(row.program or name, row.lock, path)
        render(
            path, framework="asgi", base=base, python_version=PYTHON, starter=False, dependency_source=row.source,
            dependency_groups=row.groups, workspace_files="libs/common/pyproject.toml", local_packages="libs/common",
            package_tool="uv" if base == "distroless" else "pip-tools",
        )  # fmt: skip
        project = Project(path, tag=f"copier-slim-test:source-{name}-{base}")
        project.build()
        return project

    return made


SAMPLED = {("uv", "distroless"), ("uv", "slim"), ("poetry", "slim"), ("pylock", "slim")}
EVERYWHERE = [
    case((name, base), name=f"{name}-{base}", group=f"source-{name}", sampled=(name, base) in SAMPLED)
    for name in TOOLS
    for base in ("slim", "distroless", "alpine")
]
EACH = [case(name, name=name, group=f"source-{name}", sampled=name in {"uv", "poetry", "pylock"}) for name in TOOLS]
SOME = [case(name, name=name, group=f"source-{name}", sampled=name in {"uv", "poetry"}) for name in TOOLS]


@pytest.mark.parametrize("where", EVERYWHERE)
def test_the_image_has_what_the_tool_would_install(
    sourced: Callable[[str, str], Project], tool: Callable[..., str], where: tuple[str, str]
) -> None:
    name, base = where
    project = sourced(name, base)
    row = TOOLS[name]
    expected = applicable(tool(row.program or name, row.exported, project.path))
    assert expected.keys() >= {"idna", "itsdangerous", "sniffio"}
    installed = in_image(project)
    assert {key: value for key, value in installed.items() if key not in BESIDE} == expected
    assert installed.keys() >= BESIDE
    assert not expected.keys() & {"colorama", "pluggy"}


@pytest.mark.parametrize("name", EACH)
def test_lock_and_exporter_stay_in_the_build(sourced: Callable[[str, str], Project], name: str) -> None:
    project = sourced(name, "slim")
    look = "import os, shutil; print(sorted(os.listdir('/app')), shutil.which('uv'), shutil.which('poetry'))"
    listed = project.output("python", "-c", look)
    assert TOOLS[name].source not in listed
    assert "container" not in listed
    assert "requirements" not in listed
    assert listed.strip().endswith("None None")


@pytest.mark.parametrize("name", SOME)
def test_a_change_in_a_package_of_the_tree_leaves_the_others(sourced: Callable[[str, str], Project], name: str) -> None:
    project = sourced(name, "slim")
    file = project.path / "libs/common/common.py"
    assert changed_layers(project, lambda: file.write_text("changed = 1\n")) == {"COPY /app /app", "COPY /project /"}


def failure(project: Path) -> str:
    """What the command wrote that stops the build."""
    with pytest.raises(builds.BuildError) as error:
        builds.build(project, target=None, output=None, tag=None, progress=lambda _: None)
    return error.value.output.strip()


@contextmanager
def changed(project: Project, row: Tool) -> Iterator[Path]:
    """The file that people edit, which is put back with its lock."""
    stated = project.path / catalog.sources()[row.source].states
    before = {path: path.read_bytes() for path in (stated, project.path / row.source)}
    try:
        yield stated
    finally:
        for path, content in before.items():
            path.write_bytes(content)


def ask_for_tomli(stated: Path) -> None:
    old, new = ('["itsd', '["tomli", "itsd') if stated.suffix else ("itsd", 'tomli = "*"\nitsd')
    stated.write_text(stated.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", EACH)
def test_a_lock_that_is_older_than_its_file_stops_the_build(sourced: Callable[[str, str], Project], name: str) -> None:
    project, row = sourced(name, "slim"), TOOLS[name]
    source = catalog.sources()[row.source]
    with changed(project, row) as stated:
        ask_for_tomli(stated)
        asked = ", which asks for tomli" if name == "pylock" else ""
        assert failure(project.path) == f"{row.source} is older than {source.states}{asked}: run {source.mend}"
        with pytest.raises(CheckFailedError, match=f"{row.source} is older than {source.states}, which asks for tomli"):
            locks.own(project.path).check()  # type: ignore[union-attr]


@pytest.mark.parametrize("name", SOME)
def test_a_package_that_the_tool_adds_is_in_the_image(
    sourced: Callable[[str, str], Project], tool: Callable[..., str], name: str
) -> None:
    project, row = sourced(name, "slim"), TOOLS[name]
    added = Project(project.path, tag=f"copier-slim-test:source-{name}-added")
    with changed(project, row) as stated:
        if not row.add:
            ask_for_tomli(stated)
        tool(row.program or name, [*row.add, "tomli"] if row.add else row.lock, project.path)
        locks.own(project.path).check()  # type: ignore[union-attr]
        added.build()
        assert "tomli" in in_image(added)


def test_a_change_of_code_installs_nothing_anew(sourced: Callable[[str, str], Project]) -> None:
    project = sourced("uv", "slim")
    main = project.path / "main.py"
    main.write_text(APP + "# changed\n", encoding="utf-8")
    log = builds.build(project.path, target=None, output=None, tag=None, progress=lambda _: None)
    ran = builds.commands_run(log)
    assert not [command for command in ran if "--require-hashes" in command or "uv export" in command], ran


def test_what_the_image_needs_beside_never_moves_the_lock_s_versions(
    sourced: Callable[[str, str], Project],
) -> None:
    project = sourced("uv", "slim")
    beside = project.path / "requirements.in"
    before = beside.read_text(encoding="utf-8")
    # The lock has the newest idna
    beside.write_text(f"{before}idna<3\n", encoding="utf-8")
    try:
        said = failure(project.path)
    finally:
        beside.write_text(before, encoding="utf-8")
    assert re.fullmatch(r"requirements\.in and uv\.lock disagree: .*idna<3.*, and the lock has idna==[\d.]+", said), (
        said
    )


def test_a_package_of_the_tree_that_the_answers_lack_stops_the_build(
    sourced: Callable[[str, str], Project], tmp_path: Path, render: Render
) -> None:
    project = sourced("uv", "slim")
    names = ("pyproject.toml", "uv.lock", "main.py", "libs/common/pyproject.toml")
    write(tmp_path, {name: (project.path / name).read_text(encoding="utf-8") for name in names})
    render(
        tmp_path, framework="asgi", python_version=PYTHON, starter=False, dependency_source="uv.lock",
        workspace_files="libs/common/pyproject.toml",
    )  # fmt: skip
    expected = "uv.lock has packages that the answer local_packages lacks: libs/common; run: copier-slim update"
    assert failure(tmp_path) == expected


@pytest.mark.parametrize("package_tool", [pytest.param("pip-tools", marks=pytest.mark.matrix), "uv"])
def test_pyproject_toml_is_compiled_with_its_groups_and_extras(
    render: Render,
    tmp_path: Path,
    package_tool: str,
    engine: None,  # noqa: ARG001
) -> None:
    write(tmp_path, {"pyproject.toml": PROJECT.format(common="", rest=""), "main.py": APP})
    render(
        tmp_path, framework="asgi", python_version=PYTHON, starter=False, dependency_source="pyproject.toml",
        dependency_groups="prod [more]", package_tool=package_tool,
    )  # fmt: skip
    project = Project(tmp_path, tag=f"copier-slim-test:source-pyproject-{package_tool}")
    lock = project.lock()
    assert "--hash=sha256:" in lock
    project.build()
    assert in_image(project).keys() == {"itsdangerous", "iniconfig", "sniffio", "click", "h11", "uvicorn"}
    for old, new, lacking in [
        ('prod = ["sniffio"]', 'prod = ["sniffio", { include-group = "MORE" }]\nMore = ["tomli"]', "tomli"),
        ('more = ["iniconfig"]', 'more = ["iniconfig", "shop[even]"]\neven = ["tomli>=2"]', "tomli>=2"),
        ('dependencies = ["itsd', 'dependencies = ["tomli<2", "itsd', "tomli<2"),
    ]:
        stated = tmp_path / "pyproject.toml"
        before = stated.read_text(encoding="utf-8")
        assert old in before
        stated.write_text(before.replace(old, new), encoding="utf-8")
        assert failure(tmp_path).endswith(f"; it lacks {lacking}")
        stated.write_text(before, encoding="utf-8")
