"""What an image weighs on its way from a registry."""

from __future__ import annotations

import gzip
import json
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import IO

from python_on_whales import docker

LEVEL = 6
GZIP_WRAPPER = 31  # zlib's wbits: the largest window, in gzip's format
GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


def compressed_bytes(image: str, known: dict[str, int]) -> int:
    """The sum of an image's layers by gzip -6, in bytes. `known` has some by digest, and gets those it lacks."""
    digests = docker.image.inspect(image).root_fs.layers or []
    if not known.keys() >= set(digests):
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "image.tar"
            docker.image.save(image, output=archive)
            _weigh(archive, digests, known)
    return sum(known[digest] for digest in digests)


def _weigh(archive: Path, digests: list[str], known: dict[str, int]) -> None:
    with tarfile.open(archive) as saved:
        names: list[str] = json.loads(_member(saved, "manifest.json").read())[0]["Layers"]
        for digest, name in zip(digests, names, strict=True):
            if digest not in known:
                with _member(saved, name) as layer:
                    known[digest] = _gzipped(layer)


def _member(saved: tarfile.TarFile, name: str) -> IO[bytes]:
    found = saved.extractfile(name)
    if found is None:
        raise tarfile.TarError(f"{name} is no file")
    return found


def _gzipped(layer: IO[bytes]) -> int:
    """Bytes of a layer's tar by gzip -6; some engines save layers compressed already, by a level of their own."""
    magic = layer.read(len(GZIP_MAGIC))
    layer.seek(0)
    content: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=layer) if magic == GZIP_MAGIC else layer
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WRAPPER)
    size = 0
    while chunk := content.read(CHUNK):
        size += len(packer.compress(chunk))
    return size + len(packer.flush())
