"""Programs that code starts: found in it, installed, and they do their work on slim and on distroless."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from copier_slim.detect.repository import detect
from tests.command.running import write
from tests.conftest import Render
from tests.engine.project import HARDENED, Project

MAIN = """\
import os
import subprocess
from pathlib import Path
import pytesseract

os.environ["HOME"] = "/tmp"
os.chdir("/tmp")
INPUTS = {"a.md": "# Title", "a.dot": "digraph { a -> b }", "a.html": "<h1>Title</h1>", "a.txt": "text"}
for name, text in INPUTS.items():
    Path(name).write_text(text)


def shown(done):
    return done.stdout + done.stderr


"""
# The package, the code that starts its program, and what that prints
PROGRAMS = {
    "ffmpeg": (
        "run('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'color=red:size=16x16:duration=1', 'a.mp4')",
        "True",
        "print(Path('a.mp4').stat().st_size > 500)",
    ),
    "git": ("run('git', 'init', 'a')", "No commits yet", "print(run('git', '-C', 'a', 'status'))"),
    "pandoc": ("print(run('pandoc', 'a.md'))", ">Title</h1>", ""),
    "graphviz": ("print(run('dot', '-Tsvg', 'a.dot'))", "</svg>", ""),
    "tesseract-ocr-deu": (
        "print(run('tesseract', '--list-langs'))",
        "deu",
        "image_to_string('a', lang='deu') if False else 0",
    ),
    "poppler-utils": ("print(run('pdftotext', '-v'))", "pdftotext version", ""),
    "imagemagick": ("print(run('convert', '-size', '2x2', 'xc:red', 'txt:-'))", "red", ""),
    "netcat-openbsd": ("print(run('nc', '-h'))", "OpenBSD netcat", ""),
}
OFFICE = {
    "libreoffice-nogui": (
        "run('soffice', '--headless', '--convert-to', 'pdf', 'a.txt')",
        "%PDF-",
        "print(Path('a.pdf').read_bytes()[:5])",
    )
}


@pytest.mark.matrix
@pytest.mark.xdist_group("programs")
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("programs", "base"),
    [(PROGRAMS, "slim"), (PROGRAMS, "distroless"), (OFFICE, "slim")],
    ids=["slim", "distroless", "office"],
)
def test_programs_work(render: Render, tmp_path: Path, programs: dict[str, tuple[str, str, str]], base: str) -> None:
    lines = [line for first, _, second in programs.values() for line in (first, second)]
    # As code has it, with a literal for the program
    code = MAIN + "\n".join(
        re.sub(r"run\((.*?')\)", r"shown(subprocess.run([\1], capture_output=True, text=True))", line) for line in lines
    )
    code = code.replace("image_to_string(", "pytesseract.image_to_string(")
    path = write(
        tmp_path / "shop",
        {"main.py": f"{code}\nif __name__ == '__main__':\n    pass\n", "requirements.txt": "pytesseract\n"},
    )
    found = detect(path, online=False).findings.answers["system_packages"].split()
    assert set(found) == programs.keys()
    rendered = render(
        path, framework="command", app="python main.py", starter=False, port=0, dependencies="pytesseract",
        package_tool="uv", python_version="3.13", base=base, system_packages="\n".join(found),
    )  # fmt: skip
    project = Project(rendered, tag=f"copier-slim-test:programs-{base}")
    project.lock()
    project.build()
    printed = project.output(networks=["none"], **HARDENED)
    assert [said for _, said, _ in programs.values() if said not in printed] == []
