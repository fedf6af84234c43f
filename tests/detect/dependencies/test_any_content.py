"""Whatever stands in the files: an answer or an InputError of one line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copier_slim.detect.dependencies import read
from copier_slim.errors import InputError

from .conftest import repository

HEADERS = {
    "requirements.in": ("",),
    "requirements.txt": ("", "-r ", "-e ", "x @ ", "git+", "x ; ", "./", "--"),
    "pyproject.toml": (
        "",
        "[project]\nname = 'x'\n",
        "[project]\ndependencies = [",
        "[tool.poetry.dependencies]\na = ",
        "[tool.poetry]\nname = ",
        "[build-system]\n",
        "[tool.uv.sources]\n",
    ),
    "setup.cfg": ("", "[options]\ninstall_requires = ", "[metadata]\n", "[options.entry_points]\nconsole_scripts ="),
    "setup.py": ("", "setup(install_requires=", "setup(entry_points='''", "setup(**"),
    "Pipfile": ("", "[packages]\na = ", "[requires]\n", "[[source]]\n"),
    "Pipfile.lock": ("", '{"default": '),
    "uv.lock": ("", "[[package]]\nname = 'a'\n"),
    "poetry.lock": ("", "[[package]]\nname = 'a'\n"),
    "pdm.lock": ("", "[[package]]\nname = 'a'\n"),
    "pylock.toml": ("", "[[packages]]\nname = 'a'\n"),
    "environment.yml": ("", "dependencies:\n- ", "dependencies:\n- pip:\n  - "),
    "requirements/base.txt": ("",),
    "constraints.txt": ("",),
    "reqs.txt": ("",),
}
# So that a file is read at all
BESIDE: dict[str, dict[str, str]] = {
    "Pipfile.lock": {"Pipfile": '[packages]\na = "*"\n'},
    "uv.lock": {"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['a']\n"},
    "poetry.lock": {"pyproject.toml": "[tool.poetry.dependencies]\na = '*'\n"},
    "pdm.lock": {"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['a']\n"},
    "pylock.toml": {"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['a']\n"},
    "constraints.txt": {"requirements.txt": "a\n-c constraints.txt\n"},
}
# What such files are made of breaks more than characters alone
PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "b-c",
            "1.0",
            "==",
            ">=",
            "^",
            "~",
            "||",
            "*",
            "[",
            "]",
            "{",
            "}",
            "(",
            ")",
            '""',
            "'",
            '"',
            "=",
            ",",
            ";",
            "#",
            "\n",
            "\\\n",
            "\t",
            "@",
            ":",
            "://",
            "file:",
            "https://h/",
            "git+",
            "egg=",
            "..",
            "/",
            ".",
            "-e",
            "-r",
            "-c",
            "--",
            "$",
            "${X}",
            "%(x)s",
            "{{",
            "}}",
            "name",
            "version",
            "dependencies",
            "extras",
            "python",
            "markers",
            "source",
            "git",
            "path",
            "url",
            "true",
            "1",
            "null",
            "-",
            "!",
            "&",
            "|",
            ">",
            "<",
            "\ufeff",
            "\x00",
            "\x0c",
            "é",
            "%00",
            "python_version",
            "install_requires",
            "console_scripts",
            "open('a')",
            "lambda",
        ]
    ),
    max_size=24,
).map("".join)


def only_input_errors(files: dict[str, str | bytes]) -> None:
    """Reads a repository with these files."""
    with tempfile.TemporaryDirectory() as root:
        complaint = ""
        try:
            read(repository(Path(root), files), "3.13")
        except InputError as error:
            complaint = str(error)
        assert "\n" not in complaint
        assert len(complaint) < 500


@pytest.mark.parametrize("path", HEADERS)
@settings(max_examples=60, deadline=None, database=None)
@given(data=st.data())
def test_any_content_is_read_or_refused(path: str, data: st.DataObject) -> None:
    header = data.draw(st.sampled_from(HEADERS[path]))
    content = data.draw(st.one_of(PIECES.map(str.encode), st.text(max_size=60).map(str.encode), st.binary(max_size=60)))
    only_input_errors({**BESIDE.get(path, {}), path: header.encode() + content})


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(["a", "1", "*", ">=1", "", "a>=1", "x y", ".."])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "version",
                    "dependencies",
                    "extras",
                    "python",
                    "markers",
                    "source",
                    "git",
                    "path",
                    "url",
                    "index",
                    "groups",
                    "optional",
                    "type",
                    "a",
                    "registry",
                    "file",
                    "files",
                    "workspace",
                    "members",
                    "project",
                    "tool",
                    "poetry",
                    "uv",
                    "pdm",
                    "scripts",
                    "dynamic",
                    "default",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def as_toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, bool) or value is None:
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'


@pytest.mark.parametrize(
    "template",
    [
        {"pyproject.toml": "project = {}"},
        {"pyproject.toml": "tool = {}"},
        {"pyproject.toml": "build-system = {}"},
        {"pyproject.toml": "project = {{name = 'x', dependencies = ['a']}}\ntool.uv = {}"},
        {"pyproject.toml": "project = {{name = 'x', dependencies = ['a']}}\ntool.uv.sources.a = {}"},
        {"pyproject.toml": "tool.poetry = {}"},
        {"pyproject.toml": "tool.poetry.dependencies = {}"},
        {"pyproject.toml": "tool.poetry.dependencies.a = {}"},
        {"Pipfile": "packages = {}"},
        {"Pipfile": "packages.a = {}"},
        {"pyproject.toml": "project.dependencies = ['a']", "uv.lock": "package = [{{name = 'a'}}, {}]"},
        {"pyproject.toml": "project.dependencies = ['a']", "pdm.lock": "package = [{{name = 'a'}}, {}]"},
        {"pyproject.toml": "project.dependencies = ['a']", "pylock.toml": "packages = [{{name = 'a'}}, {}]"},
        {"pyproject.toml": "tool.poetry.dependencies.a = '*'", "poetry.lock": "package = [{{name = 'a'}}, {}]"},
    ],
    ids=str,
)
@settings(max_examples=60, deadline=None, database=None)
@given(value=VALUES)
def test_any_type_of_value_is_read_or_refused(template: dict[str, str], value: object) -> None:
    only_input_errors({path: content.format(as_toml(value)) for path, content in template.items()})
