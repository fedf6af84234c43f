"""pyproject.toml in the dialects of PEP 621, uv, Poetry and PDM."""

from __future__ import annotations

import pytest

from copier_slim.errors import InputError

from .conftest import Read, texts

HEAD = '[project]\nname = "app"\n'


def test_pep621_with_the_extras_of_a_deployment(reading: Read) -> None:
    found = reading(
        {
            "pyproject.toml": HEAD
            + 'requires-python = ">=3.11"\ndependencies = ["flask>=2", \'a; sys_platform == "linux"\']\n'
            + '[project.optional-dependencies]\ntest = ["pytest"]\nprod = ["gunicorn"]\n'
            + '[dependency-groups]\ndev = ["black"]\nweb = ["uvicorn"]\n'
        }
    )
    assert texts(found) == ["flask>=2", 'a ; sys_platform == "linux"', "gunicorn", "uvicorn"]
    assert [declared.evidence.line for declared in found.declared] == [4, 4, 7, 10]
    assert [(specifier, evidence.line) for specifier, evidence in found.requires_python] == [(">=3.11", 3)]
    assert found.notes == [
        "pyproject.toml:7: the extra prod is taken too, as a deployment needs it",
        "pyproject.toml: the group web is taken too, as a deployment needs it",
    ]


@pytest.mark.parametrize(
    "table",
    [
        '[tool.setuptools.dynamic]\ndependencies = {file = ["deps.txt"]}',
        '[tool.setuptools.dynamic]\ndependencies = {file = "deps.txt"}',
        '[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ["deps.txt"]',
    ],
)
def test_dynamic_dependencies_are_in_a_file(reading: Read, table: str) -> None:
    head = HEAD + 'dynamic = ["dependencies"]\n'
    found = reading({"pyproject.toml": head + table, "deps.txt": "flask"})
    assert (found.source, texts(found)) == ("pyproject", ["flask"])


def test_dynamic_dependencies_without_a_table_are_in_setup_py(reading: Read) -> None:
    head = HEAD + 'dynamic = ["dependencies"]\n'
    found = reading({"pyproject.toml": head, "setup.py": "setup(install_requires=['flask'])"})
    assert (found.source, texts(found)) == ("pyproject", ["flask"])


MEMBER = '[project]\nname = "lib"\ndependencies = ["attrs", "deeper"]\n'
UV = (
    HEAD
    + """dependencies = ["a>=1", "b", "c", "d", "lib", "local"]
[tool.uv.sources]
a = { git = "https://github.com/o/a", rev = "abc", subdirectory = "s" }
b = { url = "https://h.org/b-1.zip" }
c = { index = "private" }
d = [
  { git = "https://h.org/d", tag = "v1", marker = "sys_platform == 'linux'" },
  { index = "mac", marker = "sys_platform != 'linux'" },
]
lib = { workspace = true }
local = { path = "vendor/local", editable = true }
deeper = { workspace = true }
[tool.uv.workspace]
members = ["packages/*"]
"""
)


def test_sources_of_uv(reading: Read) -> None:
    found = reading(
        {
            "pyproject.toml": UV,
            "packages/lib/pyproject.toml": MEMBER,
            "packages/deeper/pyproject.toml": '[project]\nname = "deeper"\ndependencies = ["six"]\n',
            "packages/unused/pyproject.toml": '[project]\nname = "unused"\ndependencies = ["unused"]\n',
            "vendor/local/setup.py": "setup(name='local', install_requires=['idna'], python_requires='>=3.9')",
        }
    )
    assert texts(found) == [
        "a @ git+https://github.com/o/a@abc#subdirectory=s",
        "b @ https://h.org/b-1.zip",
        "c",
        'd ; sys_platform != "linux"',
        'd @ git+https://h.org/d@v1 ; sys_platform == "linux"',
        "attrs",
        "idna",
        "six",
    ]
    assert found.local_packages == ["packages/lib", "vendor/local", "packages/deeper"]
    assert [specifier for specifier, _ in found.requires_python] == [">=3.9"]
    assert [note.partition(":")[2].partition(" comes")[0] for note in found.notes] == ["3: c"]


POETRY_VERSIONS = [
    ('"^1.2"', "a>=1.2,<2.0"),
    ('"~1.2"', "a>=1.2,<1.3"),
    ('"1.2"', "a==1.2"),
    ('"1.*"', "a==1.*"),
    ('"*"', "a"),
    ('">=1,<3"', "a>=1,<3"),
    ('"!=1.2"', "a!=1.2"),
    ('">=1,!=1.5,<2"', "a>=1,<2,!=1.5"),
    ('{version = "^1", extras = ["x"], python = ">=3.8"}', 'a[x]>=1,<2 ; python_version >= "3.8"'),
    ('{version = "*", markers = "sys_platform == \'linux\'"}', 'a ; sys_platform == "linux"'),
    ('{version = "*", platform = "linux"}', 'a ; sys_platform == "linux"'),
    ('{git = "https://h.org/a.git", branch = "main"}', "a @ git+https://h.org/a.git@main"),
    ('{git = "https://h.org/a.git", tag = "1", subdirectory = "s"}', "a @ git+https://h.org/a.git@1#subdirectory=s"),
    ('{url = "https://h.org/a-1.zip"}', "a @ https://h.org/a-1.zip"),
]


