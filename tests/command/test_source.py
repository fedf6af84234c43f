"""Where the template is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copier_slim.rendering import copier, source
from copier_slim.rendering.source import HOSTED, Source
from tests.command.running import answers, write
from tests.conftest import ROOT


class Distribution:
    """An installed copier-slim, with what the installer recorded."""

    def __init__(self, record: object) -> None:
        self.record = record
        self.version = "1.2.3"

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return self.record if self.record is None or isinstance(self.record, str) else json.dumps(self.record)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package outside a checkout, as pip puts it; its directory."""
    package = tmp_path / "lib/site-packages/copier_slim"
    package.mkdir(parents=True)
    monkeypatch.setattr(source, "PACKAGE", package)
    installed_by(monkeypatch, None)
    return package


def installed_by(monkeypatch: pytest.MonkeyPatch, record: object) -> None:
    monkeypatch.setattr(source.metadata, "distribution", lambda _: Distribution(record))
    monkeypatch.setattr(source.metadata, "version", lambda _: "1.2.3")


def test_the_one_given(tmp_path: Path) -> None:
    assert source.find(str(tmp_path)) == Source(str(tmp_path))


def test_a_checkout() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout")
    assert source.find() == Source(str(ROOT), "HEAD")


def test_sources_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"copier.yml": "", "hooks/copier_slim/x": ""})
    installed_by(monkeypatch, None)
    monkeypatch.setattr(source, "PACKAGE", tmp_path / "hooks/copier_slim")
    assert source.find() == Source(str(tmp_path))


def test_an_installed_package_has_its_own_copy(installed: Path) -> None:
    write(installed / "template", {"copier.yml": ""})
    assert source.find() == Source(str(installed / "template"), recorded=HOSTED)


def test_without_a_copy_the_hosted_one_of_this_version(installed: Path) -> None:
    assert installed.exists()
    assert source.find() == Source(HOSTED, "v1.2.3")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/copier-slim.git", "git+https://example.com/copier-slim.git"),
        ("git+https://example.com/copier-slim", "git+https://example.com/copier-slim"),
        ("ssh://git@example.com/copier-slim.git", "git+ssh://git@example.com/copier-slim.git"),
    ],
)
def test_installed_from_git(installed: Path, monkeypatch: pytest.MonkeyPatch, url: str, expected: str) -> None:
    write(installed / "template", {"copier.yml": ""})
    installed_by(monkeypatch, {"url": url, "vcs_info": {"vcs": "git", "commit_id": "abc123"}})
    assert source.find() == Source(expected, "abc123")


@pytest.mark.parametrize("name", ["check out", "größe", "plain"])
def test_installed_from_a_checkout(installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    checkout = write(tmp_path / name, {"copier.yml": "", ".git/HEAD": ""})
    installed_by(monkeypatch, {"url": checkout.as_uri(), "dir_info": {}})
    assert installed.exists()
    assert source.find() == Source(str(checkout), "HEAD")


@pytest.mark.parametrize(
    "record",
    [None, "", "{", "[]", "null", "3", {"url": 3}, {"url": "file:///no/such"}, {"url": "https://example.com/x.whl"},
     {"url": "x", "vcs_info": None}, {"vcs_info": {"commit_id": None}}],
    ids=str,
)  # fmt: skip
def test_a_record_that_leads_nowhere(installed: Path, monkeypatch: pytest.MonkeyPatch, record: object) -> None:
    write(installed / "template", {"copier.yml": ""})
    installed_by(monkeypatch, record)
    assert source.find() == Source(str(installed / "template"), recorded=HOSTED)


def test_a_project_of_the_own_copy_names_the_hosted_one(tmp_path: Path, template: Path) -> None:
    copier.render(Source(str(template), recorded=HOSTED), tmp_path / "staged", {}, {}, ask=False)
    text = (tmp_path / "staged/.copier-answers.yml").read_text(encoding="utf-8")
    recorded = answers(tmp_path / "staged")
    assert recorded["_src_path"] == HOSTED
    assert recorded["_commit"] == f"v{source.version()}"
    assert text.startswith("# Your answers.")
    assert text.count("_src_path") == text.count("_commit") == 1


def test_the_version_without_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(_: str) -> str:
        raise source.metadata.PackageNotFoundError

    monkeypatch.setattr(source.metadata, "version", version)
    assert f'version = "{source.version()}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
