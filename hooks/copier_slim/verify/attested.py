"""What the provenance and the SBOM of an image in a registry say, against a project's commit and lock."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim import console as reports
from copier_slim.console import a_few
from copier_slim.engine import docker
from copier_slim.errors import CheckFailedError, InputError, ToolError
from copier_slim.printable import as_json as json_text
from copier_slim.verify.checks.dependencies import locked_versions, same_version
from copier_slim.verify.reproduction.twice import is_dirty
from copier_slim.verify.target import Project
from copier_slim.worktree import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console

COMMIT, LOCK = "commit", "lock"
# https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
BUILDKIT = "https://mobyproject.org/buildkit@v1#metadata"
DIRTY = "-dirty"
PYPI = re.compile(r"pkg:pypi/(?P<name>[^@?#]+)@(?P<version>[^?#]+)")
# Where Syft, which BuildKit asks by default, says that it has found a package
INSTALLED = re.compile(r"/opt/venv/lib/python[\d.]+/site-packages/[^/,]+[.]dist-info/")
REFUSED = re.compile(r"unauthorized|authorization failed|denied|forbidden|no basic auth", re.IGNORECASE)
ABSENT = re.compile(r"not found|does not exist|manifest.unknown|name.unknown", re.IGNORECASE)


class Attested(NamedTuple):
    """What is attested for one platform: the commit, "" where none is named, and the versions of packages by name.

    `installed` are the names of those that were found in the virtual environment. None stands for no statement at all.
    """

    platform: str
    commit: str | None
    versions: dict[str, set[str]] | None
    installed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a platform's provenance names the commit, or its SBOM the lock; `says` is what it names."""

    platform: str
    about: str
    passed: bool
    says: str


def read(image: str) -> list[Attested]:
    """What is attested of an image in a registry, for each of its platforms.

    Raises InputError where there is no such image, ToolError where the registry or Buildx does not answer.
    """
    provenance, bills = (_by_platform(image, field) for field in ("Provenance", "SBOM"))
    return [
        Attested(platform, commit_of(provenance.get(platform)), *packages_of(bills.get(platform)))
        for platform in sorted(provenance.keys() | bills.keys()) or [""]
    ]


def _by_platform(image: str, field: str) -> dict[str, Any]:
    """An attestation by platform; that of an image for only one is not in a mapping."""
    try:
        said = docker.call("buildx", "imagetools", "inspect", image, "--format", f"{{{{json .{field}}}}}")
    except ToolError as error:
        said = str(error)
        if REFUSED.search(said):
            raise ToolError(f"the registry of {image} refuses to say; run docker login first") from error
        if ABSENT.search(said):
            raise InputError(f"no registry has {image}; name an image as it was pushed, with its registry") from error
        if docker.UNREACHABLE.search(said):
            raise ToolError(f"the registry of {image} does not answer; look at its name, and at the network") from error
        raise
    found = docker.parsed(said) or {}
    if not any("/" in key for key in found):
        return {"": found} if found else {}
    return dict(found)


def commit_of(provenance: Mapping[str, Any] | None) -> str | None:
    """The commit that a provenance names in SLSA's version 0.2 or 1, "" for none; None without a provenance."""
    if not (statement := (provenance or {}).get("SLSA")):
        return None
    older = statement.get("metadata", {}).get(BUILDKIT, {})
    newer = statement.get("runDetails", {}).get("metadata", {}).get("buildkit_metadata", {})
    return str((older or newer).get("vcs", {}).get("revision", ""))


def packages_of(bill: Mapping[str, Any] | None) -> tuple[dict[str, set[str]] | None, frozenset[str]]:
    """The versions of Python's packages by name, and the names of those in the virtual environment; from SPDX 2.3."""
    if not (document := (bill or {}).get("SPDX")):
        return None, frozenset()
    versions: dict[str, set[str]] = {}
    installed = set()
    for package in document.get("packages", []):
        for reference in package.get("externalRefs", []):
            if found := PYPI.match(reference.get("referenceLocator", "")):
                name = canonicalize_name(found["name"])
                versions.setdefault(name, set()).add(found["version"])
                if INSTALLED.search(package.get("sourceInfo", "")):
                    installed.add(name)
    return versions, frozenset(installed)


