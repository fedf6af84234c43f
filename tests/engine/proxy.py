"""A company's proxy: it ends TLS with an authority of its own, and answers for PyPI and other hosts from folders."""

from __future__ import annotations

import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError

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

    def sign(self, *hosts: str) -> tuple[Path, Path]:
        """A certificate for some hosts, and its key."""
        key, asked, chain, names = (self.folder / f"{hosts[0]}.{end}" for end in ("key", "csr", "crt", "ext"))
        all_names = ",".join(f"DNS:{host}" for host in hosts)
        names.write_text(f"subjectAltName={all_names}\nauthorityKeyIdentifier=keyid\n", encoding="utf-8")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={hosts[0]}", "-keyout", key, "-out", asked)
        signed = ["-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-extfile", names, "-days", "30"]
        openssl("x509", "-req", "-in", asked, "-out", chain, *signed)
        return chain, key

    def certify(self, *hosts: str) -> ssl.SSLContext:
        """A server's side of TLS for some hosts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.sign(*hosts))
        return context


class Proxy(Handler):
    """Takes CONNECT for any host, and is that host itself; those of `beside` have a folder or an address each."""

    def __init__(
        self, *arguments: Any, context: ssl.SSLContext, beside: Mapping[str, Path | str], **options: Any
    ) -> None:
        self.context, self.beside, self.asked_host = context, beside, ""
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:  # noqa: N802
        place = self.beside.get(self.asked_host)
        if not place:
            super().do_GET()
            return
        self.index[0].asked.append(f"{self.asked_host}{self.path}")
        if isinstance(place, Path):
            self.directory = str(place)
            SimpleHTTPRequestHandler.do_GET(self)
            return
        try:
            with urllib.request.urlopen(f"{place}{self.path}", timeout=60) as answer:  # noqa: S310 the test's own
                content, status = answer.read(), 200
        except HTTPError as error:
            content, status = b"", error.code
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_CONNECT(self) -> None:  # noqa: N802 as http.server calls it
        self.asked_host = self.path.partition(":")[0]
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
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.settimeout(2)
            with suppress(OSError):
                self.connection.unwrap()  # apt takes nothing from a server that ends without a word
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
def serving(
    root: Path,
    authority: Authority,
    host: str = HOST,
    login: str = "",
    beside: Mapping[str, Path | str] = MappingProxyType({}),
    address: str = "",
) -> Iterator[Index]:
    """A proxy that serves a folder as a host; its `url` is the proxy's, `asked` the paths it was asked for.

    root/simple/NAME/FILE are PyPI's. `login` is user:password of that index, "" for everybody. `beside` are other
    hosts, each with its folder, or the address that has what it is asked for. The proxy's `address` is that which
    Docker's containers reach, unless another is given.
    """
    index: list[Index] = []
    context = authority.certify(host, *beside)
    handler = partial(Proxy, directory=str(root), index=index, login=login, context=context, beside=beside)
    with _server(handler) as server:
        index.append(Index(server.server_port))
        index[0].url = f"http://{address or gateway()}:{server.server_port}"
        yield index[0]


@contextmanager
def refusing() -> Iterator[str]:
    """The address of a proxy that answers 407."""
    with _server(partial(Refusing, directory="", index=[], login="")) as server:
        yield f"http://{gateway()}:{server.server_port}"


@contextmanager
def _server(handler: Any) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("0.0.0.0", 0), handler) as server:  # noqa: S104 engines have networks of their own
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
