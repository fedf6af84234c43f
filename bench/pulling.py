"""The command: `python -m bench.pulling`, what an image is to pull and to unpack, its layers by gzip and by zstd."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from python_on_whales import docker

from bench import command, engine
from bench.projects import BASES, DESIGNS, HERE, copy_template, make_projects
from bench.report import table

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = HERE / "pulling.md"
MEASURED = "naive-slim", "uv-guide", "copier-slim-uv", "distroless", "alpine"
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
ABOUT = (
    "The images of the benchmark, each layer compressed by gzip -6, as Docker does, and by zstd -19, as the pipelines "
    "of new projects do: MB to pull, and seconds to decompress it. Writing the files to disk comes to both."
)


def main() -> int:
    """Measures, prints and writes the table. 4 where no engine answers, 1 where a measurement fails."""
    return command.table("bench.pulling", __doc__, "times that each layer is unpacked", RESULTS, measure)


def measure(workspace: Path, runs: int) -> str:
    """The table in Markdown."""
    engine.pull_missing([*BASES, TOOLS])
    projects = make_projects(copy_template(workspace / "template"), workspace / "projects", engine.make_lock)
    known: dict[str, dict[str, tuple[int, float]]] = {}
    rows = []
    for name in MEASURED:
        command.say(f"image: {name}")
        tag = f"{engine.LABEL}:{engine.RUN}-pulled-{name}"
        engine.build(projects[name].path, tag)
        known |= weighed(tag, workspace, known, runs)
        layers = [known[digest] for digest in docker.image.inspect(tag).root_fs.layers or []]
        of = {way: [sum(layer[way][at] for layer in layers) for at in (0, 1)] for way in ("gzip", "zstd")}
        (gzip, slow), (zstd, fast) = of["gzip"], of["zstd"]
        sizes = [f"{engine.image_bytes(tag) / 1e6:.1f}", f"{gzip / 1e6:.1f}", f"{zstd / 1e6:.1f}", f"{zstd / gzip:.2f}"]
        rows.append([DESIGNS[name].label, *sizes, f"{slow:.2f}", f"{fast:.2f}", f"{fast / slow:.2f}"])
    headings = ["Design", "Image, MB", "gzip, MB", "zstd, MB", "of it", "Unpack gzip, s", "Unpack zstd, s", "of it"]
    about = f"{ABOUT} Medians of {runs}; {engine.describe_engine()}."
    return f"# What an image is to pull\n\n{about}\n\n{table(headings, rows)}\n\n{command.measured()}\n"


def weighed(
    tag: str, workspace: Path, known: dict[str, dict[str, tuple[int, float]]], runs: int
) -> dict[str, dict[str, tuple[int, float]]]:
    """Of each layer that is not `known`, by digest: bytes and seconds by the way of compression."""
    folder = workspace / "saved"
    folder.mkdir(exist_ok=True)
    docker.image.save(tag, output=folder / "image.tar")
    said = docker.run(
        TOOLS, ["python", "-c", WEIGHING, "/saved/image.tar", json.dumps(list(known)), str(runs)],
        remove=True, volumes=[(folder, "/saved")], labels={engine.LABEL: engine.RUN},
    )  # fmt: skip
    return dict(json.loads(line) for line in str(said).splitlines())


if __name__ == "__main__":
    raise SystemExit(main())
