"""Nothing that is shown draws on the terminal: names, lines and logs are seen for what they are, in every verb."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from io import StringIO
from pathlib import Path

import pytest
import yaml

from copier_slim import catalog
from copier_slim.console import console, progress, styled
from copier_slim.printable import as_json, printable, shell_word
from copier_slim.verify import report as verify_report
from copier_slim.verify.not_seen import NotSeen
from copier_slim.verify.outcome import failed
from copier_slim.verify.result import Report, Result
from tests.command.running import FLASK, commit, environment, write
from tests.conftest import ROOT

MARKUP = "[red]x[bold][link=y]:smile:"
# Colours, a link, a turned direction, a C1 control, a bell, backspaces, a return, what has no width, separators
TEXT = "\x1b[2J\x1b]8;;y\x1b\\\u202e\u2066\u061c\x9b31m\x07\x08\x08\u200b\u200d\ufeff\u2028\u00ad\x7f\u3164"
SEEN = r"\x1b[2J\x1b]8;;y\x1b" "\\" r"\u202e\u2066\u061c\x9b31m\x07\x08\x08\u200b\u200d\ufeff\u2028\xad\x7f\u3164"
NAME, SEEN_NAME = f"{MARKUP}{TEXT}\r\n\udcff", rf"{MARKUP}{SEEN}\r\n\udcff"
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\ud800-\udfff]"
)
DOCKER = """#!{python}
import pathlib, sys
if sys.argv[1] == "build":
    sys.stderr.buffer.write(pathlib.Path(__file__).with_name("log").read_bytes())
    sys.exit(1)
print("28.0")
"""


def run(*arguments: str | Path, cwd: Path, code: int, **env: str) -> tuple[str, str]:
    """Runs the command, which ends with `code`; what it wrote to its two streams, none of which draws."""
    done = subprocess.run(
        [sys.executable, "-m", "copier_slim", *arguments], cwd=cwd, env=environment() | {"COLUMNS": "4000"} | env,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    out, err = (stream.decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr))
    assert done.returncode == code, err or out
    assert "Traceback" not in err
    assert "this is a fault" not in err
    for stream in out, err:
        assert not FORBIDDEN.search(stream), f"{arguments}: {stream!r}"
    return out, err


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A service whose folder, files, requirements and statements would draw."""
    line = MARKUP + TEXT
    files = {
        **FLASK,
        "Procfile": f"web: gunicorn web:site --log-file {line}\n",
        "requirements.txt": f"flask==3.1.*\n# {line}\n-e ./{line}\n",
        f"{NAME}.py": "from flask import Flask\n\nother = Flask(__name__)\n",
        f"{NAME}/pyproject.toml": "[project]\nname = 'x'\n",
    }
    root = tmp_path / NAME
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def failing_docker(tmp_path: Path) -> dict[str, str]:
    """The environment with a `docker` whose builds fail with lines that would draw."""
    place = tmp_path / "bin"
    place.mkdir()
    (place / "docker").write_text(DOCKER.format(python=sys.executable), encoding="utf-8")
    (place / "docker").chmod(0o755)
    line = (MARKUP + TEXT).encode()
    error = b'process "/bin/sh -c pip-compile ' + line + b'" did not complete successfully: exit code: 1'
    log = b"#9 [compile 3/3] RUN pip-compile " + line + b"\n#9 0.1 one " + line + b"\xff\n#9 ERROR: " + error + b"\n"
    (place / "log").write_bytes(log)
    return {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}"}


def test_detect(hostile: Path) -> None:
    for options in [], ["--format", "yaml"], ["--format", "json"]:
        out, _ = run("detect", "--offline", *options, hostile, cwd=hostile.parent, code=0)
        assert MARKUP in out
        if "yaml" in options:
            assert yaml.safe_load(out)["framework"] == "flask"
        if "json" in options:
            json.loads(out)
        else:
            assert SEEN[:40] in out
    _, err = run("detect", "--offline", NAME, cwd=hostile, code=3)
    assert SEEN_NAME in err


