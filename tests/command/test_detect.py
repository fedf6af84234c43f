"""`detect`: a table, a Copier data file, or JSON; nothing else on stdout, nothing written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command.running import EMITTED, FLASK, command, commit, copy_here, state, write
from tests.render.test_copier import copier

FORMATS = ["table", "yaml", "json"]
# YAML would read each of these as something else, were it not quoted
AWKWARD = {
    "web.py": "from flask import Flask\n\nno = Flask(__name__)\n",
    "pyproject.toml": '[project]\nname = "1e3"\nversion = "1"\nrequires-python = ">=3.12,<3.13"\n'
    'dependencies = ["flask>=3 ; python_version < \\"4\\"", "redis[hiredis]>=5"]\n',
}


def test_a_table_with_answer_value_and_place(repository: Path) -> None:
    done = command("detect", "--offline", cwd=repository)
    assert (done.code, done.err) == (0, "")
    header, *rows = done.out.splitlines()
    assert header.split("  ")[0] == "answer"
    assert "value" in header
    assert "read from" in header
    lines = [" ".join(row.split()) for row in rows]
    assert "framework flask web.py:5: site = Flask(__name__)" in lines
    assert "app web:site web.py:5: site = Flask(__name__)" in lines
    assert "dependencies flask==3.1.* requirements.txt" in lines
    assert any(line.startswith("python_version 3.") and line.endswith("a guess") for line in lines)


@pytest.mark.parametrize("files", [FLASK, AWKWARD], ids=["flask", "awkward"])
def test_yaml_is_a_data_file_for_copier(tmp_path: Path, template: Path, files: dict[str, str]) -> None:
    root = commit(write(tmp_path / "shop", files))
    done = command("detect", "--offline", "--format", "yaml", cwd=root)
    assert (done.code, done.err) == (0, "")
    found: dict[str, Any] = yaml.safe_load(done.out)
    assert found["framework"] == "flask"
    assert isinstance(found["python_version"], str)
    data = tmp_path / "found.yml"
    data.write_text(done.out, encoding="utf-8")
    copied = copier("copy", "--defaults", "--quiet", "--data-file", str(data), template, tmp_path / "rendered" / "shop")
    assert copied.returncode == 0, copied.stderr
    copy_here(root, template)
    rendered = tmp_path / "rendered/shop"
    for name in EMITTED:
        # What the command compares with later is the command's own
        mine = re.sub(r"^detected:\n(?:[ -].*\n)*", "", (root / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert (rendered / name).read_text(encoding="utf-8") == mine


def test_json_has_the_evidence(repository: Path) -> None:
    done = command("detect", "--offline", "--format", "json", cwd=repository)
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    assert document["answers"]["framework"] == "flask"
    findings = {finding["answer"]: finding for finding in document["findings"]}
    assert findings["app"] == {
        "answer": "app",
        "value": "web:site",
        "guess": False,
        "evidence": [{"path": "web.py", "line": 5, "text": "site = Flask(__name__)"}],
    }
    assert findings["python_version"]["guess"]
    assert isinstance(document["notes"], list)


def test_all_formats_say_the_same(repository: Path) -> None:
    document = json.loads(command("detect", "--offline", "-f", "json", cwd=repository).out)
    assert yaml.safe_load(command("detect", "--offline", "-f", "yaml", cwd=repository).out) == document["answers"]


@pytest.mark.parametrize("form", FORMATS)
def test_writes_nothing(repository: Path, form: str) -> None:
    before = state(repository)
    assert command("detect", "--offline", "--format", form, cwd=repository).code == 0
    assert state(repository) == before


@pytest.mark.parametrize("form", FORMATS)
def test_a_destination_by_its_path(repository: Path, form: str) -> None:
    here = command("detect", "--offline", "--format", form, cwd=repository)
    there = command("detect", "--offline", "--format", form, "shop", cwd=repository.parent)
    assert there == here


@pytest.mark.parametrize("form", FORMATS)
def test_an_error_leaves_stdout_empty(tmp_path: Path, form: str) -> None:
    done = command("detect", "--offline", "--format", form, cwd=tmp_path)
    done.fails(3, "no Python")
    assert done.out == ""
    assert state(tmp_path) == {}


def test_nothing_of_the_repository_is_run(tmp_path: Path) -> None:
    trap = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n"
    root = write(
        tmp_path / "shop",
        {
            "app.py": trap + "from flask import Flask\napp = Flask(__name__)\n",
            "setup.py": trap + "from setuptools import setup\nsetup(name='shop', install_requires=['flask'])\n",
            "yaml.py": trap,
            "typer.py": trap,
            "rich/__init__.py": trap,
            "sitecustomize.py": trap,
            "conftest.py": trap,
        },
    )
    assert command("detect", "--offline", str(root), cwd=tmp_path).code == 0
    assert not list(tmp_path.rglob("ran"))


def test_marks_and_control_characters_of_sources_are_shown_as_they_are(tmp_path: Path) -> None:
    root = write(
        tmp_path / "shop",
        {"app.py": "from flask import Flask\napp = Flask('[bold]\\x1b[31m[/] \x1b[31mred é')  # [link=x]\n"},
    )
    for form in FORMATS:
        done = command("detect", "--offline", "--format", form, cwd=root)
        assert done.code == 0, done.err
        assert "[bold]" in done.out
        assert "\x1b" not in done.out, "a source sends control characters to the terminal"


def test_what_yaml_cannot_hold_is_no_error(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {"app.py": "from flask import Flask\napp = Flask('\ufffe\x85\u2028')\n"})
    done = command("detect", "--offline", "--format", "yaml", cwd=root)
    assert done.code == 0, done.err
    assert yaml.safe_load(done.out)["app"] == "app:app"
