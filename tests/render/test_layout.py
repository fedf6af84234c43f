"""The layout of the Dockerfile's template: a table of contents, a file for each stage, each derived value described."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from copier import run_copy
from jinja2.meta import find_undeclared_variables

from tests.conftest import ROOT
from tests.render.test_golden import CASES

FOLDERS = ("questions", "template", "partials", "starters")
STAGES = [
    "base",
    "trust",
    "pip",
    "assets",
    "compile",
    "lock",
    "export",
    "packages",
    "bare",
    "build",
    "code",
    "tools",
    "data",
    "locales",
    "distill",
    "check",
    "project",
    "runtime",
    "profiler",
    "debug",
    "final",
]
TABLE = (ROOT / "template/Dockerfile.jinja").read_text(encoding="utf-8")
COMMENT = re.compile(r"\{#.*?#\}\n", re.DOTALL)
ENTRY = re.compile(
    r"(?P<only>\{% if [^{}]+ %\})?\{% include 'partials/stages/(?P<stage>\w+)\.jinja' %\}(?(only)\{% endif %\})"
)
DERIVED = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "questions/derived").glob("*.yml"))}
DESCRIPTION = re.compile(r"; (?P<type>bool|str|list of str|mapping), as in (?P<example>.+)\Z", re.DOTALL)
TYPES: dict[str, type] = {"bool": bool, "str": str, "list of str": list, "mapping": dict}


def values() -> dict[str, tuple[str, dict[str, Any]]]:
    """Each derived value by name: the comment right above it, in one line, and what stands below."""
    found = {}
    for text in DERIVED.values():
        for match in re.finditer(r"^((?:# .*\n)*)(\w+):$", text, re.MULTILINE):
            comment = " ".join(line.removeprefix("# ") for line in match[1].splitlines())
            found[match[2]] = comment, yaml.safe_load(text)[match[2]]
    return found


VALUES = values()


@pytest.fixture(scope="module")
def used(questions: dict[str, Any]) -> set[str]:
    """Every variable that the questions and the template's files use."""
    environment = jinja2.Environment(  # noqa: S701 no HTML
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"]
    )
    texts = [text for question in questions.values() for text in question.values() if isinstance(text, str)]
    paths = chain.from_iterable((ROOT / folder).rglob("*") for folder in FOLDERS)
    texts += (path.read_text(encoding="utf-8") for path in paths if path.suffix in (".jinja", ".py"))
    return set[str]().union(*(find_undeclared_variables(environment.parse(text)) for text in texts))


def test_the_template_is_a_table_of_contents() -> None:
    lock, image, *entries = COMMENT.sub("", TABLE).splitlines()
    assert lock.startswith("# The lock:")
    assert image.startswith("# The image:")
    matches = [ENTRY.fullmatch(entry) for entry in entries]
    assert [match and match["stage"] for match in matches] == STAGES
    assert len(TABLE.splitlines()) <= 44


def test_each_stage_has_a_file() -> None:
    assert {path.name for path in (ROOT / "partials/stages").iterdir()} == {f"{stage}.jinja" for stage in STAGES}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_like_what_it_makes(stage: str) -> None:
    text = (ROOT / f"partials/stages/{stage}.jinja").read_text(encoding="utf-8")
    assert re.match(r"\n\S", text), "the blank line in front of a stage is its own"
    assert re.findall(r"^FROM \S+(?: \S+ \S+)? AS (.*)$", text, re.MULTILINE) == [stage]
    assert not re.search(r"\{%-? (?:set|macro|import|from) ", text)


@pytest.mark.parametrize("path", sorted((ROOT / "partials").rglob("*.jinja")), ids=lambda path: path.stem)
def test_no_piece_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 90


def test_nothing_but_derived_values_is_among_them() -> None:
    assert set(VALUES) == set(chain.from_iterable(yaml.safe_load(text) for text in DERIVED.values()))
    assert {name for name, (_, question) in VALUES.items() if question["when"] is not False} == set()


@pytest.mark.parametrize("name", VALUES)
def test_a_derived_value_is_described_and_used(used: set[str], name: str) -> None:
    comment, _ = VALUES[name]
    assert DESCRIPTION.search(comment), f"say what it is; bool, str, list of str or mapping, as in EXAMPLE: {comment!r}"
    assert name in used


@pytest.mark.parametrize(
    "case", ["fastapi", "celery", "command", "distroless-writes", "everything", "existing", "processes"]
)
def test_a_derived_value_has_the_type_that_is_stated(template: Path, tmp_path: Path, case: str) -> None:
    worker = run_copy(str(template), tmp_path / "shop", data=CASES[case], defaults=True, quiet=True)
    for name, (comment, _) in VALUES.items():
        value = worker.answers.combined[name]
        match = DESCRIPTION.search(comment)
        assert match
        assert type(value) is TYPES[match["type"]], f"{name}: {value!r}"
        assert match["type"] != "list of str" or all(isinstance(item, str) for item in value), f"{name}: {value!r}"
