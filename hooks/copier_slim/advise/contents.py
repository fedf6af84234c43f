"""What a wheel holds, from the directory at its end: a zip file tells all sizes in its last kilobytes.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3; https://www.rfc-editor.org/rfc/rfc9110#section-14
"""

from __future__ import annotations

import struct
import zipfile
from io import SEEK_CUR, SEEK_END, RawIOBase
from typing import TYPE_CHECKING

import msgspec

from copier_slim import catalog
from copier_slim.package_index import index
from copier_slim.package_index.http import Connections, StatusError, at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from copier_slim.package_index.index import File

# The end that is asked for first: the whole directory of a wheel with some 500 files
END = 64 * 1024
# Of a wheel with some 50,000 files; each becomes an object
LARGEST_DIRECTORY = 4 << 20
PARTIAL = 206
# The whole file, a range that is not understood, ranges that are not implemented
REFUSED = (200, 416, 501)


class Contents(msgspec.Struct, frozen=True, array_like=True):
    """Bytes of an archive's files unpacked, of the Python sources among them, of all in the archive, and their number.

    `exact` where the archive's directory tells them, not its size alone.
    """

    unpacked: int
    sources: int
    packed: int
    members: int
    exact: bool = True


class NoRangesError(ValueError):
    """The server sends whole files only."""


def of_files(
    files: Iterable[File], seconds: float, progress: Callable[[int, int], None]
) -> dict[str, Contents | Exception]:
    """What wheels and source distributions hold by file name, or why that cannot be told.

    Kept on disk for good, since files of a release do not change.
    """
    wanted = {file.name: file for file in files}
    cache = index.cache_of("contents")
    known = {name: kept.content for name in wanted if (kept := cache.read(name, Contents)) is not None}
    with Connections(index.PATIENCE, index.url()) as connections:

        def look_up(name: str) -> Contents:
            found = _look_up(wanted[name], connections)
            cache.write(name, found)
            return found

        return {**known, **at_once(look_up, [name for name in wanted if name not in known], seconds, progress)}


def _look_up(file: File, connections: Connections) -> Contents:
    if file.name.endswith(".whl"):
        try:
            return _directory(file, connections)
        except NoRangesError:
            return _by_size(_size(file, connections), catalog.sizes().wheel)
    return _by_size(_size(file, connections), catalog.sizes().source)


def _directory(file: File, connections: Connections) -> Contents:
    try:
        with zipfile.ZipFile(_Remote(file, connections)) as wheel:
            members = wheel.infolist()
    except (zipfile.BadZipFile, struct.error, NotImplementedError, OverflowError, EOFError) as error:
        raise ValueError(f"{file.name}: {error}") from error
    return Contents(
        sum(member.file_size for member in members),
        sum(member.file_size for member in members if member.filename.endswith(".py")),
        sum(member.compress_size for member in members),
        sum(not member.is_dir() for member in members),
    )


def _by_size(size: int, inside: catalog.Inside) -> Contents:
    return Contents(
        round(size * inside.unpacked), round(size * inside.sources), round(size * inside.packed), 0, exact=False
    )


def _size(file: File, connections: Connections) -> int:
    told = file.size or int(connections.request(file.url, method="HEAD").headers.get("Content-Length") or 0)
    if told <= 0:
        raise ValueError(f"{file.name}: the server does not report its size")
    return told


class _Remote(RawIOBase):
    """A file on a server, of which only what is read is asked for, its end at once."""

    def __init__(self, file: File, connections: Connections) -> None:
        self._file = file
        self._connections = connections
        self._position = 0
        # By the size, for which some are asked first: PyPI's servers do not count from the end (pypi/warehouse#12823)
        self._size = _size(file, connections)
        self._end = self._range(max(0, self._size - END), self._size)

    def _range(self, start: int, end: int) -> bytes:
        asked = {"Range": f"bytes={start}-{end - 1}"}
        try:
            answer = self._connections.request(self._file.url, asked, expected=PARTIAL)
        except StatusError as error:
            if error.status in REFUSED:
                raise NoRangesError(str(error)) from error
            raise
        told = answer.headers.get("Content-Range", "")
        if not told.startswith(f"bytes {start}-{end - 1}/") or len(answer.body) != end - start:
            raise NoRangesError("the server sent another range")
        return answer.body

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        position = offset + {SEEK_CUR: self._position, SEEK_END: self._size}.get(whence, 0)
        if position < 0:
            raise OSError("before the beginning")
        self._position = position
        return position

    def read(self, size: int = -1) -> bytes:
        start, end = self._position, self._size if size < 0 else min(self._position + size, self._size)
        self._position = end
        known_from = self._size - len(self._end)
        if start < known_from:
            if known_from - start > LARGEST_DIRECTORY:
                raise ValueError(f"{self._file.name}: its directory is over {LARGEST_DIRECTORY} bytes")
            # Up to what is known: the directory is read next, whole
            self._end = self._range(start, known_from) + self._end
            known_from = start
        return self._end[start - known_from : end - known_from]
