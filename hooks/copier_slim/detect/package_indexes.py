"""Where packages come from beside PyPI: the answers, what PyPI may be asked, and what is smaller elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.detect.dependencies.smaller import smaller
from copier_slim.detect.statements.stated import INDEX_VARIABLES
from copier_slim.package_index import index
from copier_slim.printable import printable

# What questions/patterns.jinja lets through; a file of constraints is told by its name
FILE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.+-]*\.(?:whl|txt)")

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.requirements import Requirement

    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.statements.dockerfile import Dockerfile


def answer(findings: Findings, declared: Dependencies, existing: Dockerfile | None) -> None:
    """Records which indexes there are beside PyPI, those that an existing Dockerfile names among them."""
    if declared.indexes:
        for name, (value, evidence) in (existing.environment if existing else {}).items():
            for word in value.split() if name in INDEX_VARIABLES else ():
                called, _, url = word.rpartition("=") if "://" in word.partition("=")[2] else ("", "", word)
                declared.indexes.state(called, url, evidence, default=INDEX_VARIABLES[name])
        for url, replaces, evidence in existing.indexes if existing else ():
            declared.indexes.state("", url, evidence, default=replaces)
        declared.indexes.answer(findings, own_lock=bool(_own_lock(declared)))


def add_files(findings: Findings, declared: Dependencies) -> None:
    """Records the wheels and constraints of the tree, which are needed to lock and install; to others found before."""
    found = dict.fromkeys(str(findings.value("workspace_files", "")).split())
    own = _own_lock(declared)
    wanted = {path: where for path, where in declared.files.items() if path.endswith(".whl") or not own}
    for path, where in list(wanted.items()):
        if path.endswith(".txt") and "constraint" not in path.rpartition("/")[2]:
            findings.note(f"{where.place}: what {printable(path)} limits is left out; rename it to constraints.txt")
            del wanted[path]
        elif not FILE.fullmatch(path):
            findings.note(
                f"{where.place}: {printable(path)} is left out: rename it, to have no other signs than . _ + -"
            )
            del wanted[path]
    if wanted:
        before = findings.found["workspace_files"].evidence if "workspace_files" in findings.found else ()
        findings.add("workspace_files", "\n".join(found | wanted), *before, *wanted.values())


def public(
    findings: Findings, stated: list[Requirement], declared: Dependencies
) -> tuple[list[Requirement], dict[str, str]]:
    """What may be asked of the index here: no name that is another's, as names may be private."""
    if "private_index" in findings.found and index.url() == index.PYPI:
        findings.note(
            f"PyPI is not asked which wheels there are, as packages come from {findings.value('private_index')}"
        )
        return [], {}
    asked = [one for one in stated if canonicalize_name(one.name) not in declared.elsewhere]
    return asked, {name: version for name, version in declared.locked.items() if name not in declared.elsewhere}


def say_smaller(findings: Findings, declared: Dependencies, given: Mapping[str, Any]) -> None:
    """Notes what another index has much smaller than PyPI; `given` are the answers that are settled."""
    names = declared.names
    indexes = f"{given.get('indexes') or ''}{findings.value('indexes', '')}"
    for text in smaller(names, declared.elsewhere, indexes, _own_lock(declared)):
        findings.note(text)


def _own_lock(declared: Dependencies) -> str:
    """The project's lock where it is one that is installed as it is, "" otherwise."""
    return catalog.sources()[declared.answer].lock or ""
