"""Front-end files that Python packages make without Node: programs of one file, libsass, Flask's and Django's own."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code import django
from copier_slim.detect.code.apps import is_aside
from copier_slim.detect.findings import Evidence
from copier_slim.detect.runtime import stand_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from copier_slim.catalog import Library
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Findings

COLLECTS = "collectstatic"
# What makes files again at each change, and so never ends
WATCHES = re.compile(r"-w|--watch(?:=.*)?|--poll")
PLAIN = re.compile(r"[A-Za-z0-9_.,:=@%+/-]+")
BY_ITSELF = re.compile(r"TAILWIND_USE_STANDALONE_BINARY\s*=\s*True")


def answer(findings: Findings, code: Code, declared: Dependencies) -> None:
    """Adds to `build_commands` what makes front-end files in Python, before collectstatic or behind it."""
    for name, row in catalog.frontends().libraries.items():
        if name not in declared.direct:
            continue
        made = _program(findings, code, name, row) if row.program else _command(findings, code, row)
        if made is None:
            continue
        command, evidence = made
        lines = str(findings.value("build_commands", "")).splitlines()
        words = row.program or row.manage or row.flask or ""
        if not any(_has(line, words) for line in lines):
            lines.insert(_place(lines, row), command)
            stated = findings.found.get("build_commands")
            findings.add("build_commands", "\n".join(lines), *(stated.evidence if stated else ()), evidence)
        _fetches(findings, row, next(line for line in lines if _has(line, words)), evidence)


def _has(line: str, words: str) -> bool:
    return f" {words} " in f" {line} "


def _place(lines: list[str], row: Library) -> int:
    collects = [at for at, line in enumerate(lines) if COLLECTS in line.split()]
    if row.behind:
        return collects[-1] + 1 if collects else len(lines)
    return collects[0] if collects else len(lines)


def _fetches(findings: Findings, row: Library, command: str, evidence: Evidence) -> None:
    """Where it keeps the program that it fetches: from build to build, and not in the image."""
    manage = next((word for word in command.split() if word.endswith("manage.py")), "")
    folder = manage.removesuffix("manage.py")
    paths = [path if path.startswith("site-packages/") else folder + path for path in row.caches]
    known = findings.found.get("build_caches")
    lines = [*(str(known.value).splitlines() if known else ()), *paths]
    if paths:
        findings.add("build_caches", "\n".join(dict.fromkeys(lines)), *(known.evidence if known else ()), evidence)


def _command(findings: Findings, code: Code, row: Library) -> tuple[str, Evidence] | None:
    """The command of manage.py or of flask, and what shows that it makes something."""
    if row.beside and _is_there(code, row.beside) and not _says(code, BY_ITSELF):
        return None
    evidence = _says(code, re.compile(rf"[\"']{row.app}(?:\.apps\.\w+)?[\"']")) if row.app else None
    if row.app and evidence is None:
        return None
    if row.where:
        evidence = _says(code, re.compile(row.where))
        if evidence is None:
            if row.otherwise:
                findings.note(row.otherwise)
            return None
    if row.flask:
        app = str(findings.value("app", "")).removesuffix("()")
        return (f"flask --app {app} {row.flask}", evidence) if evidence and PLAIN.fullmatch(app) else None
    project = django.find(code)
    if project is None or evidence is None:
        return None
    return f"{_manage(findings, project)} {row.manage}", evidence


def _manage(findings: Findings, project: django.DjangoProject) -> str:
    """How manage.py is run: as for collectstatic, with what stands in for the variables that the settings need."""
    for line in str(findings.value("build_commands", "")).splitlines():
        before, collects, _ = line.partition(f"manage.py {COLLECTS}")
        if collects:
            return f"{before}manage.py"
    stand_ins = [f"{name}={stand_in(name)}" for name in findings.required]
    return " ".join([*(["env", *stand_ins] if stand_ins else []), "python", project.manage])


def _program(findings: Findings, code: Code, name: str, row: Library) -> tuple[str, Evidence] | None:
    """The command of a program, as a file of the project states it."""
    if stated := next(_stated(code, str(row.program)), None):
        return stated
    if not any(library.app and library.caches and _in_use(code, library) for library in _others(name)):
        findings.note(
            f"no file states how {name} makes its files: if it does, name that command in --data build_commands=…"
        )
    return None


def _others(name: str) -> Iterator[Library]:
    return (row for other, row in catalog.frontends().libraries.items() if other != name)


def _in_use(code: Code, row: Library) -> bool:
    return _says(code, re.compile(rf"[\"']{row.app}[\"']")) is not None


def _stated(code: Code, program: str) -> Iterator[tuple[str, Evidence]]:
    """The commands of a program that read a file or folder of the repository, without those that Node runs."""
    starts = re.compile(rf"(?<![\w./@-])(?<!npx )(?<!bunx ){program}(?P<rest>(?:[ \t]++[\w./:=@%+,*'\"-]++)++)")
    stating = catalog.frontends().stating
    names = [name for name in stating if code.tree.has(name)]
    names += [path for path in code.tree.files if path.endswith(".sh") or "Dockerfile" in path.rpartition("/")[2]]
    for path in names:
        text = re.sub(r"\\\n[ \t]*+", " ", code.tree.text(path) or "")
        for found in starts.finditer(text):
            words = _words(found["rest"])
            if all(map(PLAIN.fullmatch, words)) and any(_is_read(code, word) for word in words):
                yield " ".join([program, *words]), code.tree.evidence(path, f"{program} {words[0]}")


def _words(rest: str) -> list[str]:
    try:
        words = shlex.split(rest)
    except ValueError:  # the text ends a quote that begins before the command
        words = rest.replace('"', " ").replace("'", " ").split()
    return [word for word in words if not WATCHES.fullmatch(word)]


def _is_read(code: Code, word: str) -> bool:
    path = word.removeprefix("./").rstrip("/")
    return bool(path) and (code.tree.has(path) or code.tree.has_folder(path))


def _is_there(code: Code, pattern: str) -> bool:
    return any(re.search(pattern, path) for path in code.tree.files)


def _says(code: Code, pattern: re.Pattern[str]) -> Evidence | None:
    """Where the project's own Python says something, outside its comments."""
    for path in _own(code.tree.python_files):
        for number, line in enumerate((code.tree.text(path) or "").split("\n"), 1):
            if pattern.search(line.partition(" #")[0]) and not line.lstrip().startswith("#"):
                return Evidence(path, number, line.strip())
    return None


def _own(paths: Collection[str]) -> Iterator[str]:
    return (path for path in paths if not is_aside(path))
