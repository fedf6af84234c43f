"""Every error is one line on stderr, and its exit code is the contract's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from copier_slim import lock as locks
from copier_slim.engine import builds
from copier_slim.errors import CheckFailedError, CopierSlimError, InputError, ToolError
from tests.command.running import Result, command, copy_here, environment, state, write
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["copy", "--nope"], ["--nope"]),
        (["copy", "--data"], ["--data"]),
        (["copy", "--defaults", "--data", "port"], ["port", "NAME=VALUE"]),
        (["copy", "--defaults", "--data", "=9000"], ["NAME=VALUE"]),
        (["copy", "one", "two"], ["two"]),
        (["detect", "--format", "xml"], ["xml", "json"]),
        (["lock", "--check", "--upgrade"], ["--check", "--upgrade"]),
        (["update", "--defaults", "--data", "port"], ["port", "NAME=VALUE"]),
        (["nosuch"], ["nosuch"]),
        (["--nope"], ["--nope"]),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    command(*arguments, cwd=tmp_path).fails(2, *words)
    assert state(tmp_path) == {}


@pytest.mark.parametrize("files", [{}, {"app.py": "from flask import Flask\napp = Flask(__name__)\n"}])
def test_nobody_to_ask(tmp_path: Path, template: Path, files: dict[str, str]) -> None:
    project = write(tmp_path / "shop", files)
    before = state(project)
    command("copy", "--no-lock", "--offline", "--template", template, cwd=project).fails(2, "--defaults")
    assert state(project) == before


@pytest.mark.parametrize("verb", [["copy", "--defaults", "--no-lock", "--offline"], ["detect", "--offline"]])
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"index.html": "<p>\n"}, ["no Python"]),
        ({"main.go": "package main\n", "README.md": "# Go\n"}, ["no Python"]),
        ({"app.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": "flask\n\nfl ask==\n"},
         ["requirements.txt:3", "fl ask=="]),
        ({"app.py": "from flask import Flask\napp = Flask(__name__)\n", ".python-version": "2.7\n"},
         [".python-version", "2.7"]),
    ],
    ids=["html", "go", "requirement", "python"],
)  # fmt: skip
def test_input_that_cannot_be_used(tmp_path: Path, verb: list[str], files: dict[str, str], words: list[str]) -> None:
    project = write(tmp_path / "shop", files)
    before = state(project)
    command(*verb, cwd=project).fails(3, *words)
    assert state(project) == before


def test_a_file_is_no_destination(tmp_path: Path, template: Path) -> None:
    write(tmp_path, {"shop": "text\n"})
    before = state(tmp_path)
    command("copy", "--defaults", "--template", template, "shop", cwd=tmp_path).fails(3, "shop", "file")
    command("copy", "--defaults", "--template", template, "shop/below", cwd=tmp_path).fails(3, "shop")
    for verb in "detect", "update", "lock":
        command(verb, "shop", cwd=tmp_path).fails(3, "shop")
    assert state(tmp_path) == before


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("port=0", ["port", "1 to 65535"]),
        ("port=many", ["port"]),
        ("framework=rails", ["framework"]),
        ("app=web;site", ["app", "module:name"]),
        ("python_version=2.7", ["python_version"]),
        ("dependencies=fl ask", ["dependencies", "name>=1.0"]),
        ("environment=API_KEY=abc", ["environment"]),
        ("uid=root", ["uid"]),
        ("extras=[nosuch]", ["extras"]),
    ],
)
def test_an_answer_that_is_refused_is_named(bare: Path, template: Path, data: str, words: list[str]) -> None:
    before = state(bare)
    name, _, value = data.partition("=")
    with pytest.raises(InputError) as caught:
        copy_here(bare, template, **{"framework": "flask", name: value})
    for word in words:
        assert word in str(caught.value)
    assert state(bare) == before


def test_an_answer_that_is_refused_is_one_line(bare: Path, template: Path) -> None:
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, "-d", "port=0", cwd=bare)
    done.fails(3, "port", "65535")


def test_an_unknown_question_is_an_error(bare: Path, template: Path) -> None:
    before = state(bare)
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, "-d", "portt=1", cwd=bare)
    assert done.code in (2, 3)
    done.fails(done.code, "portt")
    assert state(bare) == before


@pytest.mark.parametrize("template", ["/no/such/template", "https://localhost:9/no/such.git"])
def test_a_template_that_is_not_there(bare: Path, template: str) -> None:
    before = state(bare)
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, cwd=bare)
    done.fails(3 if template.startswith("/") else 4, "template")
    assert state(bare) == before


def test_a_template_of_another_kind(bare: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", {"README.md": "no template\n"})
    before = state(bare)
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", other, cwd=bare)
    done.fails(3, "template")
    assert state(bare) == before


def test_without_a_lock_all_else_is_written(bare: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_lock(*_: object, **__: object) -> None:
        raise ToolError("no Docker Engine answers; run: docker build --target lock --output . .")

    monkeypatch.setattr(locks, "compile_lock", compile_lock)
    monkeypatch.setattr(builds, "answers", lambda: False)
    asked = (bare / "requirements.txt").read_bytes()
    with pytest.raises(ToolError, match=r"docker build --target lock --output \. \."):
        copy_here(bare, template, lock=True)
    assert (bare / "Dockerfile").exists()
    assert (bare / "requirements.txt").read_bytes() == asked


@pytest.mark.parametrize("error", [InputError("flask==99 is not to be had"), ToolError("the index does not answer")])
def test_what_cannot_be_locked_writes_nothing(
    repository: Path, template: Path, monkeypatch: pytest.MonkeyPatch, error: CopierSlimError
) -> None:
    def compile_lock(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(locks, "compile_lock", compile_lock)
    monkeypatch.setattr(builds, "answers", lambda: True)
    before = state(repository)
    with pytest.raises(type(error), match=str(error)):
        copy_here(repository, template, lock=True)
    assert state(repository) == before


def test_exit_codes_are_the_contract_s() -> None:
    assert [kind.exit_code for kind in (CopierSlimError, CheckFailedError, InputError, ToolError)] == [1, 1, 3, 4]


def test_no_engine_and_no_python_is_exit_4(bare: Path, template: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    env = environment() | {"PATH": str(tools), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "copier_slim", "copy", "--defaults", "--offline", "--template", template,
         "--data", "python_version=3.13" if sys.version_info[:2] != (3, 13) else "python_version=3.12", bare],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("copier-slim: ")
    assert "docker" in done.stderr.lower()


NO_ENGINE = {
    "no docker": "",
    "an engine that is not there": "#!/bin/sh\nexit 1\n",
    "an engine that never answers": "#!/bin/sh\nexec sleep 60\n",
}


@pytest.mark.parametrize("docker", NO_ENGINE)
@pytest.mark.parametrize("tool", ["pip-tools", "uv"])
def test_without_an_engine_the_user_s_project_is_named(
    bare: Path, template: Path, tmp_path: Path, docker: str, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no folder that is gone when it is read."""
    (tmp_path / "temporary").mkdir()
    tools = write(tmp_path / "bin", {"docker": NO_ENGINE[docker]} if NO_ENGINE[docker] else {})
    for path in tools.iterdir():
        path.chmod(0o755)
    sleep = shutil.which("sleep")
    assert sleep
    (tools / "sleep").symlink_to(sleep)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    version = "3.13" if sys.version_info[:2] != (3, 13) else "3.12"
    answers = [f"--data=python_version={version}", f"--data=package_tool={tool}"]
    done = command("copy", "--defaults", "--offline", "--template", template, *answers, bare, cwd=tmp_path)
    done.fails(4, "no Docker Engine answers", f"start Docker and run: copier-slim lock {bare}")
    assert "temporary" not in done.err + done.out
    assert not list((tmp_path / "temporary").iterdir())