def judge(attested: Attested, head: str, locked: Mapping[str, str], known: frozenset[str]) -> list[Finding]:
    """What is attested against the commit `head` and the versions of a lock, "" for what comes from a URL.

    `known` are packages that are in an image and in no lock.
    """
    commit, wrong = attested.commit, _against_lock(attested, locked, known)
    if commit is None:
        said = "there is no provenance: push with --provenance=mode=max"
    elif not commit:
        said = "the provenance names none: build in a checkout, with git on the PATH"
    else:
        said = commit if commit == head else f"{commit}, and not {head}"
    return [
        Finding(attested.platform, COMMIT, commit == head, said),
        Finding(attested.platform, LOCK, not wrong, a_few(wrong) if wrong else "every version that the lock names"),
    ]


def _against_lock(attested: Attested, locked: Mapping[str, str], known: frozenset[str]) -> list[str]:
    if attested.versions is None:
        return ["there is no SBOM: push with --sbom=true"]
    wrong = [f"{name} is not in the image" for name in locked if name not in attested.versions]
    wrong += [
        f"{name} is {' and '.join(sorted(there))}, the lock says {version}"
        for name, version in locked.items()
        if version and (there := attested.versions.get(name)) and not any(same_version(one, version) for one in there)
    ]
    return wrong + [f"{name} is not in the lock" for name in sorted(attested.installed - locked.keys() - known)]


def run(path: Path, image: str, *, as_json: bool) -> None:
    """Shows whether the attestations of `image` name the commit and the lock of the project at `path`.

    Raises CheckFailedError where they do not, InputError where there is no such image, no commit or no lock, and
    ToolError where the registry cannot be asked.
    """
    if not image:
        raise InputError("--attested reads what a registry has; name the image by --image")
    project = Project(path)
    head = git.answer(path, "rev-parse", "HEAD")
    if not head:
        raise InputError(f"{path} is in no git repository with a commit, so no provenance can name it")
    if project.lock is None:
        raise InputError(f"{path} has no {project.lock_file}; run copier-slim lock first")
    out = reports.console(stderr=as_json)
    with reports.progress(out, "reading", beside_json=as_json) as tell:
        tell(f"asking the registry for {image}")
        attested = read(image)
    locked = _locked(project)
    known = frozenset({*catalog.traces().installers, canonicalize_name(str(project.answers.get("project_name", "")))})
    # What stands beside a lock of the project's own is in no lock
    named = [one._replace(installed=frozenset()) if project.own_lock else one for one in attested]
    found = [finding for one in named for finding in judge(one, head, locked, known)]
    _show(image, found, out, dirty=is_dirty(path), as_json=as_json)
    if wrong := [one for one in found if not one.passed]:
        about = dict.fromkeys(one.about for one in wrong)
        raise CheckFailedError(f"{image} is not from this {' and this '.join(about)}")
    if out.is_terminal or not as_json:
        out.print(f"{image} is from this commit and this lock", soft_wrap=True)


def _locked(project: Project) -> dict[str, str]:
    """The versions that the lock names for the image, by canonical name."""
    if project.own_lock:
        return project.own_lock.pins()
    return locked_versions(project.lock or "", str(project.answers.get("python_version") or ""))


def _show(image: str, found: list[Finding], out: Console, *, dirty: bool, as_json: bool) -> None:
    if as_json:
        reports.write(json_text({"image": image, "dirty": dirty, "findings": [asdict(one) for one in found]}))
        return
    table = reports.table()
    table.add_column("platform", no_wrap=True)
    table.add_column("names", no_wrap=True)
    table.add_column("", overflow="fold", ratio=1)
    for one in found:
        table.add_row(one.platform, one.about, one.says)
    out.print(table)
    if dirty:
        out.print("note: this tree has changes that are in no commit")
