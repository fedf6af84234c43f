"""Free-text answers: what the questions let through, what they refuse, and that what passes stays on its own line."""

from __future__ import annotations

import ast
import json
import shlex
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from tests import dockerfile
from tests.conftest import Render

TABLE: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent.parent / "data/answers.yml").read_text(encoding="utf-8")
)

# What fits the bottom bar of an 80-column terminal beside Copier's own prefix
LONGEST_MESSAGE = 35


# Where each answer may show, beside the answers file: Dockerfile instructions, and other files
SHOWS_IN: dict[str, tuple[set[str], set[str]]] = {
    "project_name": (set(), {"main.py", "docker-bake.hcl"}),
    "app": ({"CMD", "COPY", "HEALTHCHECK"}, {"main.py", "tasks.py"}),
    "command": ({"CMD"}, set()),
    "dependencies": ({"RUN", "ENV"}, {"requirements.in", "docker-bake.hcl"}),
    "dependency_groups": ({"RUN"}, set()),
    "workspace_member": ({"RUN"}, set()),
    "workspace_files": ({"COPY", "RUN", "ENV"}, {"indexes.py", "docker-bake.hcl"}),
    "provided": ({"RUN", "COPY"}, {"requirements.in"}),
    "private_index": ({"ENV", "RUN"}, {"docker-bake.hcl"}),
    "registry": ({"FROM"}, set()),
    "base_image": ({"COPY", "ENTRYPOINT", "ENV", "FROM", "RUN", "USER"}, {"libraries.py"}),
    "build_image": ({"COPY", "ENTRYPOINT", "ENV", "FROM", "RUN", "USER", "WORKDIR"}, {"distill.py"}),
    "image_python": ({"ENV", "RUN"}, set()),
    "apt_mirror": ({"ENV", "FROM", "RUN"}, {"apt.conf", "debian.sources", "docker-bake.hcl"}),
    "apt_snapshot": ({"FROM", "RUN"}, {"apt.conf", "debian.sources", "docker-bake.hcl"}),
    "image_digests": ({"FROM"}, set()),
    "npm_mirror": ({"FROM", "RUN", "ENV"}, {"docker-bake.hcl"}),
    "certificates": ({"FROM", "ENV", "RUN"}, {"certificates.py", ".dockerignore", "docker-bake.hcl"}),
    "indexes": ({"ENV", "RUN"}, {"docker-bake.hcl", "indexes.py"}),
    "cooldown": ({"RUN"}, set()),
    "cooldown_exempt": ({"RUN"}, set()),
    "scm_version": ({"RUN"}, set()),
    "local_packages": ({"COPY", "ENV", "FROM", "RUN", "WORKDIR"}, set()),
    "python_path": ({"ENV"}, set()),
    "port": ({"COPY", "ENV", "EXPOSE", "HEALTHCHECK"}, set()),
    "health_path": ({"HEALTHCHECK"}, {"main.py"}),
    "system_packages": ({"RUN"}, set()),
    "build_packages": ({"ENV", "RUN"}, set()),
    "optional_modules": ({"RUN"}, set()),
    "trim": ({"RUN"}, set()),
    "eager_modules": ({"COPY", "RUN"}, {"eager_imports.py"}),
    "environment": ({"ENV"}, set()),
    "build_commands": ({"COPY", "RUN", "WORKDIR"}, set()),
    "build_caches": ({"RUN"}, {".dockerignore"}),
    "image_files": ({"ADD", "COPY", "RUN", "WORKDIR"}, set()),
    "labels": ({"LABEL"}, set()),
    "locales": ({"COPY", "FROM", "RUN"}, set()),
    "data": ({"ARG", "COPY", "ENV", "FROM", "RUN"}, {"data.py", "tools.py"}),
    "prestart": ({"COPY"}, set()),
    "processes": (
        {"COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN"},
        {"celery.py", "health.py", "heartbeat.py", "main.py", "requirements.in", "tasks.py"},
    ),
    "release": ({"COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN"}, {"health.py"}),
    "schedules": ({"COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN"}, {"health.py"}),
    "limits": ({"CMD", "COPY", "HEALTHCHECK"}, set()),
    "assets_path": ({"COPY", "RUN", "WORKDIR"}, set()),
    "assets_members": ({"COPY"}, set()),
    "assets_command": ({"RUN"}, set()),
    "assets_output": ({"COPY", "RUN"}, set()),
    "assets_sources": ({"COPY"}, set()),
    "assets_node": ({"FROM", "RUN"}, set()),
    "assets_development": (set(), set()),
    "assets_port": (set(), set()),
    "assets_checks": (set(), set()),
    "writable_paths": ({"RUN", "VOLUME", "COPY"}, set()),
    "uid": ({"RUN", "USER"}, set()),
}


