"""What the package index has of a project, by the simple API, kept on disk since releases do not change.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import configparser
import html
import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

import msgspec

from copier_slim.package_index.cache import Cache
from copier_slim.package_index.http import Connections, StatusError, at_once, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PYPI = "https://pypi.org/simple"
PATIENCE = 10.0  # seconds for a server to go on
FRESH_FOR = 24 * 3600
JSON = "application/vnd.pypi.simple.v1+json"
ANCHOR = re.compile(r"<a\s([^<>]*)>([^<]+)</a>")
ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]+)=\"([^\"]*)\"")
ABSENT = (404, 410)


class File(msgspec.Struct, frozen=True, array_like=True):
    """A file of a project.

    requires_python    what it says of Python, "" for nothing
    uploaded           when, in ISO 8601; "" where it is not told
    url                where it is
    size               bytes, 0 where it is not told
    yanked             whether it was taken back, so that only who names its version gets it (PEP 592)
    sha256             its hash in hexadecimal, "" where it is not told
    """

    name: str
    requires_python: str = ""
    uploaded: str = ""
    url: str = ""
    size: int = 0
    yanked: bool = False
    sha256: str = ""


class _Item(msgspec.Struct, rename="kebab"):
    """A file as the JSON form of the API has it."""

    filename: str
    url: str
    requires_python: str | None = None
    upload_time: str | None = None
    size: int | None = None
    yanked: bool | str = False
    hashes: dict[str, str] = {}


class _Page(msgspec.Struct):
    files: list[_Item]


# Made before there are threads: msgspec 0.22 ends the process where two of them meet a type for the first time
PAGE = msgspec.json.Decoder(_Page)


@dataclass(slots=True)
class Answers:
    """What an index says: files by project, the projects that it does not have, and why others got no answer."""

    files: dict[str, list[File]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)


def files(names: Iterable[str], wanted: Mapping[str, str], seconds: float = 20) -> dict[str, list[File]]:
    """The files of projects as `ask` finds them; what it does not find is left out."""
    return ask(names, wanted, seconds).files


def ask(
    names: Iterable[str],
    wanted: Mapping[str, str],
    seconds: float = 20,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Answers:
    """The files of projects by canonical name; those without an answer within `seconds` have failed.

    `wanted` holds exact versions: a kept list with a file of that version is used, however old. `progress` hears how
    many of how many are there.
    """
    index, cache = url(), cache_of("hashed")
    answers = Answers()
    asked = []
    for name in names:
        kept = _kept(cache, name, wanted.get(name))
        if kept is None:
            asked.append(name)
        else:
            answers.files[name] = kept
    with Connections(min(seconds, PATIENCE), index) as connections:

        def look_up(name: str) -> list[File]:
            found = _ask(f"{index}/{name}/", connections)
            cache.write(name, found)
            return found

        results = at_once(look_up, asked, seconds, progress)
    for name, result in results.items():
        if not isinstance(result, Exception):
            answers.files[name] = result
        elif isinstance(result, StatusError) and result.status in ABSENT:
            answers.unknown.add(name)
        else:
            answers.failed[name] = str(result)
    return answers


def url() -> str:
    """The index that pip or uv would ask here, without a slash at the end."""
    for variable in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if value := os.environ.get(variable):
            return value.rstrip("/")
    for path in (os.environ.get("PIP_CONFIG_FILE"), "~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/pip.conf"):
        parser = configparser.RawConfigParser()
        with suppress(configparser.Error, OSError, UnicodeError):
            if path and parser.read(Path(path).expanduser(), encoding="utf-8"):
                return parser.get("global", "index-url").rstrip("/")
    return PYPI


def cache_of(kind: str) -> Cache:
    """Where answers of this index are kept; its password is no part of the name."""
    return Cache(kind, re.sub(r"//[^/@]*@", "//", url()))


def _ask(address: str, connections: Connections) -> list[File]:
    answer = connections.request(address, {"Accept": f"{JSON}, text/html;q=0.1", "Accept-Encoding": "gzip"})
    page = unpacked(answer)
    if "json" in answer.headers.get("Content-Type", ""):
        return _from_json(page, answer.url)
    return _from_html(page.decode("utf-8", errors="replace"), answer.url)


def _from_json(text: bytes, page: str) -> list[File]:
    return [
        File(
            item.filename,
            item.requires_python or "",
            item.upload_time or "",
            _absolute(page, item.url),
            item.size or 0,
            item.yanked is not False,
            item.hashes.get("sha256", ""),
        )
        for item in PAGE.decode(text).files
    ]


def _from_html(text: str, page: str) -> list[File]:
    answer = []
    for attributes, name in ANCHOR.findall(text):
        values = {key: html.unescape(value) for key, value in ATTRIBUTE.findall(attributes)}
        answer.append(
            File(
                unquote(name.strip()),
                values.get("data-requires-python", ""),
                values.get("data-upload-time", ""),
                _absolute(page, values.get("href", "")),
                yanked="data-yanked" in attributes,
                sha256=values.get("href", "").partition("#sha256=")[2],
            )
        )
    return answer


def _absolute(page: str, address: str) -> str:
    address = address.partition("#")[0]
    return address if address.startswith(("https://", "http://")) else urljoin(page, address)


def _kept(cache: Cache, name: str, version: str | None) -> list[File] | None:
    answer = cache.read(name, list[File])
    if answer is None or time.time() - answer.written < FRESH_FOR:
        return answer.content if answer else None
    return answer.content if version and any(f"-{version}" in file.name for file in answer.content) else None
