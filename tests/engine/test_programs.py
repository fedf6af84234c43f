"""Programs that code starts: found in it, installed, and they do their work on slim and on distroless."""

from __future__ import annotations

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

os.environ["HOME"] = "/tmp"
os.chdir("/tmp")
INPUTS = {"a.md": "# Title", "a.dot": "digraph { a -> b }", "a.html": "<h1>Title</h1>", "a.txt": "text"}
for name, text in INPUTS.items():
    Path(name).write_text(text)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


"""
# Each as code has it, and what it prints
PROGRAMS = {
    "ffmpeg": (
        "subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'color=red:size=16x16:duration=1', 'a.mp4'], check=True)\n"
        "print(Path('a.mp4').stat().st_size > 500)",
        "True",
    ),
    "git": (
        "subprocess.run(['git', 'init', '--quiet', 'repository'], check=True)\nprint(run('git', '-C', 'repository', 'status'))",
        "No commits yet",
    ),
    "pandoc": ("print(subprocess.run(['pandoc', 'a.md'], capture_output=True, text=True).stdout)", ">Title</h1>"),
    "graphviz": ("print(subprocess.check_output(['dot', '-Tsvg', 'a.dot'], text=True))", "</svg>"),
    "tesseract-ocr tesseract-ocr-deu": (
        "print(subprocess.check_output(['tesseract', '--list-langs'], text=True))\n"
        "import pytesseract\npytesseract.image_to_string\n"
        "def read(path):\n    return pytesseract.image_to_string(path, lang='deu')",
        "deu",
    ),
    "poppler-utils": (
        "print(subprocess.run(['pdftotext', '-v'], capture_output=True, text=True).stderr)",
        "pdftotext version",
    ),
}
OFFICE = {
    "libreoffice-nogui": (
        "subprocess.run(['soffice', '--headless', '--convert-to', 'pdf', 'a.txt'], check=True)\n"
        "print(Path('a.pdf').read_bytes()[:5])",
        "%PDF-",
    )
}


@pytest.mark.matrix
@pytest.mark.xdist_group("programs")
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("base", ["slim", "distroless"])
@pytest.mark.parametrize("programs", [PROGRAMS, OFFICE], ids=["several", "office"])
def test_programs_work(render: Render, tmp_path: Path, programs: dict[str, tuple[str, str]], base: str) -> None:
    main = MAIN + "\n".join(code for code, _ in programs.values())
    path = write(
        tmp_path / "shop",
        {"main.py": f"if __name__ == '__main__':\n    pass\n{main}\n", "requirements.txt": "pytesseract\n"},
    )
    found = detect(path, online=False).findings.answers["system_packages"].split()
    assert set(found) == {name for names in programs for name in names.split()}
    rendered = render(
        path, framework="command", app="python main.py", starter=False, port=0, dependencies="pytesseract",
        package_tool="uv", python_version="3.13", base=base, system_packages="\n".join(found),
    )  # fmt: skip
    project = Project(rendered, tag=f"copier-slim-test:programs-{base}")
    project.lock()
    project.build()
    printed = project.output(networks=["none"], **HARDENED)
    assert [said for _, said in programs.values() if said not in printed] == []
