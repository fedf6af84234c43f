"""`check`: what each advisory left in a project is found with its line, and nothing is found where nothing is."""

from __future__ import annotations

import json
import re
import time
from io import StringIO
from pathlib import Path

import pytest

from copier_slim import catalog, console
from copier_slim.check import check
from copier_slim.check.advisories import LOOKS
from copier_slim.verify import command as command_of_verify
from tests.command.running import FLASK, command, commit, copy_here, replace, state, write
from tests.conftest import ROOT

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6"


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Path:
    """A Flask service with this version's container."""
    root = commit(write(tmp_path / "shop", FLASK))
    copy_here(root, template)
    return root


def found(project: Path) -> list[tuple[str, str]]:
    """The advisories and the places."""
    return [(finding.id, finding.evidence.place) for finding in check(project)]


def test_a_new_project_has_nothing(project: Path) -> None:
    done = command("check", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert "no traces of known problems" in done.out


@pytest.mark.parametrize(
    ("added", "files"),
    [
        ("!web/**\n", {"web/.env": "A=1\n"}),
        ("!web/**\n", {"web/deep/.ssh/id_rsa": ""}),
        ("!web/*.json\n", {"web/service-account-key.json": "{}"}),
    ],
)
def test_a_secret_that_is_let_in_is_named_with_its_line(project: Path, added: str, files: dict[str, str]) -> None:
    ignored = project / ".dockerignore"
    ignored.write_text(f"{ignored.read_text(encoding='utf-8')}{added}", encoding="utf-8")
    line = ignored.read_text(encoding="utf-8").count("\n")
    write(project, files)
    assert ("CS-2026-01", f".dockerignore:{line}") in found(project)
    texts = [finding.evidence.text for finding in check(project)]
    assert any(next(iter(files)) in text for text in texts), texts


def test_an_exception_that_would_let_any_secret_in_is_found_before_there_is_one(project: Path) -> None:
    ignored = project / ".dockerignore"
    ignored.write_text(f"{ignored.read_text(encoding='utf-8')}!web/**\n", encoding="utf-8")
    assert [name for name, _ in found(project)] == ["CS-2026-01"]


def test_one_file_that_is_let_in_on_purpose_is_no_fault(project: Path) -> None:
    ignored = project / ".dockerignore"
    ignored.write_text(f"{ignored.read_text(encoding='utf-8')}!web/public.txt\n", encoding="utf-8")
    write(project, {"web/public.txt": "fine\n"})
    assert found(project) == []


def test_without_a_dockerignore_everything_is_let_in(project: Path) -> None:
    (project / ".dockerignore").unlink()
    assert found(project) == [("CS-2026-01", ".dockerignore")]


@pytest.mark.parametrize("name", ["Dockerfile.dockerignore", ".containerignore"])
def test_what_is_read_in_place_of_the_dockerignore_counts(project: Path, name: str) -> None:
    write(project, {name: "node_modules\n", ".env": "A=1\n"})
    assert found(project) == [("CS-2026-01", name)]


def test_a_folder_laid_out_as_a_repository(project: Path) -> None:
    layout = {"HEAD": "ref: refs/heads/main\n", "config": "[core]\n", "objects/info": "", "refs/x": ""}
    write(project, {f"data/{name}": text for name, text in layout.items()})
    assert found(project) == [("CS-2026-02", "data/config")]
    (project / "data/HEAD").unlink()
    assert found(project) == []


@pytest.mark.parametrize(
    ("line", "odd"),
    [
        (f"{TOKEN} @ git+https://git.example.com/team/house.git", True),
        ("hunter2 @ git+https://git.example.com/team/house.git@v1", True),
        ("git @ git+ssh://git@git.example.com/team/house.git", True),
        ("house @ git+https://git.example.com/team/house.git@v1", False),
        ("house[web] @ git+ssh://git@git.example.com/team/python-house@v1#subdirectory=x", False),
        ("My_House @ git+https://git.example.com/team/my-house", False),
        ("part @ git+https://git.example.com/team/house.git@v1#subdirectory=libs/part", False),
        ("hunter2 @ git+https://git.example.com/team/house.git@v1#subdirectory=libs/part", True),
        ("house @ git+https://[git.example.com/team/house.git", False),
        ("house @ https://git.example.com/house-1.0.tar.gz", False),
    ],
)
def test_a_requirement_that_is_named_by_a_credential(project: Path, line: str, *, odd: bool) -> None:
    asked = project / "requirements.in"
    asked.write_text(f"{asked.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    number = asked.read_text(encoding="utf-8").count("\n")
    assert found(project) == ([("CS-2026-03", f"requirements.in:{number}")] if odd else [])
    if odd and line.split(maxsplit=1)[0] != "git":
        done = command("check", "--json", cwd=project)
        assert line.split(maxsplit=1)[0] not in done.out + done.err


def test_a_token_in_the_answers_and_the_dockerfile(project: Path) -> None:
    replace(project / "Dockerfile", "PYTHONUNBUFFERED=1", f"PYTHONUNBUFFERED=1 \\\n    GH={TOKEN}")
    assert [name for name, _ in found(project)] == ["CS-2026-03"]
    done = command("check", cwd=project)
    assert done.code == 1
    assert TOKEN not in done.out + done.err


@pytest.mark.parametrize("variable", ["MYSQL_PWD=hunter2", "PGPASS=a", "secretkey=x1y2", "DBPASSWORD=change-me"])
def test_a_password_by_the_name_of_its_variable(project: Path, variable: str) -> None:
    name, _, value = variable.partition("=")
    replace(project / "Dockerfile", "PYTHONUNBUFFERED=1", f'PYTHONUNBUFFERED=1 \\\n    {name}="{value}"')
    recorded = project / ".copier-answers.yml"
    text = recorded.read_text(encoding="utf-8").replace("environment: ''", f"environment: 'MODE=fast\n\n  {variable}'")
    recorded.write_text(text, encoding="utf-8")
    lines = {path: (project / path).read_text(encoding="utf-8").split("\n") for path in ("Dockerfile", recorded.name)}
    place = {path: next(i for i, line in enumerate(said, 1) if f"{name}=" in line) for path, said in lines.items()}
    assert found(project) == [("CS-2026-03", f"{path}:{place[path]}") for path in (recorded.name, "Dockerfile")]
    done = command("check", "--json", cwd=project)
    assert f'{name}={value}"' not in done.out


def test_an_old_launcher_of_steps(project: Path) -> None:
    line = "    signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())\n"
    dockerfile = project / "Dockerfile"
    dockerfile.write_text(f"{line}{dockerfile.read_text(encoding='utf-8')}", encoding="utf-8")
    assert found(project) == [("CS-2026-06", "Dockerfile:1")]


def test_what_is_shown(project: Path) -> None:
    (project / ".dockerignore").unlink()
    before = state(project)
    done = command("check", cwd=project)
    done.fails(1, "1 place with what CS-2026-01 warns of", "SECURITY.md")
    assert "CS-2026-01: move the line" in done.out
    document = json.loads(command("check", "--json", cwd=project).out)
    assert [finding["advisory"] for finding in document["findings"]] == ["CS-2026-01"]
    assert document["findings"][0]["evidence"]["path"] == ".dockerignore"
    assert state(project) == before


def test_a_project_of_another_kind(tmp_path: Path) -> None:
    write(tmp_path, FLASK)
    command("check", cwd=tmp_path).fails(3, "copier-slim copy")


def test_five_thousand_files_take_no_two_seconds(project: Path) -> None:
    write(project, {f"web/part{number % 70}/module{number}.py": "x = 1\n" for number in range(5000)})
    began = time.process_time()
    check(project)
    assert time.process_time() - began < 2


def test_the_policy_and_the_catalog_name_the_same_faults() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (CS-\d{4}-\d\d) \|.*\| (\d\.\d\.\d) \u2013 (\d\.\d\.\d) \|", text, re.MULTILINE)
    advisories = catalog.advisories()
    assert [name for name, _, _ in rows] == list(advisories)
    assert [since for _, since, _ in rows] == [row.since for row in advisories.values()]
    assert {name for name, row in advisories.items() if row.mend} == set(LOOKS)


def test_verify_notes_the_same(project: Path) -> None:
    (project / ".dockerignore").unlink()
    out = console.console(file=StringIO(), width=200)
    command_of_verify._note_what_is_left(project, out)  # noqa: SLF001 the rest needs an engine
    command_of_verify._note_what_is_left(None, out)  # noqa: SLF001
    assert isinstance(out.file, StringIO)
    assert out.file.getvalue().startswith("note: CS-2026-01, .dockerignore lets secrets into the image: .dockerignore")
    assert out.file.getvalue().count("note:") == 1
