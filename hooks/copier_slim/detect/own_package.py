"""Whether the project has to be installed as a package of its own, or its modules are imported from where they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from copier_slim.detect import paste
from copier_slim.detect.findings import Evidence, Findings
from copier_slim.worktree import view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.entry import Entry
    from copier_slim.detect.tree import Tree

VERSION = re.compile(r"v?(\d+(?:\.\d+)*)")
DATA = re.compile(r"src/[^/]+/.*\.(?!py$|pyi$|pyc$|typed$)\w+$")


def answer(findings: Findings, code: Code, found: Entry, modules: list[Module], declared: Dependencies) -> None:
    """Adds whether the project itself is installed, with its version, else where its modules are imported from."""
    package = declared.package
    python_path = found.python_path
    if package and package.installable:
        reason = None
        words = found.words or found.app.split()
        if found.framework == "command" and words and words[0] in package.scripts:
            reason = package.scripts_evidence
        elif paste.loads(tuple(words)):
            reason = found.evidence[0]
        elif python_path == "src":
            reason = Evidence("src", 0, "a src layout")
        else:
            reason = _reads_own_metadata(code, modules, package.name)
        if reason:
            findings.add("install_project", True, reason)  # noqa: FBT003 an answer's value
            if package.scm_version:
                version = _scm_version(code.tree)
                findings.add("scm_version", version, Evidence("pyproject.toml", 0, "the version comes from git"))
            # A wheel leaves out data that its definition does not name; in the tree it is there
            has_data = (
                (not package.backend or package.backend.startswith("setuptools"))
                and not package.scm_version
                and any(map(DATA.match, code.tree.files))
            )
            if python_path == "src" and not has_data:
                python_path = ""
    if python_path:
        findings.add("python_path", python_path, *found.evidence[-1:])
    if declared.local_packages:
        findings.add("local_packages", "\n".join(declared.local_packages), Evidence(declared.source))


def _reads_own_metadata(code: Code, modules: Iterable[Module], name: str) -> Evidence | None:
    for module in modules:
        for call in module.calls():
            full_name = module.full_name(call.func)
            if full_name in (
                "importlib.metadata.version",
                "importlib_metadata.version",
                "importlib.metadata.metadata",
                "pkg_resources.get_distribution",
            ):
                text = next((getattr(argument, "value", None) for argument in call.args), None)
                if text is None or canonicalize_name(str(text)) == canonicalize_name(name):
                    return code.evidence(module, call.lineno)
    return None


def _scm_version(tree: Tree) -> str:
    """The version by the nearest tag; 0.0.0 where there is no repository or tag."""
    with view.opened(tree.root, refs="refs/tags") as seen:
        described = (seen.answer("describe", "--tags", "--abbrev=0") if seen else None) or ""
    match = VERSION.search(described)
    return match[1] if match else "0.0.0"
