"""The packages that a front end's lock names, with addresses and digests, as npm, pnpm, yarn and Bun write them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.lock.project import read_text
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    Package = tuple[str, str, str, str]

REGISTRY = "https://registry.npmjs.org"
# name@version, of which the name may begin with @scope/
VERSIONED = re.compile(r"(?P<name>(?:@[^/@\s]+/)?[^/@\s]+)@(?:npm:)?(?P<version>\d[^\s()\"]*)")
YARN = re.compile(
    r'^  version "(?P<version>[^"\n]++)"\n  resolved "(?P<url>[^"#\n]++)[^"\n]*+"(?:\n  integrity (?P<digest>\S+))?',
    re.MULTILINE,
)
BERRY = re.compile(r'^  resolution: "(?P<what>[^"]+)"', re.MULTILINE)
BUN = re.compile(
    r'^[ \t]*+"[^"\n]++": \["(?P<what>[^"\n]++)", "(?P<url>[^"\n]*+)".*?(?:"(?P<digest>sha512-[^"\n]++)")?\],?$',
    re.MULTILINE,
)


def find(root: Path, answers: Mapping[str, Any], notes: list[str]) -> Iterator[Package]:
    """Each package as its name, version, address and digest; none without a front end. What cannot be read is noted."""
    manager = catalog.frontends().managers.get(str(answers.get("assets") or ""))
    if manager is None:
        return
    folder = str(answers.get("assets_path") or "")
    path = root / folder / manager.lock
    text = read_text(path)
    if text is None:
        notes.append(f"there is no {manager.lock}, so nothing is known of the front end's packages")
        return
    try:
        yield from dict.fromkeys(_read(manager.lock, text))
    except (ValueError, TypeError, AttributeError, formats.BrokenError):
        notes.append(f"{manager.lock} cannot be read, so nothing is known of the front end's packages")


def _read(lock: str, text: str) -> Iterable[Package]:
    if lock == "package-lock.json":
        return _npm(json.loads(text))
    if lock == "pnpm-lock.yaml":
        return _pnpm(formats.yaml(text))
    if lock == "bun.lock":
        return (_named(found["what"], found["url"], found["digest"] or "") for found in BUN.finditer(text))
    if "\n__metadata:" in text:
        return (_named(what, "", "") for what in BERRY.findall(text) if VERSIONED.fullmatch(what))
    return (_of_url(found["url"], found["version"], found["digest"] or "") for found in YARN.finditer(text))


def _npm(lock: Any) -> Iterator[Package]:  # noqa: ANN401 as JSON is
    for path, entry in lock["packages"].items():
        if entry.get("resolved") and not entry.get("link"):
            name = entry.get("name") or path.rpartition("node_modules/")[2]
            yield name, entry.get("version", ""), entry["resolved"], entry.get("integrity", "")


def _pnpm(lock: Any) -> Iterator[Package]:  # noqa: ANN401 as YAML is
    for key, entry in (lock.get("packages") or {}).items():
        resolution = entry.get("resolution") or {}
        yield _named(str(key).lstrip("/"), resolution.get("tarball", ""), resolution.get("integrity", ""))


def _of_url(url: str, version: str, digest: str) -> Package:
    return url.partition("/-/")[0].split("/", 3)[-1], version, url, digest


def _named(what: str, url: str, digest: str) -> Package:
    found = VERSIONED.match(what)
    if not found:
        raise ValueError(what)
    name, version = found["name"], found["version"]
    return name, version, url or f"{REGISTRY}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz", digest
