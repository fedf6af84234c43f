"""Where the template is: the checkout that this package runs from or was installed from, else its own copy of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOSTED = "gh:copier-slim/copier-slim"
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Source:
    """What Copier is given: `path` and `ref`; `recorded` is what an answers file names where that is another."""

    path: str
    ref: str | None = None
    recorded: str = ""


def find(given: str = "") -> Source:
    """The template: the one given, a git checkout around this package, where it was installed from, else its own copy.

    The copy in an installed package has no git history; a project made from it names the hosted template at the same
    version, so that a plain `copier update` finds it.
    """
    if given:
        return Source(given)
    checkout = PACKAGE.parent.parent
    if (checkout / "copier.yml").is_file() and (checkout / ".git").exists():
        return Source(str(checkout), "HEAD")
    if origin := _installed_from():
        return origin
    bundled = PACKAGE / "template"
    if (bundled / "copier.yml").is_file():
        return Source(str(bundled), recorded=HOSTED)
    if (checkout / "copier.yml").is_file():
        return Source(str(checkout))
    return Source(HOSTED, f"v{version()}")


def support(name: str) -> str:
    """The text of one of the template's files for container/, as this package has it."""
    return (_container() / name).read_text(encoding="utf-8")


def support_files() -> frozenset[str]:
    """What the template may write to container/, by the paths in a project, as in container/libraries.py."""
    names = (re.search(r"(?<!\w)\w++\.(?:py|pth|txt)\b", path.name) for path in _container().iterdir())
    return frozenset(f"container/{name[0]}" for name in names if name)


def _container() -> Path:
    roots = PACKAGE / "template", PACKAGE.parent.parent
    return next(path for root in roots if (path := root / "template/container").is_dir())


def _installed_from() -> Source | None:
    """The place that pip or uv recorded: https://packaging.python.org/en/latest/specifications/direct-url/."""
    try:
        text = metadata.distribution("copier-slim").read_text("direct_url.json")
        record = json.loads(text or "{}")
        address = str(record["url"])
        commit = record.get("vcs_info", {}).get("commit_id")
    except (metadata.PackageNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if commit:
        return Source(f"git+{address}" if not address.startswith("git+") else address, commit)
    path = Path(unquote(urlsplit(address).path))
    if address.startswith("file:") and (path / "copier.yml").is_file() and (path / ".git").exists():
        return Source(str(path), "HEAD")
    return None


def version() -> str:
    """This package's version."""
    try:
        return metadata.version("copier-slim")
    except metadata.PackageNotFoundError:
        import tomllib  # noqa: PLC0415 only in a checkout that is not installed

        project = tomllib.loads((PACKAGE.parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])
