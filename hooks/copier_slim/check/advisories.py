"""What each advisory left behind: a function by its id, which reads a project's files and yields the places."""

from __future__ import annotations

import re
from posixpath import dirname
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copier_slim import credentials, ignoring
from copier_slim.detect.findings import Evidence

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
    name = ignoring.counts(tree.root)
    text = tree.text(name)
    if text is None:
        yield Evidence(name, 0, "there is none, so that everything is let in")
        return
    ignored = ignoring.read(text)
    for path in ignoring.context(tree.root):
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
        if name == "HEAD" and tree.has(f"{inside}config") and _has_below(tree, f"{inside}objects/", f"{inside}refs/"):
            yield Evidence(f"{inside}config")


def committed_credentials(tree: Tree) -> Iterator[Evidence]:
    """Lines of files that the template writes with what looks like a credential; their text shows it masked."""
    for path in COMMITTED:
        for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
            if credentials.find(line) or credentials.find_assigned(line):
                yield Evidence(path, number, line.strip())
            elif (found := FROM_GIT.match(line)) and _is_odd(
                found["name"], repository := _repository(found["address"])
            ):
                # The name itself may be the credential, so it is not shown
                yield Evidence(path, number, f"a requirement from git that is not named as {repository}")


def late_handlers(tree: Tree) -> Iterator[Evidence]:
    """Launchers that run steps before the server and let a stop pass by."""
    for number, line in enumerate((tree.text("Dockerfile") or "").split("\n"), 1):
        if LATE_HANDLER in line:
            yield Evidence("Dockerfile", number, line.strip())


LOOKS: dict[str, Callable[[Tree], Iterator[Evidence]]] = {
    "CS-2026-01": secrets_let_in,
    "CS-2026-02": bare_repositories,
    "CS-2026-03": committed_credentials,
    "CS-2026-06": late_handlers,
}


def _line(text: str, pattern: str) -> int:
    """The last line of a .dockerignore with a pattern, however it is spelled; 0 where none has it."""
    found = [
        number for number, line in enumerate(text.split("\n"), 1) for item in ignoring.read(line).patterns
        if str(item) == pattern
    ]  # fmt: skip
    return found[-1] if found else 0


def _has_below(tree: Tree, *folders: str) -> bool:
    return all((tree.root / folder).is_dir() for folder in folders)


def _repository(address: str) -> str:
    """The last part of a repository's path, without what pins it."""
    path = urlsplit(address).path.partition("@")[0].rstrip("/")
    return path.rpartition("/")[2].removesuffix(".git")


def _is_odd(name: str, repository: str) -> bool:
    """Whether a requirement's name has nothing to do with its repository's, as a password's would not."""
    said, known = (re.sub(r"[-_.]+", "-", text.lower()) for text in (name, repository))
    return said not in known and known not in said
