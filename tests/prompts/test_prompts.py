"""The questionnaire as a person meets it: in a terminal of 80 columns, by keys."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from copier_slim import catalog

DOWN, ENTER, ESCAPE, INTERRUPT = "\x1b[B", "\r", "\x1b", "\x03"

# What a line of 80 columns holds beside the prompt's own marks
WIDTH = 76

# What is asked for the default framework, in order: the first words of each question
ASKED = {
    "project_name": "What is the project called?",
    "framework": "Which framework does the app use?",
    "server": "Which production server?",
    "app": "Where is the app?",
    "python_version": "Which Python version?",
    "dependencies": "Which packages does the app need",
    "base": "Which base image?",
    "port": "Which port",
    "health_path": "Which path should the health check request",
    "apm": "Which tracing or monitoring agent?",
    "profiler": "Which profiler?",
    "gc_monitor": "Report the garbage collector's pauses?",
    "extras": "Which files do you want besides",
}


class Terminal:
    """A copy under way in a terminal."""

    def __init__(self, process: pexpect.spawn[str]) -> None:
        self.process = process

    def sees(self, text: str) -> None:
        """Waits for `text`, whatever colours and line breaks the terminal puts into it."""
        words = r"(?:\s|\x1b\[[0-9;?]*[A-Za-z])+".join(map(re.escape, text.split()))
        self.process.expect(words)

    def types(self, *keys: str) -> None:
        """Sends keys."""
        for key in keys:
            self.process.send(key)

    def accepts(self, *questions: str) -> None:
        """Takes the default of each of these questions, as they come."""
        for question in questions:
            self.sees(ASKED[question])
            self.types(*((ESCAPE, ENTER) if question == "dependencies" else (ENTER,)))

    def ends(self) -> int:
        """The exit code."""
        self.process.expect(pexpect.EOF)
        self.process.close()
        assert self.process.exitstatus is not None
        return self.process.exitstatus


@contextmanager
def copying(template: Path, destination: Path) -> Iterator[Terminal]:
    """`copier copy` without options."""
    process = pexpect.spawn(
        sys.executable,
        ["-m", "copier", "copy", str(template), str(destination)],
        encoding="utf-8",
        dimensions=(24, 80),
        timeout=30,
    )
    try:
        yield Terminal(process)
    finally:
        process.close(force=True)


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    """Where the project is to be written."""
    return tmp_path / "my-service"


def answers(project: Path) -> dict[str, object]:
    """The recorded answers."""
    recorded: dict[str, object] = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    return recorded


def test_about_ten_questions_and_the_two_next_commands(template: Path, destination: Path) -> None:
    with copying(template, destination) as terminal:
        terminal.accepts(*ASKED)
        terminal.sees("docker build --target lock --output . .")
        terminal.sees("docker build --tag my-service .")
        assert terminal.ends() == 0
    assert answers(destination)["project_name"] == "my-service"
    assert answers(destination)["extras"] == []


def test_arrow_keys_choose_a_framework_and_its_servers(template: Path, destination: Path) -> None:
    with copying(template, destination) as terminal:
        terminal.accepts("project_name")
        terminal.sees(ASKED["framework"])
        terminal.types(DOWN, ENTER)
        terminal.sees(ASKED["server"])
        terminal.sees("gunicorn: replaces workers")
        terminal.sees("granian: written in Rust")
        terminal.types(DOWN, ENTER)
        terminal.accepts("app", "python_version", "dependencies", "base", "port", "health_path")
        terminal.accepts("apm", "profiler", "gc_monitor")
        terminal.sees(ASKED["extras"])
        terminal.types(" ", ENTER)
        assert terminal.ends() == 0
    assert answers(destination)["framework"] == "flask"
    assert answers(destination)["server"] == "granian"
    assert (destination / "docker-bake.hcl").exists()


def test_what_does_not_apply_is_not_asked(template: Path, destination: Path) -> None:
    with copying(template, destination) as terminal:
        terminal.accepts("project_name")
        terminal.sees(ASKED["framework"])
        terminal.types(*[DOWN] * 14, ENTER)
        terminal.sees("Which command should run?")
        terminal.types(ENTER)
        terminal.accepts("python_version", "dependencies", "base", "apm", "profiler", "gc_monitor", "extras")
        assert terminal.ends() == 0
    assert not answers(destination).keys() & {"server", "health_path"}
    assert answers(destination)["port"] == 0


def test_a_bad_value_is_refused_while_it_is_typed(template: Path, destination: Path) -> None:
    with copying(template, destination) as terminal:
        terminal.accepts("project_name", "framework", "server")
        terminal.sees(ASKED["app"])
        terminal.types(";", ENTER)
        terminal.sees("Use module:name such as main:app")
        terminal.types("\x7f", ENTER)
        terminal.accepts("python_version", "dependencies", "base")
        terminal.sees(ASKED["port"])
        terminal.types("0", ENTER)
        terminal.sees("Use a port from 1 to 65535")
        terminal.types("\x7f", ENTER)
        terminal.accepts("health_path", "apm", "profiler", "gc_monitor", "extras")
        assert terminal.ends() == 0
    assert answers(destination)["port"] == 8000


def test_an_interrupt_writes_nothing(template: Path, destination: Path) -> None:
    with copying(template, destination) as terminal:
        terminal.accepts("project_name")
        terminal.sees(ASKED["framework"])
        terminal.types(INTERRUPT)
        assert terminal.ends() == 1
    assert not destination.exists()


def test_what_is_asked_fits_the_terminal(questions: dict[str, Any]) -> None:
    for name, question in questions.items():
        if question.get("when") is not False:
            lines = [line for line in question["help"].splitlines() if not line.startswith("{%")]
            assert max(map(len, lines)) <= WIDTH, name
            assert lines[0].endswith("?"), name


@pytest.mark.parametrize("question", ["framework", "server", "python_version", "base", "apm", "profiler", "extras"])
def test_choices_fit_the_terminal(template: Path, question: str) -> None:
    labels = {
        "framework": [row.label for row in catalog.frameworks().values()],
        "server": [f"{row.label}: {row.about}" for row in catalog.servers().values()],
        "python_version": [f"{name}, security fixes until {row.until}" for name, row in catalog.pythons().items()],
        "base": [f"{row.label}: {row.about}" for row in catalog.bases().values()],
        "apm": [f"{row.label}: {row.about}" for row in catalog.agents().values()],
        "profiler": [f"{row.label}: {row.about}" for row in catalog.profilers().values()],
        "extras": list(
            yaml.safe_load((template / "questions/delivery.yml").read_text(encoding="utf-8"))["extras"]["choices"]
        ),
    }
    assert max(map(len, labels[question])) <= WIDTH
