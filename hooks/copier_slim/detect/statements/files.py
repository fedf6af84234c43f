"""The files of a repository that state how it is built and run: found by the catalog's patterns, parsed, in order."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.reading import formats
from copier_slim.rendering.copier import ANSWERS_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from copier_slim.detect.tree import Tree

MOST_FILES = 60
MOST_TEXT = 1 << 20  # characters of all files together, since parsing takes its time
MOST_LOOKED_INTO = 300  # YAML files that may be Kubernetes manifests
MOST_DOCUMENTS = 30  # of one YAML file
LAST = ("kubernetes",)  # kinds whose patterns take what no other kind's do
FOR_DEVELOPMENT = re.compile(
    r"(?:^|[._/-])(?:dev|devcontainer|devel|development|local|tests?|testing|ci|debug|e2e|examples?|sample|staging|stage|windows|docs?|preview)"
    r"(?:[._/-]|\d*$)"
)
FOR_PRODUCTION = re.compile(r"(?:^|[._/-])(?:prod|production|deploy|live)(?:[._/-]|$)")
# Folders of what is no part of the project as it is run
ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|e2e|examples?|samples?|demos?|docs?|tutorials?|fixtures?|benchmarks?|third_party|vendor"
    r"|\{\{[^/]*)/"
)
OVERRIDE = re.compile(r"\.override\.")
# Folders in which Kubernetes manifests are kept, and words of their names
MANIFEST = re.compile(
    r"(?:^|/)(?:\.?k8s|kube|kubernetes|manifests?|deploy|deployments?|helm|charts?|base|overlays|infra|ops|kustomize|gitops)/"
    r"|(?:^|[/._-])(?:k8s|kube|kubernetes|deployment|statefulset|daemonset|cronjob|job|service|manifest|app|worker|web|api)[^/]*$"
)
OF_KUBERNETES = re.compile(
    r"^kind:[ \t]*(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|ReplicaSet|List)\b", re.MULTILINE
)
# The files that the template writes, by the extra that asks for them
EMITTED = {
    "compose": "compose.yaml",
    "kubernetes": "kubernetes.yaml",
    "devcontainer": ".devcontainer/devcontainer.json",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file that states something: its kind in the catalog, its text, and what it holds, by its format.

    `development` is whether it says nothing of production, by its kind or its name.
    """

    kind: str
    path: str
    text: str
    document: Any
    development: bool


def find(tree: Tree) -> list[File]:
    """The files, the most binding first; those that cannot be read are left out, with a note."""
    emitted = _emitted(tree)
    found: list[tuple[str, str]] = []
    manifests = 0
    kinds = {path: _kind(path) for path in tree.files if not ASIDE.search(path)}
    named = _named(tree, kinds)
    for path in tree.files:
        kind = kinds.get(path) or named.get(path, "") if path not in emitted else ""
        if kind in ("", "app_engine") and path.endswith((".yaml", ".yml")) and MANIFEST.search(path):
            manifests += 1
            kind = "kubernetes" if manifests <= MOST_LOOKED_INTO and _is_manifest(tree, path) else kind
        if kind == "compose" and "compose" not in path and "services:" not in (tree.text(path) or ""):
            kind = ""  # a production.yml of something else
        if kind == "helm" and not tree.has(f"{path.rpartition('/')[0]}/Chart.yaml".lstrip("/")):
            kind = ""
        if kind:
            found.append((kind, path))
    if manifests > MOST_LOOKED_INTO:
        tree.note(f"only {MOST_LOOKED_INTO} YAML files are looked into for manifests of Kubernetes")
    rank = {kind: index for index, kind in enumerate(catalog.statements())}
    found.sort(key=lambda item: (rank[item[0]], *_place(item[1])))
    for _, path in found[MOST_FILES:]:
        tree.note(f"{path} is not read: there are over {MOST_FILES} files that state how the project runs")
    return list(_read(tree, found[:MOST_FILES]))


