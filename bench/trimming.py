"""The command: `python -m bench.trimming`, what `trim` takes out of ten services, and whether all still imports."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.command import measured, say
from bench.projects import HERE, ROOT
from bench.report import table

RESULTS = HERE / "trimming.md"
SCRIPT = ROOT / "template/container/{{ 'trim.py' if trim }}"
TESTS = {"tests", "test", "SelfTest", "testing", "conftest"}
SECONDS = 60  # for the modules of a package, which may wait for anything
SERVICES = {
    "Flask, SQLAlchemy": ["flask", "gunicorn", "sqlalchemy"],
    "FastAPI, SQLAlchemy": ["fastapi", "uvicorn[standard]", "sqlalchemy", "psycopg2-binary", "requests"],
    "Django, Pillow": ["django", "gunicorn", "psycopg[binary]", "pillow"],
    "aiohttp": ["aiohttp"],
    "Celery, Redis": ["celery", "redis"],
    "Flask, lxml, PyCryptodome": ["flask", "gunicorn", "lxml", "pycryptodome"],
    "FastAPI, pandas": ["fastapi", "uvicorn", "pandas"],
    "Flask, Matplotlib": ["flask", "gunicorn", "matplotlib"],
    "FastAPI, scikit-learn": ["fastapi", "uvicorn", "scikit-learn"],
    "Litestar, scikit-image": ["litestar", "uvicorn", "scikit-image"],
}
# Imports the modules that it is given, and prints those that could be imported into a file beside
IMPORTING = """
import importlib, os, sys
found = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        found.append(name)
    except BaseException:
        pass
open(sys.argv[0] + ".out", "w").write("\\n".join(found))
os._exit(0)
"""


def main() -> None:
    """Measures, prints and writes the table. Raises where a module can no longer be imported."""
    rows = []
    for name, packages in SERVICES.items():
        say(name)
        with tempfile.TemporaryDirectory() as directory:
            rows.append([name, *measure(Path(directory), packages)])
    headings = ["Service", "venv, MB", "taken out, MB", "of it", "modules that import, before and after"]
    about = (
        "Virtual environments without bytecode, before and after `trim`, of the newest releases. MB of 10^6 bytes. "
        "Every module outside of tests is imported in a fresh process for each package, before and after."
    )
    text = f"# What trim takes out\n\n{about}\n\n{table(headings, rows)}\n\n{measured()}\n"
    print(text, end="")
    RESULTS.write_text(text, encoding="utf-8")


def measure(directory: Path, packages: list[str]) -> list[str]:
    """The cells of a service's row."""
    venv = directory / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin/python"), "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, *packages], check=True)
    site = next(venv.glob("lib/python3*/site-packages"))
    before, whole = importable(site, venv), size(venv)
    subprocess.run([sys.executable, "-IS", SCRIPT, "take", venv, directory / "taken"], check=True, capture_output=True)
    left, after = size(venv), importable(site, venv)
    if lost := sorted(before - after):
        raise RuntimeError(f"no longer imported: {lost}")
    taken = whole - left
    return [f"{whole / 1e6:.1f}", f"{taken / 1e6:.1f}", f"{taken / whole:.0%}", f"{len(before)}, {len(after)}"]


def size(folder: Path) -> int:
    """The bytes of the files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def importable(site: Path, venv: Path) -> set[str]:
    """The modules that can be imported, tests aside."""
    by_package: dict[str, list[str]] = {}
    for path in sorted(site.rglob("*.py")):
        parts = path.relative_to(site).with_suffix("").parts
        whole = all((site.joinpath(*parts[:end]) / "__init__.py").is_file() for end in range(1, len(parts)))
        if whole and not TESTS & {*parts} and parts[-1] != "__main__" and all(part.isidentifier() for part in parts):
            by_package.setdefault(parts[0], []).append(".".join(parts).removesuffix(".__init__"))
    found: set[str] = set()
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "importing.py")
        script.write_text(IMPORTING, encoding="utf-8")
        out = Path(f"{script}.out")
        for names in by_package.values():
            out.unlink(missing_ok=True)
            argv = [str(venv / "bin/python"), "-B", str(script), *names]
            process = subprocess.Popen(
                argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            found |= {*out.read_text(encoding="utf-8").split()} if out.is_file() else set()
    return found


if __name__ == "__main__":
    main()
