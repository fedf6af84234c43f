"""What the package index has of a release: its wheels, by the simple API, kept on disk since releases do not change.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import configparser
import html
import json
import os
import re
import ssl
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

PYPI = "https://pypi.org/simple"
AT_ONCE = 16
FRESH_FOR = 24 * 3600
JSON = "application/vnd.pypi.simple.v1+json"
ANCHOR = re.compile(r"<a\s([^>]*)>([^<]+)</a>")
ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a project: its name, what it says of Python, when it was uploaded (ISO 8601, "" where not told)."""

    name: str
    requires_python: str = ""
    uploaded: str = ""


def files(names: Iterable[str], wanted: dict[str, str], seconds: float = 20) -> dict[str, list[File]]:
    """The files of projects by canonical name; those without an answer within `seconds` are left out.

    `wanted` holds exact versions: a kept list with a file of that version is used, however old.
    """
    found: dict[str, list[File]] = {}
    asked = []
    for name in names:
        kept = _kept(name, wanted.get(name))
        if kept is None:
            asked.append(name)
        else:
            found[name] = kept
    if not asked:
        return found
    pool = ThreadPoolExecutor(AT_ONCE)
    tasks = {pool.submit(_ask, name, seconds): name for name in asked}
    try:
        for task in as_completed(tasks, timeout=seconds):
            with suppress(OSError, HTTPException, ValueError):
                found[tasks[task]] = task.result()
    except TimeoutError:
        pass
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return found


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


def _ask(name: str, seconds: float) -> list[File]:
    address = f"{url()}/{name}/"
    if urlsplit(address).scheme not in ("http", "https"):
        raise ValueError(address)
    request = urllib.request.Request(  # noqa: S310 the scheme is checked above
        address, headers={"Accept": f"{JSON}, text/html;q=0.1", "User-Agent": "copier-slim"}
    )
    authorities = next(filter(None, map(os.environ.get, ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"))), None)
    context = ssl.create_default_context(cafile=authorities)
    with urllib.request.urlopen(request, timeout=seconds, context=context) as response:  # noqa: S310
        text = response.read().decode("utf-8", errors="replace")
        is_json = "json" in response.headers.get("Content-Type", "")
    answer = _from_json(text) if is_json else _from_html(text)
    _keep(name, answer)
    return answer


def _from_json(text: str) -> list[File]:
    return [
        File(item["filename"], item.get("requires-python") or "", item.get("upload-time") or "")
        for item in json.loads(text)["files"]
        if not item.get("yanked")
    ]


def _from_html(text: str) -> list[File]:
    answer = []
    for attributes, name in ANCHOR.findall(text):
        values = {key: html.unescape(value) for key, value in ATTRIBUTE.findall(attributes)}
        if "data-yanked" not in attributes:
            answer.append(
                File(unquote(name.strip()), values.get("data-requires-python", ""), values.get("data-upload-time", ""))
            )
    return answer


def _directory() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "copier-slim" / "index" / re.sub(r"[^\w.-]+", "-", url())


def _kept(name: str, version: str | None) -> list[File] | None:
    path = _directory() / f"{name}.json"
    try:
        answer = [File(*item) for item in json.loads(path.read_text(encoding="utf-8"))]
        if time.time() - path.stat().st_mtime < FRESH_FOR:
            return answer
    except (OSError, ValueError, TypeError):
        return None
    return answer if version and any(f"-{version}" in file.name for file in answer) else None


def _keep(name: str, answer: list[File]) -> None:
    path = _directory() / f"{name}.json"
    with suppress(OSError):  # a cache that cannot be written is none
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(
            json.dumps([[file.name, file.requires_python, file.uploaded] for file in answer]), encoding="utf-8"
        )
        part.replace(path)
