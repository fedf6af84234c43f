"""The package indexes that a project names, and which packages it takes from which."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.credentials import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from copier_slim.detect.findings import Evidence, Findings

PYPI = re.compile(r"https?://(?:pypi\.org|pypi\.python\.org|files\.pythonhosted\.org)(?:/simple)?/?")
# What questions/patterns.jinja lets through
URL = re.compile(
    r"(?:https://[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?|http://(?:localhost|127\.0\.0\.1)(?::\d+)?)/[\w.~+/-]*", re.ASCII
)
USERINFO = re.compile(r"(?<=://)[^/@]*@")


@dataclass(slots=True)
class Index:
    """An index beside PyPI, and the packages that are taken from it, by canonical name.

    A `default` one replaces PyPI; an `explicit` one has nothing but what is taken from it by name.
    """

    url: str
    evidence: Evidence
    default: bool = False
    explicit: bool = False
    packages: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Indexes:
    """The indexes of a project by name, in the order in which they are stated; `note` tells what is left out."""

    note: Callable[[str], None]
    found: dict[str, Index] = field(default_factory=dict)
    pypi: bool = False  # whether PyPI is stated among them
    stated: dict[str, str] = field(default_factory=dict)  # the project's name of each -> that in `found`
    directories: set[str] = field(default_factory=set)  # the names of those that are directories of the tree

    def state(
        self, name: str, stated: str, evidence: Evidence, *, default: bool = False, explicit: bool = False
    ) -> None:
        """Adds an index, by a name of its own where it is given none; what cannot be used is noted."""
        url = USERINFO.sub("", stated)
        if PYPI.fullmatch(url):
            self.pypi = self.pypi or not explicit
            return
        if not URL.fullmatch(url):
            what = "has a variable in its URL" if "$" in url else "is no https address of a simple index"
            self.note(f"{evidence.place}: the index {masked(stated) or name} is left out: it {what}")
            return
        if url != stated:
            self.note(f"{evidence.place}: the credentials of {url} are not carried over: pass them as build secrets")
        known = _known(url)
        same = next((one for one, index in self.found.items() if index.url.rstrip("/") == url.rstrip("/")), None)
        if same and not known:
            self.stated[name] = same
            self.found[same].default |= default
            return
        called = known[0] if known else _plain(name or urlsplit(url).hostname or "")
        self.stated[name] = called
        if called not in self.found:
            packages = list(known[1]) if known and not explicit else []
            self.found[called] = Index(url, evidence, default and not known, explicit or bool(known), packages)

    def take(self, package: str, name: str, evidence: Evidence) -> None:
        """Says that a package comes from the index of a name."""
        called = self.stated.get(name)
        if called is None:
            if name.lower() not in {"pypi", "default"} | self.directories:
                self.note(f"{evidence.place}: {package} comes from the index {masked(name)}, which is not stated")
            return
        taken = canonicalize_name(package)
        if other := next((one for one, index in self.found.items() if taken in index.packages), ""):
            if other != called:
                self.note(f"{evidence.place}: {package} comes from {called} too, which is left out; {other} counts")
        elif not self._replaces_pypi(self.found[called]):
            self.found[called].packages.append(taken)

    def answer(self, findings: Findings, *, own_lock: bool) -> None:
        """Records the answers private_index and indexes; an own lock says itself what comes from where."""
        further: dict[str, Index] = {}
        for name, index in self.found.items():
            if self._replaces_pypi(index) and "private_index" not in findings.found:
                findings.add("private_index", index.url, index.evidence)
            # Nothing comes from an explicit one that no package names
            elif index.packages or not index.explicit or own_lock:
                further[name] = index
        if not further:
            return
        lines = [" ".join([f"{name}={index.url}", *index.packages]) for name, index in further.items()]
        findings.add("indexes", "\n".join(lines), *(index.evidence for index in further.values()))
        named = {name: index for name, index in further.items() if index.packages}
        if named and not own_lock:
            findings.add("package_tool", "uv", next(iter(named.values())).evidence)
            for name, index in named.items():
                if not index.explicit:
                    what = f"only {', '.join(index.packages)} will come from the index {name}"
                    findings.note(f"{index.evidence.place}: {what}; name other packages of it in indexes")

    def taken(self) -> frozenset[str]:
        """The canonical names of what does not come from the default index."""
        return frozenset(package for index in self.found.values() for package in index.packages)

    def _replaces_pypi(self, index: Index) -> bool:
        return index.default and not self.pypi


def _plain(name: str) -> str:
    """A name of which secrets can be named: letters, digits and single separators."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
    return plain if plain[:1].isalpha() else f"index-{plain}".rstrip("-")


def _known(url: str) -> tuple[str, list[str]] | None:
    """The name and the packages of an index that the catalog knows."""
    for name, row in catalog.indexes().lighter.items():
        if row.url.rstrip("/") == url.rstrip("/"):
            return name, row.packages
    return None
