"""Where a project and its recorded answers part: what is found now, against the answers and what was found then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from copier_slim import base_image, catalog
from copier_slim.check.evidence import LINES, PATHS, SCALARS, Seen, see
from copier_slim.detect.findings import Evidence
from copier_slim.detect.tree import Tree
from copier_slim.lock import certificates, freshness
from copier_slim.lock.lockfile import normalized
from copier_slim.lock.own_lock import own_lock
from copier_slim.rendering import source
from copier_slim.rendering.copier import ANSWERS_FILE, DETECTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# What parts a line's name from the rest, where it has one
NAMED = {"environment": "=", "processes": ":", "schedules": ":", "limits": ":", "indexes": "="}
STARTED = ("processes", "schedules")
# Answers that not every release recorded, or not without a front end, and what they were then
YOUNGER = {"command": "", "assets": "none", "assets_path": ""}
DESCRIBED = re.compile(r"(?P<tag>v?\d[\w.]*?)(?:-\d+-g[0-9a-f]+)?")  # as git describe writes a commit


@dataclass(frozen=True, slots=True)
class Drift:
    """An answer that no longer fits: what is recorded, what is found now, where, and what to do about it.

    `takes` is the answer's new value where an update can take it; None where it was chosen by hand, or is no answer.
    """

    answer: str
    recorded: str
    found: str
    evidence: Evidence
    mend: str = "copier-slim update"
    takes: Any = None


def drifts(project: Path, answers: Mapping[str, Any]) -> tuple[list[Drift], Seen]:
    """What parts, and all that was seen; raises InputError where the project cannot be read.

    Whatever was found then, too (the answer `detected`), is no drift, since it was seen and answered otherwise. Answers
    without it, of 0.7 and earlier, are compared only where they cannot be right: an app whose module is gone, a Python
    that is not allowed, a system package that the Dockerfile does not install, a requirement that is not in the list.
    """
    tree, seen = Tree(project), see(project, answers)
    then = remembered(answers)
    found = [
        *_scalars(tree, answers, then, seen),
        *_python(answers, then, seen),
        *_lines(tree, answers, then, seen),
        *_paths(tree, answers),
        *_certificates(project, answers),
        *_base_image(answers),
        *_system(tree, answers, then, seen),
        *_unlisted(tree, answers, then, seen),
        *_lock(tree, answers, seen),
        *_template(tree, answers),
    ]
    return found, seen


def remembered(answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was found when it was last compared, without what somebody wrote there in another form; None if nothing."""
    then = answers.get(DETECTED)
    if not isinstance(then, dict):
        return None
    plain = {*SCALARS, "python_version"}
    return {name: value for name, value in then.items() if name in plain or isinstance(value, list)}


def _scalars(tree: Tree, answers: Mapping[str, Any], then: Mapping[str, Any] | None, seen: Seen) -> Iterator[Drift]:
    gone = _is_gone(tree, str(answers.get("app", "")))
    younger = YOUNGER | {"assets_node": catalog.frontends().node}
    for name in SCALARS:
        recorded = answers.get(name, younger.get(name))
        if name not in seen.scalars or recorded is None:
            continue
        value, evidence = seen.scalars[name]
        if value == recorded or (then is not None and value == then.get(name) and not (name == "app" and gone)):
            continue
        if then is None and not (name == "app" and gone):
            continue
        if name == "release" and _has_each(answers, value):  # what was found there before it was the release
            continue
        # Where nothing was found then, the answer is a default, and not a choice against what is found
        by_hand = then is not None and name in then and recorded != then[name] and not (name == "app" and gone)
        if name == "dependency_source":  # a move, which somebody should want
            yield Drift(name, str(recorded), str(value), evidence, f"copier-slim update --data {name}={value}")
        else:
            yield Drift(name, str(recorded), str(value), evidence, takes=None if by_hand else value)
    stated = (then or {}).get("command")
    if stated and stated == answers.get("command") and "command" not in seen.scalars:
        yield Drift("command", str(stated), "stated nowhere", _answered(tree, "command"), takes="")
    if gone and "app" not in seen.scalars:
        yield Drift("app", str(answers["app"]), "no such module", _answered(tree, "app"), "say --data app=…")


