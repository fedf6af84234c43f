"""A company's proxy: it ends TLS with an authority of its own, and answers for PyPI from a folder."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from python_on_whales import docker

from tests.engine.loopback import Handler, Index

HOST = "pypi.org"


class Authority:
    """A certificate authority that lives in a folder: `certificate` is what those who trust it are given."""

    def __init__(self, folder: Path, name: str = "Company CA", days: int = 30) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = folder / "company.crt", folder / "company.key"
        request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", str(days)]
        request += ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]  # Python 3.13 refuses one without
        openssl(*request, "-keyout", self.key, "-out", self.certificate)

    def certify(self, host: str) -> ssl.SSLContext:
        """A server's side of TLS for a host."""
        key, asked, chain, names = (self.folder / f"server.{end}" for end in ("key", "csr", "crt", "ext"))
        names.write_text(f"subjectAltName=DNS:{host}\nauthorityKeyIdentifier=keyid\n", encoding="utf-8")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}", "-keyout", key, "-out", asked)
        signed = ["-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-extfile", names, "-days", "30"]
        openssl("x509", "-req", "-in", asked, "-out", chain, *signed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        return context


class Proxy(Handler):
    """Takes CONNECT for any host, and is that host itself."""

    def __init__(self, *arguments: Any, context: ssl.SSLContext, **options: Any) -> None:
        self.context = context
        super().__init__(*arguments, **options)

    def do_CONNECT(self) -> None:  # noqa: N802 as http.server calls it
        self.send_response(200)
        self.end_headers()
        try:
            self.connection = self.context.wrap_socket(self.connection, server_side=True)
        except OSError:  # the client does not trust it
            self.close_connection = True
            return
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()


class Refusing(Handler):
    """Asks everybody for a password."""

    def do_CONNECT(self) -> None:  # noqa: N802
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="company"')
        self.send_header("Content-Length", "0")
        self.end_headers()


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def gateway() -> str:
    """The address of this machine that builds and containers reach."""
    config = docker.network.inspect("bridge").ipam.config
    return str(config[0]["Gateway"])


@contextmanager
def serving(root: Path, authority: Authority, host: str = HOST, login: str = "") -> Iterator[Index]:
    """A proxy that serves a folder as a host; its `url` is the proxy's, `asked` the paths it was asked for.

    root/simple/NAME/FILE are PyPI's. `login` is user:password of that index, "" for everybody.
    """
    index: list[Index] = []
    handler = partial(Proxy, directory=str(root), index=index, login=login, context=authority.certify(host))
    with _server(handler) as server:
        index.append(Index(server.server_port))
        index[0].url = f"http://{gateway()}:{server.server_port}"
        yield index[0]


@contextmanager
def refusing() -> Iterator[str]:
    """The address of a proxy that answers 407."""
    with _server(partial(Refusing, directory="", index=[], login="")) as server:
        yield f"http://{gateway()}:{server.server_port}"


@contextmanager
def _server(handler: Any) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer((gateway(), 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
