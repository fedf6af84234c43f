"""Existing locks in all their formats."""

from __future__ import annotations

import json

import pytest

from copier_slim.errors import InputError

from .conftest import Read, texts

PROJECT = '[project]\nname = "app"\ndependencies = ["flask[async]", "mine"]\n'
INDEX = 'source = { registry = "https://pypi.org/simple" }'
UV = f"""version = 1
[[package]]
name = "app"
version = "0"
source = {{ virtual = "." }}
[package.dev-dependencies]
dev = [{{ name = "black" }}]
[[package]]
name = "black"
version = "1"
{INDEX}
[[package]]
name = "flask"
version = "3.0"
{INDEX}
dependencies = [{{ name = "numpy", version = "1.26", marker = "python_full_version < '3.12'" }}]
[package.optional-dependencies]
async = [{{ name = "asgiref" }}]
dotenv = [{{ name = "python-dotenv" }}]
[[package]]
name = "asgiref"
version = "3.8"
{INDEX}
[[package]]
name = "python-dotenv"
version = "1"
{INDEX}
[[package]]
name = "numpy"
version = "1.26"
{INDEX}
resolution-markers = ["python_full_version < '3.12'"]
[[package]]
name = "numpy"
version = "2.1"
{INDEX}
resolution-markers = ["python_full_version >= '3.12'"]
[[package]]
name = "mine"
version = "0.1"
source = {{ git = "https://h.org/mine#abc" }}
dependencies = [{{ name = "six" }}]
[[package]]
name = "six"
version = "1.16"
{INDEX}
"""


@pytest.mark.parametrize(("python", "numpy"), [("3.11", "1.26"), ("3.12", "2.1"), ("3.13", "2.1")])
def test_uv_lock_from_the_projects_requirements(reading: Read, python: str, numpy: str) -> None:
    found = reading({"pyproject.toml": PROJECT, "uv.lock": UV}, python)
    assert found.locked == {"flask": "3.0", "asgiref": "3.8", "numpy": numpy, "six": "1.16"}


def poetry_lock(main: str, development: str) -> str:
    """A lock of flask, what it leads to, and black; the groups as one of Poetry's formats says them."""
    return f"""[[package]]
name = "black"
version = "1.0"
{development}
[[package]]
name = "Flask"
version = "3.0"
python-versions = ">=3.8"
{main}
[package.dependencies]
click = ">=8"
importlib-metadata = {{version = ">=3.6", markers = "python_version < '3.10'"}}
asgiref = {{version = ">=3.2", optional = true}}
[package.extras]
async = ["asgiref (>=3.2)"]
dotenv = ["python-dotenv"]
[[package]]
name = "click"
version = "8.1"
python-versions = "<3.10"
{main}
[[package]]
name = "click"
version = "8.2"
python-versions = ">=3.10"
{main}
[[package]]
name = "importlib-metadata"
version = "8"
{main}
[[package]]
name = "asgiref"
version = "3.8"
optional = true
{main}
[[package]]
name = "mine"
version = "0.1"
{main}
[package.source]
type = "git"
url = "https://h.org/mine"
"""


POETRY = (
    '[tool.poetry.dependencies]\nflask = {version = "*", extras = ["async"]}\nmine = {git = "https://h.org/mine"}\n'
)


@pytest.mark.parametrize(
    "lock",
    [
        poetry_lock('category = "main"', 'category = "dev"'),
        poetry_lock("", ""),
        poetry_lock('groups = ["main"]', 'groups = ["dev"]'),
        poetry_lock('groups = ["main", "dev"]\nmarkers = {main = "python_version > \'3\'"}', 'groups = ["dev"]'),
    ],
)
@pytest.mark.parametrize(("python", "click"), [("3.9", "8.1"), ("3.13", "8.2"), (None, "8.2")])
def test_poetry_lock_of_any_age(reading: Read, lock: str, python: str | None, click: str) -> None:
    found = reading({"pyproject.toml": POETRY, "poetry.lock": lock}, python)
    assert found.locked == {"flask": "3.0", "click": click, "importlib-metadata": "8", "asgiref": "3.8"}


PDM_OLD = """[[package]]
name = "flask"
version = "3.0"
dependencies = ["click>=8"]
[[package]]
name = "flask"
version = "3.0"
extras = ["async"]
dependencies = ["asgiref>=3.2", "flask==3.0"]
[[package]]
name = "click"
version = "8.1"
[[package]]
name = "asgiref"
version = "3.8"
[[package]]
name = "black"
version = "1.0"
[[package]]
name = "mine"
version = "0.1"
git = "https://h.org/mine"
revision = "abc"
[metadata]
lock_version = "4.3"
groups = ["default", "dev"]
"""


