"""The plots of the measured tables: `python -m bench.plots` writes docs/plots/*.svg from bench/*.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLOTS = HERE.parent / "docs/plots"
NAMED = 'role="img" aria-labelledby="title desc"'
WIDTH, ROW, LABEL, BAR = 760, 26, 250, 400
STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
.title { font-weight: 600 }
.other { fill: #afb8c1 } .own { fill: #1a7f64 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .other { fill: #57606a } .own { fill: #3fb68b } }"""


@dataclass(frozen=True)
class Plot:
    """Bars from one column of the first table below a heading of a file; `label` is the number of its first columns."""

    source: str
    heading: str
    column: str
    title: str
    labels: int = 1
    own: str = "copier-slim"  # what a label has whose bar stands out


PLOTTED = {
    "images": Plot("results.md", "## Images\n", "Image, MB", "Image of the same app, MB on disk"),
    "compressed": Plot("results.md", "## Images\n", "Compressed, MB", "Image of the same app, MB to pull"),
    "pulled": Plot("pulling.md", "# ", "zstd, MB", "Image of the same app, MB to pull by zstd"),
    "cold": Plot("results.md", "## Images\n", "Cold build, s", "Cold build, seconds"),
    "code": Plot("results.md", "## Images\n", "Code changed, s", "Build after a change of the code, seconds"),
    "dependency": Plot("results.md", "## Images\n", "Dependency added, s", "Build after a dependency came, seconds"),
    "start": Plot("results.md", "## Images\n", "First answer, s", "From docker run to the first answer, seconds"),
    "agents-size": Plot("agents.md", "# ", "Image, MB more", "What an agent adds to the image, MB", 2, " on"),
    "agents-start": Plot("agents.md", "# ", "First answer, ms", "From docker run to the first answer, ms", 2, " on"),
    "agents-p50": Plot("agents.md", "# ", "p50, ms", "A request's median, ms", 2, " on"),
    "agents-p99": Plot("agents.md", "# ", "p99, ms", "A request's 99th percentile, ms", 2, " on"),
    "generation": Plot("results.md", "## Generation\n", "Seconds", "A project is generated, seconds", own="copy"),
    "detection": Plot("detection.md", "# ", "s", "A repository is looked at, seconds", own="detect"),
    "updating": Plot("updating.md", "# ", "s", "A repository is updated, seconds", own=""),
    "advising": Plot("advising.md", "# ", "s", "The adviser answers, seconds", own="advise"),
}


def table(text: str, heading: str) -> tuple[list[str], list[list[str]]]:
    """The headings and the rows of the first Markdown table below a heading.

    Raises ValueError where there is none.
    """
    _, found, below = text.partition(heading)
    rows = re.search(r"(?:^\|.*\|\n?)+", below, re.MULTILINE)
    if not found or not rows:
        raise ValueError(f"there is no table below {heading.strip()}")
    head, _, *cells = ([cell.strip() for cell in row.strip()[1:-1].split("|")] for row in rows[0].strip().splitlines())
    return head, cells


def bars(plot: Plot, text: str) -> str:
    """The plot as SVG, which follows the reader's choice of light or dark."""
    head, rows = table(text, plot.heading)
    at = head.index(plot.column)
    labels = [re.sub(r"[*`]", "", " ".join(filter(None, row[: plot.labels]))) for row in rows]
    values = [float(row[at]) for row in rows]
    longest = max(values)
    height = ROW * (len(rows) + 1) + 14
    said = "; ".join(f"{label}: {row[at]}" for label, row in zip(labels, rows, strict=True))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" {NAMED}>',
        f'<title id="title">{escape(plot.title)}</title><desc id="desc">{escape(said)}</desc>',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="0" y="18">{escape(plot.title)}</text>',
    ]
    for number, (label, value, row) in enumerate(zip(labels, values, rows, strict=True), start=1):
        y = ROW * number + 6
        length = max(1, round(BAR * value / longest))
        kind = "own" if plot.own in label else "other"
        lines += [
            f'<text x="{LABEL - 10}" y="{y + 15}" text-anchor="end">{escape(label)}</text>',
            f'<rect class="{kind}" x="{LABEL}" y="{y + 2}" width="{length}" height="18" rx="3"/>',
            f'<text x="{LABEL + length + 8}" y="{y + 15}">{escape(row[at])}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def drawn() -> dict[str, str]:
    """Every plot as SVG by its name."""
    return {name: bars(plot, (HERE / plot.source).read_text(encoding="utf-8")) for name, plot in PLOTTED.items()}


def main() -> None:
    """Writes the plots."""
    PLOTS.mkdir(parents=True, exist_ok=True)
    for name, text in drawn().items():
        (PLOTS / f"{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
