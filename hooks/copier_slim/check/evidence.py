"""What detection sees of a project that has its container, in the form in which the answers file remembers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.detect import dependencies, dependency_source, system_packages
from copier_slim.detect.child_process import look
from copier_slim.detect.findings import Evidence
from copier_slim.detect.tree import Tree
from copier_slim.errors import InputError
from copier_slim.lock import freshness, lockfile
from copier_slim.rendering.source import support_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from copier_slim.detect.entry import Entry
    from copier_slim.detect.repository import Repository

# Files and directories of the project, each of which the build needs
PATHS = ("workspace_files", "local_packages")
SCALARS = (
    "framework", "app", "command", "server", "port", "health_path", "release", "dependency_source", "dependency_groups",
    "assets", "assets_path", "assets_node",
)  # fmt: skip
FRONT_END = ("assets_members", "assets_command", "assets_output", "assets_sources")
LINES = (
    "environment", "prestart", "build_commands", "build_caches", "writable_paths", "processes", "schedules", "limits",
    "indexes", "data", "image_files", "labels", "locales", *FRONT_END, *PATHS,
)  # fmt: skip
# Where requirements are stated, in the order in which a line is looked for
STATES = ("requirements.in", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py", "requirements.txt", "uv.lock")


@dataclass(slots=True)
class Seen:
    """What was found: one value for each of SCALARS and python_version, lines for the rest, each with its place.

    `pythons` are those that the project allows; `needs` system packages, `required` variables without which the code
    does not start, `unlisted` what the project requires beyond requirements.in.
    """

    scalars: dict[str, tuple[Any, Evidence]] = field(default_factory=dict)
    lines: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    pythons: tuple[str, ...] = ()
    unlisted: list[freshness.Parted] = field(default_factory=list)

    def recorded(self) -> dict[str, Any]:
        """The form for the answer `detected`: plain values, lists of lines, and nothing that is empty."""
        plain = {name: value for name, (value, _) in self.scalars.items()}
        listed = {name: sorted(lines) for name, lines in self.lines.items() if lines}
        unlisted = {"unlisted": sorted({item.requirement for item in self.unlisted})} if self.unlisted else {}
        return plain | listed | unlisted


def see(project: Path, answers: Mapping[str, Any], requirements_in: str | None = None) -> Seen:
    """Looks at the project again, offline, its own container aside; raises what `look` raises.

    The recorded app settles what cannot be told from the files alone. `requirements_in` is that file's text where it is
    not written yet.
    """
    given = {
        name: answers[name] for name in ("base", "debian_suite", "dependency_source", "release") if answers.get(name)
    }
    hidden = {"Dockerfile", *support_files()}  # what the template writes is no evidence of the project's

    def choose(entries: list[Entry]) -> Entry:
        return next((entry for entry in entries if entry.app == answers.get("app")), entries[0])

    try:
        found = look(project, choose=choose, online=False, given=given, hidden=hidden)
    except InputError:
        said = {name: answers[name] for name in ("app", "framework") if answers.get(name)}
        found = look(project, online=False, given=given | said, hidden=hidden)
    tree = Tree(project)
    seen = Seen(pythons=found.pythons)
    entry = Evidence("")
    for name in (*SCALARS, "python_version"):
        finding = found.findings.found.get(name)
        if finding and finding.evidence and finding.evidence[0].path != "--data":
            seen.scalars[name] = finding.value, finding.evidence[0]
            entry = finding.evidence[0] if name == "app" else entry
    if source := _stated_elsewhere(project, answers):
        seen.scalars["dependency_source"] = source, Evidence(source)
    for name in LINES:
        finding = found.findings.found.get(name)
        for line in str(finding.value).split("\n") if finding and finding.value else ():
            evidence = finding.evidence if finding else ()
            there = Evidence(line) if name == "assets_sources" else _of(line, evidence)
            seen.lines.setdefault(name, {})[line] = there or entry
    seen.lines["required"] = dict(found.findings.required)
    seen.lines["system_packages"] = _needs(found, tree, answers)
    listed = requirements_in if requirements_in is not None else tree.text("requirements.in") or ""
    seen.unlisted = freshness.unlisted(project, listed, answers)
    if requirements_in is not None:  # its lock may replace a list of the project's
        seen.unlisted += freshness.unlisted(project, listed, answers, to_be_locked=True)
    return seen


def _stated_elsewhere(project: Path, answers: Mapping[str, Any]) -> str:
    """A lock of the project's own that the recorded source is not, or is no more; "" for none."""
    inputs = "requirements.in"
    recorded = catalog.sources().get(str(answers.get("dependency_source") or inputs))
    tree = Tree(project, hidden={inputs, "requirements.txt"})
    if recorded and recorded.lock and tree.has(recorded.lock):
        return ""
    if not any(row.lock and tree.has(row.lock) for row in catalog.sources().values()):
        return ""
    source = dependency_source.source_of(tree, dependencies.read(tree))
    return source if catalog.sources()[source].lock else ""


def _of(line: str, evidence: tuple[Evidence, ...]) -> Evidence | None:
    """The evidence that speaks of a line."""
    words = [line.partition("=")[0], line.rpartition("/")[2]]
    return next((item for item in evidence for word in words if word and word in item.text), next(iter(evidence), None))


def _needs(found: Repository, tree: Tree, answers: Mapping[str, Any]) -> dict[str, Evidence]:
    """All system packages that the project needs at run time, those that the template installs by itself included."""
    direct = set(filter(None, map(lockfile.normalized, str(found.findings.value("dependencies", "")).splitlines())))
    where = system_packages.of_answers(answers)
    needs = system_packages.of_packages(direct | set(found.locked), found.extras, {}, where)
    seen = {}
    for package, why in needs.system.items():
        name = why.partition(":")[0].partition("[")[0]
        named = [*(f"{name}-{extra}" for extra in sorted(found.extras.get(name, ()))), name]
        lines = [freshness.line_of(tree, STATES, one) for one in named]
        seen[package] = next((line for line in lines if line.line), lines[-1])
    stated = found.findings.found.get("system_packages")
    for package in str(stated.value).split() if stated else ():
        seen.setdefault(package, _place(stated.evidence[0]) if stated and stated.evidence else Evidence(""))
    return seen


def _place(evidence: Evidence) -> Evidence:
    """The reason for a system package says its place in words, as in "web.py:3: run(['ffmpeg'])"."""
    path, _, rest = evidence.path.partition(":")
    line, _, text = rest.partition(":")
    return Evidence(path, int(line), text.strip()) if line.isdigit() else evidence
