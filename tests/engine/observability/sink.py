"""A collector that speaks what every agent sends; only the standard library, since it runs in a bare container.

Port 8000 takes everything, and hands it out by DELETE /sent; port 8001 accepts connections and never answers.
"""

from __future__ import annotations

import base64
import gzip
import json
import socket
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, SILENT_PORT = 8000, 8001

sent: list[dict[str, str]] = []


def unpacked(body: bytes, encoding: str) -> bytes:
    """A body as it was before its Content-Encoding, where that is gzip or deflate."""
    if encoding == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding == "deflate" else body


class Collector(BaseHTTPRequestHandler):
    """Says yes in each protocol: OTLP, Elastic's intake, Datadog's agent, Sentry's envelopes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """What agents ask before they send: Elastic's wants the server's version."""
        if self.path == "/":
            self.reply(200, b'{"version": "8.19.0"}')
        else:
            self.reply(404, b"{}")

    def do_DELETE(self) -> None:
        """What was sent since the last time."""
        self.reply(200, json.dumps(sent).encode())
        sent.clear()

    def do_POST(self) -> None:
        """Keeps what is sent."""
        encoding = self.headers.get("Content-Encoding", "")
        body = unpacked(self.body(), encoding)
        sent.append({"path": self.path, "encoding": encoding, "body": base64.b64encode(body).decode()})
        if self.path.startswith("/v1/"):
            self.reply(200, b"", "application/x-protobuf")
        else:
            self.reply(202 if self.path.startswith("/intake/") else 200, b"{}")

    do_PUT = do_POST  # noqa: N815 http.server's name

    def body(self) -> bytes:
        """The request's body, in chunks or of a stated length."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def reply(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        """Sends a whole response."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the log is for errors."""


if __name__ == "__main__":
    silent = socket.create_server(("", SILENT_PORT), backlog=128)
    ThreadingHTTPServer(("", PORT), Collector).serve_forever()
