"""A registry of before zstd: it takes an image of gzip layers and refuses a manifest that names others."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"


class Registry(ThreadingHTTPServer):
    """What was pushed: `blobs` by digest, `manifests` by name, or digest, with their media type."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.blobs: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self.manifests: dict[str, tuple[str, bytes]] = {}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """As far as pushing needs it: https://github.com/opencontainers/distribution-spec/blob/main/spec.md."""

    server: Registry
    protocol_version = "HTTP/1.1"
    # By a status line BuildKit, which begins in TLS, knows that it talks to plain HTTP
    default_request_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, name = self.place()
        if not name:
            self.say(200)
        elif kind == "blobs" and name in self.server.blobs:
            self.say(200, self.server.blobs[name], digest=name)
        elif kind == "manifests" and name in self.server.manifests:
            media_type, content = self.server.manifests[name]
            self.say(200, content, kind=media_type, digest=digest_of(content))
        else:
            self.refuse(404, "NOT_FOUND", "not found")

    do_HEAD = do_GET  # noqa: N815 http.server's name

    def do_POST(self) -> None:
        self.body()
        name = secrets.token_hex(8)
        self.server.uploads[name] = b""
        self.say(202, location=f"{self.path.split('/uploads')[0]}/uploads/{name}")

    def do_PATCH(self) -> None:
        self.server.uploads[self.place()[1]] += self.body()
        self.say(202, location=self.path)

    def do_PUT(self) -> None:
        kind, name = self.place()
        content = self.body()
        if kind == "uploads":
            digest = parse_qs(urlsplit(self.path).query)["digest"][0]
            self.server.blobs[digest] = self.server.uploads.pop(name) + content
            assert digest_of(self.server.blobs[digest]) == digest
            self.say(201, digest=digest)
            return
        unknown = [layer["mediaType"] for layer in json.loads(content).get("layers", []) if layer["mediaType"] == ZSTD]
        if unknown:
            self.refuse(400, "MANIFEST_INVALID", f"unknown media type {unknown[0]}")
            return
        for known in name, digest_of(content):
            self.server.manifests[known] = self.headers["Content-Type"], content
        self.say(201, digest=digest_of(content))

    def place(self) -> tuple[str, str]:
        """Blobs, uploads or manifests, and which."""
        *_, kind, name = urlsplit(self.path).path.split("/")
        return kind, name

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def say(self, status: int, content: bytes = b"", *, kind: str = "", digest: str = "", location: str = "") -> None:
        self.send_response(status)
        named = {"Content-Type": kind, "Docker-Content-Digest": digest, "Location": location}
        for name, value in named.items():
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, status: int, code: str, message: str) -> None:
        self.say(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode(), kind="application/json")

    def log_message(self, *_: object) -> None:
        """Silence."""


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


@contextmanager
def old_registry() -> Iterator[Registry]:
    """One on loopback, for as long as it is needed."""
    with Registry() as registry:
        thread = Thread(target=registry.serve_forever, daemon=True)
        thread.start()
        try:
            yield registry
        finally:
            registry.shutdown()
            thread.join()
