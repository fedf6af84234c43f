"""The README's picture: `python -m bench.picture PATH` runs `copy` in a clone of a repository and draws what it shows.

The picture in docs/pictures is of https://github.com/heroku/python-getting-started.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from html import escape
from itertools import pairwise
from pathlib import Path

from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/pictures/copy.svg"
COLUMNS, LINE, CHARACTER, PAD = 108, 18, 7.83, 16
COMMAND = "copier-slim copy --defaults ."
# By rich's name of a style, or of one of a terminal's colours
CLASSES = {"bold": "bold", "color(3)": "note", "color(2)": "fine", "color(1)": "bad"}
STYLE = """\
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
text { fill: #24292f; white-space: pre }
.frame { fill: #f6f8fa; stroke: #d0d7de } .bold { font-weight: 700 }
.note { fill: #7d4e00 } .fine { fill: #1a7f37 } .bad { fill: #cf222e }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .frame { fill: #161b22; stroke: #30363d }
.note { fill: #d4a72c } .fine { fill: #56d364 } .bad { fill: #ff7b72 } }"""


def run(repository: Path) -> str:
    """What `copy` shows in a clone of a repository, with the terminal's colours."""
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        clone = Path(directory, repository.resolve().name.rpartition("+")[2])
        subprocess.run(["git", "clone", "--quiet", repository, clone], check=True)
        env = os.environ | {
            "PYTHONPATH": str(ROOT / "hooks"), "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TTY_INTERACTIVE": "0",
        }  # fmt: skip
        words = [sys.executable, "-m", *COMMAND.replace("-", "_", 1).split()]
        done = subprocess.run(words, cwd=clone, env=env, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout


def spans(line: Text) -> str:
    """A line of a terminal as SVG's spans."""
    drawn, plain = "", line.plain.rstrip()
    cuts = sorted({0, len(plain), *(end for span in line.spans for end in (span.start, span.end) if end < len(plain))})
    for start, end in pairwise(cuts):
        styles = {word for span in line.spans if span.start <= start < span.end for word in str(span.style).split()}
        classes = " ".join(sorted({CLASSES[word] for word in styles if word in CLASSES}))
        part = escape(plain[start:end])
        drawn += f'<tspan class="{classes}">{part}</tspan>' if classes else part
    return drawn


def draw(shown: str) -> str:
    """What a terminal shows as SVG, which follows the reader's choice of light or dark."""
    lines = [Text(f"$ {COMMAND}"), *Text.from_ansi(shown.rstrip()).split("\n")]
    width, height = round(COLUMNS * CHARACTER + 2 * PAD), len(lines) * LINE + 2 * PAD
    body = "\n".join(
        f'<text x="{PAD}" y="{PAD + 13 + number * LINE}" xml:space="preserve">{spans(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-labelledby="title">\n<title id="title">What {COMMAND} shows</title>\n<style>{STYLE}</style>\n'
        f'<rect class="frame" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    """Draws the picture."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(run(Path(sys.argv[1]))), encoding="utf-8")


if __name__ == "__main__":
    main()