@pytest.mark.parametrize("lock", [PDM_OLD, PDM_OLD.replace("dependencies =", 'groups = ["default"]\ndependencies =')])
def test_pdm_lock(reading: Read, lock: str) -> None:
    found = reading({"pyproject.toml": PROJECT, "pdm.lock": lock})
    assert (found.source, found.locked) == ("pdm", {"flask": "3.0", "click": "8.1", "asgiref": "3.8"})


def test_pylock_without_its_groups_and_extras(reading: Read) -> None:
    lock = """lock-version = "1.0"
default-groups = ["default"]
[[packages]]
name = "flask"
version = "3.0"
[[packages]]
name = "click"
version = "8.1"
marker = "'default' in dependency_groups"
[[packages]]
name = "black"
version = "1"
marker = "'dev' in dependency_groups"
[[packages]]
name = "colorama"
version = "1"
marker = "sys_platform == 'win32'"
[[packages]]
name = "mine"
version = "0.1"
vcs = { type = "git", url = "https://h.org/mine" }
"""
    found = reading({"pyproject.toml": PROJECT, "pylock.toml": lock})
    assert found.locked == {"flask": "3.0", "click": "8.1"}


def test_pipfile_lock_has_a_default_section(reading: Read) -> None:
    lock = {
        "default": {
            "flask": {"version": "==3.0", "hashes": ["sha256:aa"]},
            "mine": {"git": "https://h.org/mine", "ref": "abc"},
        },
        "develop": {"black": {"version": "==1"}},
    }
    found = reading({"Pipfile": '[packages]\nflask = "*"\n', "Pipfile.lock": json.dumps(lock)})
    assert (found.lock_file, found.locked) == ("Pipfile.lock", {"flask": "3.0"})


def test_a_compiled_file_with_markers(reading: Read) -> None:
    lock = "flask==3.0\nnumpy==1.26 ; python_version < '3.12'\nnumpy==2.1 ; python_version >= '3.12'\n-e file:.\n"
    found = reading({"requirements.in": "flask\n-e .", "requirements.txt": lock, "setup.py": "setup()"}, "3.11")
    assert found.locked == {"flask": "3.0", "numpy": "1.26"}


def lock_project(lock: str, text: str) -> dict[str, str]:
    """A project with a lock of this text."""
    stated = {"Pipfile": '[packages]\nflask = "*"\n'} if lock == "Pipfile.lock" else {"pyproject.toml": PROJECT}
    return {**stated, lock: text}


@pytest.mark.parametrize(
    ("lock", "text"),
    [
        ("uv.lock", "version = 2\n"),
        ("poetry.lock", '[metadata]\nlock-version = "3.0"\n'),
        ("pdm.lock", '[metadata]\nlock_version = "5.0.0"\n'),
        ("Pipfile.lock", '{"_meta": {"pipfile-spec": 7}}'),
        ("pylock.toml", 'lock-version = "2.0"\n'),
    ],
)
def test_a_lock_of_a_newer_format_is_refused(reading: Read, lock: str, text: str) -> None:
    with pytest.raises(InputError, match=rf"^{lock}: its format, [\d.]+, is newer than the newest that is known"):
        reading(lock_project(lock, text))


@pytest.mark.parametrize(
    ("lock", "text"),
    [
        ("uv.lock", "version = 1\nrevision = 99\n"),
        ("poetry.lock", '[metadata]\nlock-version = "2.9"\n'),
        ("pdm.lock", '[metadata]\nlock_version = "4.99.0"\n'),
        ("Pipfile.lock", '{"_meta": {"pipfile-spec": 6}}'),
        ("pylock.toml", 'lock-version = "1.9"\n'),
        ("poetry.lock", '[metadata]\nlock-version = "a"\n'),
        ("uv.lock", ""),
    ],
)
def test_a_newer_minor_format_or_none_is_read(reading: Read, lock: str, text: str) -> None:
    assert reading(lock_project(lock, text)).lock_file == lock


