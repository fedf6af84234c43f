"""Which files of an image are what others published: of distributions, of the system's packages, of Python itself."""

from __future__ import annotations

import base64
import posixpath
import re
from functools import cached_property
from typing import TYPE_CHECKING

from copier_slim.verify.image.credential_search import digest_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from copier_slim.verify.image.layers import Layer

# PEP 610: what was installed from a folder or a file is the project's own
LOCAL = re.compile(rb'"url"\s*:\s*"file:')
BYTECODE = re.compile(r"(?P<folder>.*/)?__pycache__/(?P<module>[^/]+)\.cpython-\d+t?(?:\.opt-\d)?\.pyc", re.DOTALL)
STANDARD_LIBRARY = re.compile(r"(?:usr/)?(?:local/)?lib/python3\.\d+t?/(?!(?:site|dist)-packages/).*", re.DOTALL)
DPKG = re.compile(r"var/lib/dpkg/info/[^/]+\.(list|md5sums)")
APK = "lib/apk/db/installed"


class Published:
    """Knows them by the records in the layers: RECORD of distributions, the lists of dpkg and apk."""

    def __init__(self, layers: list[Layer]) -> None:
        self._layers = layers

    @cached_property
    def _digests(self) -> dict[str, set[str]]:
        """By path the digests that the records name, none where they name only the path."""
        found: dict[str, set[str]] = {}
        for layer in self._layers:
            for path, content in layer.kept.items():
                for name, digest in self._record(layer, path, content):
                    found.setdefault(name, set()).update([digest] if digest else [])
        return found

    def _record(self, layer: Layer, path: str, content: bytes) -> Iterator[tuple[str, str]]:
        if path.endswith(".dist-info/RECORD"):
            info = posixpath.dirname(path)
            if not LOCAL.search(layer.kept.get(f"{info}/direct_url.json", b"")):
                folder = posixpath.dirname(info)
                for line in content.decode(errors="replace").splitlines():
                    name, digest = digest_of(line) or (line.rsplit(",", 2)[0].strip('"'), "")
                    yield posixpath.normpath(f"{folder}/{name}"), digest
        elif dpkg := DPKG.fullmatch(path):
            for line in content.decode(errors="replace").splitlines():
                digest, _, name = line.partition("  ") if dpkg[1] == "md5sums" else ("", "", line)
                yield name.strip("/"), digest
        elif path == APK:
            yield from _of_apk(content.decode(errors="replace"))

    def has(self, path: str, digests: Collection[str] = ()) -> bool:
        """Whether a file is named by a record, and is as that says where both have a digest."""
        if code := BYTECODE.fullmatch(path):
            path, digests = f"{code['folder'] or ''}{code['module']}.py", ()
        if STANDARD_LIBRARY.fullmatch(path):
            return True
        for known in (path, f"usr/{path}", path.removeprefix("usr/")):  # merged /usr: lists may have the old place
            if (recorded := self._digests.get(known)) is not None:
                return not digests or not recorded or not recorded.isdisjoint(digests)
        return False


def _of_apk(text: str) -> Iterator[tuple[str, str]]:
    folder = name = ""
    for line in text.splitlines():
        kind, _, value = line.partition(":")
        if kind == "F":
            folder = value
        elif kind == "R":
            name = f"{folder}/{value}".lstrip("/")
            yield name, ""
        elif kind == "Z" and value.startswith("Q1"):
            yield name, base64.b64decode(value.removeprefix("Q1")).hex()
