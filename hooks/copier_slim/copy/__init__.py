"""The verb `copy`: detects the answers, renders the template, locks, and writes all files at the end or none."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from copier_slim import base_image, console
from copier_slim import lock as locks
from copier_slim.check import evidence
from copier_slim.copy import plans
from copier_slim.detect import report as detect_report
from copier_slim.detect import system_packages
from copier_slim.detect.child_process import look
from copier_slim.detect.findings import Evidence
from copier_slim.detect.repository import Repository, take_first
from copier_slim.detect.tree import Tree
from copier_slim.engine import builds, engines
from copier_slim.errors import InputError, ToolError
from copier_slim.lock import certificates, trial
from copier_slim.lock.project import answers_of, read_text
from copier_slim.printable import printable, shell_word
from copier_slim.process import interruption
from copier_slim.rendering import calls_to_add, copier
from copier_slim.worktree import checkout, view, writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from rich.console import Console

    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Findings
    from copier_slim.rendering.source import Source

# What a repository has before there is a project in it, beside what starts with a dot
SURROUNDINGS = {
    "README",
    "LICENSE",
    "LICENCE",
    "COPYING",
    "NOTICE",
    "CHANGELOG",
    "CODE_OF_CONDUCT",
    "CONTRIBUTING",
    "SECURITY",
}
PLAIN = {"", ".md", ".rst", ".txt", ".adoc"}
ALWAYS = ("Dockerfile", ".dockerignore", "requirements.in", "requirements.txt", copier.ANSWERS_FILE)
MOST_PYTHONS = 3

TAKEN_ONCE = "its versions are taken once, into requirements.in and requirements.txt"


@dataclass(slots=True)
class Options:
    """The options of `copy`: answers by name, and whether to ask, overwrite, lock, use the package index, and prove.

    `env` and `networks` are what the image is started with where it is proven.
    """

    given: dict[str, Any] = field(default_factory=dict)
    ask: bool = True
    force: bool = False
    lock: bool = True
    online: bool = True
    prove: bool = False
    env: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


def copy(destination: Path, source: Source, options: Options, out: Console) -> None:
    """Writes the container's files into a project, new or existing, and proves them where that is asked for.

    Raises InputError where the repository or an answer cannot be used, ToolError where what is needed is missing: then
    nothing is written, unless only the lock could not be made. CheckFailedError where what was made does not work.
    """
    if options.prove:
        from copier_slim.verify.container import require_engine  # noqa: PLC0415 slow to import, and seldom needed

        require_engine()
    checkout.recover(destination, out)
    if (destination / copier.ANSWERS_FILE).is_file() and not options.force:
        raise InputError(
            f"{destination} already uses the template; run copier-slim update, or add --force to start over"
        )
    options = replace(options, given={**base_image.ask(options.given, out), **options.given})
    new = is_new(destination)
    emitted = [name for name in ALWAYS if options.lock or name != "requirements.txt"]
    writing.plan(destination, dict.fromkeys(emitted, b""), force=options.force)  # refused before it is asked
    repository = None if new else _look(destination, options, out)
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        staging = Path(directory) / (destination.resolve().name or "app")
        repository, missing = _made(staging, destination, source, options, repository, out)
        if repository:
            remember(destination, staging)
        plan = plans.make(destination, staging, repository, out, force=options.force)
        if options.ask and (plan.replaced or plan.removed) and not _agrees(plan):
            raise InputError("stopped; nothing is written")
        calls = calls_to_add.lines(answers_of(staging))
        with interruption.held():
            plan.write()
            interruption.wrote(f"everything is written, including {copier.ANSWERS_FILE}")
    for note in _of_own_lock(destination):
        out.print(f"note: {note}")
    locked = bool(locks.own(destination)) or (options.lock and not missing)
    _say(plan, calls, out, locked=locked)
    if missing:
        raise ToolError(f"the files are written, but not locked: {missing}")
    if options.prove or (
        options.ask and locked and builds.answers() and console.agrees("Build and start it now, to see it work?")
    ):
        from copier_slim import prove as proving  # noqa: PLC0415 slow to import, and needed at the end alone

        proving.run(destination, source, proving.Surroundings(options.env, options.networks), out)


def _made(
    staging: Path, destination: Path, source: Source, options: Options, repository: Repository | None, out: Console
) -> tuple[Repository | None, str]:
    """What `_make` makes, once more with less asked for where that cannot be had, unless somebody is there to decide.

    The repository as it was seen last, and why there is no lock, or "".
    """
    relaxed: set[str] = set()
    while True:
        try:
            return repository, _make(staging, destination, source, options, repository, out)
        except trial.UnusableLockError as error:
            if options.ask or "dependency_source" in options.given:
                raise
            out.print(f"note: {error}; {TAKEN_ONCE}")
            options = replace(options, given={**options.given, "dependency_source": "requirements.in"})
        except InputError as error:
            known = repository.findings.answers if repository else {}
            more = {} if options.ask and not options.prove else _for_the_build(error, {**known, **options.given})
            if repository and not repository.findings.found["python_version"].guess:
                more.pop("python_version", None)  # what the project states stays
            if more:
                options = replace(options, given={**options.given, **more})
                out.print(
                    f"note: {error}; trying {', '.join(f'{name}={more[name]}' for name in more)}".replace("\n", " ")
                )
                shutil.rmtree(staging)
                continue
            # What no longer compiles gives way, rather than to leave the project without a container
            gives_way = _gives_way(error, repository, relaxed)
            own = locks.own(staging)
            if options.ask or not gives_way or (own and "dependency_source" in options.given):
                raise
            out.print(f"note: {error}" + (f"; {own.file} pins it: {TAKEN_ONCE}" if own else ""))
            if own:
                options = replace(options, given={**options.given, "dependency_source": "requirements.in"})
            relaxed |= gives_way
        shutil.rmtree(staging)
        repository = _look(destination, options, out, relaxed)


def _gives_way(error: InputError, repository: Repository | None, relaxed: Collection[str]) -> set[str]:
    """The packages that have no wheel, and are in the way: what did not compile, or what no longer fits beside it."""
    compiled = set(repository.compiled if repository else ()) - set(relaxed)
    if error.not_built or not relaxed:
        return compiled & {error.not_built}
    return {name for name in compiled if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", str(error))}


def _for_the_build(error: InputError, answers: Mapping[str, Any]) -> dict[str, Any]:
    """As `prove.for_the_build` has it."""
    from copier_slim import prove as proving  # noqa: PLC0415 slow to import, and seldom needed

    return proving.for_the_build(error, answers)


def is_new(destination: Path) -> bool:
    """Whether there is no project yet: an empty or missing directory, or only files such as a README and a LICENSE."""
    if not destination.is_dir():
        there = next((path for path in (destination, *destination.parents) if os.path.lexists(path)), Path())
        if not there.is_dir():
            raise InputError(f"{there} is a file; name a directory")
        return True
    return all(
        path.name.startswith(".")
        or (path.is_file() and re.split("[.-]", path.stem.upper())[0] in SURROUNDINGS and path.suffix.lower() in PLAIN)
        for path in destination.iterdir()
    )


def remember(destination: Path, staging: Path) -> None:
    """Writes what is found in the project, its container aside, into the answers file, which `check` compares with."""
    answers = answers_of(staging)
    listed = read_text(staging / "requirements.in") or ""
    try:
        seen = evidence.see(destination, answers, listed).recorded()
    except InputError:  # what was given settles what the files do not
        return
    copier.add_answer(staging / copier.ANSWERS_FILE, copier.DETECTED, seen)


def _look(destination: Path, options: Options, out: Console, relaxed: Collection[str] = ()) -> Repository:
    repository = look(
        destination,
        choose=_choose if options.ask else take_first,
        online=options.online,
        given=options.given,
        relaxed=relaxed,
        meanwhile=console.progress(out, f"looking at {destination.resolve().name}"),
    )
    _keep_paths(destination, repository.findings)
    detect_report.show(repository.findings, out)
    if options.ask and sys.stdin.isatty():
        _offer(repository)
    return repository


def _keep_paths(destination: Path, findings: Findings) -> None:
    """Takes the packages of the tree that the answers of an earlier start name.

    The list that named them may be the lock by now, which has what an index has.
    """
    try:
        recorded = answers_of(destination)
    except InputError:  # which starting over is for
        return
    tree = Tree(destination)
    for name in evidence.PATHS:
        paths = [line.strip() for line in str(recorded.get(name) or "").splitlines()]
        there = [path for path in paths if path and (tree.has(path) or tree.is_project(path))]
        if there and name not in findings.found:
            findings.add(name, "\n".join(there), Evidence(copier.ANSWERS_FILE))


def _offer(repository: Repository) -> None:
    """Takes the workers that the code has and no file states, where the user wants them."""
    findings = repository.findings
    for line in findings.offered:
        before = findings.found.get("processes")
        lines = str(before.value).splitlines() if before else []
        if not any(known.startswith("worker:") for known in lines) and console.agrees(f"Run beside the app {line}?"):
            findings.add("processes", "\n".join([*lines, line]), *(before.evidence if before else ()))


def _choose(entries: list[Entry]) -> Entry:
    if not sys.stdin.isatty():
        return take_first(entries)
    named = [(f"{item.app}  ({item.framework}, {item.evidence[-1]})", item) for item in entries]
    return console.choose("Which app is it?", named)


def _make(
    staging: Path, destination: Path, source: Source, options: Options, repository: Repository | None, out: Console
) -> str:
    """Renders and locks in `staging`. Returns why there is no lock, or "" if there is one."""
    found = dict(repository.findings.answers) if repository else {}
    places = repository.findings.places if repository else {}
    copier.render(source, staging, options.given, found, ask=options.ask, places=places)
    certificates.check(destination, answers_of(staging))
    own = locks.own(staging)
    if own and not (destination / own.file).is_file():
        raise InputError(f"{destination} has no {own.file}; run: {own.mend}")
    if not (own or options.lock):
        return ""
    answers = answers_of(staging)
    versions = _pythons(answers, options, repository)
    for attempt, version in enumerate(versions):
        if attempt:
            _render_anew(staging, source, answers | {"python_version": version})
        try:
            if own:
                if options.lock:
                    _try_own_lock(own, staging, destination, repository, out)
                return ""
            return _lock(staging, destination, source, repository, out)
        except InputError as error:
            if attempt + 1 == len(versions) or not error.with_python:
                raise
            out.print(f"note: Python {version} does not work: {error}")
    return ""


def _pythons(answers: Mapping[str, Any], options: Options, repository: Repository | None) -> list[str]:
    """The Python versions to try in order: if the project states none, older ones follow the first."""
    first = str(answers["python_version"])
    if repository is None or "python_version" in options.given or options.ask:
        return [first]
    older = [version for version in repository.pythons if Version(version) < Version(first)]
    return [first, *older][:MOST_PYTHONS]


def _lock(staging: Path, destination: Path, source: Source, repository: Repository | None, out: Console) -> str:
    locked = repository.locked if repository else {}
    seed = "".join(f"{name}=={version}\n" for name, version in sorted(locked.items()))
    lock_file = staging / "requirements.txt"
    if seed:
        lock_file.write_text(seed, encoding="utf-8")
    try:
        with console.progress(out, "locking the dependencies") as tell:
            made = locks.compile_lock(staging, known_as=destination, progress=tell)
    except ToolError as error:
        lock_file.unlink(missing_ok=True)
        if builds.answers():
            raise
        return str(error)
    if repository:
        _add_packages(staging, source, repository, made.text, out)
    lock_file.write_text(made.text, encoding="utf-8", newline="\n")
    if repository and repository.compiled and builds.answers():
        _compile(staging, destination, out)
    return ""


def _try_own_lock(
    own: locks.OwnLock, staging: Path, destination: Path, repository: Repository | None, out: Console
) -> None:
    """Reads the project's own lock as the build does, and installs it where something of it has to be compiled."""
    if not builds.answers():
        return
    with console.progress(out, f"reading {own.file}") as tell:
        stale = trial.export(own, staging, destination, tell)
    if stale:
        out.print(f"note: {stale}")
    elif repository and repository.compiled:
        _compile(staging, destination, out)


