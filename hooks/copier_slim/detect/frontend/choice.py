"""Which package.json of a repository makes what its Python side serves, and why the others make nothing."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.frontend import builds, makefiles, manifest, served, stated, workspaces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Evidence, Findings
    from copier_slim.detect.frontend.builds import Build
    from copier_slim.detect.frontend.followed import Made
    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.frontend.workspaces import Workspace
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree

MADE = (".css", ".js", ".mjs", ".html")  # what browsers read as it is
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The front end of the image.

    `script` is the one that makes it, "" where `commands` do, as a Dockerfile has them; `outputs` are where it is made,
    with where it goes, both from the project's root; `stated` is what that Dockerfile says of it; `beside` are scripts
    that make more of it.
    """

    found: Manifest
    workspace: Workspace
    builder: str
    script: str
    commands: tuple[str, ...]
    outputs: dict[str, str]
    evidence: Evidence
    serves: Evidence
    stated: Made | None = None
    beside: tuple[str, ...] = ()


def choose(findings: Findings, code: Code, declared: Dependencies, existing: Dockerfile | None) -> Chosen | None:
    """The first package.json whose files are served, and notes on those that are left."""
    manifests = manifest.find(code.tree)
    by_stage = stated.read(code.tree, existing)
    taken: Chosen | None = None
    for found in manifests:
        build = builds.find(code.tree, found)
        made = by_stage.get(found.folder)
        chosen = _chosen(code, declared, found, build, made, workspaces.of(code.tree, found, manifests))
        if isinstance(chosen, str):
            if chosen:
                findings.note(chosen)
        elif taken:
            left = f"the image has the one of {taken.found.path}"
            findings.note(f"{found.path}: no front-end files are made by {chosen.builder}, as {left}")
        else:
            taken = chosen
    if taken and taken.stated:
        for note in taken.stated.unsaid:
            findings.note(note)
        if taken.stated.left:
            findings.note(
                f"{taken.found.path}: its script {taken.script} makes the front end, and the Dockerfile does more by a"
                f" line that needs a shell ({taken.stated.left}): name plain commands with --data assets_command=…"
            )
        _carried(findings, code, taken.stated.places)
    if taken and taken.workspace.root != taken.found:
        _drop(findings, f"{taken.workspace.root.path}: ")
    return taken


def _carried(findings: Findings, code: Code, places: Iterable[Evidence]) -> None:
    """Takes back that a COPY of the stage of Node, or a RUN of Node in one with Python, is not carried over."""
    for place in places:
        start = f"not carried over from {place.place}: {place.text}"
        _drop(findings, start)
        code.tree.notes[:] = [note for note in code.tree.notes if not note.startswith(start)]


def _drop(findings: Findings, start: str) -> None:
    findings.notes[:] = [note for note in findings.notes if not note.startswith(start)]


def _chosen(
    code: Code, declared: Dependencies, found: Manifest, build: Build | None, made: Made | None, workspace: Workspace
) -> Chosen | str:
    """The front end of a package.json; else why it makes none, "" where there is nothing to say."""
    script, commands = _run(found, build, made)
    elsewhere = None if script or commands or made else makefiles.stated(code.tree, found)
    if elsewhere:
        commands = (elsewhere[0],)
    if not script and not commands:
        return _unknown(code.tree, found, made)
    build = builds.of_commands(code.tree, found, commands) or build
    builder = build.builder if build else (found.scripts.get(script) or commands[0]).split()[0]
    is_whole = build and not catalog.frontends().builders[build.builder].call  # gulp's tasks may be of more files
    is_placed = made is not None and bool(made.outputs)
    outputs = _placed(made, build.outputs if build and (is_whole or not is_placed) else ())
    if made and is_placed:
        serves: Evidence | None = made.places[0]
    else:
        places = (served.by(code, found.folder, output, declared.direct) for output in outputs)
        serves = next(filter(None, places), None)
    how = f" --data assets_command='{chr(10).join(commands)}'" if commands else ""
    left = _why_left(found, build, workspace, outputs, how, is_served=serves is not None)
    left = left or _why_not_anew(code.tree, workspace, outputs)
    if left or serves is None:
        return f"{found.path}: no front-end files are made by {builder}, as {left}"
    evidence = code.tree.evidence(found.path, f'"{script}"') if script else elsewhere[1] if elsewhere else serves
    beside = build.beside if build and build.script == script else ()
    stats = served.stats(code, outputs) if build and build.builder.startswith("webpack") else {}
    return Chosen(found, workspace, builder, script, commands, outputs | stats, evidence, serves, made, beside)


