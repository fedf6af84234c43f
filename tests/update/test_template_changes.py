"""What a release may do to the template reaches a project whole: what it gains, loses and calls otherwise."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from copier import run_update

from tests.command.running import answers, commit, git, write
from tests.update.releases import CASES, NOW, contents, copy_at, fresh, releases, update_to

ENVIRONMENT = "partials/environment.jinja"
HEALTH = "partials/health/http.jinja"
KUBERNETES = "template/{{ 'kubernetes.yaml' if 'kubernetes' in extras }}.jinja"
COMPOSE = "template/{{ 'compose.yaml' if 'compose' in extras }}.jinja"
IN_A_FOLDER = (
    "template/{{ 'deploy' if 'kubernetes' in extras }}/{{ 'kubernetes.yaml' if 'kubernetes' in extras }}.jinja"
)
QUESTION = """
shell:
  type: bool
  help: A shell?
  default: false
  ask: false
"""


@dataclass(frozen=True)
class Edit:
    """A text for another by file, a path for another (None: no more), and what a project then has or lacks."""

    texts: tuple[tuple[str, str, str], ...] = ()
    paths: tuple[tuple[str, str | None], ...] = ()
    emitted: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    def make(self, template: Path) -> None:
        """Edits a checkout."""
        for name, old, new in self.texts:
            path = template / name
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            assert old in text
            path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
        for old, moved in self.paths:
            if moved:
                (template / moved).parent.mkdir(exist_ok=True)
                (template / old).rename(template / moved)
            else:
                (template / old).unlink()


EDITS = {
    "a line more": Edit(((ENVIRONMENT, "WORKDIR /app\n", "WORKDIR /app\nLABEL made=here\n"),)),
    "a line less": Edit(((ENVIRONMENT, "    PYTHONFAULTHANDLER=1 \\\n", ""),)),
    "a line changed": Edit(((HEALTH, "--interval=30s", "--interval=31s"),)),
    "a file more": Edit((("template/SECURITY.md", "", "Report it.\n"),), emitted=frozenset({"SECURITY.md"})),
    "a file less": Edit(paths=((KUBERNETES, None),), gone=frozenset({"kubernetes.yaml"})),
    "a file renamed": Edit(
        paths=((COMPOSE, COMPOSE.replace("compose.yaml", "docker-compose.yml")),),
        emitted=frozenset({"docker-compose.yml"}),
        gone=frozenset({"compose.yaml"}),
    ),
    "a file moved": Edit(
        paths=((KUBERNETES, IN_A_FOLDER),),
        emitted=frozenset({"deploy/kubernetes.yaml"}),
        gone=frozenset({"kubernetes.yaml"}),
    ),
    "a question more": Edit(
        (
            ("questions/delivery.yml", "", QUESTION),
            (ENVIRONMENT, "WORKDIR /app\n", "WORKDIR /app\n{% if shell %}\nLABEL shell=yes\n{% endif %}\n"),
        )
    ),
    "a question renamed": Edit(
        (
            ("questions/dependencies.yml", "scm_version", "git_version"),
            (
                "questions/dependencies.yml",
                'in a file.\n  default: ""',
                "in a file.\n  default: '{{ scm_version|default() }}'",
            ),
            ("questions/derived/dependencies.yml", "scm_version", "git_version"),
            ("partials/stages/runtime.jinja", "scm_version", "git_version"),
            ("partials/install_project.jinja", "scm_version", "git_version"),
            ("partials/install_project/pip.jinja", "scm_version", "git_version"),
            ("partials/install_project/uv.jinja", "scm_version", "git_version"),
        )
    ),
}  # fmt: skip
TAGS = {name: f"v1000.{number}" for number, name in enumerate(EDITS)}
OWN = {"own.txt": "mine\n", "deploy/own.yaml": "mine: true\n", "compose.override.yaml": "services: {}\n"}


@pytest.fixture(scope="module")
def edited(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with a version for each edit, on top of the working tree."""
    repository = tmp_path_factory.mktemp("edited") / "template"
    git(repository.parent, "clone", "--quiet", str(published), str(repository))
    for name, edit in EDITS.items():
        git(repository, "checkout", "--quiet", "--detach", NOW)
        edit.make(repository)
        commit(repository, TAGS[name])
    return repository


@pytest.fixture(scope="module")
def old(edited: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the last release with every extra that it has, and with files of its own."""
    answered = CASES["everything"] | {"scm_version": "1.4.0"}
    project = copy_at(edited, releases()[-1].tag, tmp_path_factory.mktemp("old") / "shop", **answered)
    return commit(write(project, OWN))


@pytest.fixture(scope="module")
def current(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That project on the working tree, every extra in it."""
    project = shutil.copytree(old, tmp_path_factory.mktemp("current") / "shop")
    run_update(
        project, data={"extras": CASES["everything"]["extras"]}, vcs_ref=NOW, defaults=True, overwrite=True, quiet=True
    )
    return commit(project)


@pytest.mark.parametrize("name", EDITS)
def test_an_update_equals_a_fresh_copy(edited: Path, current: Path, tmp_path: Path, name: str) -> None:
    project = shutil.copytree(current, tmp_path / "shop")
    edit, tag = EDITS[name], TAGS[name]
    expected = fresh(edited, tag, tmp_path / "fresh/shop", project)
    update_to(project, tag)
    found = contents(project)
    assert found == expected | {name: text.encode() for name, text in OWN.items()}
    assert edit.emitted <= found.keys()
    assert edit.gone.isdisjoint(found)
    assert not git(project, "ls-files", "--unmerged")


@pytest.mark.parametrize("name", ["a line changed", "a file less", "a file renamed", "a question renamed"])
def test_two_updates_equal_one(old: Path, tmp_path: Path, name: str) -> None:
    at_once, in_steps = (shutil.copytree(old, tmp_path / way / "shop") for way in ("once", "steps"))
    update_to(at_once, TAGS[name])
    commit(update_to(in_steps, NOW))
    assert contents(update_to(in_steps, TAGS[name])) == contents(at_once)


def test_an_answer_moves_to_the_question_s_new_name(current: Path, tmp_path: Path) -> None:
    project = shutil.copytree(current, tmp_path / "shop")
    before = answers(project)["scm_version"]
    update_to(project, TAGS["a question renamed"])
    assert before
    assert answers(project)["git_version"] == before
