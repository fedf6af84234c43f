"""The project as a distribution."""

from __future__ import annotations

import pytest

from .conftest import Read

SYSTEM = '[build-system]\nrequires = [{}]\nbuild-backend = "{}"\n'
NAMED = '[project]\nname = "app"\ndynamic = ["version"]\n'
STATIC = '[project]\nname = "app"\nversion = "1"\n'

INSTALLABLE = [
    ({"pyproject.toml": NAMED}, "", False, False),
    ({"pyproject.toml": NAMED + "[tool.uv]\npackage = true\n"}, "", True, False),
    ({"pyproject.toml": SYSTEM.format('"hatchling"', "hatchling.build") + NAMED}, "hatchling.build", True, False),
    ({"pyproject.toml": SYSTEM.format('"hatchling"', "hatchling.build") + NAMED + "[tool.uv]\npackage = false\n"},
     "hatchling.build", False, False),
    ({"pyproject.toml": SYSTEM.format('"pdm-backend"', "pdm.backend") + NAMED + "[tool.pdm]\ndistribution = false\n"},
     "pdm.backend", False, False),
    ({"pyproject.toml": "[build-system]\nrequires = []\n", "setup.py": "setup(name='app')"},
     "setuptools.build_meta", True, False),
    ({"setup.cfg": "[metadata]\nname = app\n"}, "", True, False),
    ({"pyproject.toml": '[tool.poetry]\nname = "app"\n'}, "", True, False),
    ({"pyproject.toml": SYSTEM.format('"hatchling", "hatch-vcs"', "hatchling.build") + NAMED},
     "hatchling.build", True, True),
    ({"pyproject.toml": SYSTEM.format('"setuptools_scm[toml]>=8"', "setuptools.build_meta") + NAMED},
     "setuptools.build_meta", True, True),
    ({"pyproject.toml": SYSTEM.format('"setuptools_scm[toml]>=8"', "setuptools.build_meta") + STATIC},
     "setuptools.build_meta", True, False),
    ({"pyproject.toml": SYSTEM.format('"versioneer"', "setuptools.build_meta") + NAMED},
     "setuptools.build_meta", True, False),
    ({"pyproject.toml": SYSTEM.format('"pdm-backend"', "pdm.backend") + NAMED + '[tool.pdm.version]\nsource = "scm"\n'},
     "pdm.backend", True, True),
    ({"setup.py": "from setuptools import setup\nsetup(name='app', use_scm_version={'root': '..'})"}, "", True, True),
    ({"setup.py": "setup(name='app', use_scm_version=False)"}, "", True, False),
]  # fmt: skip


@pytest.mark.parametrize(("files", "backend", "installable", "scm"), INSTALLABLE)
def test_what_can_be_installed(
    reading: Read, files: dict[str, str], backend: str, *, installable: bool, scm: bool
) -> None:
    package = reading(files).package
    assert package is not None
    assert (package.name, package.backend, package.installable, package.scm_version) == (
        "app",
        backend,
        installable,
        scm,
    )


@pytest.mark.parametrize(
    "files",
    [{}, {"pyproject.toml": "[tool.black]\n"}, {"setup.cfg": "[flake8]\n"}, {"pyproject.toml": "[build-system]\n"}],
)
def test_a_project_may_be_no_distribution(reading: Read, files: dict[str, str]) -> None:
    assert reading(files).package is None


COMMANDS = [
    ({"pyproject.toml": NAMED + '[project.scripts]\nrun = "app.main:run"\n'}, "pyproject.toml:4"),
    ({"pyproject.toml": '[tool.poetry]\nname = "app"\n[tool.poetry.scripts]\nrun = "app.main:run"\n'},
     "pyproject.toml:3"),
    (
        {
            "pyproject.toml": '[tool.poetry]\nname = "app"\n[tool.poetry.scripts]\n'
            'run = {reference = "app.main:run", type = "console"}\nsh = {reference = "x.sh", type = "file"}\n'
        },
        "pyproject.toml:3",
    ),
    ({"setup.cfg": "[options.entry_points]\nconsole_scripts =\n    run = app.main:run [x]\n", "setup.py": "setup()"},
     "setup.cfg:2"),
    ({"setup.py": "setup(entry_points={'console_scripts': ['run=app.main:run']})"}, "setup.py:1"),
    ({"setup.py": "setup(entry_points='''\n[console_scripts]\nrun = app.main:run\n''')"}, "setup.py:2"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "place"), COMMANDS)
def test_commands(reading: Read, files: dict[str, str], place: str) -> None:
    package = reading(files).package
    assert package is not None
    assert package.scripts == {"run": "app.main:run"}
    assert package.scripts_evidence.place == place


@pytest.mark.parametrize(
    ("extra", "lock", "explicit"),
    [("", "", False), ("[tool.uv]\n", "", True), ("", "uv.lock", True), ("", "pdm.lock", True)],
)
def test_some_tools_install_the_project_itself(reading: Read, extra: str, lock: str, *, explicit: bool) -> None:
    content = SYSTEM.format('"hatchling"', "hatchling.build") + STATIC + 'dependencies = ["flask"]\n' + extra
    package = reading({"pyproject.toml": content, **({lock: ""} if lock else {})}).package
    assert package is not None
    assert package.explicit_install is explicit