@pytest.mark.parametrize(("stated", "expected"), POETRY_VERSIONS)
def test_versions_of_poetry(reading: Read, stated: str, expected: str) -> None:
    found = reading({"pyproject.toml": f"[tool.poetry.dependencies]\npython = '*'\na = {stated}\n"})
    assert (found.source, texts(found), found.notes) == ("poetry", [expected], [])
    assert found.declared[0].evidence.line == 3


@pytest.mark.parametrize(
    ("stated", "expected"), [("^1 || ^2", "a>=1,<3"), ("<1 || >2", "a"), ("1.0 || ^3", "a>=1.0,<4")]
)
def test_an_or_of_poetry_is_widened_and_noted(reading: Read, stated: str, expected: str) -> None:
    found = reading({"pyproject.toml": f'[tool.poetry.dependencies]\na = "{stated}"\n'})
    assert texts(found) == [expected]
    assert [note.partition(" is ")[0] for note in found.notes] == [f'pyproject.toml:2: "{stated}"']


def test_poetry_has_a_main_group_extras_and_paths(reading: Read) -> None:
    found = reading(
        {
            "pyproject.toml": """[tool.poetry]
name = "app"
package-mode = false
[tool.poetry.dependencies]
python = "~3.11"
many = [{version = "<2", python = "<3.9"}, {version = ">=2", python = ">=3.9"}]
wide = "^1 || ^3"
gunicorn = {version = "*", optional = true}
psycopg = {version = "*", optional = true}
lib = {path = "libs/x", develop = true}
mine = {version = "1", source = "private"}
[tool.poetry.extras]
production = ["gunicorn"]
pg = ["psycopg"]
[tool.poetry.group.dev.dependencies]
black = "*"
[[tool.poetry.source]]
name = "private"
url = "https://h.org/simple"
""",
            "libs/x/pyproject.toml": '[tool.poetry]\nname = "lib"\n[tool.poetry.dependencies]\nattrs = "*"\n',
        }
    )
    assert texts(found) == [
        'many<2 ; python_version < "3.9"',
        'many>=2 ; python_version >= "3.9"',
        "wide>=1,<4",
        "gunicorn",
        "mine==1",
        "attrs",
    ]
    assert found.local_packages == ["libs/x"]
    assert [specifier for specifier, _ in found.requires_python] == [">=3.11,<3.12"]
    assert found.package is not None
    assert not found.package.installable
    assert sorted(note.partition(": ")[0] for note in found.notes) == [
        "pyproject.toml:13",
        "pyproject.toml:7",
    ]


def test_poetry_enriches_pep621(reading: Read) -> None:
    found = reading(
        {
            "pyproject.toml": HEAD
            + 'dependencies = ["a>=1", "b"]\n'
            + '[tool.poetry.dependencies]\na = {git = "https://h.org/a", rev = "1"}\n'
        }
    )
    assert (found.source, texts(found)) == ("poetry", ["a @ git+https://h.org/a@1", "b"])


@pytest.mark.parametrize(
    ("python", "specifier"), [("3.11", "==3.11.*"), ("3.11.4", "==3.11.4"), ("^3.9", ">=3.9,<4.0")]
)
def test_python_of_poetry(reading: Read, python: str, specifier: str) -> None:
    found = reading({"pyproject.toml": f'[tool.poetry.dependencies]\npython = "{python}"\na = "1"\n'})
    assert [specifier for specifier, _ in found.requires_python] == [specifier]


def test_a_path_of_pdm(reading: Read) -> None:
    found = reading(
        {
            "pyproject.toml": HEAD + 'dependencies = ["x @ file:///${PROJECT_ROOT}/libs/x"]\n[tool.pdm]\n',
            "libs/x/pyproject.toml": MEMBER.replace("lib", "x").replace(', "deeper"', ""),
        }
    )
    assert (found.source, found.local_packages, texts(found)) == ("pdm", ["libs/x"], ["attrs"])


REFUSED = [
    ("[project\n", r"pyproject\.toml:1: not valid TOML"),
    (HEAD + 'dependencies = ["ok",\n"flask=>2"]\n', r'pyproject\.toml:4: "flask=>2" is not a requirement'),
    (HEAD + 'dependencies = "flask"\n', r"pyproject\.toml: project.dependencies is no list"),
    (HEAD + 'requires-python = "3.x"\n', r'pyproject\.toml:3: "3.x" is no version specifier'),
    ('[tool.poetry.dependencies]\na = "=>1"\n', r"pyproject\.toml:2: the version or marker of a"),
    ("[tool.poetry.dependencies]\na = 1\n", r"pyproject\.toml:2: the version or marker of a"),
    ('[tool.poetry.dependencies]\npython = "=>3"\n', r"pyproject\.toml:2: =>3 is not a Python version"),
    (
        HEAD + 'dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {file = "gone.txt"}\n',
        r"pyproject\.toml:5: there is no gone\.txt",
    ),
]


@pytest.mark.parametrize(("content", "complaint"), REFUSED)
def test_a_broken_pyproject_is_refused_with_its_place(reading: Read, content: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        reading({"pyproject.toml": content})