NUMBERS = ("assets_port", "cooldown", "port", "uid")


def values(kind: str) -> list[Any]:
    """The table's rows as parameters: question, value, the answers that go with it."""
    return [
        pytest.param(row["question"], value, row.get("with", {}), id=f"{row['question']}-{value!r}")
        for row in TABLE
        for value in row[kind]
    ]


def test_every_free_text_question_is_in_the_table(questions: dict[str, Any]) -> None:
    free = {
        name for name, question in questions.items() if "choices" not in question and question.get("when") is not False
    }
    yes_or_no = {
        "gc_monitor", "image_pip", "install_project", "lazy_imports", "starter", "starter_tasks", "tool_hashes", "trim",
        "trusts_at_run_time",
    }  # fmt: skip
    assert free - yes_or_no - {"detected"} == {row["question"] for row in TABLE}


@pytest.mark.parametrize(("question", "value", "others"), values("good"))
def test_lets_through(render: Render, tmp_path: Path, question: str, value: Any, others: dict[str, Any]) -> None:
    project = render(tmp_path / "project", **others, **{question: value})
    assert yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))[question] == value


@pytest.mark.parametrize(("question", "value", "others"), values("bad"))
def test_refuses(render: Render, tmp_path: Path, question: str, value: Any, others: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 the message is looked at below
        render(tmp_path / "project", **others, **{question: value})
    prefix = f"Validation error for question '{question}': "
    message = str(refusal.value)
    assert message.startswith(prefix) or question in NUMBERS, message  # what is no number has Copier's message
    assert len(message.removeprefix(prefix).splitlines()[0]) <= LONGEST_MESSAGE or question in NUMBERS
    assert not (tmp_path / "project/Dockerfile").exists()


@pytest.fixture(scope="module")
def without(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], Path]:
    """The project of answers; the same one each time, which nothing writes to."""
    made: dict[str, Path] = {}

    def project(answers: dict[str, Any]) -> Path:
        key = json.dumps(answers)
        if key not in made:
            made[key] = render(tmp_path_factory.mktemp("before") / "project", **answers)
        return made[key]

    return project


@pytest.mark.parametrize(("question", "value", "others"), values("good"))
def test_what_passes_changes_no_other_line(
    render: Render,
    without: Callable[[dict[str, Any]], Path],
    tmp_path: Path,
    question: str,
    value: Any,
    others: dict[str, Any],
) -> None:
    answers = {"extras": ["bake"], "starter": True, **others}
    before = without(answers)
    after = render(tmp_path / "project", **answers, **{question: value})
    keywords, files = SHOWS_IN[question]

    old, new = (
        Counter(dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))) for project in (before, after)
    )
    assert {instruction.keyword for instruction in [*(old - new), *(new - old)]} <= keywords
    for instruction in new:
        if instruction.keyword == "CMD":
            assert all(isinstance(word, str) for word in instruction.argv)
        if instruction.document:
            ast.parse(instruction.document)

    for path in filter(Path.is_file, after.rglob("*")):
        unchanged = before / path.relative_to(after)
        same = unchanged.is_file() and unchanged.read_bytes() == path.read_bytes()
        assert same or path.name in files | {"Dockerfile", "launch.py", ".copier-answers.yml"}, path
        if path.suffix == ".py":
            ast.parse(path.read_text(encoding="utf-8"))
    hcl2.loads((after / "docker-bake.hcl").read_text(encoding="utf-8"))


def test_an_argv_reaches_the_command_word_by_word(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", framework="command", app="bot --at 10:30 --to=a@b.c")
    *_, command = dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))
    assert command.argv == ["bot", "--at", "10:30", "--to=a@b.c"]


QUOTED = (
    "gunicorn \"main:create_app('a', \\\"b\\\\\\\")\" --name='my shop' --bind [::]:${PORT:-8000}"
    " --forwarded-allow-ips * -w 1 '' main:x()"
)


def test_a_stated_command_reaches_the_container_word_by_word(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", framework="flask", command=QUOTED, health_path="")
    command = next(
        item for item in dockerfile.parse((project / "Dockerfile").read_text("utf-8")) if item.keyword == "CMD"
    )
    assert command.argv == ["/opt/launch.py", *shlex.split(QUOTED)]
