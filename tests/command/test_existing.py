"""`copy --defaults` in a repository that somebody else wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim import lock as locks
from copier_slim.engine import dockerignore
from tests.command.running import EMITTED, FLASK, answers, changed, command, commit, copy_here, git, state, write


def test_emits_its_files_and_touches_nothing_else(repository: Path, template: Path) -> None:
    before = state(repository)
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, cwd=repository)
    assert (done.code, done.err) == (0, "")
    assert changed(repository) == {f"?? {name}" for name in EMITTED}
    assert {name: value for name, value in state(repository).items() if name not in EMITTED | {"container"}} == before
    assert '"gunicorn", "web:site"' in (repository / "Dockerfile").read_text(encoding="utf-8")
    assert "\n# From the answer dependencies\nflask==3.1.*\n" in (repository / "requirements.in").read_text(
        encoding="utf-8"
    )


def test_shows_each_finding_with_file_and_line_and_what_is_written(repository: Path, template: Path) -> None:
    shown = copy_here(repository, template)
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in shown.splitlines() if line.strip()}
    assert rows["framework"] == "flask web.py:5: site = Flask(__name__)"
    assert rows["app"] == "web:site web.py:5: site = Flask(__name__)"
    assert rows["health_path"] == '/health web.py:8: @site.get("/health")'
    assert rows["dependencies"] == "flask==3.1.* requirements.txt"
    assert rows["written:"] == ", ".join(sorted(EMITTED))


def test_records_what_is_found(repository: Path, template: Path) -> None:
    copy_here(repository, template)
    recorded = answers(repository)
    found = {
        "framework": "flask",
        "app": "web:site",
        "server": "gunicorn",
        "health_path": "/health",
        "dependencies": "flask==3.1.*",
        "starter": False,
        "project_name": "shop",
    }
    assert {name: recorded[name] for name in found} == found
    assert recorded["_src_path"] == str(template)


def test_given_answers_come_before_found_ones(repository: Path, template: Path) -> None:
    below = write(repository / "below", {})
    done = command(
        "copy", "--defaults", "--no-lock", "--offline", "--template", template, "..",
        "--data", "port=9000", "-d", "app=web:other", "-d", "package_tool=uv", "-d", "environment=A=b=c",
        cwd=below,
    )  # fmt: skip
    assert done.code == 0, done.err
    given = {"port": 9000, "app": "web:other", "package_tool": "uv", "environment": "A=b=c", "project_name": "shop"}
    recorded = answers(repository)
    assert {name: recorded[name] for name in given} == given


def test_a_part_of_a_repository_becomes_the_image(tmp_path: Path, template: Path) -> None:
    root = commit(write(tmp_path / "mono", {f"services/web/{name}": text for name, text in FLASK.items()}))
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, "services/web", cwd=root)
    assert done.code == 0, done.err
    assert changed(root) == {f"?? services/web/{name}" for name in EMITTED}
    assert "docker build --tag app services/web" in done.out or "cd services/web" in done.out


def test_the_next_step_works_as_it_is_said(tmp_path: Path, template: Path) -> None:
    root = write(tmp_path / "my shop", FLASK)
    shown = copy_here(root, template)
    step = shown[shown.index("next:") :]
    assert "lock" in step, "the image cannot be built before there is a lock"
    assert f"'{root}'" in " ".join(step.split()) or f'"{root}"' in " ".join(step.split())


def test_a_lock_from_before_seeds_the_new_one(
    repository: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, {"requirements.in": "flask\n", "requirements.txt": "flask==3.0.3\njinja2==3.1.2\n"})
    commit(repository)
    seeds = []

    def compile_lock(project: Path, **_: object) -> locks.Lock:
        seeds.append((project / "requirements.txt").read_text(encoding="utf-8").split())
        return locks.Lock("flask==3.0.3\n", [], "in a test")

    monkeypatch.setattr(locks, "compile_lock", compile_lock)
    copy_here(repository, template, lock=True)
    assert seeds == [["flask==3.0.3", "jinja2==3.1.2"]]


def test_the_command_is_the_same_in_a_second_repository_of_that_kind(tmp_path: Path, template: Path) -> None:
    made = []
    for name in "one", "two":
        root = commit(write(tmp_path / name / "shop", FLASK))
        copy_here(root, template)
        made.append({path: digest for path, digest in state(root).items() if path in EMITTED})
    assert made[0] == made[1]


def test_history_and_index_of_git_stay(repository: Path, template: Path) -> None:
    write(repository, {"staged.py": "STAGED = 1\n"})
    git(repository, "add", "staged.py")
    head = git(repository, "rev-parse", "HEAD")
    copy_here(repository, template)
    assert git(repository, "rev-parse", "HEAD") == head
    assert "A  staged.py" in changed(repository)


def test_says_which_lines_an_app_of_one_s_own_needs(repository: Path, template: Path) -> None:
    shown = copy_here(repository, template, apm="sentry", gc_monitor=True)
    assert [line for line in shown.splitlines() if line.startswith("add: ")] == [
        "add: in web, once: from container import gc_monitor; gc_monitor.start()",
        "add: in web, before the app is made: from container import monitoring; monitoring.start()",
    ]
    assert (repository / "container/monitoring.py").exists()


@pytest.mark.parametrize("name", ["Dockerfile.dockerignore", ".containerignore"])
@pytest.mark.parametrize("in_git", [True, False])
def test_what_is_read_in_place_of_the_dockerignore_becomes_a_part_of_it(
    tmp_path: Path, template: Path, name: str, *, in_git: bool
) -> None:
    project = write(tmp_path / "shop", FLASK | {name: "notes\n", ".env": "A=1\n", "notes/a.md": "x\n"})
    if in_git:
        commit(project)
    said = copy_here(project, template)
    assert f"{name} would be used instead of .dockerignore" in " ".join(said.split())
    assert not (project / name).exists()
    assert (project / f"{name}.orig").exists() is not in_git
    ignored = dockerignore.read((project / ".dockerignore").read_text(encoding="utf-8"))
    assert [path for path in (".env", "notes/a.md", "web.py") if not ignored.leaves_out(path)] == ["web.py"]


def test_a_copy_that_is_kept_is_not_in_the_image(tmp_path: Path, template: Path) -> None:
    old = "services: {db: {image: postgres, environment: {POSTGRES_PASSWORD: hunter2}}}\n"
    project = write(tmp_path / "shop", FLASK | {"compose.yaml": old, "compose.yaml.orig": old})
    done = command(
        "copy", "--defaults", "--no-lock", "--offline", "--template", template, "-d", "extras=[compose]", cwd=project
    )
    assert done.code == 0, done.err
    assert (project / "compose.yaml.orig1").read_text(encoding="utf-8") == old
    ignored = dockerignore.read((project / ".dockerignore").read_text(encoding="utf-8"))
    assert [path.name for path in project.glob("*.orig*") if not ignored.leaves_out(path.name)] == []


@pytest.mark.parametrize("own", ["", "*\n!app/**\n!web.py\n", "notes\n"])
def test_code_in_a_folder_of_secrets_is_in_the_image(tmp_path: Path, template: Path, own: str) -> None:
    code = ["app/secrets/__init__.py", "app/secrets/deep/aws.py", "app/templates/secrets/list.html"]
    kept = ["tests/secrets/x.py", "other/secrets/x.py"] if "*" in own else ["tests/secrets/x.py"]
    kept += ["app/secrets/.env", "app/secrets/db_password", "app/secrets/prod.json"]
    files = dict.fromkeys([*code, *kept], "") | ({".dockerignore": own} if own else {})
    project = commit(write(tmp_path / "shop", FLASK | files))
    copy_here(project, template)
    ignored = dockerignore.read((project / ".dockerignore").read_text(encoding="utf-8"))
    assert [path for path in (*code, *kept) if not ignored.leaves_out(path)] == code
    assert command("check", cwd=project).code == 0


def test_starting_over_keeps_the_packages_of_the_tree_that_no_list_names_any_more(
    tmp_path: Path, template: Path
) -> None:
    package = '[project]\nname = "money"\nversion = "1"\n'
    files = {**FLASK, "requirements.txt": "flask\n./libs/money\n", "libs/money/pyproject.toml": package}
    root = commit(write(tmp_path / "shop", files))
    copy_here(root, template)
    assert answers(root)["local_packages"] == "libs/money"
    (root / "requirements.txt").write_text("flask==3.1.0\n", encoding="utf-8")  # as a lock has it
    commit(root)
    done = command("copy", "--defaults", "--no-lock", "--offline", "--force", "--template", template, cwd=root)
    assert done.code == 0, done.err
    assert answers(root)["local_packages"] == "libs/money"
