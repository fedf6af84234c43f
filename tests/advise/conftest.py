"""A package index on this machine, with projects of the tests' own, and a cache that is empty."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from copier_slim.advise import bases

# Wheels by the end of their names
PURE = "py3-none-any"
LINUX = {"amd64": "manylinux_2_17_x86_64", "arm64": "manylinux_2_17_aarch64"}
MUSL = {"amd64": "musllinux_1_2_x86_64", "arm64": "musllinux_1_2_aarch64"}

Project = Callable[..., Path]


def wheel(members: Mapping[str, int]) -> bytes:
    """A wheel with members of so many bytes, none of which compresses well."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, size in members.items():
            archive.writestr(name, random.Random(name).randbytes(size))  # noqa: S311 no secret
    return content.getvalue()


@dataclass
class Index:
    """What the index has, how it answers, and what it was asked.

    form      json, or html as older indexes have it
    sizes     whether it tells the sizes of files
    ranges    whether it sends parts of files: all, those not counted from the end, or none
    """

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    requires_python: dict[str, str] = field(default_factory=dict)
    yanked: set[str] = field(default_factory=set)
    form: str = "json"
    sizes: bool = True
    ranges: bool = True
    authorization: str = ""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    connections: int = 0

    def add(
        self, project: str, version: str, *tags: str, members: Mapping[str, int] | None = None, sdist: int = 0
    ) -> None:
        """A release with a wheel for each tag, all with these members, and a source distribution of so many bytes."""
        found = self.files.setdefault(project, {})
        name = project.replace("-", "_")
        for tag in tags:
            found[f"{name}-{version}-{tag}.whl"] = wheel(members or {f"{name}/__init__.py": 1000})
        if sdist:
            found[f"{name}-{version}.tar.gz"] = b"0" * sdist

    def page(self, project: str) -> tuple[str, str]:
        """The media type and the text of a project's page."""
        files = self.files[project]
        if self.form == "html":
            links = "".join(
                f'<a href="../../files/{name}#sha256=0"'
                f' data-requires-python="{self.requires_python.get(name, "").replace(">", "&gt;")}"'
                f"{' data-yanked' if name in self.yanked else ''}>{name}</a><br/>\n"
                for name in files
            )
            return "text/html", f"<!DOCTYPE html><html><body>{links}</body></html>"
        items: list[dict[str, Any]] = [
            {
                "filename": name,
                "url": f"../../files/{name}",
                "hashes": {},
                "requires-python": self.requires_python.get(name),
                "yanked": "broken" if name in self.yanked else False,
                **({"size": len(content)} if self.sizes else {}),
            }
            for name, content in files.items()
        ]
        return "application/vnd.pypi.simple.v1+json", json.dumps({"meta": {"api-version": "1.1"}, "files": items})


class Handler(BaseHTTPRequestHandler):
    """Answers for an Index."""

    protocol_version = "HTTP/1.1"
    index: Index

    def setup(self) -> None:
        self.index.connections += 1
        super().setup()

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output clean."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.index.asked.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".rstrip())
        kind, _, name = unquote(self.path).strip("/").partition("/")
        if self.index.authorization and self.headers.get("Authorization") != self.index.authorization:
            self.answer(401, b"who?")
        elif kind == "simple" and name in self.index.files:
            media, text = self.index.page(name)
            packed = "gzip" in self.headers.get("Accept-Encoding", "")
            headers = {"Content-Type": media, **({"Content-Encoding": "gzip"} if packed else {})}
            self.answer(200, gzip.compress(text.encode()) if packed else text.encode(), headers)
        elif kind == "files" and (content := self.file(name)):
            self.send_file(content)
        else:
            self.answer(404, b"none")

    def file(self, name: str) -> bytes | None:
        return next((files[name] for files in self.index.files.values() if name in files), None)

    def send_file(self, content: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked and self.index.ranges:
            start, end = int(asked[1]), int(asked[2])
            self.answer(206, content[start : end + 1], {"Content-Range": f"bytes {start}-{end}/{len(content)}"})
        else:
            self.answer(200, content)

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            try:
                self.wfile.write(body)
            except OSError:  # the client has read enough
                self.close_connection = True


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """The index that is asked instead of PyPI."""
    found = Index()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Its", (Handler,), {"index": found}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/simple"
    monkeypatch.setenv("PIP_INDEX_URL", f"{found.url}/")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the catalog's sizes of base images, whatever an engine here has."""
    monkeypatch.setattr(bases, "on_engine", lambda _: {})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a lock and answers."""

    def project(lock: str, asked: str = "", **answers: str) -> Path:
        root = tmp_path / "shop"
        root.mkdir()
        (root / "requirements.txt").write_text(lock, encoding="utf-8")
        if asked:
            (root / "requirements.in").write_text(asked, encoding="utf-8")
        if answers:
            (root / ".copier-answers.yml").write_text(json.dumps(answers), encoding="utf-8")
        return root

    return project
