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

os.environ.setdefault("NLTK_INDEX", "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/index.xml")
os.environ.setdefault("HF_ENDPOINT", "https://huggingface.co")
os.environ.setdefault("SPACY_MODELS", "https://raw.githubusercontent.com/explosion/spacy-models/master/compatibility.json")
os.environ.setdefault("SPACY_RELEASES", "https://github.com/explosion/spacy-models/releases/download")
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


def nltk(name: str, folder: Path) -> None:
    """A package of NLTK's index, or the packages of one of its collections."""
    index = ElementTree.fromstring(get(os.environ["NLTK_INDEX"], folder))
    found = {item.get("id"): item for item in index.iter("package")}
    for collection in index.iter("collection"):
        if collection.get("id") == name:
            for item in collection.iter("item"):
                nltk(item.get("ref", ""), folder)
            return
    if name not in found:
        fail(f"{os.environ['NLTK_INDEX']} has no {name}")
    item = found[name]
    archive = folder / "nltk" / item.get("subdir", "") / f"{name}.zip"
    save(item.get("url", ""), archive, md5=item.get("checksum", ""))
    if item.get("unzip") == "1":
        unpack(archive, archive.parent)


def huggingface(name: str, folder: Path) -> None:
    """A repository, NAME or NAME@REVISION, without weights in formats that PyTorch does not read."""
    from huggingface_hub import HfApi, snapshot_download

    repository, _, revision = name.partition("@")
    secret = Path("/run/secrets/HF_TOKEN")
    token = secret.read_text().strip() if secret.is_file() else False
    found = HfApi().model_info(repository, revision=revision or None, token=token)
    files = [file.rfilename for file in found.siblings or ()]
    left = ["*.h5", "*.msgpack", "*.ot", "*.tflite", "*.onnx", "onnx/*", "openvino/*", "coreml/*", "*.gguf"]
    if any(file.endswith(".safetensors") for file in files):
        left += ["pytorch_model*.bin", "*.ckpt"]
    snapshot_download(
        repository, revision=revision or None, cache_dir=folder / "huggingface", ignore_patterns=left, token=token
    )
    for blob in (folder / "huggingface").glob("models--*/blobs/*"):
        if len(blob.name) == 64:  # a large file is called by its SHA-256
            check(blob, f"a file of {name}", sha256=blob.name)


def spacy(name: str, folder: Path) -> None:
    """The newest model that spaCy's table names for the version that is installed."""
    address = os.environ["SPACY_MODELS"]
    versions = json.loads(get(address, folder))["spacy"]
    version = importlib.metadata.version("spacy")
    known = next((table for end in (3, 2) if (table := versions.get(".".join(version.split(".")[:end])))), {})
    if name not in known:
        fail(f"{address} has no {name} for spaCy {version}")
    wheel = f"{name}-{known[name][0]}"
    archive = folder / f"{wheel}.whl"
    save(f"{os.environ['SPACY_RELEASES']}/{wheel}/{wheel}-py3-none-any.whl", archive)
    unpack(archive, folder / "spacy")
    archive.unlink()


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