def test_copy_and_what_follows(hostile: Path, template: Path, failing_docker: dict[str, str]) -> None:
    copy = ["copy", "--defaults", "--offline", "--template", template]
    out, _ = run(*copy, "--no-lock", hostile, cwd=hostile.parent, code=0)
    place = shell_word(hostile)
    assert out.endswith(f"next: copier-slim lock {place} && docker build --tag app {place}\n")
    assert SEEN[:40] in out
    _, err = run(*copy, hostile, cwd=hostile.parent, code=3)
    assert SEEN_NAME in err
    out, err = run("lock", hostile, cwd=hostile.parent, code=4, **failing_docker)
    assert f"{MARKUP}{SEEN}"[:60] in err
    out, err = run("verify", hostile, cwd=hostile.parent, code=3, **failing_docker)
    assert f"{MARKUP}{SEEN}"[:60] in out + err
    _, err = run("update", "--defaults", hostile, cwd=hostile.parent, code=3)
    assert SEEN_NAME in err
    commit(hostile)
    (hostile / f"new{NAME.replace(chr(13), '')}").write_text("", encoding="utf-8")
    _, err = run("update", "--defaults", hostile, cwd=hostile.parent, code=3)
    assert f"new{SEEN_NAME}".replace(r"\r", "") in err


def test_advise(hostile: Path) -> None:
    nowhere = {"PIP_INDEX_URL": f"http://127.0.0.1:9/{TEXT}"}
    for options in [], ["--json"]:
        write(hostile, {"requirements.txt": f"flask==3.1.2\n# {MARKUP}{TEXT}\n"})
        run("advise", *options, hostile, cwd=hostile.parent, code=4, **nowhere)
        write(hostile, {"requirements.txt": f"flask==3.1.2\n-e ./{MARKUP}{TEXT}\n"})
        _, err = run("advise", *options, hostile, cwd=hostile.parent, code=3, **nowhere)
        assert shell_word(hostile) in err


