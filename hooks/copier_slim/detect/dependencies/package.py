"""The project as a distribution."""

from __future__ import annotations

from posixpath import dirname
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim.detect.dependencies.documents import place, table, text, texts
from copier_slim.detect.dependencies.model import Package
from copier_slim.detect.dependencies.poetry import poetry_python
from copier_slim.detect.dependencies.project import pyproject_dialect
from copier_slim.detect.dependencies.requirement import parse
from copier_slim.detect.dependencies.setuptools_files import read_setup_cfg, read_setup_py
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.tree import Tree

SETUPTOOLS = "setuptools.build_meta"  # what pip takes where none is named
SCM_PLUGINS = frozenset(
    {
        "flit-scm",
        "hatch-vcs",
        "poetry-dynamic-versioning",
        "setuptools-git-versioning",
        "setuptools-scm",
        "uv-dynamic-versioning",
        "versioningit",
    }
)


def read_package(tree: Tree, document: dict[str, Any], *, listed: bool, source: str) -> Package | None:
    """What is known of the project as a distribution, None where it is none; `listed`: it is to be installed itself."""
    project, poetry = table(document, "project"), table(document, "tool", "poetry")
    setups = [read_setup_cfg(tree, ""), read_setup_py(tree, "")]
    name = next(
        filter(None, [text(project.get("name")), text(poetry.get("name")), *(setup.name for setup in setups)]), ""
    )
    backend = ""
    if "build-system" in document:
        backend = text(table(document, "build-system").get("build-backend")).partition(":")[0] or SETUPTOOLS
    installable = _installable(document, backend, stated=any(setup.metadata for setup in setups))
    if not name and not installable:
        return None
    scripts, evidence = _scripts(tree, project, poetry)
    for setup in setups:
        if setup.scripts and not scripts:
            scripts, evidence = setup.scripts, place(tree, setup.path, ["console_scripts"])
    habit = source in {"pdm", "poetry", "uv"}
    return Package(
        name=name,
        scripts=scripts,
        scripts_evidence=evidence,
        backend=backend,
        scm_version=_scm_version(document) or any(setup.scm_version for setup in setups),
        installable=installable,
        explicit_install=installable and (listed or habit),
    )


def _installable(document: dict[str, Any], backend: str, *, stated: bool) -> bool:
    tool = table(document, "tool")
    if "project" in document or pyproject_dialect(document) == "poetry":
        if table(tool, "poetry").get("package-mode") is False or table(tool, "uv").get("package") is False:
            return False
        if table(tool, "pdm").get("distribution") is False:
            return False
        return bool(backend) or stated or "project" not in document or table(tool, "uv").get("package") is True
    return stated


def _scripts(tree: Tree, project: dict[str, Any], poetry: dict[str, Any]) -> tuple[dict[str, str], Evidence]:
    for stated, section in (
        (table(project, "scripts"), "[project.scripts]"),
        (table(poetry, "scripts"), "[tool.poetry.scripts]"),
    ):
        scripts: dict[str, str] = {}
        for command, target in stated.items():
            details = table(target)
            if isinstance(target, str):
                scripts[command] = target.partition("[")[0].strip()
            elif text(details.get("type")) != "file":
                scripts[command] = (text(details.get("reference")) or text(details.get("callable"))).partition("[")[0]
        scripts = {command: target for command, target in scripts.items() if target}
        if scripts:
            return scripts, place(tree, "pyproject.toml", [section, "scripts"])
    return {}, Evidence("")


def _scm_version(document: dict[str, Any]) -> bool:
    if "version" in table(document, "project"):
        return False
    tool = table(document, "tool")
    required: set[str] = set()
    for line in texts(table(document, "build-system").get("requires")):
        try:
            required.add(canonicalize_name(parse(line).name))
        except ValueError:
            continue  # the build says so, and better
    return (
        bool(required & SCM_PLUGINS)
        or "setuptools_scm" in tool
        or table(tool, "hatch", "version").get("source") == "vcs"
        or table(tool, "pdm", "version").get("source") == "scm"
        or table(tool, "poetry-dynamic-versioning").get("enable") is True
    )


def read_python(collector: Collector, path: str, document: dict[str, Any]) -> None:
    """Adds what the project's own files at and beside the pyproject.toml `path` say about Python."""
    project = table(document, "project")
    if stated := text(project.get("requires-python")):
        collector.python(stated, place(collector.tree, path, ["requires-python"]))
    poetry_python(collector, path, document)
    for setup in (read_setup_cfg(collector.tree, dirname(path)), read_setup_py(collector.tree, dirname(path))):
        if setup.python_requires:
            collector.python(setup.python_requires, place(collector.tree, setup.path, ["python_requires"]))
