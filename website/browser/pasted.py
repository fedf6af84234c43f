"""A pasted file, read as `copier-slim detect` reads it in a repository."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from website.browser.questionnaire import answer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from copier_slim.detect.findings import Evidence
    from website.browser.template import Renderer

KINDS = "requirements.txt, pyproject.toml, Procfile"
PROCESS = re.compile(r"[A-Za-z0-9_-]+:\s+\S")
# What a server is given: a module, and with a colon the app in it
APP = re.compile(
    r"^web:.*?\b(?:gunicorn|uvicorn|hypercorn|granian|waitress-serve)\s(?:.*?\s)??"
    r"([A-Za-z_][\w.]*)(?::([A-Za-z_]\w*))?(?=[\s\"'()]|$)",
    re.MULTILINE,
)
REQUIREMENT = re.compile(r"(?:-[a-z-]+\b|[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@]|#|\\|$))")
LARGEST = 1_000_000  # characters


class UnknownError(ValueError):
    """A text that is no file of a known kind; the message is for the reader."""


def kind(text: str) -> str:
    """The name of the file that a text is of.

    Raises UnknownError where it is none of the known kinds.
    """
    if len(text) > LARGEST:
        raise UnknownError("This is over a million characters; paste the file that a person wrote, no lock")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    if lines and all(PROCESS.match(line) for line in lines):
        return "Procfile"
    if lines and all(REQUIREMENT.match(line) for line in lines):
        return "requirements.txt"
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        stated = {}
    if {"project", "tool", "build-system", "dependency-groups"} & stated.keys():
        return "pyproject.toml"
    raise UnknownError(f"This is none of the files that can be read here: {KINDS}")


def read(request: str, renderer: Renderer) -> str:
    """What detection finds in files: `answers` by name and `notes`, or an `error`.

    The request has `files` by name; a name that is empty is found out. Where no code is among them, the starter of the
    framework that they name stands in for it.
    """
    from copier_slim.detect import repository  # noqa: PLC0415 it is loaded when something is pasted
    from copier_slim.errors import CopierSlimError  # noqa: PLC0415

    root = Path(tempfile.mkdtemp()) / "my-service"
    root.mkdir()
    try:
        files = {name or kind(text): text for name, text in json.loads(request)["files"].items()}
        instead = _stand_in(files, renderer)
        for name, text in (instead | files).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        findings = repository.detect(root, online=False).findings
    except UnknownError as error:
        return json.dumps({"error": str(error)})
    except CopierSlimError as error:
        return json.dumps({"error": str(error).replace(f"{root}/", "").replace(str(root), "this")})
    finally:
        shutil.rmtree(root.parent)
    answers = {
        name: found.value
        for name, found in findings.found.items()
        if name not in {"project_name", "detected"}
        and (name in {"framework", "app"} or not instead or not _only(instead, found.evidence))
    }
    answers["starter"] = False  # what is pasted is of a project that is there
    notes = [note for note in findings.notes if not any(f"{name}:" in note for name in instead)]
    return json.dumps({"answers": answers, "notes": notes, "names": sorted(files)})


def _only(files: Collection[str], evidence: Sequence[Evidence]) -> bool:
    """Whether all that speaks for a finding, if anything does, is in these files."""
    return all(one.path in files for one in evidence)


def _stand_in(files: dict[str, str], renderer: Renderer) -> dict[str, str]:
    """Code for files that have none: the starter of the framework that they name, where a Procfile has the app."""
    if any(name.endswith(".py") for name in files):
        return {}
    said = "\n".join(files.values()).lower()
    rows = renderer.parse(renderer.bundle.files["hooks/copier_slim/catalog/frameworks.yml"].decode())
    named = [name for name in rows if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", said)]
    framework = next((name for name in named if name != "celery" or "Procfile" not in files), "wsgi")
    answers = answer(renderer, {"framework": framework}).answers
    made = {name: text.decode() for name, (_, text) in renderer.files(answers).items() if name.endswith(".py")}
    made = {name: text for name, text in made.items() if not name.startswith("container/")}
    module, _, attribute = str(answers["app"]).partition(":")
    code = made.get(f"{module.replace('.', '/')}.py", "")
    for stated, attributed in APP.findall(files.get("Procfile", "")):
        name = attributed or "application"
        line = f"\n{name} = {attribute}\n" if name != attribute and attribute.isidentifier() else ""
        made = {} if framework != "django" else made
        made[f"{stated.replace('.', '/')}.py"] = code + line
    return made
