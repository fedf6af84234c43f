"""What `docker save` writes, in the formats of different engines, read as a stream."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from copier_slim.engine import docker
from copier_slim.errors import ToolError
from copier_slim.verify.image import compressed_sizes
from copier_slim.verify.image.layers import scan

KEY = b"-----BEGIN PRIVATE KEY-----\n" + b"M" * 64 + b"\n-----END PRIVATE KEY-----\n"
TOKEN = b"copier-slim-canary-0123"


def tar(files: dict[str, bytes]) -> bytes:
    """A tar archive; a name with a slash at its end is a directory."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            item = tarfile.TarInfo(name.rstrip("/"))
            item.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            item.size = len(content)
            archive.addfile(item, io.BytesIO(content))
    return buffer.getvalue()


LAYERS = [
    tar({"etc/": b"", "etc/passwd": b"root:x:0:0::/:/bin/sh\n", "usr/bin/run": b"#!/usr/bin/python3\n" + b"x" * 5000}),
    tar({"app/": b"", "app/settings": KEY, "app/.env": b"TOKEN=" + TOKEN, "app/big": bytes(3 << 20) + TOKEN}),
    tar({}),
]
KINDS = ["plain", "compressed", "directories", "podman"]
DIGESTS = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in LAYERS]


def archive(kind: str) -> bytes:
    """An image as engines save it: with plain layers by digest, compressed ones, or in a directory each."""
    blobs = [gzip.compress(layer, 1) for layer in LAYERS] if kind == "compressed" else LAYERS
    names = [f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}" for blob in blobs]
    if kind == "directories":
        names = [f"{number}/layer.tar" for number in range(len(blobs))]
    if kind == "podman":
        names = [f"{hashlib.sha256(blob).hexdigest()}.tar" for blob in blobs]
    members = dict(zip(names, blobs, strict=True))
    members["blobs/sha256/c0ffee"] = b'{"architecture": "amd64"}'
    members["manifest.json"] = json.dumps([{"Config": "blobs/sha256/c0ffee", "Layers": names}]).encode()
    return tar(members)


@pytest.fixture
def saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that a `docker` on the PATH writes out as what it saves."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    content = tmp_path / "saved"
    program.write_text(
        f"#!/bin/sh\ncat {content} || {{ echo 'Error: no such image' >&2; exit 1; }}\n", encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return content


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_every_format(saves: Path, kind: str) -> None:
    saves.write_bytes(archive(kind))
    first, second, third = scan("an-image", DIGESTS, token=TOKEN)
    assert [layer.digest for layer in (first, second, third)] == DIGESTS
    assert [entry.path for entry in first.entries] == ["etc", "etc/passwd", "usr/bin/run"]
    assert first.kept["etc/passwd"] == b"root:x:0:0::/:/bin/sh\n"
    assert first.kept["usr/bin/run"].startswith(b"#!/usr/bin/python3\n")
    assert len(first.kept["usr/bin/run"]) == 256
    assert {path: found.what for path, found in second.secrets.items()} == {
        "app/settings": ("a private key",),
        "app/.env": (),
    }
    assert second.tokens == ["app/.env", "app/big"]
    assert second.size == len(KEY) + len(TOKEN) + 6 + (3 << 20) + len(TOKEN)
    assert third.entries == []
    for layer, content in zip((first, second, third), LAYERS, strict=True):
        assert layer.compressed == pytest.approx(len(gzip.compress(content, 6)), abs=30)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_known_is_neither_searched_nor_weighed_again(saves: Path, kind: str) -> None:
    saves.write_bytes(archive(kind))
    first, layer, _ = scan("an-image", DIGESTS, token=TOKEN, known=DIGESTS, weights={DIGESTS[1]: 42})
    assert (layer.tokens, layer.secrets, layer.compressed) == ([], {}, 42)
    assert set(first.kept) == {"etc/passwd"}
    assert {entry.packed for entry in layer.entries} == {0}


def test_the_figures_of_a_layer_do_not_depend_on_how_it_is_compressed(saves: Path) -> None:
    found = []
    for kind in KINDS:
        saves.write_bytes(archive(kind))
        found.append([(layer.size, layer.compressed, layer.entries) for layer in scan("an-image", DIGESTS)])
    assert found[1:] == found[:-1]


def test_no_layer_is_weighed_where_nobody_asks_for_it(saves: Path) -> None:
    saves.write_bytes(archive("compressed"))
    assert [layer.compressed for layer in scan("an-image", DIGESTS, weigh=False)] == [0, 0, 0]


@pytest.mark.parametrize("cut", [0, 700, 9000])
def test_an_archive_that_breaks_off_is_an_error(saves: Path, cut: int) -> None:
    saves.write_bytes(archive("plain")[:cut])
    with pytest.raises(ToolError, match="cannot be read"):
        scan("an-image", DIGESTS)


def test_an_engine_that_cannot_save_says_why(saves: Path) -> None:  # noqa: ARG001 there is no file
    with pytest.raises(docker.DockerError, match="no such image"):
        scan("an-image", DIGESTS)


def test_the_cache_of_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compressed_sizes.load() == {}
    compressed_sizes.save({"sha256:a": 1})
    compressed_sizes.save({"sha256:b": 2})
    assert compressed_sizes.load() == {"sha256:a": 1, "sha256:b": 2}
    (file,) = tmp_path.rglob("*.json")
    for damaged in "", "[]", "{", '{"sha256:a": "1"}':
        file.write_text(damaged, encoding="utf-8")
        assert compressed_sizes.load() == {}
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc")
    compressed_sizes.save({"sha256:c": 3})
    assert compressed_sizes.load() == {}


def test_sizes_are_not_kept_where_there_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)  # a user that no passwd file knows
    with pytest.raises(RuntimeError):
        Path.home()
    compressed_sizes.save({"sha256:a": 1})
    assert compressed_sizes.load() == {}
