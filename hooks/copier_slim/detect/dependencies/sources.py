"""Where uv, Poetry and Pipenv say, beside a requirement, that it does not come from the package index."""

from __future__ import annotations

from fnmatch import fnmatchcase
from posixpath import dirname
from typing import TYPE_CHECKING, Any

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from copier_slim.detect.dependencies import requirement as single
from copier_slim.detect.dependencies.documents import table, text, texts, toml

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.tree import Tree


def add_from(
    collector: Collector, requirement: Requirement, source: dict[str, Any], evidence: Evidence, directory: str
) -> None:
    """Adds a requirement as its source table in a file of `directory` says."""
    git, url, path = text(source.get("git")), text(source.get("url")), text(source.get("path"))
    file = text(source.get("file"))
    index = text(source.get("index")) or text(source.get("source"))
    if "://" in file:
        url = file
    if marker := text(source.get("marker")):
        try:
            requirement.marker = Marker(f"({requirement.marker}) and ({marker})" if requirement.marker else marker)
        except (ValueError, RecursionError):
            collector.note(f"{evidence.place}: the source of {requirement.name} has a marker that is not understood")
    if source.get("workspace") is True:
        _add_member(collector, requirement, evidence)
        return
    if path or (file and not url):
        collector.require_local(path or file, frozenset(requirement.extras), evidence, directory)
        return
    if index and single.applies(requirement.marker, None):
        collector.indexes.take(requirement.name, index, evidence)
    if git:
        reference = next((text(source[key]) for key in ("rev", "tag", "branch", "ref") if text(source.get(key))), "")
        subdirectory = text(source.get("subdirectory"))
        url = git if git.startswith("git+") else f"git+{git}"
        url += (f"@{reference}" if reference else "") + (f"#subdirectory={subdirectory}" if subdirectory else "")
    if url:
        requirement.url = url
        requirement.specifier = type(requirement.specifier)("")
    collector.add(requirement, evidence, directory)


def _add_member(collector: Collector, requirement: Requirement, evidence: Evidence) -> None:
    member = collector.members.get(canonicalize_name(requirement.name))
    if member is not None:
        collector.require_local(f"./{member}", frozenset(requirement.extras), evidence, "")
    elif collector.members:
        collector.note(f"{evidence.place}: {requirement.name} is left out: no member of the workspace has its name")
    else:
        collector.note(
            f"{evidence.place}: {requirement.name} is left out: it is in a uv workspace whose root is not here;"
            " run copier-slim in the workspace's root, so that the image can have it"
        )


def workspace_members(tree: Tree, document: dict[str, Any]) -> dict[str, str]:
    """The directories of a uv workspace's members, the root itself included, by canonical name."""
    workspace = table(document, "tool", "uv", "workspace")
    root = text(table(document, "project").get("name"))
    members: dict[str, str] = {canonicalize_name(root): "."} if workspace and root else {}
    for path in tree.files:
        directory = dirname(path)
        if (
            path.endswith("/pyproject.toml")
            and any(_matches(directory, one) for one in texts(workspace.get("members")))
            and not any(_matches(directory, one) for one in texts(workspace.get("exclude")))
            and (name := text(table(toml(tree, path), "project").get("name")))
        ):
            members.setdefault(canonicalize_name(name), directory)
    return members


def _matches(directory: str, pattern: str) -> bool:
    """Whether a glob names a directory, each of its parts one of the path's, but ** any number of them."""
    parts, wanted = directory.split("/"), [part for part in pattern.split("/") if part not in {"", "."}]
    if "**" in wanted:
        return fnmatchcase(directory, "/".join(wanted).replace("**/", "*"))
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
