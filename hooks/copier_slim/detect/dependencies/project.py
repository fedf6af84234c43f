"""A project's own statement of what it requires: pyproject.toml in any dialect, setup.cfg, setup.py."""

from __future__ import annotations

from posixpath import dirname
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim.detect.dependencies.documents import beside, place, quoted, table, tables, text, texts, toml
from copier_slim.detect.dependencies.groups import deployed_extras, deployed_groups, group_lines
from copier_slim.detect.dependencies.poetry import poetry_indexes, read_poetry
from copier_slim.detect.dependencies.setuptools_files import read_setup_cfg, read_setup_py
from copier_slim.detect.dependencies.sources import add_from
from copier_slim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.dependencies.collector import Collector, Local
    from copier_slim.detect.dependencies.requirements_txt import RequirementsReader
    from copier_slim.detect.dependencies.setuptools_files import SetupFile


def read_project(collector: Collector, files: RequirementsReader, local: Local) -> str:
    """Adds what the project in a directory requires, and for the root without extras those for a deployment.

    Says in which dialect it was stated: "pyproject", "uv", "pdm", "poetry", "setup.cfg", "setup.py", "" for not at all.
    """
    path = beside(local.directory, "pyproject.toml")
    document = toml(collector.tree, path)
    reader = _Project(collector, files, path, local)
    dialect = pyproject_dialect(document)
    poetry_indexes(collector, path, document)
    if dialect == "poetry" and "dependencies" not in table(document, "project"):
        available = table(document, "tool", "poetry", "extras")
        extras = reader.extras(available, "[tool.poetry.extras]")
        read_poetry(collector, path, document, extras, reader.groups(document))
        return dialect
    if "dependencies" in table(document, "project"):
        reader.pep621(document)
        return dialect
    if dialect and reader.dynamic(document):
        return dialect
    for setup in (read_setup_cfg(collector.tree, local.directory), read_setup_py(collector.tree, local.directory)):
        for note in setup.notes:
            collector.note(note)
        if setup.says_requirements:
            reader.setup_file(setup)
            return dialect or setup.path.rpartition("/")[2]
    if "optional-dependencies" in table(document, "project"):
        reader.pep621(document)
    return dialect if "dynamic" not in table(document, "project") else ""


def pyproject_dialect(document: dict[str, Any]) -> str:
    """Which tool's pyproject.toml it is; "" for one that states no project."""
    tool = table(document, "tool")
    if table(tool, "poetry").keys() & {"dependencies", "name"} or (
        "poetry" in tool and "poetry" in text(table(document, "build-system").get("build-backend"))
    ):
        return "poetry"
    if "project" not in document:
        return ""
    return next((name for name in ("uv", "pdm") if name in tool), "pyproject")


class _Project:
    def __init__(self, collector: Collector, files: RequirementsReader, path: str, local: Local) -> None:
        self.collector = collector
        self.files = files
        self.path = path
        self.directory = dirname(path)
        self.local = local

    def extras(self, available: Iterable[str], section: str) -> frozenset[str]:
        """The canonical names of the extras that are wanted."""
        wanted = {canonicalize_name(extra) for extra in self.local.extras}
        own = not wanted and self._is_main()
        for extra in deployed_extras(available, self.collector.groups) if own else ():
            wanted.add(canonicalize_name(extra))
            where = place(self.collector.tree, self.path, [f"\n{extra} =", f"\n{extra}=", extra], section)
            self.collector.note(f"{where.place}: the extra {extra} is taken too, as a deployment needs it")
        return frozenset(wanted)

    def pep621(self, document: dict[str, Any]) -> None:
        """Adds [project] dependencies and the wanted extras."""
        project = table(document, "project")
        optional = table(project, "optional-dependencies")
        self._lines(document, project.get("dependencies", []), "dependencies")
        wanted = sorted(self.extras(optional, "[project.optional-dependencies]"))
        done: set[str] = set()
        name = canonicalize_name(text(project.get("name")))
        while wanted:
            extra = wanted.pop(0)
            done.add(extra)
            for key, lines in optional.items():
                if canonicalize_name(key) == extra:
                    own = self._lines(document, lines, f"optional-dependencies.{key}", name)
                    wanted += sorted(own - done - set(wanted))
        for group in self.groups(document):
            self._lines(document, group_lines(document, group), group, section="[dependency-groups")

    def groups(self, document: dict[str, Any]) -> list[str]:
        """The groups that are wanted, each with a note."""
        wanted = deployed_groups(document, self.collector.groups) if self._is_main() else []
        for group in wanted:
            self.collector.note(f"{self.path}: the group {group} is taken too, as a deployment needs it")
        return wanted

    def _is_main(self) -> bool:
        return self.collector.unasked and self.local.directory == self.collector.main

    def _lines(
        self, document: dict[str, Any], lines: object, key: str, own_name: str = "", section: str = "[project"
    ) -> set[str]:
        """Adds requirements; the extras of the project itself among them, which `own_name` tells, are returned."""
        if not isinstance(lines, list) or texts(lines) != lines:
            raise InputError(f'{self.path}: project.{key} is no list of strings; write ["name>=1.0"]')
        own: set[str] = set()
        for line in texts(lines):
            evidence = place(self.collector.tree, self.path, quoted(line), section)
            requirement = self.collector.parsed(line, evidence)
            if own_name and canonicalize_name(requirement.name) == own_name:
                own |= {canonicalize_name(extra) for extra in requirement.extras}
                continue
            sources = self._sources(document, requirement.name)
            for source in sources[1:]:  # uv takes several with markers
                add_from(self.collector, self.collector.parsed(line, evidence), source, evidence, self.directory)
            add_from(self.collector, requirement, sources[0], evidence, self.directory)
        return own

    def _sources(self, document: dict[str, Any], name: str) -> list[dict[str, Any]]:
        if not self.local.directory or "sources" in table(document, "tool", "uv"):
            stated = table(document, "tool", "uv", "sources")
        else:  # a member of a workspace has those of its root
            stated = table(toml(self.collector.tree, "pyproject.toml"), "tool", "uv", "sources")
        for table_of_sources in (stated, table(document, "tool", "poetry", "dependencies")):
            for key, value in table_of_sources.items():
                if canonicalize_name(key) == canonicalize_name(name):
                    return tables([value] if isinstance(value, dict) else value) or [{}]
        return [{}]

    def dynamic(self, document: dict[str, Any]) -> bool:
        """Adds dependencies that setuptools or Hatch read from files; False where they are not told to."""
        if "dependencies" not in texts(table(document, "project").get("dynamic")):
            return False
        files = texts(table(document, "tool", "setuptools", "dynamic", "dependencies").get("file"))
        files += texts(table(document, "tool", "hatch", "metadata", "hooks", "requirements_txt").get("files"))
        for file in files:
            path = beside(self.directory, file)
            if not self.collector.tree.has(path):
                where = place(self.collector.tree, self.path, quoted(file))
                raise InputError(f"{where.place}: there is no {path}; add it or remove it from the list")
            self.files.file(path)
        return bool(files)

    def setup_file(self, setup: SetupFile) -> None:
        """Adds what setup.cfg or setup.py requires."""
        for file in setup.files:
            self.files.file(file)
        for line, evidence in setup.requirements:
            self.collector.require(line, evidence, self.directory)
        self.path = setup.path
        for extra in sorted(self.extras(setup.extras, "extras_require")):
            for key, lines in setup.extras.items():
                if canonicalize_name(key) == extra:
                    for line in lines:
                        where = place(self.collector.tree, setup.path, quoted(line), "extras_require")
                        self.collector.require(line, where, self.directory)
