"""The one way in which a project's files become text, for all verbs: of a bounded size, in whatever encoding."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 4 << 20
LARGEST_LOCK = 16 << 20
CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
# The longer ones first: UTF-32's little end begins as UTF-16's does
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class TooLargeError(OSError):
    """A file has more bytes than are read."""


def content(path: Path, largest: int) -> bytes:
    """A plain file's bytes; OSError where it is none or cannot be read, TooLargeError for over `largest` bytes."""
    if not path.is_file():  # a pipe would be waited for
        path.stat()
        raise OSError(0, "it is not a regular file", str(path))
    with path.open("rb") as file:
        found = file.read(largest + 1)
    if len(found) > largest:
        raise TooLargeError(0, f"it is over {largest >> 20} MiB", str(path))
    return found


def wide(found: bytes) -> str:
    """The encoding by a byte order mark that only some tools know, as in "UTF-16"; "" for one that all read."""
    return next((name.upper() for mark, name in MARKS.items() if found.startswith(mark)), "")


def decode(found: bytes) -> str:
    r"""The text with "\n" line ends: by the byte order mark, UTF-8, a coding comment, or as Latin-1."""
    if encoding := wide(found):
        text = found.decode(encoding, errors="replace")
    else:
        try:
            text = found.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _decode_as_stated(found)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode_as_stated(found: bytes) -> str:
    stated = CODING.search(b"\n".join(found.split(b"\n", 2)[:2]))
    try:
        return found.decode(stated[1].decode("ascii") if stated else "latin-1")
    except (LookupError, ValueError):  # no such encoding, a null in its name, other bytes
        return found.decode("latin-1")
