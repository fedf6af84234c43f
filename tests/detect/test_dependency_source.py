"""The answers of a project that has a lock of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from copier_slim.detect.repository import detect
from copier_slim.errors import InputError
from tests.command.running import write

PYPROJECT = """[project]
name = "shop"
version = "1"
requires-python = ">=3.12"
dependencies = ["fastapi"]
[project.optional-dependencies]
prod = ["uvicorn"]
docs = ["sphinx"]
"""
PACKAGE = """[[package]]
name = "{}"
version = "1.0"
source = {{ registry = "https://pypi.org/simple" }}
"""


APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def answers(root: Path, files: dict[str, str], **given: str) -> dict[str, Any]:
    """What is answered for an app of FastAPI with these files."""
    write(root, {"main.py": APP, **files})
    return dict(detect(root, online=False, given=given).findings.answers)


def test_a_lock_of_its_own_is_the_source(tmp_path: Path) -> None:
    lock = "version = 1\n" + PACKAGE.format("fastapi") + PACKAGE.format("uvicorn")
    found = answers(tmp_path, {"pyproject.toml": PYPROJECT, "uv.lock": lock})
    assert "dependencies" not in found
    assert (found["dependency_source"], found["dependency_groups"], found["provided"]) == (
        "uv.lock",
        "[prod]",
        "fastapi uvicorn",
    )


LOCAL = """lock-version = "1.0"
created-by = "pip"
[[packages]]
name = "common"
directory = { path = "libs/common" }
[[packages]]
name = "style"
wheels = [{ path = "vendor/style-1.0-py3-none-any.whl" }]
[[packages]]
name = "tools"
marker = "'dev' in dependency_groups"
directory = { path = "libs/tools" }
"""


def test_what_pylock_alone_says_of_the_tree_is_installed(tmp_path: Path) -> None:
    common = {"libs/common/pyproject.toml": '[project]\nname = "common"\nversion = "1"\n'}
    files = {"pyproject.toml": PYPROJECT, "pylock.toml": LOCAL, "vendor/style-1.0-py3-none-any.whl": "PK", **common}
    found = answers(tmp_path, files)
    assert (found["dependency_source"], found["local_packages"]) == ("pylock.toml", "libs/common")
    assert found["workspace_files"].splitlines() == ["libs/common/pyproject.toml", "vendor/style-1.0-py3-none-any.whl"]
    shutil.rmtree(tmp_path / "libs")
    with pytest.raises(InputError, match=r"^pylock.toml:5: nothing is at libs/common, which pylock.toml installs"):
        answers(tmp_path, {})


def test_a_plain_list_without_a_lock_is_the_source(tmp_path: Path) -> None:
    found = answers(tmp_path, {"pyproject.toml": PYPROJECT})
    assert "dependencies" not in found
    assert (found["dependency_source"], found["dependency_groups"], found["provided"]) == (
        "pyproject.toml",
        "[prod]",
        "fastapi uvicorn",
    )


PDM = PYPROJECT + "[tool.pdm]\n"


@pytest.mark.parametrize(
    ("strategy", "source"),
    [
        ('strategy = ["inherit_metadata"]', "pdm.lock"),
        ('strategy = ["cross_platform"]', "pyproject.toml"),
        ("cross_platform = true", "pyproject.toml"),
    ],
)
def test_a_lock_that_pdm_cannot_export_is_taken_once(tmp_path: Path, strategy: str, source: str) -> None:
    lock = f'[metadata]\nlock_version = "4.4"\n{strategy}\n[[package]]\nname = "fastapi"\nversion = "0.100"\n'
    write(tmp_path, {"main.py": APP, "pyproject.toml": PDM, "pdm.lock": lock})
    found = detect(tmp_path, online=False)
    assert found.findings.answers["dependency_source"] == source
    assert found.locked == {"fastapi": "0.100"}
    noted = any("run pdm lock, then copier-slim update" in note for note in found.findings.notes)
    assert noted == (source == "pyproject.toml")


POETRY = """[tool.poetry]
name = "shop"
[tool.poetry.dependencies]
fastapi = "^0.110"
"""


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.in": "fastapi\n"},
        {"requirements.txt": "fastapi\n", "pyproject.toml": PYPROJECT},
        {"pyproject.toml": POETRY},
        {"pyproject.toml": PYPROJECT.replace('name = "shop"\n', "")},
        {"pyproject.toml": PYPROJECT.replace('"fastapi"', '"fastapi", "x @ https://example.org/x-1-py3-none-any.whl"')},
        {"pyproject.toml": PYPROJECT + '[tool.uv.sources]\nfastapi = { git = "https://example.org/fastapi" }\n'},
        {"pyproject.toml": PYPROJECT + '[tool.uv.sources]\nfastapi = { path = "lib" }\n', "lib/setup.py": ""},
    ],
)
def test_what_only_its_own_tool_reads_is_listed(tmp_path: Path, files: dict[str, str]) -> None:
    found = answers(tmp_path, files)
    assert "dependency_source" not in found
    assert "fastapi" in found["dependencies"] or "lib" in found["local_packages"]


@pytest.mark.parametrize("source", ["requirements.in", "pyproject.toml", "poetry.lock"])
def test_the_source_that_is_given_counts(tmp_path: Path, source: str) -> None:
    files = {"pyproject.toml": PYPROJECT, "uv.lock": "version = 1\n" + PACKAGE.format("fastapi"), "poetry.lock": ""}
    found = answers(tmp_path, files, dependency_source=source)
    assert found.get("dependency_source", "requirements.in") == source
    assert found.get("dependencies", "").split() == (["fastapi", "uvicorn"] if source == "requirements.in" else [])


def test_an_emitted_requirements_in_beside_a_lock_is_no_source(tmp_path: Path) -> None:
    beside = "# What the template needs\ngunicorn\n\n# Beside pyproject.toml\ntomli\n"
    lock = "version = 1\n" + PACKAGE.format("fastapi")
    found = answers(tmp_path, {"pyproject.toml": PYPROJECT, "uv.lock": lock, "requirements.in": beside})
    assert found["dependency_source"] == "uv.lock"
    listed = "# What the template needs\ngunicorn\n\n# The project's own\ntomli\n"
    assert "dependency_source" not in answers(tmp_path, {"requirements.in": listed})


def test_what_the_code_needs_beside_the_lock_is_in_requirements_in(tmp_path: Path) -> None:
    code = "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n"
    lock = "version = 1\n" + PACKAGE.format("fastapi")
    found = answers(tmp_path, {"main.py": code, "pyproject.toml": PYPROJECT, "uv.lock": lock})
    assert found["dependencies"] == "websockets"


@pytest.mark.parametrize(
    ("run", "groups"),
    [
        ("uv sync --locked --no-dev --extra docs --group jobs", "jobs [prod] [docs]"),
        ("uv sync --all-extras", "[prod] [docs]"),
        ("pip install '.[docs]'", "[prod] [docs]"),
        ("pip install -U pip && \\\n    uv export --extra=docs > r.txt", "[prod] [docs]"),
        ("uv sync --group tests-of-others", "[prod]"),
        ("echo --extra docs", "[prod]"),
    ],
)
def test_groups_that_the_dockerfile_installs(tmp_path: Path, run: str, groups: str) -> None:
    found = answers(
        tmp_path,
        {
            "pyproject.toml": PYPROJECT + '[dependency-groups]\njobs = ["rq"]\ndev = ["pytest"]\n',
            "uv.lock": "version = 1\n",
            "Dockerfile": f"FROM python:3.13\nRUN {run}\nCMD uvicorn main:app\n",
        },
    )
    assert found["dependency_groups"] == groups


@pytest.mark.parametrize(
    ("run", "groups"),
    [
        ("poetry install --only main,jobs -E fast", "jobs [fast]"),
        ("poetry install --with=jobs --extras 'fast more'", "jobs [fast] [more]"),
        ("poetry install", None),
    ],
)
def test_groups_of_poetry(tmp_path: Path, run: str, groups: str | None) -> None:
    more = '[tool.poetry.extras]\nfast = []\nmore = []\n[tool.poetry.group.jobs.dependencies]\nrq = "*"\n'
    found = answers(
        tmp_path,
        {
            "pyproject.toml": POETRY + more,
            "poetry.lock": "",
            "Dockerfile": f"FROM python:3.13\nRUN {run}\nCMD uvicorn main:app\n",
        },
    )
    assert found.get("dependency_groups") == groups


def test_uv_s_default_groups_but_those_of_development(tmp_path: Path) -> None:
    more = '[dependency-groups]\njobs = ["rq", {include-group = "more"}]\nmore = ["redis"]\ndev = ["pytest"]\n'
    more += '[tool.uv]\ndefault-groups = ["jobs", "dev"]\n'
    found = answers(tmp_path, {"pyproject.toml": PYPROJECT + more, "uv.lock": "version = 1\n"})
    assert found["dependency_groups"] == "jobs [prod]"
    listed = answers(tmp_path, {}, dependency_source="requirements.in")["dependencies"]
    assert listed.split() == ["fastapi", "uvicorn", "rq", "redis"]


def member(name: str, *needs: str, source: str = "") -> str:
    """A member of a workspace."""
    listed = ", ".join(f'"{need}"' for need in needs)
    sources = "".join(f"{need} = {{ workspace = true }}\n" for need in needs if need in {"money", "other"})
    return f"""[project]
