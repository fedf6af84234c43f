"""A certificate authority on loopback that signs for whoever an identity token names, as Fulcio does for pipelines.

Each signs by a certificate of its own, which names the pipeline (a URI) and who vouches for it (Fulcio's extension):
https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md. There is no log of them.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

EXTENSIONS = """\
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=critical,URI:{identity}
1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:{iss}
"""
# What a signer and a verifier are told of it, beside what a pipeline tells them: cosign asks no other service
COSIGN = """\
#!/bin/sh
word=$1
shift
case $word in
sign) exec {cosign} sign --signing-config {folder}/signing.json --trusted-root {folder}/root.json "$@" ;;
verify) exec {cosign} verify --trusted-root {folder}/root.json --insecure-ignore-tlog --insecure-ignore-sct "$@" ;;
esac
exec {cosign} "$word" "$@"
"""
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority(ThreadingHTTPServer):
    """Its key and certificate are in `folder`, with cosign's two files about it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        openssl(
            "req", "-x509", *NEW_KEY, "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem", "-days", "2",
            "-subj", "/O=tests/CN=authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-addext", "extendedKeyUsage=codeSigning",
        )  # fmt: skip
        at = f"url=http://127.0.0.1:{self.server_port}"
        of_signer = f"{at},api-version=1,start-time=2025-01-01T00:00:00Z,operator=tests"
        given = ["--fulcio", of_signer, "--oidc-provider", of_signer]
        run("cosign", "signing-config", "create", *given, "--out", f"{folder}/signing.json")
        chain = f"{at},certificate-chain={folder}/ca.pem"
        run("cosign", "trusted-root", "create", "--fulcio", chain, "--out", f"{folder}/root.json")

    def certificate(self, public_key: str, claims: dict[str, str]) -> str:
        """One for a key, of whom the token names."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "public").write_text(public_key, encoding="utf-8")
            (folder / "extensions").write_text(EXTENSIONS.format(**claims), encoding="utf-8")
            openssl(
                "req", "-new", *NEW_KEY, "-keyout", f"{name}/key", "-subj", "/", "-out", f"{name}/request"
            )  # its key is not the one that is certified
            openssl(
                "x509", "-req", "-in", f"{name}/request", "-force_pubkey", f"{name}/public", "-CA",
                f"{self.folder}/ca.pem", "-CAkey", f"{self.folder}/ca.key", "-days", "1", "-extfile",
                f"{name}/extensions", "-out", f"{name}/certificate",
            )  # fmt: skip
            return (folder / "certificate").read_text(encoding="utf-8")


class Handler(BaseHTTPRequestHandler):
    """The one request that a signer makes: https://github.com/sigstore/fulcio/blob/main/fulcio.proto."""

    server: Authority

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        claims = json.loads(urlsafe_b64decode(self.headers["Authorization"].split(".")[1] + "=="))
        own = self.server.certificate(asked["publicKeyRequest"]["publicKey"]["content"], claims)
        chain = [own, (self.server.folder / "ca.pem").read_text(encoding="utf-8")]
        said = json.dumps({"signedCertificateDetachedSct": {"chain": {"certificates": chain}}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Silence."""


def run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def openssl(*words: str) -> None:
    run("openssl", *words)


def token(issuer: str, identity: str) -> str:
    """What a pipeline's platform gives it, as far as is read here."""
    claims = {"iss": issuer, "sub": identity, "identity": identity, "aud": "sigstore"}
    parts = [json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), b"unsigned"]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """One on loopback, for as long as it is needed."""
    folder.mkdir(parents=True)
    with Authority(folder) as made:
        thread = Thread(target=made.serve_forever, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()
