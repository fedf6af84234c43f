"""Conda's environment.yml: its pip part, and guesses for the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.credentials import masked
from copier_slim.detect.dependencies.documents import place, texts, yaml_mapping
from copier_slim.detect.dependencies.requirements_txt import logical_lines

if TYPE_CHECKING:
    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.dependencies.requirements_txt import RequirementsReader

SPEC = re.compile(
    r"(?:[\w./-]+::)?(?P<name>[A-Za-z0-9_][\w.-]*+)\s*+(?:\[[^\]]*\])?\s*+"
    r"(?P<version>(?:[=<>!~]=?\s*+)?[\w.*,<>=!~ +]*?)(?:=\w+_\d+)?"
)
SAME_SPEC = re.compile(r"(?:,?(?:>=|<=|==|!=|~=|<|>)\d[\w.*]*)+")
PYPI_NAMES = {
    "grpc-cpp": "",
    "matplotlib-base": "matplotlib",
    "opencv": "opencv-python-headless",
    "psycopg2": "psycopg2-binary",
    "py-opencv": "opencv-python-headless",
    "pyqt": "PyQt5",
    "pytables": "tables",
    "pytorch": "torch",
    "python-graphviz": "graphviz",
    "redis-py": "redis",
    "tensorflow-gpu": "tensorflow",
}
NOT_PYTHON = re.compile(
    r"_.*|lib.*|.*-cpp|.*_linux-64|.*compiler.*|cuda.*|cudnn|blas|bzip2|ca-certificates|cmake|ffmpeg|gcc|gdal|geos|git|"
    r"graphviz|gxx|icu|intel-openmp|ld_impl.*|make|mkl|ncurses|nodejs|openblas|openjdk|openssl|postgresql|proj|"
    r"pytorch-cuda|r-.*|readline|sqlite|tk|xz|zlib|zstd",
    re.DOTALL,
)
TOOLS = frozenset({"pip", "setuptools", "wheel", "conda", "mamba"})


def read_environment(collector: Collector, files: RequirementsReader, path: str) -> None:
    """Adds the pip part as it is and Conda packages by a guess, which a note says; InputError on broken YAML."""
    stated = yaml_mapping(collector.tree, path).get("dependencies")
    guessed: list[str] = []
    left_out: list[str] = []
    for item in stated if isinstance(stated, list) else []:
        if isinstance(item, dict):
            for line in texts(item.get("pip")):
                evidence = place(collector.tree, path, [line], "pip:")
                files.lines(path, [(evidence.line, text) for _, text in logical_lines(line)])
        elif isinstance(item, str):
            _conda_package(collector, path, item, guessed, left_out)
    if guessed:
        collector.note(f"{path}: taken from PyPI by Conda's name, which may differ: {', '.join(guessed)}")
    if left_out:
        collector.note(f"{path}: left out, as PyPI has no such packages: {', '.join(left_out)}")


def _conda_package(collector: Collector, path: str, item: str, guessed: list[str], left_out: list[str]) -> None:
    match = SPEC.fullmatch(item.strip()) if len(item) < 200 else None  # noqa: PLR2004 longer is no package
    name = match["name"].lower() if match else ""
    if match is None or NOT_PYTHON.fullmatch(name) or PYPI_NAMES.get(name) == "":
        left_out.append(masked(" ".join(item.split()))[:80])
        return
    evidence = place(collector.tree, path, [item], "dependencies")
    specifier = _specifier(match["version"])
    if name == "python":
        if specifier:
            collector.python(specifier, evidence)
    elif name not in TOOLS:
        collector.require(PYPI_NAMES.get(name, match["name"]) + specifier, evidence)
        guessed.append(PYPI_NAMES.get(name, name))


def _specifier(version: str) -> str:
    """Conda's "=1.2", "1.2.*", "=1.2.3=build" or ">=1,<2" for pip; "" where it says something else."""
    version = version.replace(" ", "")
    if SAME_SPEC.fullmatch(version):
        return version
    number = re.fullmatch(r"=?(\d+(?:\.\d+)*)(\.\*|\*)?(?:=.*)?", version)
    if number is None:
        return ""
    short = number[2] or number[1].count(".") < 2  # noqa: PLR2004 Conda's "=1.2" means 1.2.*
    return f"=={number[1]}" + (".*" if short else "")