def _compile(staging: Path, destination: Path, out: Console) -> None:
    with console.progress(out, "compiling what has no wheel") as tell:
        trial.install(staging, destination, tell)


def _add_packages(staging: Path, source: Source, repository: Repository, lock: str, out: Console) -> None:
    """Renders again with the system packages that transitive dependencies need, which only the lock names."""
    answers = answers_of(staging)
    where = system_packages.of_answers(answers)
    needs = system_packages.of_packages(locks.pins(lock), repository.extras, {}, where)
    # These the template installs by itself
    listed = read_text(staging / "requirements.in") or ""
    direct = filter(None, map(locks.normalized, listed.splitlines()))
    derived = system_packages.of_packages(direct, repository.extras, {}, where)
    more = {}
    for answer, packages in needs.without(derived).by_answer().items():
        before = set(str(answers[answer]).split())
        if added := sorted(packages.keys() - before):
            more[answer] = "\n".join(sorted({*before, *added}))
            reasons = dict.fromkeys(packages[name] for name in added)
            out.print(f"note: added {' '.join(added)} to {answer}, for {'; '.join(reasons)}")
    if more:
        _render_anew(staging, source, answers | more)


def _render_anew(staging: Path, source: Source, answers: Mapping[str, Any]) -> None:
    for path in (staging / "Dockerfile", staging / copier.ANSWERS_FILE):
        path.unlink()
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        anew = Path(directory) / staging.name
        copier.render(source, anew, copier.asked(answers), {}, ask=False)
        for name, content in copier.files(anew).items():
            (staging / name).write_bytes(content)


