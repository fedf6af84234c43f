"""Package indexes on loopback, which keep what they were asked for, and the wheels that they serve."""

from __future__ import annotations

import base64
import io
import os
import threading
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Index:
    """An index (PEP 503) on 127.0.0.1: its address, and the paths it was asked for by those that it answered.

    `broken` is what it answers instead of all pages: a status of HTTP, of which 200 has a page that is no index.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/simple/"
        self.broken = 0
        self.asked: list[str] = []
        self.refused: list[str] = []


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder to those who know the password, where there is one."""

    def __init__(self, *arguments: Any, index: list[Index], login: str, **options: Any) -> None:
        self.index, self.login = index, login
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(self.login.encode()).decode()
        if status := self.index[0].broken:
            self.refuse(status, b'<!DOCTYPE html><title>Sign in</title><a href="/login">here</a>')
            return
        if self.login and self.headers["Authorization"] != expected:
            self.index[0].refused.append(self.path)
            self.refuse(401)
            return
        self.index[0].asked.append(self.path)
        super().do_GET()

    def refuse(self, status: int, page: bytes = b"") -> None:
        """Answers with a page that is not the one asked for."""
        self.send_response(status)
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Basic")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def list_directory(self, path: str | os.PathLike[str]) -> io.BytesIO:
        """The links of a package's files, each with its hash."""
        files = [file for file in sorted(Path(path).iterdir()) if file.is_file()]
        hashes = {file.name: sha256(file.read_bytes()).hexdigest() for file in files}
        links = (f'<a href="{name}#sha256={digest}">{name}</a>' for name, digest in hashes.items())
        page = "\n".join(["<!DOCTYPE html>", *links]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        return io.BytesIO(page)

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""


@contextmanager
def serving(root: Path, login: str = "") -> Iterator[Index]:
    """Serves root/simple/NAME/FILE; `login` is user:password, "" for everybody."""
    index: list[Index] = []
    handler = partial(Handler, directory=str(root), index=index, login=login)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        index.append(Index(server.server_port))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield index[0]
        server.shutdown()


def place(wheels: Iterable[Path], root: Path) -> None:
    """Links the wheels as root/simple/NAME/FILE, which is what an index is."""
    for wheel in wheels:
        folder = root / "simple" / wheel.name.split("-")[0].replace("_", "-").lower()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / wheel.name).hardlink_to(wheel)


def wheel(folder: Path, name: str, version: str, code: str = "", requires: Iterable[str] = ()) -> Path:
    """Writes a wheel of one module, called `name` with underscores."""
    folder.mkdir(parents=True, exist_ok=True)
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    path = folder / f"{module}-{version}-py3-none-any.whl"
    asks = "".join(f"Requires-Dist: {line}\n" for line in requires)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{module}.py", code)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{asks}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{module}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path
