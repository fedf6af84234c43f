"""Reports as one HTML file that loads nothing: its frame, its tables, and sizes as a treemap."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from copier_slim.credentials import masked
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 960.0, 420.0
STYLE = """\
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --line: #d0d7de }
:root { --fine: #1a7f37; --bad: #b3261e; --open: #7d4e00 }
@media (prefers-color-scheme: dark) {
:root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --fine: #56d364; --bad: #ff8a80; --open: #e3b341 } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top }
td:last-child { overflow-wrap: anywhere }
.number { text-align: right; white-space: nowrap }
.passed { color: var(--fine) } .failed { color: var(--bad); font-weight: 700 } .open { color: var(--open) }
svg { height: auto; max-width: 100% } svg text { fill: #fff; font: 12px system-ui, sans-serif }
.beside { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)) }"""
COLOURS = ("#00695c", "#37474f", "#4527a0", "#1565c0", "#6a1b9a", "#2e5d32", "#8d3b00", "#5d4037", "#283593", "#880e4f")


def text(value: object) -> str:
    """A text as HTML, without control characters and credentials."""
    return escape(printable(masked(str(value)), lines=True))


def document(title: str, *parts: str) -> str:
    """A whole page."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{text(title)}</title>\n'
        f"<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>\n<h1>{text(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[int] = ()) -> str:
    """A table of texts; `numbers` are the columns that are set to the right."""

    def cells(tag: str, row: Sequence[object]) -> str:
        made = ""
        for at, cell in enumerate(row):
            shown = cell.code if isinstance(cell, Raw) else text(cell)
            made += f"<{tag}{' class=number' if at in numbers else ''}>{shown}</{tag}>"
        return f"<tr>{made}</tr>"

    return (
        f'<table tabindex="0"><thead>{cells("th", head)}</thead><tbody>'
        + "".join(cells("td", row) for row in rows)
        + "</tbody></table>"
    )


@dataclass(frozen=True, slots=True)
class Raw:
    """What is HTML already."""

    code: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of a treemap, in pixels from the upper left."""

    name: str
    size: float
    left: float
    top: float
    width: float
    height: float


def tiles(sizes: Sequence[tuple[str, float]], width: float = WIDTH, height: float = HEIGHT) -> Iterator[Tile]:
    """Rectangles whose areas are as the sizes, nearly square: Bruls, Huizing, van Wijk, Squarified Treemaps (2000)."""
    left = top = 0.0
    rest = sorted(((name, size) for name, size in sizes if size > 0), key=lambda pair: -pair[1])
    scale = width * height / sum(size for _, size in rest) if rest else 0
    while rest:
        side = min(width, height)
        row = rest[:1]
        while len(row) < len(rest) and _worst(rest[: len(row) + 1], side, scale) <= _worst(row, side, scale):
            row = rest[: len(row) + 1]
        rest = rest[len(row) :]
        depth = sum(size for _, size in row) * scale / side
        along = 0.0
        for name, size in row:
            length = size * scale / depth
            if width >= height:
                yield Tile(name, size, left, top + along, depth, length)
            else:
                yield Tile(name, size, left + along, top, length, depth)
            along += length
        if width >= height:
            left, width = left + depth, width - depth
        else:
            top, height = top + depth, height - depth


def _worst(row: Sequence[tuple[str, float]], side: float, scale: float) -> float:
    """The longest of the row's rectangles, as its longer side through its shorter one."""
    areas = [size * scale for _, size in row]
    depth = sum(areas) / side
    return max(max(area / depth**2, depth**2 / area) for area in areas)


def treemap(title: str, sizes: Sequence[tuple[str, float]], unit: str = "MB", *, share: float = 1) -> str:
    """Sizes as areas, in one SVG; a table beside it has to say the same for those who do not see it.

    `share` is the part of the drawing that they take, so that several can be compared.
    """
    drawn = ""
    side = share**0.5
    for number, tile in enumerate(tiles(sizes, WIDTH * side, HEIGHT * side)):
        label = f"{tile.name} {tile.size:.1f} {unit}"
        width, height = max(0.0, tile.width - 2), max(0.0, tile.height - 2)
        drawn += (
            f'<g><title>{text(label)}</title><rect x="{tile.left:.1f}" y="{tile.top:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" fill="{COLOURS[number % len(COLOURS)]}"/>'
        )
        if tile.height > 16 and tile.width > 7 * len(label):  # noqa: PLR2004 a line of 12 pixels fits
            drawn += f'<text x="{tile.left + 6:.1f}" y="{tile.top + 15:.1f}">{text(label)}</text>'
        drawn += "</g>"
    return f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT * side:.0f}" role="img" aria-label="{text(title)}">{drawn}</svg>'