def _of_own_lock(destination: Path) -> Iterator[str]:
    """What to know of a project whose own lock is what the image installs."""
    own = locks.own(destination)
    if own is None:
        return
    yield f"the image installs {own.file} as it is: when that changes, docker build is all it takes"
    if (destination / "requirements.txt").is_file():
        yield f"requirements.txt is out of use, as {own.file} is installed; remove it if nothing else needs it"
    with view.opened(destination) as seen:
        for name in trial.stated_in(answers_of(destination)) if seen else ():
            if seen and not seen.entries("ls-files", "-z", "--", name):
                yield f"{name} is not in git, so that the image cannot be built from a clone; add it"


def _agrees(plan: writing.Plan) -> bool:
    held = f"copies are kept as *{writing.KEPT}" if plan.kept else "git has the current versions"
    return console.agrees(f"Replace {', '.join([*plan.replaced, *plan.removed])}? ({held})")


def _say(plan: writing.Plan, calls: list[str], out: Console, *, locked: bool) -> None:
    for what, names in (("written", plan.new), ("replaced", plan.replaced), ("removed", plan.removed)):
        if names:
            out.print(f"{what}: {', '.join(map(printable, names))}")
    for name in plan.kept_as:
        out.print(f"kept: {printable(name)}")
    for line in calls:
        out.print(f"add: {line}", soft_wrap=True)
    where = "." if plan.root.resolve() == Path.cwd() else shell_word(plan.root)
    steps = [] if locked else [f"copier-slim lock{'' if where == '.' else f' {where}'}"]
    engine = engines.current()
    build = f"{engine.program} build {'--format docker ' if engine.podman else ''}--tag app {where}"
    out.print(f"next: {' && '.join([*steps, build])}", soft_wrap=True)