def _has_each(answers: Mapping[str, Any], release: str) -> bool:
    steps = {line.strip() for line in str(answers.get("prestart") or "").splitlines()}
    return {step.strip() for step in release.split("&&")} <= steps


def _python(answers: Mapping[str, Any], then: Mapping[str, Any] | None, seen: Seen) -> Iterator[Drift]:
    if "python_version" not in seen.scalars or "python_version" not in answers:
        return
    value, evidence = seen.scalars["python_version"]
    recorded = str(answers["python_version"])
    if recorded in seen.pythons or recorded == value or (then is not None and then.get("python_version") == value):
        return
    by_hand = then is not None and "python_version" in then and str(then["python_version"]) != recorded
    yield Drift("python_version", recorded, str(value), evidence, takes=None if by_hand else value)


def _stopped(tree: Tree, name: str, recorded: list[str], then: Mapping[str, Any], seen: Seen) -> Iterator[Drift]:
    """What runs beside the app, was stated once, and is stated nowhere now; a file that is not read may have it."""
    now = {line.partition(NAMED[name])[0] for line in seen.lines.get(name, {})}
    for line in recorded:
        own = line.partition(NAMED[name])[0]
        if line in then.get(name, ()) and own not in now:
            mend = f"copier-slim update keeps it, with --data {name}=… it goes"
            yield Drift(name, line, "stated nowhere", _answered(tree, name, line), mend)


def _answered(tree: Tree, name: str, line: str = "") -> Evidence:
    """The line of the answers file that has a line of an answer, or the answer itself."""
    numbered = list(enumerate((tree.text(ANSWERS_FILE) or "").split("\n"), 1))
    answer = next((one for one in numbered if one[1].startswith(f"{name}:")), (0, ""))
    number, text = next((one for one in numbered if line and one[0] >= answer[0] and line in one[1]), answer)
    return Evidence(ANSWERS_FILE, number, text.strip())


def _lines(tree: Tree, answers: Mapping[str, Any], then: Mapping[str, Any] | None, seen: Seen) -> Iterator[Drift]:
    if then is None:
        return
    variables = _by_name(str(answers.get("environment") or ""))
    for name in LINES:
        recorded = [line for line in str(answers.get(name) or "").splitlines() if line.strip()]
        named = _by_name("\n".join(recorded), NAMED.get(name, ""))
        for line, evidence in seen.lines.get(name, {}).items():
            if line in recorded or line in then.get(name, ()):
                continue
            own = line.partition(NAMED[name])[0] if name in NAMED else ""
            before = named.get(own, "") if own else ""
            known = _by_name("\n".join(then.get(name, ())), NAMED[name]).get(own) if own else None
            by_hand = bool(before) and before != known
            taken = None if by_hand else "\n".join([*(item for item in recorded if item != before), line])
            yield Drift(name, before or _short(recorded), line, evidence, takes=taken)
        if name in STARTED:
            yield from _stopped(tree, name, recorded, then, seen)
    for name, evidence in seen.lines.get("required", {}).items():
        if name not in then.get("required", ()) and name not in variables:
            yield Drift(
                "environment", "-", f"{name} is required", evidence, "set it at run time, then copier-slim update"
            )


def _paths(tree: Tree, answers: Mapping[str, Any]) -> Iterator[Drift]:
    """The recorded paths that are not in the project any more, without which nothing is built."""
    for name in PATHS:
        recorded = [line.strip() for line in str(answers.get(name) or "").splitlines() if line.strip()]
        there = [path for path in recorded if tree.has(path) or tree.is_project(path)]
        for path in recorded:
            if path not in there:
                yield Drift(name, path, "no such path", _answered(tree, name, path), takes="\n".join(there))


def _certificates(project: Path, answers: Mapping[str, Any]) -> Iterator[Drift]:
    for name, why in certificates.problems(project, answers):
        yield Drift("certificates", name, why.partition(";")[0], Evidence(name), why.partition("; ")[2] or "restore it")


def _base_image(answers: Mapping[str, Any]) -> Iterator[Drift]:
    """What the image of the answer base_image has by now, where an engine answers."""
    for name, recorded, found, mend in base_image.parted(answers):
        yield Drift(name, recorded, found, Evidence(ANSWERS_FILE), mend)


