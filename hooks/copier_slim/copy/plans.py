"""What `copy` writes: the rendered files but the project's own code, with its .dockerignore merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copier_slim import catalog, console
from copier_slim.detect.tree import Tree
from copier_slim.engine import dockerignore
from copier_slim.errors import InputError
from copier_slim.lock import trial
from copier_slim.lock.project import answers_of
from copier_slim.rendering import copier
from copier_slim.worktree import writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from rich.console import Console

    from copier_slim.detect.repository import Repository

SUPPORT = "container/"
# What building the project as a package reads
PACKAGE = ("pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in", "README*", "LICEN[CS]E*")


def make(destination: Path, staging: Path, repository: Repository | None, out: Console, *, force: bool) -> writing.Plan:
    """What is written where, from the rendered project in `staging`; notes go to `out`.

    Raises InputError where a file of the project's stands in the way.
    """
    made = copier.files(staging)
    for name in {name for row in catalog.frameworks().values() for name in row.starter}:
        if (destination / name).exists():  # code is never replaced
            made.pop(name, None)
    adopted = (destination / copier.ANSWERS_FILE).exists()
    for name in () if adopted else made:
        if name.startswith(SUPPORT) and (destination / name).exists():
            raise InputError(f"{destination / name} is the project's, but the image needs a script there; rename it")
    counts = dockerignore.counts(destination)
    before = Tree(destination).text(counts) if (destination / counts).is_file() else None
    instead = [counts] if counts != dockerignore.NAME else []
    if instead:
        out.print(f"note: {counts} would be used instead of .dockerignore; its patterns are now in .dockerignore")
    emitted = made[".dockerignore"].decode()
    merged = emitted
    if before:
        merged = dockerignore.merged(emitted, before, _needed(destination, made, repository, answers_of(staging)))
    if code := dockerignore.code_among_secrets(merged, dockerignore.context(destination)):
        merged += "\n".join(["", *code]) + "\n"
    if repository and repository.unneeded:
        lines = (f"{member}/**\n!{member}/pyproject.toml\n" for member in repository.unneeded)
        merged += "\n# Members of the workspace that the image does not need\n" + "".join(lines)
    made[".dockerignore"] = merged.encode()
    for note in _let_in(before or "", merged, emitted, destination):
        out.print(f"note: {note}")
    return writing.plan(destination, made, removed=instead, force=force)


def _let_in(before: str, merged: str, emitted: str, destination: Path) -> Iterator[str]:
    """What to say of the files that the project's own patterns let in, and that secrets are named like."""
    paths = list(dockerignore.context(destination))
    let_in = dockerignore.against_secrets(merged, emitted, paths)
    stated = set(emitted.splitlines())
    yield from (
        f".dockerignore: {pattern} lets in {console.a_few(names)}"
        for pattern, names in let_in.items()
        if pattern not in stated
    )
    known = {name for names in let_in.values() for name in names}
    for pattern, names in dockerignore.against_secrets(before, emitted, paths).items():
        if held := [name for name in names if name not in known]:
            yield (
                f".dockerignore: {pattern} let in {console.a_few(held)}, kept out because of a name like a secret's;"
                f" to let in one that the image needs, add a line at the end, such as !{held[0]}"
            )


def _needed(
    destination: Path, made: Collection[str], repository: Repository | None, answers: Mapping[str, Any]
) -> list[str]:
    """The files that the image needs in order to build and to start."""
    needed = ["requirements.in", "requirements.txt", *trial.stated_in(answers)]
    needed += [name for name in sorted(made) if name.startswith(SUPPORT)]
    if answers["install_project"]:
        needed += [path.name for pattern in PACKAGE for path in sorted(destination.glob(pattern))]
    app = repository.findings.found.get("app") if repository else None
    needed += [item.path for item in (app.evidence if app else ()) if item.path.endswith(".py")]
    return needed
