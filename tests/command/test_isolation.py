"""Nothing of a repository runs on the host, whatever verb looks at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.command import planting
from tests.command.conftest import Made
from tests.command.running import VERSION_3, answers, changed, command, commit, git, replace, state, write

ANSWERS = ".copier-answers.yml"
Plant = Callable[[Path, Path], Path]


@pytest.fixture
def markers(tmp_path: Path) -> Path:
    """Where what runs leaves its name."""
    (tmp_path / "markers").mkdir()
    return tmp_path / "markers"


@pytest.fixture
def planted(request: pytest.FixtureRequest, project: Path, markers: Path) -> Path:
    """A project of the template in which programs are planted; what planting itself ran is forgotten."""
    write(project, {"README.md": "The shop\n"})
    commit(project)
    planting.sign(project)
    plant: Plant = request.param
    place = plant(project, markers)
    planting.age(place)
    for marker in markers.iterdir():
        marker.unlink()
    return place


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an engine nor an index."""
    for name, value in {
        "DOCKER_HOST": "tcp://127.0.0.1:9",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
        "UV_HTTP_RETRIES": "0",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration of git."""
    path = tmp_path / "gitconfig"
    path.touch()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    return path


def ran(markers: Path) -> set[str]:
    return {path.name for path in markers.iterdir()}


@pytest.mark.parametrize("planted", planting.PLACES, indirect=True)
def test_no_planted_program_runs(request: pytest.FixtureRequest, planted: Path, made: Made, markers: Path) -> None:
    kind = request.node.callspec.params["planted"].__name__
    template = ["--template", made.versions]
    said = []
    for verb in (
        ["detect", "--offline"],
        ["update", "--defaults", "--no-lock"],
        ["copy", "--defaults", "--offline", "--no-lock", *template],
        ["copy", "--defaults", "--offline", "--no-lock", "--force", *template],
    ):
        done = command(*verb, cwd=planted)
        assert "Traceback" not in done.err
        assert "bug in copier-slim" not in done.err
        said.append((verb[0], done.code, done.err))
        assert ran(markers) == set(), said
    codes = {"lacking": [0, 4, 3, 0], "like_a_bare_one": [0, 3, 3, 0]}
    assert [code for _, code, _ in said] == codes.get(kind, [0, 0, 3, 0]), said


@pytest.mark.parametrize("planted", [planting.clone], indirect=True)
def test_with_temporary_files_inside_the_repository(
    planted: Path, made: Made, markers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (planted / "tmp").mkdir()
    write(planted, {".git/info/exclude": "tmp\n"})
    monkeypatch.setenv("TMPDIR", str(planted / "tmp"))
    assert command("update", "--defaults", "--no-lock", cwd=planted).code == 0
    done = command("copy", "--defaults", "--offline", "--no-lock", "--force", "--template", made.versions, cwd=planted)
    assert done.code == 0, done.err
    assert ran(markers) == set()


@pytest.mark.parametrize("planted", [planting.lacking], indirect=True)
def test_objects_that_are_missing_are_told_and_not_fetched(planted: Path, markers: Path) -> None:
    before = state(planted)
    command("update", "--defaults", "--no-lock", cwd=planted).fails(4, "cannot be checked out", "git fsck")
    assert state(planted) == before
    assert ran(markers) == set()


@pytest.mark.usefixtures("unreachable")
@pytest.mark.parametrize("planted", [planting.clone], indirect=True)
@pytest.mark.parametrize("verb", ["lock", "lock --check", "advise", "verify"])
def test_no_planted_program_runs_for_the_lock_or_the_image(planted: Path, markers: Path, verb: str) -> None:
    write(planted, {"requirements.txt": "flask==3.1.2 --hash=sha256:" + "0" * 64 + "\n"})
    done = command(*verb.split(), cwd=planted)
    assert "Traceback" not in done.err
    assert ran(markers) == set()


@pytest.mark.parametrize("planted", [planting.clone], indirect=True)
def test_from_outside_and_from_a_folder_of_it(planted: Path, made: Made, markers: Path) -> None:
    (planted / "folder").mkdir()
    for cwd, destination in ((planted.parent, planted.name), (planted / "folder", "..")):
        for verb in ("update", "--no-lock"), ("copy", "--force", "--no-lock", "--offline", "--template", made.versions):
            command(verb[0], "--defaults", *verb[1:], destination, cwd=cwd)
            assert ran(markers) == set()
    command("copy", "--defaults", "--no-lock", "--offline", "--template", made.versions, "new", cwd=planted)
    assert (planted / "new/Dockerfile").is_file()
    assert ran(markers) == set()


@pytest.mark.parametrize(
    ("plant", "asked", "expected"),
    [
        (planting.clone, "status", {"fsmonitor", "clean", "hook-post-index-change"}),
        (planting.served, "status", {"fsmonitor", "process"}),
        (planting.included, "status", {"fsmonitor", "clean", "hook-post-index-change"}),
        (planting.elsewhere, "status", {"fsmonitor", "clean", "hook-post-index-change"}),
        (planting.archive, "hash-object web.py", {"clean"}),
        (planting.worktree, "worktree add ../third", {"smudge", "hook-post-checkout"}),
        (planting.submodule, "diff --ext-diff HEAD~1", {"diff-command"}),
        (planting.around_a_submodule, "status", {"fsmonitor"}),
        (planting.clone, "log -1", {"gpg"}),
        (planting.clone, "diff --no-ext-diff HEAD~1", {"textconv"}),
        (planting.clone, "ls-remote /nowhere", {"url"}),
        (planting.lacking, "cat-file -p HEAD:web.py", {"remote"}),
        (planting.like_a_bare_one, "-c safe.bareRepository=all status", {"fsmonitor"}),
    ],
)
def test_plain_git_runs_them(project: Path, markers: Path, plant: Plant, asked: str, expected: set[str]) -> None:
    """So that the tests above can fail."""
    write(project, {"README.md": "The shop\n"})
    commit(project)
    planting.sign(project)
    place = plant(project, markers)
    planting.age(place)
    for marker in markers.iterdir():
        marker.unlink()
    done = subprocess.run(["git", *asked.split()], cwd=place, check=False, capture_output=True, timeout=60)
    assert ran(markers) >= expected, done


@pytest.mark.parametrize("plant", [planting.clone, planting.archive, planting.like_a_bare_one])
def test_no_planted_program_runs_where_the_template_comes_first(
    repository: Path, template: Path, markers: Path, plant: Plant
) -> None:
    commit(write(repository, {"Dockerfile": "FROM scratch\n"}))
    place = plant(repository, markers)
    planting.age(place)
    for marker in markers.iterdir():
        marker.unlink()
    done = command("copy", "--defaults", "--offline", "--no-lock", "--template", template, cwd=place)
    assert done.code == 0, done.err
    assert "replaced: Dockerfile" in done.out
    # The one is held by git, the other in no repository
    assert (place / "Dockerfile.orig").exists() == (plant is planting.like_a_bare_one)
    assert ran(markers) == set()


@pytest.mark.parametrize("place", ["", "vendor/template"])
def test_no_program_of_a_template_in_a_folder_runs(
    repository: Path, template: Path, markers: Path, own: Path, place: str
) -> None:
    """A repository can name one as its template that came with it."""
    home = repository / place if place else repository.parent / "elsewhere"
    shutil.copytree(template, home)
    commit(home)
    other = commit(write(repository.parent / "other", {"README": "other\n"}))
    git(home, "config", "--file", str(own), "protocol.file.allow", "always")
    git(home, "submodule", "--quiet", "add", str(other), "sub")
    commit(home)
    inner = planting.git_directory(home / "sub")
    planting.plant(inner, markers)
    git(home / "sub", "config", "filter.inner.clean", planting.program(markers, "inner", "cat"))
    (inner / "info/attributes").write_text("* filter=inner\n", encoding="utf-8")
    git(home, "config", "submodule.sub.ignore", "none")
    planting.plant(home / ".git", markers)
    write(home, {"notes.txt": "a change\n"})
    planting.age(home)
    given = os.path.relpath(home, repository)
    for marker in markers.iterdir():
        marker.unlink()
    done = command("copy", "--defaults", "--offline", "--no-lock", "--template", given, cwd=repository)
    assert done.code == 0, done.err
    assert ran(markers) == set()
    assert answers(repository)["_src_path"] == given
    subprocess.run(["git", "add", "--all", "--", ":!vendor"], cwd=repository, check=True)
    git(repository, "commit", "--quiet", "--message", "container")
    write(repository, {".git/info/exclude": "vendor\n"})
    command("update", "--defaults", "--no-lock", cwd=repository)
    assert ran(markers) == set()


def test_a_template_by_a_relative_path_stays_one(project: Path, made: Made) -> None:
    given = os.path.relpath(made.versions, project)
    replace(project / ANSWERS, str(made.versions), given)
    replace(project / "Dockerfile", "WORKDIR /app\n", "WORKDIR /app\nLABEL team=shop\n")
    commit(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert (answers(project)["_src_path"], answers(project)["_commit"]) == (given, VERSION_3)
    assert "LABEL team=shop" in (project / "Dockerfile").read_text(encoding="utf-8")


class Asking(BaseHTTPRequestHandler):
    """A host that wants a name and a password."""

    given: list[str | None]

    def do_GET(self) -> None:
        self.given.append(self.headers["Authorization"])
        self.send_response(404 if self.headers["Authorization"] else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="templates"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_the_user_s_credential_helper_serves_the_template(
    project: Path, made: Made, markers: Path, own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "cache"))
    helper = f"!f() {{ touch {markers}/mine; echo username=me; echo password=word; }}; f"
    git(tmp_path, "config", "--file", str(own), "credential.helper", helper)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Host", (Asking,), {"given": []})) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        replace(project / ANSWERS, str(made.versions), f"http://127.0.0.1:{host.server_port}/team/template.git")
        commit(project)
        git(project, "config", "credential.helper", f"!touch {markers}/the-repository-s; false")
        done = command("update", "--defaults", "--no-lock", cwd=project)
        host.shutdown()
        assert host.RequestHandlerClass.given[-1] == "Basic bWU6d29yZA=="  # type: ignore[attr-defined]
    done.fails(4, "cannot be fetched")
    assert ran(markers) == {"mine"}


UPPER = {"clean": "tr a-z A-Z", "smudge": "tr A-Z a-z", "required": "true"}


def filtered(project: Path, name: str, *options: str) -> Path:
    """A file that git holds in another form, by a filter that is set with these options of `git config`."""
    for key, value in UPPER.items():
        git(project, "config", *options, f"filter.upper.{key}", value)
    (project / name).touch()
    commit(write(project, {".gitattributes": f"{name} filter=upper\n", name: (project / name).read_bytes().lower()}))
    planting.age(project)
    assert changed(project) == set()
    return project


@pytest.mark.usefixtures("own")
def test_the_user_s_own_filters_serve(project: Path, made: Made) -> None:
    filtered(project, "big.bin", "--global")
    write(project, {"big.bin": "large\n"})
    commit(project)
    planting.age(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert changed(project) == {" M .copier-answers.yml", " M Dockerfile", " M requirements.in"}
    assert (project / "big.bin").read_text(encoding="utf-8") == "large\n"
    commit(project)
    arguments = ["--force", "--no-lock", "--offline", "--template", made.versions]
    assert command("copy", "--defaults", *arguments, cwd=project).code == 0
    assert not list(project.glob("*.orig"))


def test_a_file_under_a_filter_of_the_repository_is_refused_with_the_reason(project: Path) -> None:
    write(project, {"big.bin": "large\n"})
    filtered(project, "big.bin", "--local")
    os.utime(project / "big.bin")
    before = state(project)
    command("update", "--defaults", "--no-lock", cwd=project).fails(3, "big.bin", "filter upper", "git config --global")
    assert state(project) == before


def test_what_a_filter_of_the_repository_made_is_not_overwritten(repository: Path, template: Path) -> None:
    mine = "from scratch\n# mine\n"
    write(repository, {"Dockerfile": mine})
    filtered(repository, "Dockerfile", "--local")
    arguments = ["--defaults", "--no-lock", "--offline", "--template", template]
    command("copy", *arguments, cwd=repository).fails(3, "Dockerfile", "filter upper", "git config --global")
    assert command("copy", *arguments, "--force", cwd=repository).code == 0
    assert (repository / "Dockerfile.orig").read_text(encoding="utf-8") == mine


@pytest.mark.parametrize("verb", ["copy", "update"])
def test_the_variables_of_a_hook_s_git_are_of_another_repository(
    project: Path, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    other = commit(write(tmp_path / "other", {"a": "b\n"}))
    for name, value in {
        "GIT_DIR": other / ".git",
        "GIT_WORK_TREE": other,
        "GIT_INDEX_FILE": other / ".git/index",
        "GIT_PREFIX": "x/",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_OBJECT_DIRECTORY": other / ".git/objects",
    }.items():
        monkeypatch.setenv(name, str(value))
    more = ["--force", "--offline", "--template", made.versions] if verb == "copy" else []
    done = command(verb, "--defaults", "--no-lock", *more, cwd=project)
    assert (done.code, done.err) == (0, "")
    monkeypatch.undo()
    assert " M Dockerfile" in changed(project)
    assert not (project / "Dockerfile.orig").exists()
    assert changed(other) == set()


@pytest.mark.parametrize("plant", [planting.clone, planting.submodule, planting.worktree, planting.elsewhere])
def test_conflicts_stand_in_the_index_with_all_their_sides(project: Path, markers: Path, plant: Plant) -> None:
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    commit(project)
    place = plant(project, markers)
    for marker in markers.iterdir():
        marker.unlink()
    command("update", "--defaults", "--no-lock", cwd=place).fails(1, "Dockerfile:")
    assert ran(markers) == set()
    sides = [git(place, "cat-file", "blob", f":{number}:Dockerfile") for number in (1, 2, 3)]
    for side, interval in zip(sides, (30, 60, 31), strict=True):
        assert f"--interval={interval}s" in side


@pytest.mark.parametrize("form", ["--split-index", "--untracked-cache", "--index-version=4"])
def test_conflicts_in_an_index_of_another_form(project: Path, form: str) -> None:
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    commit(project)
    git(project, "update-index", *form.split("="))
    command("update", "--defaults", "--no-lock", cwd=project).fails(1, "Dockerfile:")
    assert "UU Dockerfile" in changed(project)
    git(project, "fsck", "--strict")
    commit(project)
    assert changed(project) == set()


def test_programs_are_not_looked_for_in_the_repository(
    project: Path, made: Made, markers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "git", "docker", "uv", "python3.13":
        path = project / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{planting.program(markers, name)}\n", encoding="utf-8")
        path.chmod(0o755)
    commit(project)
    monkeypatch.setenv("PATH", os.pathsep.join(["bin", "", "./bin", os.environ["PATH"]]))
    assert command("update", "--defaults", "--no-lock", cwd=project).code == 0
    command("copy", "--defaults", "--force", "--offline", "--no-lock", "--template", made.versions, cwd=project)
    command("lock", "--check", cwd=project / "bin")
    assert ran(markers) == set()


def test_nothing_is_imported_from_the_current_directory(bare: Path, markers: Path) -> None:
    program = f"import pathlib\npathlib.Path({str(markers / 'imported')!r}).touch()\n"
    write(bare, dict.fromkeys(("typer.py", "yaml.py", "copier.py", "rich.py"), program))
    assert command("detect", "--offline", cwd=bare).code == 0
    assert ran(markers) == set()