def _system(tree: Tree, answers: Mapping[str, Any], then: Mapping[str, Any] | None, seen: Seen) -> Iterator[Drift]:
    installed = set(re.findall(r"[\w.+-]+", tree.text("Dockerfile") or ""))
    recorded = str(answers.get("system_packages") or "").split()
    known = {*recorded, *installed, *(then or {}).get("system_packages", ())}
    for name, evidence in seen.lines["system_packages"].items():
        if name not in known:
            taken = "\n".join(sorted({*recorded, name}))
            yield Drift("system_packages", _short(recorded), name, evidence, takes=taken)


def _unlisted(tree: Tree, answers: Mapping[str, Any], then: Mapping[str, Any] | None, seen: Seen) -> Iterator[Drift]:
    found = seen.unlisted
    if then is None:
        # A list that has nothing to do with the project's own was never made from it
        missing = [item for item in found if not item.has]
        listed = tree.text("requirements.in") or ""
        others = sum(1 for one in freshness.stated(tree, answers) if re.search(rf"(?m)^{re.escape(one)}\b", listed))
        found = missing if others else []
    asked = [line for line in str(answers.get("dependencies") or "").splitlines() if line.strip()]
    for item in found:
        if then is not None and item.requirement in then.get("unlisted", ()):
            continue
        name = normalized(item.requirement)
        kept = [line for line in asked if normalized(line) != name]
        # A line of the user's own in requirements.in is theirs to change
        own = bool(item.has) and len(kept) == len(asked)
        yield Drift(
            "dependencies", item.has or "not in requirements.in", item.requirement, item.evidence,
            "edit requirements.in, then copier-slim lock" if own else item.mend,
            takes=None if own else "\n".join([*kept, item.requirement]),
        )  # fmt: skip


def _lock(tree: Tree, answers: Mapping[str, Any], seen: Seen) -> Iterator[Drift]:
    own = own_lock(tree.root, answers)
    moved = seen.scalars.get("dependency_source", (own and own.file,))[0] != (own and own.file)
    if own and not tree.has(own.file) and not moved:
        yield Drift("lock", own.file, "no such file", Evidence(own.states), own.mend)
    for item in freshness.parted(tree.root, answers):
        recorded = f"{item.lacks_in} has {item.has or 'none'}"
        yield Drift("lock", recorded, item.requirement, item.evidence, item.mend)


def _template(tree: Tree, answers: Mapping[str, Any]) -> Iterator[Drift]:
    made, here = DESCRIBED.fullmatch(str(answers.get("_commit") or "")), source.version()
    try:
        if made and Version(made["tag"]) < Version(here):
            yield Drift("template", str(answers["_commit"]), f"v{here}", _answered(tree, "_commit"))
    except InvalidVersion:
        return


def _is_gone(tree: Tree, app: str) -> bool:
    """Whether the module or script that an app names is not in the project any more; False where that is unclear."""
    words = app.split()
    if len(words) == 1 and ":" in app:
        path = app.partition(":")[0].replace(".", "/")
        return not any(
            name in {f"{path}.py", f"{path}/__init__.py"} or name.endswith((f"/{path}.py", f"/{path}/__init__.py"))
            for name in tree.files
        )
    scripts = [word for word in words if word.endswith(".py")]
    return bool(scripts) and not tree.has(scripts[0].removeprefix("./"))


def _by_name(lines: str, mark: str = "=") -> dict[str, str]:
    return {line.partition(mark)[0]: line for line in lines.splitlines() if line.strip()} if mark else {}


def _short(lines: list[str]) -> str:
    return ", ".join(lines) or "-"


def together(found: list[Drift], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that an update takes: of several findings on the lines of one answer, all."""
    taken: dict[str, Any] = {}
    for drift in found:
        if drift.takes is None:
            continue
        if drift.answer not in taken:
            taken[drift.answer] = drift.takes
            continue
        recorded, lines = str(answers.get(drift.answer) or "").splitlines(), str(drift.takes).splitlines()
        before = str(taken[drift.answer]).splitlines()
        kept = [line for line in before if line in lines or line not in recorded]
        taken[drift.answer] = "\n".join(dict.fromkeys([*kept, *(line for line in lines if line not in recorded)]))
    return taken