@pytest.mark.parametrize("lock", ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"])
def test_a_conflict_in_a_lock_is_named_with_its_line(reading: Read, lock: str) -> None:
    text = "\n<<<<<<< HEAD\n=======\n>>>>>>> other\n"
    with pytest.raises(InputError, match=rf"^{lock}:2: a conflict of a merge is left; resolve it"):
        reading(lock_project(lock, text))


@pytest.mark.parametrize(
    ("tool", "counts", "other"),
    [("[tool.uv]\n", "uv.lock", "poetry.lock"), ('[tool.poetry]\nname = "app"\n', "poetry.lock", "uv.lock")],
)
def test_of_two_locks_that_of_the_stated_tool_counts(reading: Read, tool: str, counts: str, other: str) -> None:
    found = reading({"pyproject.toml": PROJECT + tool, counts: "", other: ""})
    name = counts.partition(".")[0]
    assert found.lock_file == counts
    (note,) = found.notes
    assert note.startswith(f"{other}: is not read, as {counts} counts: pyproject.toml is written for {name}; remove ")


def test_of_two_locks_of_no_stated_tool_the_first_counts(reading: Read) -> None:
    files = {
        "pyproject.toml": PROJECT,
        "uv.lock": "",
        "pdm.lock": "",
        "Pipfile": '[packages]\nflask = "*"\n',
        "Pipfile.lock": "{}",
    }
    found = reading(files)
    assert found.lock_file == "uv.lock"
    assert [note.partition(";")[0] for note in found.notes] == [
        "pdm.lock: is not read, as uv.lock counts: it comes first",
        "Pipfile.lock: is not read, as uv.lock counts: it comes first",
    ]


LOCAL = '[project]\nname = "app"\ndependencies = ["flask", "mine"]\n[tool.uv.sources]\nmine = { path = "libs/mine" }\n'


def test_a_locked_path_where_nothing_is_stops(reading: Read) -> None:
    with pytest.raises(InputError, match=r"^pyproject.toml:3: nothing is at libs/mine, which uv.lock installs"):
        reading({"pyproject.toml": LOCAL, "uv.lock": "version = 1\n"})


def test_a_locked_path_where_something_is_stays_as_it_was(reading: Read) -> None:
    found = reading({"pyproject.toml": LOCAL, "uv.lock": "version = 1\n", "libs/mine/README": ""})
    assert found.local_packages == []
    assert any("libs/mine is left out" in note for note in found.notes)


def test_a_member_whose_root_is_above_is_told_where_to_run(reading: Read) -> None:
    member = PROJECT + "[tool.uv.sources]\nmine = { workspace = true }\n"
    found = reading({"pyproject.toml": member})
    assert texts(found) == ["flask[async]"]
    (note,) = found.notes
    assert note.startswith("pyproject.toml:3: mine is left out: it is in a uv workspace whose root is not here; run ")


def test_a_path_of_a_pipfile_lock_where_nothing_is_stops(reading: Read) -> None:
    stated = '[packages]\nmine = { path = "libs/mine" }\n'
    with pytest.raises(InputError, match=r"^Pipfile:2: nothing is at libs/mine, which Pipfile.lock installs"):
        reading({"Pipfile": stated, "Pipfile.lock": "{}"})


OF_WINDOWS = "sys_platform == 'win32'"
FOR_WINDOWS = {
    "uv.lock": f"""version = 1
[[package]]
name = "click"
version = "8.2"
{INDEX}
dependencies = [
  {{ name = "pywin32", marker = "{OF_WINDOWS}" }},
  {{ name = "six", marker = "sys_platform != 'emscripten'" }},
  {{ name = "older", marker = "python_version < '3.12'" }},
]
[[package]]
name = "pywin32"
version = "311"
{INDEX}
[[package]]
name = "six"
version = "1.17"
{INDEX}
[[package]]
name = "older"
version = "1"
{INDEX}
""",
    "poetry.lock": f"""[[package]]
name = "click"
version = "8.2"
[package.dependencies]
pywin32 = {{version = "*", markers = "{OF_WINDOWS}"}}
six = "*"
older = {{version = "*", markers = "python_version < '3.12'"}}
[[package]]
name = "pywin32"
version = "311"
[[package]]
name = "six"
version = "1.17"
[[package]]
name = "older"
version = "1"
""",
    "pdm.lock": f"""[metadata]
lock_version = "4.5.0"
[[package]]
name = "click"
version = "8.2"
dependencies = ["pywin32; {OF_WINDOWS}", "six", "older; python_version < '3.12'"]
[[package]]
name = "pywin32"
version = "311"
[[package]]
name = "six"
version = "1.17"
[[package]]
name = "older"
version = "1"
""",
}


@pytest.mark.parametrize("lock", FOR_WINDOWS)
def test_what_is_for_another_system_is_not_led_to(reading: Read, lock: str) -> None:
    project = '[project]\nname = "app"\ndependencies = ["click"]\n'
    found = reading({"pyproject.toml": project, lock: FOR_WINDOWS[lock]})
    assert found.locked == {"click": "8.2", "six": "1.17", "older": "1"}


def test_what_a_flat_lock_has_for_another_system_is_left_out(reading: Read) -> None:
    listed = f"click==8.2\npywin32==311 ; {OF_WINDOWS}\n"
    found = reading({"requirements.in": "click\n", "requirements.txt": listed})
    assert found.locked == {"click": "8.2"}
