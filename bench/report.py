"""What was measured, as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from statistics import median

from bench.generation import VERSION

COLD, CODE, DEPENDENCY, START = "cold", "code", "dependency", "start"

# Two designs that differ in little but the standard library's bytecode
GUIDE = ("uv-guide", "uv-lock")

# Column by key: heading, decimals
COLUMNS = {
    "image": ("Image, MB", 1),
    "compressed": ("Compressed, MB", 1),
    COLD: ("Cold build, s", 1),
    CODE: ("Code changed, s", 2),
    DEPENDENCY: ("Dependency added, s", 1),
    START: ("First answer, s", 2),
}


@dataclass
class Result:
    """One design: sizes in bytes; seconds of each build and start, by COLD, CODE, DEPENDENCY, START.

    `bytecode_bytes` and `bytecode_modules` are of the standard library's, where that was looked at.
    """

    label: str
    image_bytes: int = 0
    compressed_bytes: int = 0
    bytecode_bytes: int = 0
    bytecode_modules: int = 0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {COLD: [], CODE: [], DEPENDENCY: [], START: []})

    @property
    def values(self) -> dict[str, float]:
        """A number for each of COLUMNS: MB of 10^6 bytes, medians of seconds."""
        sizes = {"image": self.image_bytes / 1e6, "compressed": self.compressed_bytes / 1e6}
        return sizes | {name: median(taken) for name, taken in self.seconds.items()}


@dataclass
class Report:
    """All that was measured: results by design, seconds by Copier's command, what it was measured with by name."""

    results: dict[str, Result]
    generation: dict[str, list[float]]
    environment: dict[str, str]
    reference: str
    builds: int
    runs: int

    def markdown(self) -> str:
        """The tables, with what they were measured with."""
        parts = ["# Benchmark", self._about(), "## Images", table(["Design", *_headings()], self._absolute())]
        if self.reference in self.results:
            reference = self.results[self.reference].label
            headings = ["Design", *(heading.split(",")[0] for heading in _headings())]
            parts += [f"## Images, as multiples of “{reference}”", table(headings, self._relative())]
        headings = ["Command", "Seconds", f"Multiple of “{VERSION}”"]
        parts += ["## Generation", table(headings, self._generation())]
        parts += ["## Measured with", "\n".join(f"- {name}: {value}" for name, value in self.environment.items())]
        return "\n\n".join(parts) + "\n"

    def json(self) -> str:
        """Every single measurement."""
        content = {
            "environment": self.environment,
            "results": {
                name: {"image_bytes": result.image_bytes, "compressed_bytes": result.compressed_bytes}
                | {f"{key}_seconds": taken for key, taken in result.seconds.items()}
                for name, result in self.results.items()
            },
            "generation_seconds": self.generation,
        }
        return json.dumps(content, indent=2) + "\n"

    def _about(self) -> str:
        return (
            "One app (FastAPI, uvicorn, SQLAlchemy, psycopg2, requests), the same locked versions in every image. "
            "Compressed: each layer by gzip -6. Cold: no cached layer, empty cache mounts, base image there. "
            "Code changed, dependency added: what a build after a cold one takes. "
            "First answer: from `docker run` to the first 200 of `/healthz`. "
            f"Medians of {self.builds} build{'' if self.builds == 1 else 's'} and {self.runs} starts, "
            "the designs in turn; the seconds are one machine's, the multiples tell more." + self._bytecode()
        )

    def _bytecode(self) -> str:
        """Why the image of uv's guide is the smaller one, where both were measured and it is."""
        guide, own = (self.results.get(name) for name in GUIDE)
        if not guide or not own or own.image_bytes <= guide.image_bytes:
            return ""
        return (
            f"\n\nThe slim image of uv's own guide is {(own.image_bytes - guide.image_bytes) / 1e6:.1f} MB smaller: "
            "the base image ships the standard library without bytecode, and copier-slim compiles what of it a service "
            f"imports, {own.bytecode_bytes / 1e6:.1f} MB in {own.bytecode_modules} modules. Without it each start, and "
            "each health check, would compile that again, and could keep nothing of it, as the image is read-only."
        )

    def _absolute(self) -> list[list[str]]:
        return [
            [result.label, *(f"{result.values[key]:.{decimals}f}" for key, (_, decimals) in COLUMNS.items())]
            for result in self.results.values()
        ]

    def _relative(self) -> list[list[str]]:
        reference = self.results[self.reference].values
        return [
            [result.label, *(f"{result.values[key] / reference[key]:.2f}" for key in COLUMNS)]
            for result in self.results.values()
        ]

    def _generation(self) -> list[list[str]]:
        reference = median(self.generation[VERSION])
        return [
            [f"`{name}`" if name == VERSION else name, f"{median(taken):.2f}", f"{median(taken) / reference:.2f}"]
            for name, taken in self.generation.items()
        ]


def _headings() -> list[str]:
    return [heading for heading, _ in COLUMNS.values()]


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; all but the first column hold numbers."""
    lines = [headings, ["---", *("---:" for _ in headings[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
