"""Nothing of the user's is lost, whatever is in the directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from copier_slim.errors import InputError
from tests.command.running import EMITTED, FLASK, answers, changed, command, commit, copy_here, git, state, write

MINE = "FROM scratch\n# mine\n"


def changed_dockerfile(repository: Path) -> None:
    commit(write(repository, {"Dockerfile": "FROM scratch\n"}))
    write(repository, {"Dockerfile": MINE})


def staged_dockerfile(repository: Path) -> None:
    commit(write(repository, {"Dockerfile": "FROM scratch\n"}))
    write(repository, {"Dockerfile": MINE})
    git(repository, "add", "Dockerfile")


def new_dockerfile(repository: Path) -> None:
    write(repository, {"Dockerfile": MINE})


def added_dockerfile(repository: Path) -> None:
    write(repository, {"Dockerfile": MINE})
    git(repository, "add", "Dockerfile")


def ignored_dockerfile(repository: Path) -> None:
    commit(write(repository, {".gitignore": "Dockerfile\n"}))
    write(repository, {"Dockerfile": MINE})


def hidden_dockerfile(repository: Path) -> None:
    """What `git status` keeps quiet about, because it was told to."""
    commit(write(repository, {"Dockerfile": "FROM scratch\n"}))
    git(repository, "update-index", "--assume-unchanged", "Dockerfile")
    write(repository, {"Dockerfile": MINE})


NOT_HELD = [
    changed_dockerfile, staged_dockerfile, new_dockerfile, added_dockerfile, ignored_dockerfile, hidden_dockerfile,
]  # fmt: skip
Prepare = Callable[[Path], None]


@pytest.mark.parametrize("prepare", NOT_HELD)
def test_what_git_does_not_hold_is_refused(repository: Path, template: Path, prepare: Prepare) -> None:
    prepare(repository)
    before, status = state(repository), changed(repository)
    with pytest.raises(InputError, match=r"Dockerfile would be overwritten.*--force"):
        copy_here(repository, template)
    assert state(repository) == before
    assert changed(repository) == status


def test_the_refusal_is_one_line(repository: Path, template: Path) -> None:
    new_dockerfile(repository)
    before = state(repository)
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, cwd=repository)
    done.fails(3, "Dockerfile", "--force")
    assert state(repository) == before


@pytest.mark.parametrize("prepare", NOT_HELD)
def test_force_overwrites_and_keeps_a_copy(repository: Path, template: Path, prepare: Prepare) -> None:
    prepare(repository)
    shown = copy_here(repository, template, force=True)
    assert "/opt/venv" in (repository / "Dockerfile").read_text(encoding="utf-8")
    assert (repository / "Dockerfile.orig").read_text(encoding="utf-8") == MINE
    assert "kept: Dockerfile.orig\n" in shown
    assert "replaced: Dockerfile\n" in shown


def test_what_git_holds_is_replaced(repository: Path, template: Path) -> None:
    commit(write(repository, {"Dockerfile": MINE}))
    copy_here(repository, template)
    assert changed(repository) == {" M Dockerfile", *(f"?? {name}" for name in EMITTED - {"Dockerfile"})}
    assert git(repository, "show", "HEAD:Dockerfile") == MINE


def test_other_changes_are_no_hindrance(repository: Path, template: Path) -> None:
    write(repository, {"web.py": FLASK["web.py"] + "\n# changed\n", "notes.txt": "mine\n"})
    before = state(repository)
    copy_here(repository, template)
    assert {name: value for name, value in state(repository).items() if name not in EMITTED | {"container"}} == before


def test_outside_git_a_copy_is_kept(bare: Path, template: Path) -> None:
    write(bare, {"Dockerfile": MINE, ".dockerignore": "mine\n"})
    shown = copy_here(bare, template)
    assert (bare / "Dockerfile.orig").read_text(encoding="utf-8") == MINE
    assert (bare / ".dockerignore.orig").read_text(encoding="utf-8") == "mine\n"
    assert "kept: Dockerfile.orig" in shown


def test_a_kept_copy_is_never_overwritten(bare: Path, template: Path) -> None:
    write(bare, {"Dockerfile": MINE})
    copy_here(bare, template)
    later = "FROM scratch\n# mine, later\n"
    write(bare, {"Dockerfile": later})
    shown = copy_here(bare, template, force=True)
    kept = {path.read_text(encoding="utf-8"): path.name for path in bare.glob("Dockerfile.orig*")}
    assert kept.keys() == {MINE, later}
    assert f"kept: {kept[later]}\n" in shown


def test_a_copy_that_changes_nothing_keeps_nothing(bare: Path, template: Path) -> None:
    copy_here(bare, template)
    before = state(bare)
    copy_here(bare, template, force=True)
    assert state(bare) == before


def texts(repository: Path) -> str:
    """All that can be read in a directory, and in its last commit where it is in git."""
    found = [path.read_text(encoding="utf-8") for path in repository.iterdir() if path.is_file()]
    if (repository / ".git").exists():
        found += [git(repository, "show", f"HEAD:{name}") for name in git(repository, "ls-files").split()]
    return "\n".join(found)


WRITTEN_BY_HAND = """\
# what the web needs
flask==3.1.*