def _placed(made: Made | None, outputs: tuple[str, ...]) -> dict[str, str]:
    """Where the outputs go: where a Dockerfile has them, which may name a folder that others are in too."""
    if made is None or not made.outputs:
        return {path: path for path in outputs}
    finer = {
        path: posixpath.normpath(goes + path[len(folder) :])
        for path in outputs
        for folder, goes in made.outputs.items()
        if f"{path}/".startswith(f"{folder}/")
    }
    return finer if len(finer) == len(outputs) and finer else made.outputs


def _run(found: Manifest, build: Build | None, made: Made | None) -> tuple[str, tuple[str, ...]]:
    """The script that makes the files, or the commands of a Dockerfile's stage."""
    if made and made.commands and not made.left:
        called = [builds.CALLS.match(command) for command in made.commands]
        names = [match["name"] if match else None for match in called]
        if len(names) == 1 and names[0] in found.scripts and made.commands[0].endswith(str(names[0])):
            return str(names[0]), ()
        return "", tuple(made.commands)
    return (build.script, ()) if build else ("", ())


def _unknown(tree: Tree, found: Manifest, made: Made | None) -> str:
    if made and made.left:
        return (
            f"{found.path}: the Dockerfile makes its files by a line that needs a shell ({made.left}):"
            f" name plain commands with --data assets=npm{_of(found)} --data assets_command=…"
        )
    rows = catalog.frontends()
    script = next((name for name in rows.scripts if found.scripts.get(name, "").strip()), None)
    if not script:
        return _unstarted(tree, found)
    folders = re.findall(r"(?:\bcd|--prefix|--cwd|-C)[ =](\S+)", found.scripts[script])
    if any(tree.has(posixpath.join(found.beside(posixpath.normpath(folder)), "package.json")) for folder in folders):
        return ""  # it only goes there
    return (
        f"{found.path}: what its script {script} makes is not known ({found.scripts[script]});"
        f" if the app serves it: --data assets=npm{_of(found)} --data assets_output=…"
    )


def _unstarted(tree: Tree, found: Manifest) -> str:
    """That a builder is configured and no script starts it; "" where none is."""
    for name, row in catalog.frontends().builders.items():
        paths = (found.beside(f"{base}{suffix}") for base in row.config for suffix in builds.SUFFIXES)
        if name in found.packages and (path := next(filter(tree.has, paths), None)):
            command = f"npx {(*row.words, name)[0]} …"
            return (
                f"{found.path}: no script starts {name}, which {path} configures; if the app serves what it makes:"
                f" --data assets=npm{_of(found)} --data assets_command='{command}' --data assets_output=…"
            )
    return ""


def _why_not_anew(tree: Tree, workspace: Workspace, outputs: dict[str, str]) -> str:
    """That no lock says from what to build, and what was built is in the repository; "" where either is not so."""
    name, _ = manifest.manager(tree, workspace.root)
    row = catalog.frontends().managers[name]
    there = all(any(path.startswith(f"{place}/") and path.endswith(MADE) for path in tree.files) for place in outputs)
    if tree.has(workspace.root.beside(row.lock)) or not there:
        return ""
    return (
        f"{workspace.root.path} has no lock, and {', '.join(outputs)} has what was made before;"
        f" for a build in the image run {row.mend}, commit {row.lock} and run this again"
    )


def _of(found: Manifest) -> str:
    return f" --data assets_path={found.folder}" if found.folder else ""


def _why_left(
    found: Manifest, build: Build | None, workspace: Workspace, outputs: dict[str, str], how: str, *, is_served: bool
) -> str:
    if workspace.lacking:
        return f"it needs packages that are not in the repository ({', '.join(workspace.lacking[:3])})"
    if build and build.server:
        return "that is a server of Node's, and no files that Python serves"
    if not outputs:
        return f"its output is not stated; add --data assets=npm{_of(found)}{how} --data assets_output=…"
    folders = [item.folder for item in (found, workspace.root, *workspace.members) if item.folder]
    if unplain := [path for path in (*outputs, *outputs.values(), *folders) if not PLAIN.fullmatch(path)]:
        return f"a path cannot be written into a Dockerfile: {', '.join(unplain)}"
    if not is_served:
        paths = ", ".join(outputs)
        return f"no code serves {paths}; if a server does: --data assets=npm{_of(found)} --data assets_output={paths}"
    return ""