def test_a_fault_of_our_own_is_one_line_too(bare: Path, template: Path) -> None:
    code = (
        "import sys; from copier_slim import cli, copy; sys.argv[0] = 'copier-slim'\n"
        "def broken(*_): raise RuntimeError('two\\nlines')\n"
        "copy.copy = broken\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "copy", "--defaults", "--template", template],
        cwd=bare, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("copier-slim: RuntimeError: two lines")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["copy", "update", "detect", "lock"])
def test_help_has_an_example(tmp_path: Path, verb: str) -> None:
    done = command(verb, "--help", cwd=tmp_path)
    assert done.code == 0
    assert f"copier-slim {verb}" in done.out[done.out.index("Example") :]


def test_version(tmp_path: Path) -> None:
    done = command("--version", cwd=tmp_path)
    assert done.code == 0
    assert f'version = "{done.out.strip()}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_a_closed_pipe_is_no_traceback(bare: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "copier_slim", "detect", "--offline", "--format", "json"],
        cwd=bare, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "fault" not in said
    assert "Exception ignored" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize("verb", ["detect --offline", "detect --offline --format json", "--version", "--help"])
def test_a_stdout_that_is_full_is_said_in_one_line(tmp_path: Path, verb: str) -> None:
    shop = write(tmp_path / "shop", {"app.py": "from flask import Flask\n\napp = Flask(__name__)\n"})
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "copier_slim", *verb.split()],
            cwd=shop, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    Result(done.returncode, "", done.stderr).fails(4, "No space left on device; free some space")


@pytest.mark.skipif(sys.platform == "win32", reason="sh closes it")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_an_empty_one(tmp_path: Path, template: Path, closed: str) -> None:
    line = f'exec "$0" -m copier_slim copy --defaults --no-lock --template "$1" shop {closed}'
    done = subprocess.run(
        ["sh", "-c", line, sys.executable, template],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "shop" / "Dockerfile").read_text(encoding="utf-8").startswith("# The lock:")
