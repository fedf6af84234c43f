"""What looks like a credential in the content of a file, in archives and in base64 as well.

Everything is read once and limited: by the size of an archive, of what it unpacks to, and by how deep they are nested.
"""

from __future__ import annotations

import base64
import bz2
import hashlib
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

from copier_slim import credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_ARCHIVE = 32 << 20  # bytes, packed
LARGEST_UNPACKED = 64 << 20  # bytes of one archive
MOST_MEMBERS = 10_000
DEEPEST = 3  # archives in archives
OVERLAP = 8192  # a key or a token across two chunks
HEAD = 4096  # bytes that tell a text from a program
GZIP_WRAPPER = 31  # zlib's wbits: the largest window, in gzip's format
ALGORITHMS = ("sha256", "md5", "sha1")  # RECORD's, dpkg's and apk's

MAGIC = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
TAR = slice(257, 262)  # POSIX ustar: where its name stands
# Lines as base64 and PEM have them, or one long one; what separates them may be escaped
BASE64 = re.compile(rb"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{40,}+(?:\\n|\r?\n)?)++[A-Za-z0-9+/_-]*+={0,2}")


class Found(NamedTuple):
    """What a file holds, in words, and the hexadecimal digests of the file, by which a published one is known."""

    what: tuple[str, ...]
    digests: frozenset[str]


class Search:
    """Looks into one file that is fed in chunks."""

    def __init__(self, path: str, size: int) -> None:
        self.named = credentials.secret_file(path)
        self._size = size
        self._hashes = [hashlib.new(name, usedforsecurity=False) for name in ALGORITHMS]
        self._what: dict[str, None] = {}
        self._whole: io.BytesIO | None = None
        self._tail: bytes | None = None
        self._binary = False

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        for one in self._hashes:
            one.update(chunk)
        if self._tail is None:
            self._tail = b""
            self._binary = b"\0" in chunk[:HEAD]
            if self._size <= LARGEST_ARCHIVE and is_archive(chunk):
                self._whole = io.BytesIO()
        if self._whole:
            self._whole.write(chunk)
            return
        window = self._tail + chunk
        self._what |= dict.fromkeys(_in(window, binary=self._binary))
        self._tail = window[-OVERLAP:]

    def end(self) -> Found | None:
        """What was found; None where that is nothing and the name says nothing either."""
        if self._whole:
            self._what |= dict.fromkeys(_unpacked(self._whole.getvalue(), 1))
        if not self._what and not self.named:
            return None
        return Found(tuple(self._what), frozenset(one.hexdigest() for one in self._hashes))


def is_archive(head: bytes) -> bool:
    """Whether a file that starts like this is an archive that can be looked into."""
    return head.startswith(MAGIC) or head[TAR] == b"ustar"


def _in(data: bytes, *, binary: bool) -> Iterator[str]:
    """The shapes in a content; in programs only those that nothing else looks like."""
    text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1", errors="replace")
    yield from (_a(shape) for shape in credentials.shown_in(text, distinct=binary, file=True))
    for match in BASE64.finditer(data):
        coded = b"".join(match[0].replace(b"\\n", b"").split()).rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        plain = base64.b64decode(coded[: len(coded) // 4 * 4])
        yield from (
            f"{_a(shape)} in base64"
            for shape in credentials.shown_in(plain.decode("latin-1"), distinct=True, file=True)
        )


def _a(shape: str) -> str:
    return f"{'an' if shape[0] in 'AEIOaeio' else 'a'} {shape}"


def _unpacked(data: bytes, depth: int) -> Iterator[str]:
    """The same in the members of an archive, or in a file that is packed alone."""
    try:
        members = list(_members(data))
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, *_BROKEN):
        members = []
    recorded = {line for name, text in members if name.endswith(".dist-info/RECORD") for line in _recorded(text)}
    for name, content in members:
        if (name, hashlib.sha256(content).hexdigest()) in recorded:
            continue
        where = f" in its member {name}" if name else ""
        if name and credentials.secret_file(name):
            yield f"{name}, by its name"
        found = (
            _unpacked(content, depth + 1)
            if depth < DEEPEST and is_archive(content)
            else _in(content, binary=b"\0" in content[:HEAD])
        )
        yield from (f"{what}{where}" for what in found)


_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError)


def _recorded(record: bytes) -> Iterator[tuple[str, str]]:
    for line in record.decode(errors="replace").splitlines():
        if digest := digest_of(line):
            yield digest


def digest_of(line: str) -> tuple[str, str] | None:
    """The path of a line of RECORD and its SHA-256 in hexadecimal; None where it names none."""
    path, _, rest = line.rpartition(",")[0].rpartition(",")
    if not rest.startswith("sha256="):
        return None
    try:
        return path.strip('"'), base64.urlsafe_b64decode(rest.removeprefix("sha256=") + "=").hex()
    except ValueError:
        return None


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of an archive with their names; "" for that of what is packed alone."""
    left = LARGEST_UNPACKED
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for item in archive.infolist()[:MOST_MEMBERS]:
                if item.is_dir() or item.file_size > left or item.flag_bits & 1:
                    continue
                with archive.open(item) as file:
                    content = file.read(min(left, item.file_size))
                left -= len(content)
                yield item.filename, content
        return
    plain = _plain(data)
    if plain[TAR] != b"ustar":
        yield "", plain
        return
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
        for number, member in enumerate(tar):
            if number >= MOST_MEMBERS:
                return
            if member.isreg() and (opened := tar.extractfile(member)):
                yield member.name, opened.read()


def _plain(data: bytes) -> bytes:
    """What one compressed stream unpacks to, up to the limit."""
    if data.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(GZIP_WRAPPER).decompress(data, LARGEST_UNPACKED)
    if data.startswith(b"BZh"):
        return bz2.BZ2Decompressor().decompress(data, LARGEST_UNPACKED)
    if data.startswith(b"\xfd7zXZ"):
        return lzma.LZMADecompressor().decompress(data, LARGEST_UNPACKED)
    return data
