"""Which Python is chosen: what states it, what contradicts it, what is not supported, and what pins' wheels reveal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from copier_slim.detect.repository import Repository, detect
from copier_slim.errors import InputError
from copier_slim.package_index import index
from copier_slim.package_index.index import File

from .conftest import FLASK, Answers, Detect, Files, lines, notes, repository

DEFAULT = "3.14"
PROJECT = "[project]\nname = 'x'\nversion = '1'\nrequires-python = '{}'\n"
POETRY = "[tool.poetry]\nname = 'x'\nversion = '1'\n[tool.poetry.dependencies]\npython = '{}'\nflask = '*'\n"

SOURCES: dict[str, tuple[Files, str, str]] = {
    ".python-version": ({".python-version": "3.12\n"}, "3.12", ".python-version"),
    ".python-version with a patch release": ({".python-version": "3.12.4\n"}, "3.12", ".python-version"),
    ".python-version of pyenv, several": ({".python-version": "3.13.1\n3.12.4\n"}, "3.13", ".python-version"),
    ".python-version with a comment": ({".python-version": "# ours\n3.12\n"}, "3.12", ".python-version"),
    ".python-version with carriage returns": ({".python-version": "\ufeff3.12\r\n"}, "3.12", ".python-version"),
    ".python-version of uv": ({".python-version": "cpython-3.12\n"}, "3.12", ".python-version"),
    "runtime.txt": ({"runtime.txt": "python-3.11.9\n"}, "3.11", "runtime.txt"),
    "runtime.txt of another platform": ({"runtime.txt": "3.12\n"}, "3.12", "runtime.txt"),
    ".tool-versions": ({".tool-versions": "nodejs 22.1.0\npython 3.12.1 3.11.2\n"}, "3.12", ".tool-versions"),
    ".python-version with a star": ({".python-version": "3.12.*\n"}, "3.12", ".python-version"),
    ".python-version of PowerShell": (
        {".python-version": "\ufeff3.12\r\n".encode("utf-16-le")},
        "3.12",
        ".python-version",
    ),
    ".python-version of it, without a mark": (
        {".python-version": "3.12\r\n".encode("utf-16-le")},
        "3.12",
        ".python-version",
    ),
    "Poetry's star": ({"pyproject.toml": POETRY.format("3.12.*")}, "3.12", "pyproject.toml"),
    "requires-python that is a version": ({"pyproject.toml": PROJECT.format("3.12")}, "3.12", "pyproject.toml"),
    "requires-python with a star alone": ({"pyproject.toml": PROJECT.format("3.12.*")}, "3.12", "pyproject.toml"),
    "Pipfile with a star": (
        {"Pipfile": "[packages]\nflask = '*'\n[requires]\npython_version = '3.12.*'\n"},
        "3.12",
        "Pipfile",
    ),
    "mise.toml": ({"mise.toml": "[tools]\npython = '3.12'\n"}, "3.12", "mise.toml"),
    "mise.toml, a list": ({"mise.toml": "[tools]\npython = ['3.12', '3.11']\n"}, "3.12", "mise.toml"),
    "mise.toml, a table": (
        {".mise.toml": "[tools]\npython = {version = '3.13', virtualenv = '.venv'}\n"},
        "3.13",
        ".mise.toml",
    ),
    "requires-python with an end": ({"pyproject.toml": PROJECT.format(">=3.11,<3.13")}, "3.12", "pyproject.toml"),
    "requires-python without one": ({"pyproject.toml": PROJECT.format(">=3.11")}, DEFAULT, ""),
    "requires-python of the newest": ({"pyproject.toml": PROJECT.format(">=3.15")}, "3.15", "pyproject.toml"),
    "requires-python with a patch release": (
        {"pyproject.toml": PROJECT.format(">=3.11.4,<3.12")},
        "3.11",
        "pyproject.toml",
    ),
    "Poetry's caret": ({"pyproject.toml": POETRY.format("^3.11")}, DEFAULT, ""),
    "Poetry's tilde": ({"pyproject.toml": POETRY.format("~3.12")}, "3.12", "pyproject.toml"),
    "Pipfile": ({"Pipfile": "[packages]\nflask = '*'\n[requires]\npython_version = '3.12'\n"}, "3.12", "Pipfile"),
    "setup.cfg": (
        {"setup.cfg": "[metadata]\nname = x\n[options]\npython_requires = >=3.11,<3.13\n"},
        "3.12",
        "setup.cfg",
    ),
    "setup.py": (
        {"setup.py": "from setuptools import setup\nsetup(name='x', python_requires='<3.13')\n"},
        "3.12",
        "setup.py",
    ),
    "environment.yml": (
        {"environment.yml": "dependencies:\n  - python=3.12\n  - pip:\n    - flask\n"},
        "3.12",
        "environment.yml",
    ),
    "an image": ({"Dockerfile": "FROM python:3.13-slim\n"}, "3.13", "Dockerfile"),
    "nothing": ({}, DEFAULT, ""),
}


@pytest.mark.parametrize("name", SOURCES)
def test_sources(name: str, detecting: Detect) -> None:
    files, version, path = SOURCES[name]
    finding = detecting({"app.py": FLASK, **files}).findings.found["python_version"]
    assert finding.value == version
    assert [evidence.path for evidence in finding.evidence] == ([path] if path else [])
    assert finding.guess == (not path)


BOTH: dict[str, tuple[Files, str, str]] = {
    "a range that the pin satisfies": (
        {".python-version": "3.12", "pyproject.toml": PROJECT.format(">=3.11")},
        "3.12",
        "",
    ),
    "pyenv's second version, where the first is none of the range": (
        {".python-version": "3.13\n3.12\n", "pyproject.toml": PROJECT.format("==3.12.*")},
        "3.12",
        "",
    ),
    "pyenv's first version": ({".python-version": "3.13\n3.12\n"}, "3.13", ""),
    "a pin before the image": ({".python-version": "3.13", "Dockerfile": "FROM python:3.12\n"}, "3.13", ""),
    "a range that the image satisfies": (
        {"pyproject.toml": PROJECT.format(">=3.11"), "Dockerfile": "FROM python:3.12\n"},
        "3.12",
        "",
    ),
    "a range that the image contradicts": (
        {"pyproject.toml": PROJECT.format(">=3.13"), "Dockerfile": "FROM python:3.11\n"},
        "3.14",
        "Dockerfile:1",
    ),
    "too old": ({".python-version": "3.8\n"}, "3.11", ".python-version:1"),
    "too old for any image, in a range": ({"pyproject.toml": PROJECT.format(">=3.7,<3.10")}, "3.11", "pyproject.toml"),
    "too new": ({".python-version": "3.99\n"}, "3.15", ".python-version:1"),
    "an old image": ({"Dockerfile": "FROM python:3.6\n"}, "3.11", "Dockerfile:1"),
    "an old runtime.txt beside a range": (
        {"runtime.txt": "python-3.9.1", "pyproject.toml": PROJECT.format(">=3.9")},
        "3.11",
        "runtime.txt:1",
    ),
}


@pytest.mark.parametrize("name", BOTH)
def test_contradictions_and_unsupported_ones_are_told(name: str, detecting: Detect) -> None:
    files, version, place = BOTH[name]
    found = detecting({"app.py": FLASK, **files}).findings
    assert found.value("python_version") == version
    complaints = [note for note in found.notes if "Python" in note]
    if place:
        assert len(complaints) == 1
        assert complaints[0].startswith(place)
        assert f"{version} is taken" in complaints[0] or f"the nearest, {version}" in complaints[0]
    else:
        assert complaints == []


TWO = {
    ".python-version": {".python-version": "2.7.18\n"},
    "runtime.txt": {"runtime.txt": "python-2.7.15\n"},
    "Pipfile": {"Pipfile": "[packages]\nflask='*'\n[requires]\npython_version = '2.7'\n"},
    "requires-python": {"pyproject.toml": PROJECT.format(">=2.7,<3")},
    "an image": {"Dockerfile": "FROM python:2.7\nCMD python app.py\n"},
}


@pytest.mark.parametrize("name", TWO)
def test_python_2_is_refused(name: str, detecting: Detect) -> None:
    with pytest.raises(InputError) as error:
        detecting({"app.py": FLASK, **TWO[name]})
    assert "Python 2" in str(error.value)
    assert "\n" not in str(error.value)


NOTHING_TOLD = {
    ".python-version": b"\xff\xfe\x00",
    "runtime.txt": "pypy\n",
    ".tool-versions": "python system\n",
    "mise.toml": "[tools]\npython = 'latest'\n",
}


@pytest.mark.parametrize("path", NOTHING_TOLD)
def test_what_names_no_version_is_passed_over(path: str, answers: Answers) -> None:
    assert answers({"app.py": FLASK, path: NOTHING_TOLD[path]})["python_version"] == DEFAULT


# The wheels that the index has, faked


def wheels(
    name: str, version: str, *pythons: str, sdist: bool = True, uploaded: str = "", requires: str = ""
) -> list[File]:
    """The files of a release with wheels for these Pythons, "any" for a pure one."""
    names = [f"{name}-{version}.tar.gz"] if sdist else []
    for python in pythons:
        tag = python.replace(".", "")
        names += (
            [f"{name}-{version}-py3-none-any.whl"]
            if python == "any"
            else [
                f"{name}-{version}-cp{tag}-cp{tag}-{platform}.whl"
                for platform in (
                    "manylinux_2_17_x86_64.manylinux2014_x86_64",
                    "manylinux_2_17_aarch64.manylinux2014_aarch64",
                )
            ]
        )
    return [File(file, requires, uploaded) for file in names]


INDEX: dict[str, list[File]] = {
    "flask": wheels("flask", "2.0.1", "any", uploaded="2021-05-21T00:00:00Z")
    + wheels("flask", "3.1.0", "any", uploaded="2025-06-01T00:00:00Z"),
    "numpy": wheels("numpy", "1.26.4", "3.9", "3.10", "3.11", "3.12", uploaded="2024-02-06T00:00:00Z")
    + wheels("numpy", "2.3.0", "3.11", "3.12", "3.13", "3.14", uploaded="2025-06-07T00:00:00Z"),
    "orjson": wheels("orjson", "3.10.0", "3.11", "3.12", "3.13", uploaded="2025-02-01T00:00:00Z"),
    "compiled": wheels("compiled", "1.0", uploaded="2025-06-01T00:00:00Z")
    + wheels("compiled", "2.0", "3.11", "3.12", "3.13", "3.14", uploaded="2025-07-01T00:00:00Z"),
    "pure": wheels("pure", "1.0", uploaded="2025-06-01T00:00:00Z"),
    "limited": wheels("limited", "1.0", "any", requires=">=3.8,<3.13", uploaded="2025-06-01T00:00:00Z"),
    "ancient": wheels("ancient", "1.0", "2.7", "3.5", uploaded="2016-01-01T00:00:00Z"),
    "lxml": wheels("lxml", "4.9.1", "3.9", "3.10", uploaded="2022-07-01T00:00:00Z")
    + wheels("lxml", "6.0.0", "3.11", "3.12", "3.13", "3.14", uploaded="2025-06-26T00:00:00Z"),
    "stable": [
        File("stable-1.0-cp38-abi3-manylinux_2_17_x86_64.whl", "", "2025-06-01T00:00:00Z"),
        File("stable-1.0-cp38-abi3-manylinux_2_17_aarch64.whl", "", "2025-06-01T00:00:00Z"),
    ],
}


@pytest.fixture
def with_index(root: Any, monkeypatch: pytest.MonkeyPatch) -> Detect:
    """What is detected where the index is INDEX."""

    def files(names: Iterable[str], wanted: dict[str, str], seconds: float = 20) -> dict[str, list[File]]:
        assert set(wanted) <= set(names) or not wanted
        assert seconds
        return {name: INDEX[name] for name in names if name in INDEX}

    monkeypatch.setattr(index, "files", files)

    def with_index(content: Files) -> Repository:
        return detect(repository(root, {"app.py": FLASK, **content}), online=True)

    return with_index


WHEELS: dict[str, tuple[Files, str, list[str]]] = {
    "a pin without wheels for the newest": ({"requirements.txt": "flask==3.1.0\nnumpy==1.26.4\n"}, "3.12", []),
    "a pin with wheels for it": ({"requirements.txt": "flask==3.1.0\nnumpy==2.3.0\n"}, "3.14", []),
    "the oldest of several pins": ({"requirements.txt": "numpy==1.26.4\norjson==3.10.0\n"}, "3.12", []),
    "the metadata of a pin": ({"requirements.txt": "limited==1.0\n"}, "3.12", []),
    "an upper limit": ({"requirements.txt": "numpy<2\n"}, "3.12", []),
    "no pin": ({"requirements.txt": "numpy\nflask\n"}, "3.14", []),
    "a release that only has its source, of a project with wheels": (
        {"requirements.txt": "compiled==1.0\n"},
        "3.14",
        ["build-essential"],
    ),
    "of another system, what only has its source": (
        {"requirements.txt": "flask==3.1.0\ncompiled==1.0 ; sys_platform == 'darwin'\n"},
        "3.14",
        [],
    ),
    "for an older Python, what only has its source": (
        {"requirements.txt": "flask==3.1.0\ncompiled==1.0 ; python_version < '3.9'\n"},
        "3.14",
        [],
    ),
    "a release that only has its source, of a pure project": ({"requirements.txt": "pure==1.0\n"}, "3.14", []),
    "the stable ABI": ({"requirements.txt": "stable==1.0\n"}, "3.14", []),
    "the stated Python is kept, and what has no wheel for it compiled": (
        {"requirements.txt": "numpy==1.26.4\n", ".python-version": "3.13\n"},
        "3.13",
        ["build-essential", "g++", "gfortran", "libopenblas-dev", "pkg-config"],
    ),
    "the image's Python is kept": (
        {"requirements.txt": "orjson==3.10.0\n", "Dockerfile": "FROM python:3.14\n"},
        "3.14",
        ["build-essential"],
    ),
    "a range is a limit for the choice": (
        {"requirements.txt": "numpy==1.26.4\n", "pyproject.toml": PROJECT.format(">=3.13")},
        "3.13",
        ["build-essential", "g++", "gfortran", "libopenblas-dev", "pkg-config"],
    ),
    "older than every supported Python: the oldest, and a compiler": (
        {"requirements.txt": "lxml==4.9.1\n"},
        "3.11",
        ["build-essential", "libxml2-dev", "libxslt1-dev"],
    ),
    "all pins of one time: not a Python that came later": ({"requirements.txt": "flask==2.0.1\n"}, "3.11", []),
    "unknown to the index": ({"requirements.txt": "ours==1.0\nflask==3.1.0\n"}, "3.14", []),
    "a lock's versions": (
        {
            "pyproject.toml": "[project]\nname = 'x'\nversion = '1'\ndependencies = ['numpy']\n",
            "uv.lock": "version = 1\n[[package]]\nname = 'numpy'\nversion = '1.26.4'\n"
            "source = {registry = 'https://pypi.org/simple'}\n"
            "[[package]]\nname = 'x'\nversion = '1'\nsource = {virtual = '.'}\ndependencies = [{name = 'numpy'}]\n",
        },
        "3.12",
        [],
    ),
}


@pytest.mark.parametrize("name", WHEELS)
def test_wheels_tell_the_python(name: str, with_index: Detect) -> None:
    files, version, packages = WHEELS[name]
    found = with_index(files).findings
    assert found.value("python_version") == version
    assert lines(found.answers, "build_packages") == packages


def test_reason_is_the_pin(with_index: Detect) -> None:
    finding = with_index({"requirements.txt": "numpy==1.26.4\n"}).findings.found["python_version"]
    assert "numpy 1.26.4" in str(finding.evidence[0])
    assert finding.evidence[0].path == "requirements.txt"


def test_reason_of_a_compiler_is_the_release(with_index: Detect) -> None:
    finding = with_index({"requirements.txt": "compiled==1.0\n"}).findings.found["build_packages"]
    assert "compiled 1.0 has no wheel" in " ".join(map(str, finding.evidence))


def test_what_would_do_beside_is_told_to_the_lock(with_index: Detect) -> None:
    assert with_index({"requirements.txt": "flask==3.1.0\n"}).pythons[0] == DEFAULT
    assert with_index({".python-version": "3.12"}).pythons == ("3.12",)


def test_no_answer_of_the_index_limits_nothing(root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "files", lambda *_, **__: {})
    files = {"app.py": FLASK, "requirements.txt": "flask==2.0.1\n"}
    found = detect(repository(root, files), online=True)
    assert found.findings.value("python_version") == DEFAULT
    assert "Python" not in notes(found.findings)


DROPPED: dict[str, tuple[Files, str]] = {
    "gone in 3.12": ({"app.py": FLASK + "import imp\n"}, "3.11"),
    "gone in 3.13": ({"app.py": FLASK + "import cgi\n"}, "3.12"),
    "gone in 3.13, by a member": ({"app.py": FLASK + "from imghdr import what\n"}, "3.12"),
    "in a module that is imported": ({"app.py": "import pictures\n" + FLASK, "pictures.py": "import imghdr\n"}, "3.12"),
    "in a module that is not": ({"app.py": FLASK, "tool.py": "import imghdr\n"}, DEFAULT),
    "with another in its place": (
        {"app.py": FLASK + "try:\n    import cgi\nexcept ImportError:\n    cgi = None\n"},
        DEFAULT,
    ),
    "for a Python before": (
        {
            "app.py": FLASK
            + "import sys, six\nif sys.version_info < (3, 9):\n    import imp\nif six.PY2:\n    import cgi\n"
        },
        DEFAULT,
    ),
    "for the other Pythons": (
        {
            "app.py": FLASK
            + "import sys\nif sys.version_info[:2] >= (3, 13):\n    import filetype\nelse:\n    import imghdr\n"
        },
        DEFAULT,
    ),
    "for each Python that is supported": (
        {"app.py": FLASK + "import sys\nif sys.version_info.major >= 3:\n    import cgi\nelse:\n    import imp\n"},
        "3.12",
    ),
    "with a package that brings it": (
        {"app.py": FLASK + "import cgi\n", "requirements.txt": "flask\nlegacy-cgi\n"},
        DEFAULT,
    ),
    "a module of the repository's own": ({"app.py": "import cgi\n" + FLASK, "cgi.py": ""}, DEFAULT),
    "a stated Python is kept": ({"app.py": FLASK + "import cgi\n", ".python-version": "3.13\n"}, "3.13"),
}


@pytest.mark.parametrize("name", DROPPED)
def test_dropped_modules(name: str, answers: Answers) -> None:
    files, version = DROPPED[name]
    assert answers(files)["python_version"] == version


def test_dropped_module_of_a_stated_python_is_told(detecting: Detect) -> None:
    found = detecting({"app.py": FLASK + "import cgi\n", ".python-version": "3.13\n"})
    assert "app.py:4" in notes(found.findings)


def test_dropped_module_is_the_evidence(detecting: Detect) -> None:
    finding = detecting({"app.py": FLASK + "import cgi\n"}).findings.found["python_version"]
    assert finding.evidence[0].place == "app.py:4"


@pytest.mark.parametrize(
    "line", ['print "hello"', "except ValueError, error:", 'raise ValueError, "x"', 'exec "x = 1"']
)
def test_python_2_code_is_refused_with_its_line(detecting: Detect, line: str) -> None:
    before, after = ("try:\n    pass", "    pass\n") if line.startswith("except") else ("import sys\n", "")
    source = f"{before}\n{line}\n{after}"
    with pytest.raises(InputError, match=r"main\.py:3 is Python 2 code"):
        detecting({"main.py": source})


def test_the_runtime_of_app_engine(detecting: Detect) -> None:
    files = {"main.py": "print(1)\n", "app.yaml": "runtime: python312\n"}
    assert detecting(files).findings.answers["python_version"] == "3.12"
    with pytest.raises(InputError, match=r"2\.7"):
        detecting({**files, "app.yaml": "runtime: python27\n"})


@pytest.mark.parametrize("asked", ["==3.12.*", ">=3.11,<3.13", "3.12.*"])
def test_a_pin_and_a_range_that_exclude_each_other_stop_it(asked: str, detecting: Detect) -> None:
    files = {"app.py": FLASK, ".python-version": "3.13\n", "pyproject.toml": POETRY.format(asked)}
    with pytest.raises(
        InputError, match=r"\.python-version:1 asks for Python 3\.13 and pyproject\.toml:\d+ for .* both"
    ):
        detecting(files)


def test_a_version_that_is_given_settles_what_the_files_do_not(detecting: Detect) -> None:
    files = {"app.py": FLASK, ".python-version": "3.13\n", "pyproject.toml": PROJECT.format("==3.12.*")}
    assert detecting(files, given={"python_version": "3.12"}).findings.notes


@pytest.mark.parametrize("content", ["3.12\n".encode("utf-16"), "3.12\n".encode("utf-16-le"), b"3.12 \xff\n"])
def test_a_version_in_another_encoding_is_told(content: bytes, detecting: Detect) -> None:
    found = detecting({"app.py": FLASK, ".python-version": content}).findings
    assert found.value("python_version") == "3.12"
    assert [note for note in found.notes if ".python-version is not UTF-8" in note]