# the database
sqlalchemy>=2  # not 1.4
redis; python_version < "4"
"""


@pytest.mark.parametrize("file", ["requirements.txt", "requirements.in"])
@pytest.mark.parametrize("in_git", [True, False])
def test_requirements_keep_their_lines_and_comments(
    tmp_path: Path, template: Path, locking: str, file: str, in_git: bool  # noqa: FBT001
) -> None:  # fmt: skip
    root = write(tmp_path / "shop", {"web.py": FLASK["web.py"], file: WRITTEN_BY_HAND})
    if in_git:
        commit(root)
    copy_here(root, template, lock=True)
    lines = [line for line in (root / "requirements.in").read_text(encoding="utf-8").split("\n") if line]
    own = [line for line in WRITTEN_BY_HAND.split("\n") if line]
    assert [line.replace(" ;", ";") for line in lines][-len(own) - 1 :] == [*own, "# The project's own"]
    assert (root / "requirements.txt").read_text(encoding="utf-8") == locking
    assert WRITTEN_BY_HAND in texts(root)


def test_a_requirements_txt_that_git_does_not_hold_is_refused(repository: Path, template: Path, locking: str) -> None:
    write(repository, {"requirements.txt": WRITTEN_BY_HAND})
    before = state(repository)
    with pytest.raises(InputError, match=r"requirements\.txt would be overwritten"):
        copy_here(repository, template, lock=True)
    assert state(repository) == before
    copy_here(repository, template, lock=True, force=True)
    assert (repository / "requirements.txt").read_text(encoding="utf-8") == locking
    assert (repository / "requirements.txt.orig").read_text(encoding="utf-8") == WRITTEN_BY_HAND


def test_without_a_lock_requirements_txt_stays(repository: Path, template: Path) -> None:
    write(repository, {"requirements.txt": WRITTEN_BY_HAND})
    copy_here(repository, template)
    assert (repository / "requirements.txt").read_text(encoding="utf-8") == WRITTEN_BY_HAND


@pytest.mark.parametrize(
    ("line", "where", "said"),
    [
        ("--extra-index-url https://example.org/simple", "shown", "--extra-index-url"),
        ("-c constraints.txt", "made", "redis>=5,<6"),
        ("-r more.txt", "made", "rich"),
        ("sqlalchemy (>=2)", "made", "sqlalchemy>=2"),
        ("click @ https://example.org/click-8.1.7-py3-none-any.whl", "made", "click @ https://example.org/click-8"),
    ],
)
def test_a_line_that_cannot_stay_leaves_the_others_as_they_are(
    repository: Path, template: Path, line: str, where: str, said: str
) -> None:
    text = f"# what the web needs\nflask==3.1.*  # the framework\n{line}\n# said by the team\nredis>=5\n"
    commit(write(repository, {"requirements.in": text, "constraints.txt": "redis<6\n", "more.txt": "rich\n"}))
    shown = copy_here(repository, template)
    made = (repository / "requirements.in").read_text(encoding="utf-8")
    for kept in "# what the web needs", "flask==3.1.*  # the framework", "# said by the team":
        assert kept in made.split("\n")
    assert "redis>=5" in made
    assert said in {"made": made, "shown": shown}[where]
    assert text in texts(repository)


def test_requirements_in_does_not_grow(repository: Path, template: Path) -> None:
    copy_here(repository, template)
    commit(repository)
    before = state(repository)
    shown = copy_here(repository, template, force=True)
    assert state(repository) == before, shown
    assert answers(repository)["dependencies"] == "flask==3.1.*"


OWN_PATTERNS = ["fixtures/", "*.sqlite", "!keep.sqlite", "**/big data", "docs/*.pdf"]


def test_the_own_patterns_of_dockerignore_stay_in_order(repository: Path, template: Path) -> None:
    commit(write(repository, {".dockerignore": "# mine\n" + "\n".join(OWN_PATTERNS) + "\n.git\n__pycache__/\n"}))
    copy_here(repository, template)
    lines = (repository / ".dockerignore").read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line in OWN_PATTERNS] == OWN_PATTERNS
    assert lines.count("**/.git") == lines.count("**/__pycache__") == 1
    assert lines.index(OWN_PATTERNS[-1]) < lines.index("**/.git"), "the last that matches counts"


def test_a_dockerignore_that_ignores_all_does_not_hide_the_lock(repository: Path, template: Path) -> None:
    commit(write(repository, {".dockerignore": "*\n!web.py\n!templates/\n"}))
    copy_here(repository, template)
    lines = (repository / ".dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = lines.index("*") if "*" in lines else None
    assert allowed is None or "!requirements.txt" in lines[allowed:], "the build cannot find its lock"


def test_patterns_with_crlf(repository: Path, template: Path) -> None:
    commit(write(repository, {".dockerignore": b"\xef\xbb\xbffixtures\r\n*.sqlite\r\n"}))
    copy_here(repository, template)
    assert b"\n# The project's own\nfixtures\n" in (repository / ".dockerignore").read_bytes()


@pytest.mark.parametrize("starter", ["true", "false"])
def test_code_is_never_replaced(tmp_path: Path, template: Path, starter: str) -> None:
    code = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/mine')\ndef mine():\n    return 1\n"
    root = commit(write(tmp_path / "shop", {"main.py": code, "requirements.txt": "fastapi\n"}))
    try:
        copy_here(root, template, starter=starter)
    except InputError as error:
        assert "main.py" in str(error)  # noqa: PT017
    assert (root / "main.py").read_text(encoding="utf-8") == code


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", "requirements.in", ".copier-answers.yml"])
@pytest.mark.parametrize("to", ["elsewhere/file", "nowhere"])
def test_a_symbolic_link_is_refused(repository: Path, template: Path, name: str, to: str) -> None:
    write(repository.parent, {"elsewhere/file": MINE if name == "Dockerfile" else "flask==3.1.*\n"})
    (repository / name).symlink_to(repository.parent / to)
    commit(repository)
    before = state(repository.parent)
    with pytest.raises(InputError, match=name):
        copy_here(repository, template, force=True)
    assert state(repository.parent) == before


@pytest.mark.parametrize(
    "name", [".Dockerfile.copier-slim", "Dockerfile.orig", "Dockerfile.orig1", "requirements.in.orig"]
)
@pytest.mark.parametrize("exists", [True, False])
def test_nothing_is_written_through_a_symbolic_link(
    bare: Path, template: Path, name: str, exists: bool  # noqa: FBT001
) -> None:  # fmt: skip
    outside = write(bare.parent / "outside", {"file": "outside\n"} if exists else {})
    write(bare, {"Dockerfile": MINE, "requirements.in": "flask\n"})
    (bare / name).symlink_to(outside / "file")
    before = state(outside)
    copy_here(bare, template)
    assert state(outside) == before
    assert (bare / name).is_symlink()
    assert MINE in texts(bare)


@pytest.mark.parametrize("name", ["Dockerfile", "requirements.in", ".dockerignore"])
def test_a_directory_in_the_way_is_refused(repository: Path, template: Path, name: str) -> None:
    write(repository, {f"{name}/file": "mine\n"})
    before = state(repository)
    with pytest.raises(InputError, match=name):
        copy_here(repository, template, force=True)
    assert state(repository) == before


def test_a_file_keeps_its_mode(repository: Path, template: Path) -> None:
    commit(write(repository, {"Dockerfile": MINE}))
    (repository / "Dockerfile").chmod(0o640)
    copy_here(repository, template)
    assert (repository / "Dockerfile").stat().st_mode & 0o777 == 0o640


def test_a_linked_destination_is_the_directory_it_leads_to(repository: Path, template: Path) -> None:
    link = repository.parent / "link"
    link.symlink_to(repository, target_is_directory=True)
    copy_here(link, template)
    assert set(state(repository)) >= EMITTED


class TestAgain:
    """`copy` where the answers file is there."""

    def test_points_to_update(self, repository: Path, template: Path) -> None:
        copy_here(repository, template)
        commit(repository)
        before = state(repository)
        done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, cwd=repository)
        done.fails(3, "copier-slim update", "--force")
        assert state(repository) == before

    def test_force_looks_anew(self, repository: Path, template: Path) -> None:
        copy_here(repository, template)
        commit(write(repository, {"web.py": FLASK["web.py"].replace("site", "shop")}))
        done = command(
            "copy", "--defaults", "--no-lock", "--offline", "--force", "--template", template, cwd=repository
        )
        assert done.code == 0, done.err
        assert answers(repository)["app"] == "web:shop"
        assert changed(repository) == {" M .copier-answers.yml", " M Dockerfile"}


@pytest.mark.parametrize("name", ["launch.py", "libraries.py"])
def test_code_where_the_image_s_script_goes_is_not_replaced(repository: Path, template: Path, name: str) -> None:
    write(repository, {f"container/{name}": "SHELVES = 3\n"})
    commit(repository)
    before = state(repository)
    with pytest.raises(InputError, match="is the project's, but the image needs a script there"):
        copy_here(repository, template)
    assert state(repository) == before
