"""What provenance and SBOM say is compared with a commit and a lock, whatever form they come in."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from copier_slim.engine import docker
from copier_slim.errors import CheckFailedError, CopierSlimError, InputError, ToolError
from copier_slim.verify import attested
from copier_slim.verify.attested import BUILDKIT, Attested, commit_of, judge, packages_of
from tests.command.running import commit

HEAD = "a" * 40
OLDER = {"SLSA": {"metadata": {BUILDKIT: {"vcs": {"revision": HEAD, "source": "https://example.com/shop"}}}}}
NEWER = {"SLSA": {"runDetails": {"metadata": {"buildkit_metadata": {"vcs": {"revision": HEAD}}}}}}
FROM = "acquired package info from installed python package manifest file: "
VENV = f"{FROM}/opt/venv/lib/python3.13/site-packages/"
LOCK = {"flask": "3.1.0", "my-house": ""}


def package(name: str, version: str, found: str = "") -> dict[str, Any]:
    purl = {"referenceType": "purl", "referenceLocator": f"pkg:pypi/{name}@{version}"}
    return {"name": name, "versionInfo": version, "sourceInfo": found, "externalRefs": [purl]}


def bill(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"SPDX": {"spdxVersion": "SPDX-2.3", "packages": [*packages, {"name": "libc6"}]}}


def said(commit: str | None, sbom: dict[str, Any] | None, known: frozenset[str] = frozenset()) -> list[str]:
    """What is found wrong."""
    found = judge(Attested("linux/amd64", commit, *packages_of(sbom)), HEAD, LOCK, known)
    return [one.says for one in found if not one.passed]


FLASK = package("Flask", "3.1", f"{VENV}flask-3.1.dist-info/METADATA, {VENV}flask-3.1.dist-info/RECORD")
HOUSE = package("my_house", "1.0", f"{VENV}my_house-1.0.dist-info/METADATA")


@pytest.mark.parametrize("provenance", [OLDER, NEWER])
def test_a_provenance_names_the_commit_in_either_version(provenance: dict[str, Any]) -> None:
    assert commit_of(provenance) == HEAD


@pytest.mark.parametrize("empty", [None, {}, {"SLSA": None}])
def test_no_provenance_is_none_at_all(empty: dict[str, Any] | None) -> None:
    assert commit_of(empty) is None
    assert commit_of({"SLSA": {"metadata": {}}}) == ""


def test_the_same_commit_and_lock_are_found() -> None:
    # The base image's own pip, and what a package carries with itself, is not the lock's
    vendored = package("jaraco.text", "3.12", f"{VENV}setuptools/_vendor/jaraco.text-3.12.dist-info/METADATA")
    pip = package("pip", "24.2", f"{FROM}/usr/local/lib/python3.13/site-packages/pip-24.2.dist-info/METADATA")
    assert said(HEAD, bill(FLASK, HOUSE, vendored, pip)) == []


@pytest.mark.parametrize(
    ("sbom", "wrong"),
    [
        (bill(FLASK), "my-house is not in the image"),
        (bill(package("flask", "2.0"), HOUSE), "flask is 2.0, the lock says 3.1.0"),
        (bill(FLASK, HOUSE, package("six", "1.17", f"{VENV}six-1.17.dist-info/METADATA")), "six is not in the lock"),
        (None, "there is no SBOM: push with --sbom=true"),
    ],
)
def test_another_lock_is_told(sbom: dict[str, Any] | None, wrong: str) -> None:
    assert said(HEAD, sbom) == [wrong]
    assert (
        said(HEAD, bill(FLASK, HOUSE, package("shop", "1", f"{VENV}shop-1.dist-info/METADATA")), frozenset({"shop"}))
        == []
    )


@pytest.mark.parametrize(
    ("commit", "wrong"),
    [
        ("b" * 40, f"{'b' * 40}, and not {HEAD}"),
        (f"{HEAD}-dirty", f"{HEAD}-dirty, and not {HEAD}"),
        ("", "the provenance names none: build in a checkout, with git on the PATH"),
        (None, "there is no provenance: push with --provenance=mode=max"),
    ],
)
def test_another_commit_is_told(commit: str | None, wrong: str) -> None:
    assert said(commit, bill(FLASK, HOUSE)) == [wrong]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("flask==3.1.0\n", encoding="utf-8")
    return commit(tmp_path)


def answers(monkeypatch: pytest.MonkeyPatch, head: str) -> None:
    """A registry with an image for two platforms, of which the second is of another commit."""

    def call(*words: str) -> str:
        if "SBOM" in words[-1]:
            return json.dumps({"linux/amd64": bill(FLASK), "linux/arm64": bill(FLASK)})
        of = {"linux/amd64": head, "linux/arm64": HEAD}
        return json.dumps(
            {key: {"SLSA": {"metadata": {BUILDKIT: {"vcs": {"revision": it}}}}} for key, it in of.items()}
        )

    monkeypatch.setattr(docker, "call", call)


def test_every_platform_is_looked_at(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project, capture_output=True, text=True, check=True).stdout
    answers(monkeypatch, head.strip())
    with pytest.raises(CheckFailedError, match=r"is not from this commit$"):
        attested.run(project, "registry.example.com/shop:1", as_json=True)
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["platform"], one["about"], one["passed"]) for one in found] == [
        ("linux/amd64", "commit", True),
        ("linux/amd64", "lock", True),
        ("linux/arm64", "commit", False),
        ("linux/arm64", "lock", True),
    ]


@pytest.mark.parametrize("changed", [True, False])
def test_a_dirty_tree_is_said(
    project: Path,
    changed: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers(monkeypatch, HEAD)
    if changed:
        (project / "main.py").write_text("x = 1\n", encoding="utf-8")
    for as_json in (False, True):
        with pytest.raises(CheckFailedError):
            attested.run(project, "registry.example.com/shop:1", as_json=as_json)
    table, _, document = capsys.readouterr().out.partition("{")
    assert ("note: this tree has changes that are in no commit" in table) is changed
    assert json.loads("{" + document)["dirty"] is changed


@pytest.mark.parametrize(
    ("message", "error", "hint"),
    [
        ("docker: registry.example.com/shop:1: not found", InputError, "no registry has"),
        ("docker: pull access denied, repository does not exist: no basic auth credentials", ToolError, "docker login"),
        ("docker: dial tcp 127.0.0.1:5999: connect: connection refused", ToolError, "does not answer"),
        ("docker: buildx is not a docker command", ToolError, "buildx"),
    ],
)
def test_a_registry_that_says_nothing_is_told_in_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, message: str, error: type[CopierSlimError], hint: str
) -> None:
    def call(*_: str) -> str:
        raise docker.DockerError(message)

    monkeypatch.setattr(docker, "call", call)
    with pytest.raises(error, match=hint) as raised:
        attested.run(project, "registry.example.com/shop:1", as_json=True)
    assert type(raised.value) in {error, docker.DockerError}
    assert "\n" not in str(raised.value)


def test_what_cannot_be_compared_is_told(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(InputError, match="--image"):
        attested.run(project, "", as_json=True)
    elsewhere = tmp_path_factory.mktemp("bare")
    (elsewhere / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    with pytest.raises(InputError, match="no git repository"):
        attested.run(elsewhere, "shop:1", as_json=True)
    (project / "requirements.txt").unlink()
    with pytest.raises(InputError, match=r"no requirements[.]txt"):
        attested.run(project, "shop:1", as_json=True)