@pytest.mark.parametrize(
    "arguments",
    [
        [f"--{TEXT}"],
        [TEXT],
        ["copy", "--data", f"{TEXT}{MARKUP}"],
        ["copy", "--defaults", "--offline", "--data", f"port={TEXT}{MARKUP}"],
        ["detect", "--format", f"{TEXT}{MARKUP}"],
        ["advise", "--platform", f"{TEXT}{MARKUP}"],
        ["verify", "a", f"{TEXT}{MARKUP}"],
    ],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copier_slim", *arguments], cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode in {2, 3}, done.stderr
    assert not FORBIDDEN.search(done.stderr + done.stdout)
    assert SEEN[:20] in done.stderr
    assert done.stderr.count("\n") == 1


def test_verify_s_report() -> None:
    text = MARKUP + NAME
    result = Result("R8", catalog.checks()["R8"], failed(text, text, [text]))
    report = Report(text, "sha256:0", [result], NotSeen(text), text)
    out = console(width=4000)
    with out.capture() as shown:
        verify_report.show(report, out)
        out.print(verify_report.verdict(report))
    assert not FORBIDDEN.search(shown.get())
    assert shown.get().count(SEEN_NAME) >= 6
    assert json.loads(verify_report.as_json(report))["checks"][0]["found"] == text
    assert not FORBIDDEN.search(verify_report.as_json(report))
    suite = ET.fromstring(verify_report.as_junit(report))[0]  # noqa: S314 our own
    assert SEEN_NAME in suite[0].attrib["classname"]
    assert SEEN_NAME in suite[0][0].attrib["message"]
    assert not FORBIDDEN.search(verify_report.as_junit(report))


def test_a_string_is_one_line_and_no_markup() -> None:
    out = console(width=4000)
    with out.capture() as shown:
        out.print(NAME)
        out.print(styled(f"{MARKUP}\n{TEXT}"))
    assert shown.get() == f"{SEEN_NAME}\n{MARKUP}\n{SEEN}\n"


def test_every_character_is_seen() -> None:
    for code in range(sys.maxunicode + 1):
        shown = printable(chr(code))
        assert (not FORBIDDEN.search(shown) and shown.strip(" ")) or code == 0x20, hex(code)
    assert printable("é 東京 😀 ñ [red]") == "é 東京 😀 ñ [red]"
    assert printable("a\tb\nc\r") == r"a\tb\nc\r"
    assert printable("a\tb\nc\r", lines=True) == "a\\tb\nc\\r"


@pytest.mark.parametrize(
    "name", [NAME, "a b", "it's", "-x", "app[red]", "$(touch x)", "a\\b\x1b'", "é東京", "{{ 7*7 }}"]
)
def test_a_shell_gets_the_path_that_is_meant(name: str) -> None:
    word = shell_word(name)
    assert not FORBIDDEN.search(word)
    assert "\n" not in word
    said = subprocess.run(
        ["bash", "-c", f"printf %s {word}".encode(errors="surrogateescape")], capture_output=True, check=True
    )
    assert said.stdout.removeprefix(b"./") == os.fsencode(name)


def test_json_is_what_it_was() -> None:
    document = {"a": [NAME, "é\ud800", "😀\U000e0001"]}
    assert json.loads(as_json(document)) == document
    assert not FORBIDDEN.search(as_json(document))
    assert "é" in as_json(document)


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_what_an_encoding_lacks_is_escaped(tmp_path: Path, template: Path, locale: dict[str, str]) -> None:
    root = write(tmp_path / "caf\u00e9", {**FLASK, "Procfile": "web: gunicorn web:site --x \u6771\n"})
    for arguments in ["detect"], ["copy", "--defaults", "--no-lock", "--template", template]:
        run(*arguments, "--offline", ".", cwd=root, code=0, **locale)


def test_one_place_writes() -> None:
    """Nothing else prints, writes to a stream, or makes a console, a text with markup or a prompt."""
    found = []
    for path in sorted((ROOT / "hooks/copier_slim").rglob("*.py")):
        name = path.relative_to(ROOT / "hooks/copier_slim").as_posix()
        in_containers = name.startswith("verify/container/scripts/") or name == "base_image/probe.py"
        if name == "console.py" or in_containers:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="print" | "input" | "Console" | "Text" | "pprint") as writer):
                    found.append(f"{name}:{node.lineno}: {writer.id}")
                case ast.Call(
                    func=ast.Attribute(attr="echo" | "secho" | "confirm" | "prompt" | "from_markup" as writer)
                ):
                    found.append(f"{name}:{node.lineno}: {writer}")
                case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr" | "__stdout__" | "__stderr__"):
                    found.append(f"{name}:{node.lineno}: {node.attr}")
                case ast.Import(names=names) if any(
                    alias.name.startswith(("questionary", "warnings.")) for alias in names
                ):
                    found.append(f"{name}:{node.lineno}: questionary")
                case ast.ImportFrom(module="rich.console" | "rich.text" | "rich" | "rich.markup", names=names) if {
                    alias.name for alias in names
                } - {"Console"}:
                    found.append(f"{name}:{node.lineno}: rich")
                case ast.keyword(arg="markup" | "emoji"):
                    found.append(f"{name}: {node.arg}")
    assert not found


def test_what_takes_long_says_how_far_it_is_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, to Rich
    file = StringIO()
    screen = console(file=file, width=200)
    begun = time.monotonic()
    with progress(screen, "locking") as tell:
        tell("step 2 of 6, compile: pip-compile …, 34 packages" + TEXT)
        monkeypatch.setattr("copier_slim.console.time.monotonic", lambda: begun + 61)
        screen.print("what else there is to say")
    assert "locking: step 2 of 6, compile: pip-compile …, 34 packages" in file.getvalue()
    assert ", 61 s" in file.getvalue()
    assert "\u202e" not in file.getvalue()


def test_a_pipe_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(console(), "locking") as tell:
        tell("step 2 of 6")
    assert capsys.readouterr().out == "locking …\n"
