"""The command: `python -m bench.detection`, how long `copier-slim detect` takes, small and large."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bench.projects import HERE
from bench.timing import run, write_table

RUNS = 7
FILES = 5_000
RESULTS = HERE / "detection.md"
DETECT = ["-m", "copier_slim", "detect", "--offline", "--format", "json"]
# Imports what a run of the command has imported, without the project's own modules
LIBRARIES = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except ImportError:
        pass
"""
LOADED = """
import contextlib, io, json, sys
from copier_slim import cli
from copier_slim.detect import child_process, report
from copier_slim.detect.repository import detect
child_process.look = detect  # here, and not in a process of its own
with contextlib.redirect_stdout(io.StringIO()):
    sys.argv = ["copier-slim", "detect", "--offline", "--format", "json", sys.argv[1]]
    try:
        cli.main()
    except SystemExit:
        pass
print(json.dumps([name for name in sys.modules if not name.startswith(("copier_slim", "__main__"))]))
"""


def main() -> None:
    """Measures, prints and writes the table."""
    with tempfile.TemporaryDirectory() as directory:
        small, large = make_small(Path(directory)), make_large(Path(directory))
        loaded = run(["-c", LOADED, str(small)]).output
        rows = {
            "the interpreter": seconds(["-c", "pass"]),
            "with the libraries that it imports": seconds(["-c", LIBRARIES, loaded]),
            "detect, 2 files": seconds([*DETECT, str(small)]),
            f"detect, {FILES:,} Python files": seconds([*DETECT, str(large)]),
        }
    own = rows["detect, 2 files"] - rows["with the libraries that it imports"]
    rows["copier-slim's own part of the small one"] = own
    write_table(RESULTS, "How long looking takes", f"medians of {RUNS}", rows)


def make_small(root: Path) -> Path:
    """One app and its requirements."""
    project = root / "small"
    project.mkdir()
    (project / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n", encoding="utf-8")
    (project / "requirements.txt").write_text("flask\n", encoding="utf-8")
    return project


def make_large(root: Path) -> Path:
    """A FastAPI app in a package of many modules, each with a router and some code."""
    project = root / "large"
    body = "".join(
        f"def function_{number}(value: int) -> int:\n    return value + {number}\n\n\n" for number in range(40)
    )
    for number in range(FILES - 1):
        folder = project / "shop" / f"part_{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        route = f'@router.get("/{number}")\ndef read() -> int:\n    return {number}\n\n\n'
        text = f"from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n{route}{body}"
        (folder / f"module_{number}.py").write_text(text, encoding="utf-8")
    imports = "\n".join(f"from shop.part_{number // 50} import module_{number}" for number in range(0, FILES - 1, 25))
    (project / "shop" / "main.py").write_text(
        f"from fastapi import FastAPI\n\n{imports}\n\napp = FastAPI()\n", encoding="utf-8"
    )
    (project / "requirements.txt").write_text("fastapi\nuvicorn\n", encoding="utf-8")
    return project


def seconds(arguments: list[str]) -> float:
    """The median time of fresh processes, one more beforehand to warm the file system's cache."""
    return statistics.median([run(arguments).seconds for _ in range(RUNS + 1)][1:])


if __name__ == "__main__":
    main()
