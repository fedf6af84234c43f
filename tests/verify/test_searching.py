"""What holds a credential, in every form that a file may have it in, and what only looks like one."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile

import pytest

from copier_slim.verify.image.credential_search import Search
from copier_slim.verify.image.layers import Layer
from copier_slim.verify.image.published_files import Published

KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7Vw3ZxQk\n" * 20 + "-----END RSA PRIVATE KEY-----\n"
TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3


def what(content: bytes, path: str = "app/data.bin", chunk: int = 1 << 20) -> tuple[str, ...]:
    search = Search(path, len(content))
    for start in range(0, len(content), chunk):
        search.feed(content[start : start + chunk])
    found = search.end()
    return found.what if found else ()


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        KEY.encode(),
        json.dumps({"type": "service_account", "private_key": KEY}).encode(),
        base64.b64encode(KEY.encode()),
        base64.encodebytes(KEY.encode()),
        zipped(notes=KEY),
        gzip.compress(TOKEN.encode()),
        b"\0" * 5000 + TOKEN.encode(),
        b"db = 'postgres://app:k3J9xQ2m@db.acme.io/x'",
    ],
    ids=["key", "escaped", "base64", "base64-in-lines", "zip", "gzip", "binary", "url"],
)
@pytest.mark.parametrize("chunk", [1 << 20, 3000])
def test_a_credential_is_found(content: bytes, chunk: int) -> None:
    assert what(content, chunk=chunk)


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN CERTIFICATE-----\n" + b"M" * 640,
        b"-----BEGIN PUBLIC KEY-----\n" + b"M" * 64,
        b"BEGIN = '-----BEGIN PRIVATE KEY-----'",
        b"url = 'postgres://user:password@localhost/db'",
        b"TOKEN=${TOKEN}\nOTHER=<token>\nAWS=AKIAIOSFODNN7EXAMPLE\n",
        b"PK\x03\x04 and no archive",
        b"\x1f\x8b and no gzip",
    ],
    ids=["certificate", "public-key", "heading", "example", "stand-ins", "no-zip", "no-gzip"],
)
def test_what_only_looks_like_one(content: bytes) -> None:
    assert what(content) == ()


def test_a_published_file_is_one_by_its_hash() -> None:
    digest = hashlib.sha256(KEY.encode())
    line = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=")
    layer = Layer("", kept={"s/site-packages/x-1.dist-info/RECORD": b"x/keys.py,sha256=" + line + b",12\n"})
    published = Published([layer])
    assert published.has("s/site-packages/x/keys.py", {digest.hexdigest()})
    assert published.has("s/site-packages/x/__pycache__/keys.cpython-313.pyc", {"another"})
    assert not published.has("s/site-packages/x/keys.py", {"another"})
    assert not published.has("s/site-packages/x/other.py", {digest.hexdigest()})
    layer.kept["s/site-packages/x-1.dist-info/direct_url.json"] = b'{"url": "file:///src", "dir_info": {}}'
    assert not Published([layer]).has("s/site-packages/x/keys.py", {digest.hexdigest()})
