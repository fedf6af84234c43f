"""What each advisory left behind: a function by its id, which reads a project's files and yields the places."""

from __future__ import annotations

import re
from posixpath import dirname
from typing import TYPE_CHECKING

from copier_slim import credentials
from copier_slim.detect.findings import Evidence
from copier_slim.engine import dockerignore, stages
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copier_slim.detect.tree import Tree

COMMITTED = ("requirements.in", ".copier-answers.yml", "Dockerfile", "compose.yaml", "kubernetes.yaml")
# A requirement from git: its name, the address without "git+"
FROM_GIT = re.compile(r"[\s-]*+(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*+)(?:\[[^\]]*+\])?\s*+@\s*+git\+(?P<address>\S++)")
# What the launcher of 0.7.0 and earlier has, whose handler is set too late and lets the next step begin
LATE_HANDLER = "signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())"


def secrets_let_in(tree: Tree) -> Iterator[Evidence]:
    """Files with a credential's name that reach the build, and exceptions that would let in any that comes."""
    name = dockerignore.counts(tree.root)
    text = tree.text(name)
    if text is None:
        yield Evidence(name, 0, "there is none, so everything is let in")
        return
    ignored = dockerignore.read(text)
    for path in dockerignore.context(tree.root):
        if credentials.secret_file(path) and not ignored.leaves_out(path):
            pattern = ignored.decides(path)
            line = _line(text, str(pattern)) if pattern else 0
            yield Evidence(name, line, f"{pattern or 'no line'} {'lets in' if pattern else 'leaves out'} {path}")
    for pattern in ignored.patterns:
        folder = dirname(re.split(r"[*?\[]", pattern.text)[0]) if pattern.lets_in else ""
        if folder and ignored.decides(f"{folder}/.env") is pattern:
            yield Evidence(name, _line(text, str(pattern)), f"{pattern} would let in {folder}/.env")


def bare_repositories(tree: Tree) -> Iterator[Evidence]:
    """Folders with what git takes for a repository, https://git-scm.com/docs/gitrepository-layout."""
    for path in tree.files:
        folder, _, name = path.rpartition("/")
        inside = f"{folder}/" if folder else ""
        if name == "HEAD" and tree.has(f"{inside}config") and _are_folders(tree, f"{inside}objects/", f"{inside}refs/"):
            yield Evidence(f"{inside}config")


def committed_credentials(tree: Tree) -> Iterator[Evidence]:
    """Lines of files that the template writes with what looks like a credential; their text shows it masked."""
    for path in COMMITTED:
        text = tree.text(path) or ""
        variables = VARIABLES[path](text) if path in VARIABLES else {}
        for number, line in enumerate(text.split("\n"), 1):
            if credentials.find(line) or credentials.find_assigned(line):
                yield Evidence(path, number, line.strip())
            elif number in variables:
                yield Evidence(path, number, variables[number])
            elif (found := FROM_GIT.match(line)) and _is_odd(found["name"], *_parts(found["address"])):
                # The name itself may be the credential, so it is not shown
                shown = _parts(found["address"])[0]
                yield Evidence(path, number, f"a requirement from git that is not named as {shown}")


def late_handlers(tree: Tree) -> Iterator[Evidence]:
    """Launchers that run steps before the server and let a stop pass by."""
    for number, line in enumerate((tree.text("Dockerfile") or "").split("\n"), 1):
        if LATE_HANDLER in line:
            yield Evidence("Dockerfile", number, line.strip())


def _of_image(text: str) -> dict[int, str]:
    """The lines of a Dockerfile on which a variable gets a credential by its name."""
    lines, found = text.split("\n"), dict[int, str]()
    for stage in stages.read(text):
        for instruction, value, first in stage.instructions:
            for name, given in stages.pairs(value) if instruction in {"ENV", "ARG"} else ():
                if credentials.secret_variable(name, given):
                    there = (at for at in range(first, len(lines) + 1) if f"{name}=" in lines[at - 1])
                    found.setdefault(next(there, first), f"{instruction} {name}={given}")
    return found


def _of_answers(text: str) -> dict[int, str]:
    """The lines of an answers file on which the environment has a credential by its name."""
    try:
        answers = formats.yaml(text)
    except formats.BrokenError:
        return {}
    environment = answers.get("environment") if isinstance(answers, dict) else None
    said = [line.partition("=") for line in str(environment or "").splitlines()]
    names = {name for name, _, value in said if credentials.secret_variable(name, value)}
    lines = list(enumerate(text.split("\n"), 1))
    return {number: line.strip() for name in names for number, line in lines if f"{name}=" in line}


# Where a file states the image's variables
VARIABLES = {"Dockerfile": _of_image, ".copier-answers.yml": _of_answers}
LOOKS: dict[str, Callable[[Tree], Iterator[Evidence]]] = {
    "CS-2026-01": secrets_let_in,
    "CS-2026-02": bare_repositories,
    "CS-2026-03": committed_credentials,
    "CS-2026-06": late_handlers,
}


def _line(text: str, pattern: str) -> int:
    """The last line of a .dockerignore with a pattern, however it is spelled; 0 where none has it."""
    found = [
        number for number, line in enumerate(text.split("\n"), 1) for item in dockerignore.read(line).patterns
        if str(item) == pattern
    ]  # fmt: skip
    return found[-1] if found else 0


def _are_folders(tree: Tree, *folders: str) -> bool:
    return all((tree.root / folder).is_dir() for folder in folders)


def _parts(address: str) -> list[str]:
    """What a requirement may be named after: the repository's name, and that of the folder in it that is asked for."""
    plain, _, fragment = address.partition("#")
    path = plain.partition("://")[2].partition("/")[2].partition("?")[0].partition("@")[0]
    paths = [path, fragment.partition("subdirectory=")[2].partition("&")[0]]
    return [path.rstrip("/").rpartition("/")[2].removesuffix(".git") for path in paths if path.strip("/")]


def _is_odd(name: str, *parts: str) -> bool:
    """Whether a requirement's name has nothing to do with where it comes from, as a password's would not."""
    said, *known = (re.sub(r"[-_.]+", "-", text.lower()) for text in (name, *parts))
    return bool(known) and all(said not in part and part not in said for part in known)
