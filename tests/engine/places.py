"""Where data is fetched from, on loopback: NLTK's index and a Hugging Face hub, by their own protocols."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKENIZER = json.dumps(
    {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "hello": 1, "world": 2}, "unk_token": "[UNK]"},
    }
).encode()  # fmt: skip
WEIGHTS = b"weights" * 100
WEIGHTS_SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


def zipped(files: dict[str, str | bytes]) -> bytes:
    """A zip archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


STOPWORDS = zipped({"stopwords/english": "the\nof\n", "stopwords/README": "words\n"})
# As `spacy.blank("xx").to_disk(…)` writes it
CONFIG = """\
[nlp]
lang = "xx"
pipeline = []
disabled = []
before_creation = null
after_creation = null
after_pipeline_creation = null
batch_size = 1000

[nlp.tokenizer]
@tokenizers = "spacy.Tokenizer.v1"

[nlp.vectors]
@vectors = "spacy.Vectors.v1"
"""
META = '{"lang": "xx", "name": "tiny_sm", "version": "3.8.0", "pipeline": []}'
MODEL: dict[str, str | bytes] = {
    "xx_tiny_sm/__init__.py": (
        "from pathlib import Path\nimport spacy\nfrom spacy.util import load_model_from_init_py\n"
        "def load(**options):\n    return load_model_from_init_py(__file__, **options)\n"
    ),
    "xx_tiny_sm/meta.json": META,
    "xx_tiny_sm/xx_tiny_sm-3.8.0/meta.json": META,
    "xx_tiny_sm/xx_tiny_sm-3.8.0/config.cfg": CONFIG,
    "xx_tiny_sm/xx_tiny_sm-3.8.0/tokenizer": b"\x80",  # an empty map of MessagePack: no rules of its own
    "xx_tiny_sm-3.8.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: xx_tiny_sm\nVersion: 3.8.0\n",
}


class Places:
    """The address, what was asked for, and how the answers are spoilt: "" or "cut", "changed", "missing"."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []
        self.spoilt = ""
        self.more: dict[str, bytes] = {}

    @property
    def build_args(self) -> dict[str, str]:
        """The build arguments by which the stage `data` fetches from here."""
        return {
            "NLTK_INDEX": f"{self.url}/index.xml",
            "HF_ENDPOINT": self.url,
            "SPACY_MODELS": f"{self.url}/compatibility.json",
            "SPACY_RELEASES": self.url,
            "OPENAI_ENCODINGS": self.url,
        }

    def answers(self, path: str) -> tuple[bytes, dict[str, str]] | None:
        """The body and the headers for a path; None for 404."""
        digest = hashlib.md5(STOPWORDS).hexdigest()  # noqa: S324 as NLTK's index has it
        if path == "/index.xml":
            return (
                f'<nltk_data><packages><package id="stopwords" subdir="corpora" unzip="1" checksum="{digest}"'
                f' url="{self.url}/stopwords.zip"/></packages><collections/></nltk_data>'.encode(),
                {},
            )
        if path == "/compatibility.json":
            return json.dumps({"spacy": {"3.8": {"xx_tiny_sm": ["3.8.0"]}}}).encode(), {}
        if path.endswith("/xx_tiny_sm-3.8.0-py3-none-any.whl"):
            return zipped(MODEL), {}
        if path.endswith("/base.pt"):
            return WEIGHTS, {}
        if path == "/stopwords.zip" and self.spoilt != "missing":
            return STOPWORDS + b"x" * (self.spoilt == "changed"), {}
        if re.match(r"/api/models/acme/tiny(?:/revision/\w+)?(?:\?|$)", path):
            names = ["tokenizer.json", "model.safetensors", "pytorch_model.bin", "tf_model.h5"]
            siblings = [{"rfilename": name} for name in names]
            return json.dumps({"id": "acme/tiny", "sha": COMMIT, "siblings": siblings}).encode(), {}
        if path.startswith(f"/api/models/acme/tiny/tree/{COMMIT}"):
            sizes = {"tokenizer.json": len(TOKENIZER), "model.safetensors": len(WEIGHTS)}
            names = [*sizes, "pytorch_model.bin", "tf_model.h5"]
            listed = [{"type": "file", "path": name, "size": sizes.get(name, 9), "oid": "0" * 40} for name in names]
            return json.dumps(listed).encode(), {}
        if match := re.fullmatch(rf"/acme/tiny/resolve/{COMMIT}/([\w.]+)", path):
            body = {"tokenizer.json": TOKENIZER, "model.safetensors": WEIGHTS}.get(match[1])
            etag = (
                hashlib.sha256(WEIGHTS + b"x" * (self.spoilt == "changed")).hexdigest() if body == WEIGHTS else "0" * 40
            )
            return body and (body, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})  # type: ignore[return-value]
        return None


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    places: Places

    def do_GET(self) -> None:
        self.places.asked.append(self.path)
        more = self.places.more.get(self.path)
        found = (more, {}) if more else self.places.answers(self.path)
        if found is None:
            self.send_error(404)
            return
        body, headers = found
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(
                body[: len(body) // 2] if self.places.spoilt == "cut" and self.path.endswith(".zip") else body
            )

    do_HEAD = do_GET  # noqa: N815 the base class's name

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[Places]:
    """The places, for as long as the context is open."""

    class Own(Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        Own.places = Places(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Own.places
        server.shutdown()
