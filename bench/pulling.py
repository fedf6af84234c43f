"""The command: `python -m bench.pulling`, what an image is to pull and to unpack, its layers by gzip and by zstd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import command, engine
from bench.projects import BASES, DESIGNS, HERE, copy_template, make_projects
from bench.report import table
from bench.weighing import TOOLS, Weights, weighed

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = HERE / "pulling.md"
MEASURED = "naive-slim", "uv-guide", "copier-slim-uv", "distroless", "alpine"
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
    known: Weights = {}
    rows = []
    for name in MEASURED:
        command.say(f"image: {name}")
        tag = f"{engine.LABEL}:{engine.RUN}-pulled-{name}"
        engine.build(projects[name].path, tag)
        known |= weighed(tag, workspace, known, runs)
        layers = [known[digest] for digest in engine.layers(tag)]
        of = {way: [sum(layer[way][at] for layer in layers) for at in (0, 1)] for way in ("gzip", "zstd")}
        (gzip, slow), (zstd, fast) = of["gzip"], of["zstd"]
        sizes = [f"{engine.image_bytes(tag) / 1e6:.1f}", f"{gzip / 1e6:.1f}", f"{zstd / 1e6:.1f}", f"{zstd / gzip:.2f}"]
        rows.append([DESIGNS[name].label, *sizes, f"{slow:.2f}", f"{fast:.2f}", f"{fast / slow:.2f}"])
    headings = ["Design", "Image, MB", "gzip, MB", "zstd, MB", "of it", "Unpack gzip, s", "Unpack zstd, s", "of it"]
    about = f"{ABOUT} Medians of {runs}; {engine.describe_engine()}."
    return f"# What an image is to pull\n\n{about}\n\n{table(headings, rows)}\n\n{command.measured()}\n"


if __name__ == "__main__":
    raise SystemExit(main())