name = "{name}"
version = "1"
dependencies = [{listed}]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[tool.uv.sources]
{sources}{source}"""


WORKSPACE = {
    "main.py": "",
    "libs/money/pyproject.toml": member("money", "rich"),
    "libs/money/src/money/__init__.py": "",
    "libs/other/pyproject.toml": member("other"),
    "libs/other/src/other/__init__.py": "",
    "services/api/pyproject.toml": member("shop-api", "fastapi", "money"),
    "services/api/src/api/__init__.py": "",
    "services/api/src/api/main.py": "import money\nfrom fastapi import FastAPI\napp = FastAPI()\n",
}
VIRTUAL = '[tool.uv.workspace]\nmembers = ["libs/*", "services/*"]\n'


@pytest.mark.parametrize("root", [VIRTUAL, member("root", "flask") + VIRTUAL])
def test_the_member_of_a_workspace_that_has_the_app(tmp_path: Path, root: str) -> None:
    lock = "version = 1\n" + PACKAGE.format("fastapi") + PACKAGE.format("rich")
    found = answers(tmp_path, {**WORKSPACE, "pyproject.toml": root, "uv.lock": lock})
    expected = {
        "app": "api.main:app",
        "python_path": "services/api/src",
        "dependency_source": "uv.lock",
        "workspace_member": "shop-api",
        "local_packages": "libs/money",
        "workspace_files": "libs/money/pyproject.toml\nlibs/other/pyproject.toml\nservices/api/pyproject.toml",
        "provided": "fastapi",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert detect(tmp_path, online=False).unneeded == ("libs/other",)


def test_a_member_without_a_lock_is_listed_with_what_it_needs(tmp_path: Path) -> None:
    found = answers(tmp_path, {**WORKSPACE, "pyproject.toml": VIRTUAL})
    assert "dependency_source" not in found
    assert (found["dependencies"].split(), found["local_packages"]) == (["fastapi", "rich"], "libs/money")


def test_a_member_that_the_root_needs_is_no_other_project(tmp_path: Path) -> None:
    sources = "shop-api = { workspace = true }\n"
    root = member("root", "flask", "shop-api", source=sources) + VIRTUAL
    found = answers(tmp_path, {**WORKSPACE, "pyproject.toml": root, "uv.lock": "version = 1\n"})
    assert "workspace_member" not in found
    assert found["local_packages"].split() == ["services/api", "libs/money"]


@pytest.mark.parametrize(
    ("pattern", "is_member"),
    [("libs/*", True), ("./libs/*/", True), ("**", True), ("*", False), ("lib/*", False), ("libs/m?ney", True)],
)
def test_which_directories_a_workspace_names(tmp_path: Path, pattern: str, is_member: bool) -> None:  # noqa: FBT001
    root = member("root", "fastapi", "money") + f'[tool.uv.workspace]\nmembers = ["{pattern}"]\n'
    code = {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"}
    lib = {path: text for path, text in WORKSPACE.items() if path.startswith("libs/money")}
    found = answers(tmp_path, {**lib, **code, "pyproject.toml": root, "uv.lock": "version = 1\n"})
    assert found.get("local_packages") == ("libs/money" if is_member else None)


def test_a_lock_in_a_folder_is_not_the_roots(tmp_path: Path) -> None:
    lock = "version = 1\n" + PACKAGE.format("fastapi")
    code = "from fastapi import FastAPI\napp = FastAPI()\n"
    found = answers(
        tmp_path, {"main.py": "", "api/main.py": code, "api/pyproject.toml": PYPROJECT, "api/uv.lock": lock}
    )
    assert "dependency_source" not in found
    assert "fastapi" in found["dependencies"]


def test_a_lock_of_a_dynamic_list_is_not_the_source(tmp_path: Path) -> None:
    project = (
        '[project]\nname = "shop"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = { file = ["list.txt"] }\n[tool.uv]\n'
    )
    lock = "version = 1\n" + PACKAGE.format("fastapi")
    found = answers(tmp_path, {"pyproject.toml": project, "list.txt": "fastapi\n", "uv.lock": lock})
    assert "dependency_source" not in found
    assert "fastapi" in found["dependencies"]


@pytest.mark.parametrize("locked", [True, False])
def test_what_an_extra_of_the_list_needs_is_answered(tmp_path: Path, locked: bool) -> None:  # noqa: FBT001
    lock = "version = 1\n" + "".join(map(PACKAGE.format, ("fastapi", "psycopg", "psycopg-c")))
    stated = {"pyproject.toml": PYPROJECT.replace('["fastapi"]', '["fastapi", "psycopg[c]"]')}
    found = answers(tmp_path, stated | ({"uv.lock": lock} if locked else {}))
    assert found["system_packages"].split() == ["libpq5"]
    assert found["build_packages"].split() == ["build-essential", "libpq-dev"]