def _place(path: str) -> tuple[bool, bool, bool, int, str]:
    """What decides between two files of one kind: one for production, one that overrides, one nearer to the root."""
    return (
        bool(FOR_DEVELOPMENT.search(path)), not FOR_PRODUCTION.search(path.rpartition("/")[2]),
        not OVERRIDE.search(path), path.count("/"), path,
    )  # fmt: skip


def _read(tree: Tree, found: list[tuple[str, str]]) -> Iterator[File]:
    size = 0
    for kind, path in found:
        text = tree.text(path)
        if text is None:
            continue
        size += len(text)
        if size > MOST_TEXT:
            tree.note(
                f"{path} and what binds less is not read: the files that state how the project runs are too large"
            )
            return
        row = catalog.statements()[kind]
        try:
            document = PARSERS[row.format](text)
        except formats.BrokenError as error:
            tree.note(f"{path}:{error.line} is not read: {error}" if error.line else f"{path} is not read: {error}")
            continue
        yield File(kind, path, text, document, row.development or bool(FOR_DEVELOPMENT.search(path)))


def _kind(path: str) -> str:
    return next((kind for kind, pattern in _patterns().items() if kind not in LAST and pattern.fullmatch(path)), "")


def _named(tree: Tree, kinds: Mapping[str, str]) -> dict[str, str]:
    """The kinds of files that a command names, by their paths; in scripts, and in files that state something."""
    found: dict[str, str] = {}
    for kind, row in catalog.statements().items():
        if not row.named:
            continue
        for path in [path for path, own in kinds.items() if own or path.endswith(".sh") or "entrypoint" in path]:
            for match in re.finditer(row.named, tree.text(path) or ""):
                parts = posixpath.normpath(match[1]).strip("/").split("/")
                tails = ["/".join(parts[start:]) for start in range(len(parts))]
                beside = [posixpath.join(posixpath.dirname(path), parts[-1])]
                if there := next(filter(tree.has, [*tails, *beside]), ""):
                    found[there] = kind
    return found


def _is_manifest(tree: Tree, path: str) -> bool:
    """Whether a YAML file is a manifest of what runs, and no template of Helm's, whose values are read."""
    text = tree.text(path) or ""
    return "apiVersion:" in text and bool(OF_KUBERNETES.search(text)) and "{{" not in text


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {kind: re.compile("|".join(map(_pattern, row.files))) for kind, row in catalog.statements().items()}


def _pattern(glob: str) -> str:
    parts = re.split(r"(\*\*/|\*)", glob)
    return "".join({"**/": r"(?:[^/]+/)*", "*": r"[^/]*"}.get(part, re.escape(part)) for part in parts)


def _emitted(tree: Tree) -> set[str]:
    """The files of the template's own, which follow from answers."""
    if not tree.has(ANSWERS_FILE):
        return set()
    try:
        answers = formats.yaml(tree.text(ANSWERS_FILE) or "")
    except formats.BrokenError:
        return set()
    extras = answers.get("extras") if isinstance(answers, dict) else None
    return {path for extra, path in EMITTED.items() if isinstance(extras, list) and extra in extras}


def _documents(text: str) -> Any:  # noqa: ANN401 whatever it holds
    """A YAML file's document; a list of those that it has, where there are several."""
    parts = re.split(r"^---(?:[ \t].*)?$", text, flags=re.MULTILINE)[: MOST_DOCUMENTS + 1]
    found = [formats.merged(formats.yaml(part, as_written=True)) for part in parts if part.strip()]
    found = [item for item in found if item]
    return found[0] if len(found) == 1 else found


PARSERS: dict[str, Callable[[str], Any]] = {
    "lines": str,
    "make": str,
    "python": str,
    "dockerfile": str,
    "toml": formats.toml,
    "json": formats.jsonc,
    "yaml": _documents,
    "ini": formats.ini,
}
