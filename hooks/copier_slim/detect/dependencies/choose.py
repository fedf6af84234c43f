"""Which of a project's statements of dependencies counts, and what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from copier_slim.detect.dependencies.collector import Collector, Local
from copier_slim.detect.dependencies.conda import read_environment
from copier_slim.detect.dependencies.documents import content, table, texts, toml
from copier_slim.detect.dependencies.emitted import is_beside
from copier_slim.detect.dependencies.groups import NOT_DEPLOYED
from copier_slim.detect.dependencies.locks import PYLOCK, from_other_indexes, is_pinned, local_in_pylock, read_lock
from copier_slim.detect.dependencies.model import Dependencies
from copier_slim.detect.dependencies.package import read_package, read_python
from copier_slim.detect.dependencies.pipenv import PIPFILE, pipfile_python, read_pipfile
from copier_slim.detect.dependencies.project import pyproject_dialect, read_project
from copier_slim.detect.dependencies.requirement import archive_name
from copier_slim.detect.dependencies.requirements_txt import RequirementsReader, compiled_from
from copier_slim.detect.dependencies.settings import add_indexes
from copier_slim.detect.dependencies.sources import workspace_members

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from copier_slim.detect.tree import Tree

PYPROJECT, INPUTS, PINS = "pyproject.toml", "requirements.in", "requirements.txt"
PROJECT_LOCKS = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock"}
OWN_LOCKS = frozenset({*PROJECT_LOCKS.values(), PYLOCK, "Pipfile.lock"})
ENVIRONMENTS = ("environment.yml", "environment.yaml")
# What a directory of requirements calls those of a deployment, the best first
DEPLOYED = ("production", "prod", "base", "common", "main", "requirements", "default", "app")
BESIDE = re.compile(r"requirements[-_.](?:deploy|prod|production)\.txt")
ODD = re.compile(r"(?i)(?:reqs?|requirements?)(?:[-_.](?:base|deploy|prod|production))?\.txt")


def read(
    tree: Tree,
    python_version: str | None = None,
    *,
    source: str = "",
    member: str = "",
    groups: Collection[str] = (),
) -> Dependencies:
    """What the project requires, for a Python like "3.13"; InputError says which file and line is broken.

    The version only tells apart what a lock has for several Pythons. `source` is the answer dependency_source where it
    is given, `member` the directory of the workspace's member that counts instead of the root, and `groups` are those
    that the project's own installation names, in canonical form, extras as [NAME].
    """
    document = toml(tree, PYPROJECT)
    collector = Collector(tree, members=workspace_members(tree, document), main=member, groups=frozenset(groups))
    chosen = _Choice(collector, document, source)
    chosen.choose()
    listed, local_packages = chosen.drain()
    if chosen.source not in PROJECT_LOCKS.keys() - {"uv"}:  # the others read settings of their own
        add_indexes(collector, document)
    read_python(collector, PYPROJECT, document)
    for directory in local_packages:
        path = f"{directory}/{PYPROJECT}"
        read_python(collector, path, toml(tree, path))
    if tree.has(PIPFILE):
        pipfile_python(collector)
    requirements = [requirement for requirement, _ in collector.requirements.values()]
    locked = read_lock(tree, chosen.lock, requirements, python_version) if chosen.lock else {}
    elsewhere = from_other_indexes(tree, chosen.lock) if chosen.lock in OWN_LOCKS else frozenset[str]()
    for name, version in collector.constrained(python_version).items():
        locked.setdefault(name, version)
    # PyPI takes no local versions, as in 2.9.0+cpu
    elsewhere |= {name for name, version in locked.items() if "+" in version}
    elsewhere |= {archive_name(path)[0] for path in collector.files if path.endswith(".whl")}
    return Dependencies(
        source=chosen.source,
        declared=collector.declared,
        locked=locked,
        lock_file=chosen.lock,
        requires_python=collector.requires_python,
        package=None if member else read_package(tree, document, listed=listed, source=chosen.source),
        local_packages=[path for path in local_packages if path != member],
        member=member,
        groups=collector.groups,
        indexes=collector.indexes,
        files=collector.files,
        elsewhere=collector.indexes.taken() | elsewhere,
        notes=collector.notes,
    )


class _Choice:
    """Tries the sources in their order until one has something."""

    def __init__(self, collector: Collector, document: dict[str, Any], wanted: str) -> None:
        self.collector = collector
        self.wanted = wanted
        self.tree = collector.tree
        self.document = document
        self.files = RequirementsReader(collector)
        self.source = ""
        self.lock = ""

    def choose(self) -> None:
        """Reads the source that counts into the collector."""
        every: tuple[Callable[[], None], ...] = (
            self._inputs,
            self._locked_project,
            self._pins,
            self._stated_project,
            self._pipfile,
            self._directory,
            self._environment,
            self._setup_files,
            self._odd,
        )
        stated = (self._locked_project, self._stated_project, self._pipfile)
        given = (self._pipfile,) if self.wanted == "Pipfile.lock" else stated
        attempts = (self._member,) if self.collector.main else given if self.wanted not in {"", INPUTS} else every
        for attempt in attempts:
            attempt()
            if self.source or self.collector.locals:
                return

    def drain(self) -> tuple[bool, list[str]]:
        """Reads the local projects that are required; whether the project itself is one, and the others' paths."""
        done: list[Local] = []
        while self.collector.locals:
            local = self.collector.locals.pop(0)
            if local in done:
                continue
            done.append(local)
            dialect = read_project(self.collector, self.files, local)
            if not local.directory and not self.source:
                self.source = dialect
        paths = dict.fromkeys(local.directory for local in done)
        return "" in paths, [path for path in paths if path]

    def _has_some(self) -> bool:
        return bool(self.collector.requirements or any(local.directory for local in self.collector.locals))

    def _member(self) -> None:
        """Takes a member of a uv workspace for the project itself."""
        self.source = "uv"
        self.lock = self.collector.lock = "uv.lock" if self.tree.has("uv.lock") else ""
        self.collector.locals.append(Local(self.collector.main, frozenset()))

    def _inputs(self) -> None:
        if not self.tree.has(INPUTS) or is_beside(self.tree.text(INPUTS) or ""):
            return
        self.source = INPUTS
        self.files.file(INPUTS)
        if included := sorted({item.evidence.path for item in self.collector.declared} - {INPUTS}):
            where = ", ".join(included)
            self.collector.note(f"{INPUTS}: the lines of {where} are copied into it, and count there from now on")
        if self.tree.has(PINS):
            if is_pinned(self.tree, PINS):
                self.lock = PINS
            else:
                self.collector.note(f"{PINS}: is not read, as {INPUTS} counts")
        elif self.tree.has(PYLOCK):
            self.lock = PYLOCK

    def _project(self) -> None:
        self.source = read_project(self.collector, self.files, Local("", frozenset()))

    def _project_lock(self) -> tuple[str, str]:
        """The tool whose lock of the project there is, and that lock."""
        dialect = pyproject_dialect(self.document)
        if not dialect:
            return "", ""
        wanted = [tool for tool, lock in PROJECT_LOCKS.items() if lock == self.wanted]
        if self.wanted == PYLOCK and self.tree.has(PYLOCK):
            return dialect, PYLOCK
        for tool in dict.fromkeys((*wanted, dialect, *PROJECT_LOCKS)):
            if tool in PROJECT_LOCKS and self.tree.has(PROJECT_LOCKS[tool]):
                return tool, PROJECT_LOCKS[tool]
        return (dialect, PYLOCK) if self.tree.has(PYLOCK) else ("", "")

    def _say_of_others(self, lock: str) -> None:
        """Notes the locks of other tools: that of the tool which pyproject.toml is written for counts."""
        known = (*PROJECT_LOCKS.values(), PYLOCK, "Pipfile.lock")
        others = [path for path in known if path != lock and self.tree.has(path)]
        dialect = pyproject_dialect(self.document)
        why = f"{PYPROJECT} is written for {dialect}" if PROJECT_LOCKS.get(dialect) == lock else "it comes first"
        why = "it was asked for" if self.wanted == lock else why
        for path in others:
            self.collector.note(f"{path}: is not read, as {lock} counts: {why}; remove the one that is out of use")

    def _states_project(self) -> bool:
        """Whether pyproject.toml says what is required, or who says so."""
        project = table(self.document, "project")
        poetry = table(self.document, "tool", "poetry", "dependencies")
        return bool(
            project.get("dependencies")
            or "dependencies" in texts(project.get("dynamic"))
            or (pyproject_dialect(self.document) == "poetry" and poetry.keys() - {"python"})
        )

    def _locked_project(self) -> None:
        tool, lock = self._project_lock()
        if lock and self._states_project():
            self._say_of_others(lock)
            self.collector.lock = lock
            self._project()
            if lock == PYLOCK:
                for path, evidence in local_in_pylock(self.tree).items():
                    self.collector.require_local(f"./{path}", frozenset(), evidence, "")
            self.source, self.lock = tool, lock

    def _pins(self) -> None:
        if not self.tree.has(PINS) or self._pipenv_export():
            return
        self._compiled_pins()
        if self.source:
            return
        self.files.file(PINS)
        if not self._has_some():
            return
        self.source = PINS
        for path in self.tree.files:
            if BESIDE.fullmatch(path):
                self.collector.note(f"{path}: is taken too, as a deployment needs it")
                self.files.file(path)
        if self._states_project() and not any(not local.directory for local in self.collector.locals):
            self.collector.note(f"{PYPROJECT}: its dependencies are not read, as {PINS} counts")
        if self.tree.has(PIPFILE):
            self.collector.note(f"{PIPFILE}: is not read, as {PINS} counts")

    def _compiled_pins(self) -> None:
        """Takes requirements.txt for the lock of what its header names, where that is here."""
        origins = compiled_from(self.tree, PINS)
        if origins is None or not is_pinned(self.tree, PINS):
            return
        if not origins and self._states_project():  # pip-compile without arguments
            origins = [PYPROJECT]
        if {PYPROJECT, "setup.cfg", "setup.py"} & set(origins):
            self._project()
        for path in origins:
            if path.endswith((".in", ".txt")):
                self.files.file(path)
                self.source = self.source or INPUTS
        self.lock = PINS if self.source else ""

    def _pipenv_export(self) -> bool:
        if not self.tree.has(PIPFILE) or not self.tree.has("Pipfile.lock"):
            return False
        stated = [line for line in content(self.tree, PINS).split("\n") if line.strip() and not line.startswith("#")]
        return bool(stated) and stated[0].startswith("-i ")

    def _stated_project(self) -> None:
        if self._states_project():
            self._project()
            self.source = self.source or pyproject_dialect(self.document)

    def _pipfile(self) -> None:
        if not table(toml(self.tree, PIPFILE), "packages"):
            return
        self.source = "pipenv"
        self.lock = self.collector.lock = "Pipfile.lock" if self.tree.has("Pipfile.lock") else ""
        read_pipfile(self.collector)

    def _directory(self) -> None:
        names = [path for path in self.tree.files if re.fullmatch(r"requirements/[^/]+\.(?:in|txt)", path)]
        stems = {
            path.rpartition("/")[2].rpartition(".")[0].lower(): path for path in reversed(names)
        }  # .in before .txt
        wanted = [stems[stem] for stem in DEPLOYED if stem in stems][:1]
        wanted = wanted or [path for stem, path in sorted(stems.items()) if not NOT_DEPLOYED.search(stem)]
        for path in wanted:
            origins = compiled_from(self.tree, path) if path.endswith(".txt") else []
            lock = path.removesuffix(".in") + ".txt"
            if lock != path and self.tree.has(lock) and len(wanted) == 1 and is_pinned(self.tree, lock):
                self.lock = lock
            inputs = [origin for origin in origins or [] if origin.endswith(".in")]
            for file in inputs or [path]:
                self.files.file(file)
            if inputs and len(wanted) == 1:
                self.lock = path
        if self._has_some():
            self.source = INPUTS if self.lock or wanted[0].endswith(".in") else PINS
            self.collector.note(f"{', '.join(wanted)}: taken as what a deployment needs")
        else:
            self.lock = ""

    def _environment(self) -> None:
        for path in ENVIRONMENTS:
            if self.tree.has(path) and not self.source:
                read_environment(self.collector, self.files, path)
                self.source = "conda" if self._has_some() or self.collector.requires_python else ""

    def _setup_files(self) -> None:
        before = len(self.collector.requirements)
        source = read_project(self.collector, self.files, Local("", frozenset()))
        if len(self.collector.requirements) > before or self.collector.locals:
            self.source = source

    def _odd(self) -> None:
        for path in self.tree.files:
            if not self.source and path != PINS and ODD.fullmatch(path):
                self.files.file(path)
                self.source = PINS if self._has_some() else ""
