"""What an image's layers weigh, by gzip as Docker compresses and by zstd as the pipelines of new projects do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from python_on_whales import docker

from bench import engine

if TYPE_CHECKING:
    from pathlib import Path

# By a layer's digest and the way of compression: bytes, and seconds to decompress them
Weights = dict[str, dict[str, tuple[int, float]]]

TOOLS = "python:3.14-slim-trixie"  # whose standard library has zstd
# Compresses each layer of a saved image in both ways, and times how it is decompressed; a line of JSON for each
WEIGHING = """
import gzip, json, sys, tarfile, time
from compression import zstd
ways = {"gzip": (lambda data: gzip.compress(data, 6), gzip.decompress),
        "zstd": (lambda data: zstd.compress(data, 19), zstd.decompress)}
known, runs = set(json.loads(sys.argv[2])), int(sys.argv[3])
with tarfile.open(sys.argv[1]) as saved:
    manifest = json.load(saved.extractfile("manifest.json"))[0]
    digests = json.load(saved.extractfile(manifest["Config"]))["rootfs"]["diff_ids"]
    for digest, layer in zip(digests, manifest["Layers"], strict=True):
        if digest in known:
            continue
        data = saved.extractfile(layer).read()
        data = gzip.decompress(data) if data[:2] == b"\\x1f\\x8b" else data
        row = {}
        for name, (compress, decompress) in ways.items():
            packed = compress(data)
            taken = []
            for _ in range(runs):
                started = time.perf_counter()
                decompress(packed)
                taken.append(time.perf_counter() - started)
            row[name] = len(packed), sorted(taken)[runs // 2]
        print(json.dumps([digest, row]), flush=True)
"""


def weighed(tag: str, workspace: Path, known: Weights, runs: int = 1) -> Weights:
    """The image's layers that are not `known`, compressed and decompressed in both ways."""
    folder = workspace / "saved"
    folder.mkdir(exist_ok=True)
    docker.image.save(tag, output=folder / "image.tar")
    said = docker.run(
        TOOLS, ["python", "-c", WEIGHING, "/saved/image.tar", json.dumps(list(known)), str(runs)],
        remove=True, volumes=[(folder, "/saved")], labels={engine.LABEL: engine.RUN},
    )  # fmt: skip
    return dict(json.loads(line) for line in str(said).splitlines())
