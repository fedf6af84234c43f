"""The release of a package that a project was written for: by the day of its pins, of its last commit, or one back."""

# ruff: noqa: E501 lines of logs are long
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from copier_slim.package_index import index
from copier_slim.prove.changes import Project
from copier_slim.prove.matching import matches
from copier_slim.prove.mends import change
from copier_slim.prove.observation import Observation
from tests.command.running import write

RELEASES = {
    "rotas": {"0.8": "2018-01-02", "0.9": "2019-02-03", "1.4": "2020-03-04", "2.0.1": "2021-04-05", "3.1.0": "2024-05-06"},
    "young": {"0.3": "2021-01-02", "0.4.1": "2022-03-04"},
    "lone": {"1.0": "2020-01-02"},
    "first": {"1.0": "2019-12-01", "2.0": "2020-04-01", "3.0": "2023-01-01"},
    "second": {"1.0": "2019-06-01", "2.0": "2020-01-01"},
}  # fmt: skip
NO_NAME = (
    "ImportError: cannot import name 'Plan' from 'rotas.plans' (/opt/venv/lib/python3.13/site-packages/rotas/plans.py)"
)
LOCK = {"requirements.txt": "rotas==3.1.0\nyoung==0.4.1\nlone==1.0\n"}


@pytest.fixture(autouse=True)
def _known_index(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        name: [index.File(f"{name}-{version}.tar.gz", "", f"{day}T00:00:00Z") for version, day in days.items()]
        for name, days in RELEASES.items()
    }
    monkeypatch.setattr(index, "files", lambda asked, _: {name: known[name] for name in asked if name in known})


def added(root: Path, log: str, files: dict[str, str], dependencies: str = "rotas", *, day: str = "") -> str | None:
    """What the mend adds to the dependencies of a project whose last commit is of a day; None where it knows nothing."""
    project = write(root / "shop", {"app.py": "import rotas\n", **LOCK, **files})
    if day:
        git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", "all", "--date", f"{day}T12:00:00Z"], check=True)
    found = [
        item for item in matches(Observation(log, port=8000, exit_code=1)) if item.row.mend == "release_of_its_time"
    ]
    assert found
    made = change(found[0], Project(project, {"dependencies": dependencies}))
    return str(made.answers["dependencies"]).removeprefix(f"{dependencies}\n") if made else None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2018-06-01", "rotas<0.9"),
        ("2019-06-01", "rotas<0.10"),
        ("2020-06-01", "rotas<2"),
        ("2021-06-01", "rotas<3"),
        ("2024-06-01", "rotas<3"),  # the newest was there: what it dropped, it dropped within its series
        ("2017-06-01", "rotas<3"),  # before there was any
        ("", "rotas<3"),
    ],
)
def test_the_last_commit_says_when(day: str, expected: str, tmp_path: Path) -> None:
    assert added(tmp_path, NO_NAME, {}, day=day) == expected


def test_pins_say_more_than_a_commit(tmp_path: Path) -> None:
    assert added(tmp_path, NO_NAME, {}, "rotas\nfirst==2.0\nsecond==2.0", day="2024-06-01") == "rotas<2"


def test_one_pin_says_too_little(tmp_path: Path) -> None:
    assert added(tmp_path, NO_NAME, {}, "rotas\nfirst==1.0", day="2021-06-01") == "rotas<3"


@pytest.mark.parametrize(
    "dependencies",
    ["rotas==3.1.0", "rotas<3"],
)
def test_what_the_project_pins_or_was_mended_stays(dependencies: str, tmp_path: Path) -> None:
    assert added(tmp_path, NO_NAME, {}, dependencies) is None


@pytest.mark.parametrize(
    ("log", "source", "expected"),
    [
        ("AttributeError: module 'rotas' has no attribute 'Plan'", "import rotas\n", "rotas<3"),
        ("AttributeError: module 'rotas.plans' has no attribute 'Plan'. Did you mean: 'plan'?", "import rotas\n", "rotas<3"),
        ("ModuleNotFoundError: No module named 'rotas.ext'", "import rotas.ext\n", "rotas<3"),
        ("TypeError: Plan.__init__() got an unexpected keyword argument 'hours'", "from rotas import Plan\n", "rotas<3"),
        ("TypeError: Plan.made() takes 1 positional argument but 2 were given", "import rotas as r\nr.Plan().made(1)\n", "rotas<3"),
        ("TypeError: plan() missing 1 required positional argument: 'day'", "import rotas\nrotas.plan()\n", "rotas<3"),
        ("AttributeError: 'Plan' object has no attribute 'hours'", "from rotas import Plan\n", "rotas<3"),
        ("AttributeError: module 'young' has no attribute 'x'", "import young\n", "young<0.4"),
        # Nothing older is left
        ("AttributeError: module 'lone' has no attribute 'x'", "import lone\n", None),
        # The project's own, the standard library's, and what is not installed
        ("AttributeError: module 'own' has no attribute 'x'", "import own\n", None),
        ("TypeError: Own.__init__() got an unexpected keyword argument 'x'", "from own import Own\n", None),
        ("AttributeError: module 'json' has no attribute 'x'", "import json\n", None),
        ("AttributeError: 'NoneType' object has no attribute 'x'", "import rotas\n", None),
        ("AttributeError: 'str' object has no attribute 'decode'", "import rotas\n", None),
        ("ModuleNotFoundError: No module named 'absent.ext'", "import absent.ext\n", None),
    ],
)  # fmt: skip
def test_the_package_is_the_one_that_the_message_names(
    log: str, source: str, expected: str | None, tmp_path: Path
) -> None:
    files = {"app.py": source, "own.py": "class Own: ...\n"}
    assert added(tmp_path, log, files, "rotas\nyoung\nlone") == expected


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("/opt/venv/lib/python3.13/site-packages/first/plans.py", "rotas<2"),  # first 2.0 is of April 2020
        ("/opt/venv/lib/python3.13/site-packages/rotas/plans.py", "rotas<0.9"),  # its own says nothing
        ("/app/app.py", "rotas<0.9"),
    ],
)
def test_the_release_that_calls_says_when(frame: str, expected: str, tmp_path: Path) -> None:
    log = f'Traceback (most recent call last):\n  File "{frame}", line 1, in <module>\n    from rotas.plans import Plan\n{NO_NAME}'
    lock = {"requirements.txt": "rotas==3.1.0\nfirst==2.0\n"}
    assert added(tmp_path, log, lock, "rotas\nfirst", day="2018-06-01") == expected


def test_what_a_package_calls_is_of_the_package_that_is_called_like_it(tmp_path: Path) -> None:
    log = (
        '  File "/opt/venv/lib/python3.13/site-packages/first/plans.py", line 1, in <module>\n'
        "TypeError: Rotas.__init__() got an unexpected keyword argument 'hours'"
    )
    lock = {"app.py": "import first\n", "requirements.txt": "rotas==3.1.0\nfirst==2.0\n"}
    assert added(tmp_path, log, lock, "first") == "rotas<2"
