"""What the configurator loads: the memory of a Python that has rendered the template, and the code of detection."""

from __future__ import annotations

import json
import pickle
import subprocess
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from website.browser.questionnaire import answer
from website.browser.sizes import sizes
from website.browser.template import Bundle, Renderer

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("questions", "template", "partials", "starters", "hooks/copier_slim/catalog", "hooks/copier_slim/reading")
LIBRARIES = ("jinja2", "jinja2_ansible_filters", "markupsafe", "yaml")
DETECTION = ("dockerfile_parse", "packaging", "poetry.core")


class _Included(yaml.SafeLoader):
    pass


_Included.add_constructor("!include", lambda _, node: f"!include {node.value}")


def questionnaire() -> tuple[dict[str, Any], dict[str, dict[str, dict[str, Any]]]]:
    """The settings of copier.yml without their underscores, and the questions by file and name in their order."""
    settings: dict[str, Any] = {}
    questions: dict[str, dict[str, dict[str, Any]]] = {}
    for part in yaml.load_all((ROOT / "copier.yml").read_text(encoding="utf-8"), _Included):
        if isinstance(part, dict):
            settings |= {name.removeprefix("_"): value for name, value in part.items()}
            continue
        file = part.removeprefix("!include ")
        rows = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))
        questions[file] = {
            name: details if isinstance(details, dict) else {"default": details} for name, details in rows.items()
        }
    return settings, questions


def bundle() -> Bundle:
    """The template, with nothing parsed or compiled yet."""
    settings, questions = questionnaire()
    files, modes = {}, {}
    for path in _sources(*PARTS):
        name = path.relative_to(ROOT).as_posix()
        files[name] = path.read_bytes()
        if name.startswith("template/"):
            modes[name] = path.stat().st_mode & 0o777
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    together = {name: details for rows in questions.values() for name, details in rows.items()}
    return Bundle(files, modes, together, settings["envops"], version)


def _sources(*folders: str) -> list[Path]:
    """The files below these folders of the repository, without what Python compiled."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return [path for path in paths if "__pycache__" not in path.parts and path.suffix not in {".pyc", ".pyo"}]


def golden() -> list[dict[str, Any]]:
    """The answers of the golden cases."""
    return list(yaml.safe_load((ROOT / "tests/golden/cases.yml").read_text(encoding="utf-8")).values())


def warmed() -> Bundle:
    """The template with what rendering the golden cases parses and compiles."""
    made = bundle()
    renderer = Renderer(made)
    for case in golden():
        done = answer(renderer, case)
        renderer.files(done.answers)
        sizes(renderer, done.answers)
    return made


def library(name: str) -> dict[str, bytes]:
    """The Python files of an installed package by their path in a zip, without what is compiled for this machine."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name)
    folder = Path(found.origin).parent
    prefix = name.replace(".", "/")
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in sorted(folder.rglob("*.py"))
    }


def _libraries(*names: str) -> dict[str, bytes]:
    return {path: content for name in names for path, content in library(name).items()}


def archive(files: dict[str, bytes], path: Path) -> None:
    """A zip that is the same for the same files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in sorted(files.items()):
            made.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def own_code(*folders: str) -> dict[str, bytes]:
    """The repository's own code below these folders, by the path that it is imported from."""
    return {path.relative_to(ROOT).as_posix().removeprefix("hooks/"): path.read_bytes() for path in _sources(*folders)}


def write(folder: Path, work: Path, pyodide: Path, wheels: Path) -> None:
    """Writes memory.bin and, with the wheels that are compiled for the browser, detection.zip.

    `work` is a folder for what the memory is made from. Raises CalledProcessError where Node or Pyodide fails.
    """
    for made in (folder, work):
        made.mkdir(parents=True, exist_ok=True)
    own = own_code("website/browser") | {"website/__init__.py": b""}
    (work / "template.pickle").write_bytes(pickle.dumps(warmed(), protocol=4))
    (work / "cases.json").write_text(json.dumps(golden()), encoding="utf-8")
    archive(_libraries(*LIBRARIES) | own, work / "python.zip")
    inputs = (pyodide, *(work / name for name in ("python.zip", "template.pickle", "cases.json")))
    argv: list[str | Path] = ["node", ROOT / "website/snapshot.mjs", *inputs, folder / "memory.bin"]
    subprocess.run(argv, check=True)  # noqa: S603 our own files, and the node that npm came with
    # The files that the memory has imported from are not in it
    detection = _libraries(*LIBRARIES, *DETECTION)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as opened:
            detection |= {name: opened.read(name) for name in opened.namelist()}
    more = {"template/container/.keep": b""}
    archive(detection | own | own_code("hooks/copier_slim") | more, folder / "detection.zip")
