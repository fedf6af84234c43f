"""Fetches what libraries would fetch at their first use, KIND=NAME,NAME …, into a folder: each whole, or not at all."""

import fcntl
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

os.environ.pop("HF_HUB_OFFLINE", None)
ATTEMPTS = 3


def fail(why: str) -> NoReturn:
    """Ends with one line."""
    raise SystemExit(f"{DOING}: {why}")


def save(address: str, path: Path, **digests: str) -> None:
    """Keeps what an address answers, whole, if it has the digest, such as md5=…, that is given.

    Where the network is at fault, it is tried again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer, path.open("wb") as file:
                shutil.copyfileobj(answer, file)
                length = int(answer.headers["Content-Length"] or file.tell())
            if path.stat().st_size != length:
                raise OSError(f"is cut off after {path.stat().st_size:,} of {length:,} bytes")
            break
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt + 1 == ATTEMPTS:
                fail(f"{address} answers {error.code}")
        except OSError as error:
            if attempt + 1 == ATTEMPTS:
                fail(f"{address}: {getattr(error, 'reason', error)}")
        time.sleep(attempt)
    check(path, address, **digests)


def get(address: str, folder: Path) -> bytes:
    """What an address answers, for a short list."""
    path = folder / ".list"
    save(address, path)
    content = path.read_bytes()
    path.unlink()
    return content


def check(path: Path, what: str, **digests: str) -> None:
    """Ends where a file has another digest."""
    for kind, expected in digests.items():
        with path.open("rb") as file:
            found = hashlib.file_digest(file, kind).hexdigest()
        if expected and found != expected:
            fail(f"{what} has the {kind} {found}, and not {expected}")


def installed(path: str) -> str:
    """The text of a file that a library has."""
    found = [Path(folder, path) for folder in sys.path if Path(folder, path).is_file()]
    return found[0].read_text(encoding="utf-8") if found else fail(f"{path} is not installed")


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a zip, of which no name leaves the folder."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)


def whisper(name: str, folder: Path) -> None:
    """A model, from the address that whisper has for it, which ends with its SHA-256 and a file's name."""
    text = installed("whisper/__init__.py")
    found = re.search(rf'"{re.escape(name)}": "(https?://[^"]+/([0-9a-f]+)/([^"/]+))"', text)
    if not found:
        fail(f"whisper has no model {name}")
    save(found[1], folder / "whisper" / found[3], sha256=found[2])


target = Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
with (target / ".lock").open("w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)  # several containers may share a volume
    for wanted in sys.argv[2:]:
        kind, _, names = wanted.partition("=")
        for name in names.split(","):
            DOING = f"{kind} {name}"
            done = target / ".fetched" / f"{kind}-{name.replace('/', '--')}"
            if done.exists():
                continue
            scratch = target / ".partly"
            shutil.rmtree(scratch, ignore_errors=True)
            try:
                globals()[kind](name, scratch)
            except Exception as error:
                fail(" ".join(f"{type(error).__name__}: {error}".split())[:500])
            shutil.copytree(scratch, target, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(scratch)
            done.parent.mkdir(exist_ok=True)
            done.touch()
