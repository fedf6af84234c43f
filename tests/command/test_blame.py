"""What is wrong with an answer is told with where it came from: given, found, or the user's settings of Copier."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.command.running import FLASK, answers, command, write

TEMPLATED = "{{ 7*7 }}{{ _copier_conf }}{% raise %}"


def copy(project: Path, template: Path, *more: str, **env: str) -> tuple[int, str]:
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, *more, cwd=project, **env)
    assert done.err.count("\n") == (done.code != 0)
    return done.code, done.err


def test_what_was_found_is_blamed_on_its_file(tmp_path: Path, template: Path) -> None:
    root = write(tmp_path / "shop", {"{{ 7*7 }}/main.py": "from flask import Flask\napp = Flask(__name__)\n"})
    code, said = copy(root, template)
    assert code == 3
    assert said.startswith("copier-slim: {{ 7*7 }}/main.py:2: app = Flask(__name__): python_path cannot be that: ")
    assert "give another value with --data python_path=" in said


@pytest.mark.parametrize(("given", "folder"), [("python_path=../x", "{{ 7*7 }}/"), ("port=x", ""), ("framework=x", "")])
def test_what_was_given_is_blamed_on_the_option(tmp_path: Path, template: Path, given: str, folder: str) -> None:
    root = write(tmp_path / "shop", {f"{folder}main.py": "from flask import Flask\napp = Flask(__name__)\n"})
    assert f"--data {given.partition('=')[0]}: " in copy(root, template, "--data", given)[1]


@pytest.mark.parametrize("settings", ["root:x:0:0\n", "defaults: 3\n", "defaults: [\n", "\x00", "trust: {a: b}\n"])
def test_settings_that_are_none_are_told(bare: Path, template: Path, settings: str) -> None:
    path = bare.parent / "settings.yml"
    path.write_text(settings, encoding="utf-8")
    code, said = copy(bare, template, COPIER_SETTINGS_PATH=str(path))
    assert code == 3
    assert said.startswith(
        f"copier-slim: {path}, which COPIER_SETTINGS_PATH names as Copier's settings, cannot be read: "
    )
    assert "errors.pydantic.dev" not in said
    assert "fix it" in said


@pytest.mark.parametrize(("answer", "value"), [("port", "abc"), ("uid", "-3"), ("package_tool", "conda")])
def test_a_default_of_the_settings_is_blamed_on_them(bare: Path, template: Path, answer: str, value: str) -> None:
    path = bare.parent / "settings.yml"
    path.write_text(yaml.safe_dump({"defaults": {answer: value}}), encoding="utf-8")
    code, said = copy(bare, template, COPIER_SETTINGS_PATH=str(path))
    assert code == 3
    assert (
        f"{path}, which COPIER_SETTINGS_PATH names as Copier's settings, has an invalid default for {answer}: " in said
    )


def test_what_looks_like_a_template_is_text(tmp_path: Path, template: Path) -> None:
    """Copier renders none of what a repository says, as an answer or as a name, nor on the next update."""
    lines = f"flask==3.1.*\n# {TEMPLATED}\nsix # {TEMPLATED}\n"
    root = write(tmp_path / TEMPLATED, {**FLASK, "requirements.txt": lines, f"{TEMPLATED}/x.txt": ""})
    assert copy(root, template) == (0, "")
    assert TEMPLATED in str(answers(root)["dependencies"])
    assert (root / "requirements.in").read_text(encoding="utf-8").count(TEMPLATED) == 2
    assert "49" not in (root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "49" not in (root / "Dockerfile").read_text(encoding="utf-8")
