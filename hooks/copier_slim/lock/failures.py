"""What a failed tool wrote, as one line: each function takes the output, and returns None if it means nothing."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from copier_slim.errors import CopierSlimError, InputError, ToolError
from copier_slim.lock.project import ASKED, LOCKED
from copier_slim.lock.text import normalized

if TYPE_CHECKING:
    from collections.abc import Iterable


def locking_failure(output: str, asked: str, python: str) -> CopierSlimError | None:
    """What stopped pip-compile or uv; `asked` is the text of requirements.in."""
    return (
        _pip_conflict(output)
        or _uv_no_solution(output, python)
        or _unread(output, asked)
        or network_failure(output)
        or _not_built(output, python)
        or _pip_none_fits(output, asked)
    )


def _pip_conflict(output: str) -> InputError | None:
    _, _, impossible = output.partition("ResolutionImpossible: [")
    informations, _, _ = impossible.partition("\n")[0].rpartition("]")
    demands: list[tuple[str, str]] = []
    for information in informations.split("RequirementInformation(")[1:]:
        wanted = re.match(r"requirement=(\w+)\('([^']+)'\), parent=(.+)", information)
        if wanted:
            made = re.search(r"/([^/]{1,200}?)-(\d[^-/]{0,100}?)(?:-[^/]{0,200}\.whl|\.tar\.gz|\.zip)", wanted[3])
            who = f"{made[1]} {made[2]}" if made else ASKED if wanted[3].startswith("None") else "a dependency"
            demands.append((who, f"Python {wanted[2]}" if wanted[1] == "RequiresPythonRequirement" else wanted[2]))
    sides = list(dict.fromkeys(demands))
    if len(sides) > 1:
        return _conflict(sides)
    before, found, _ = output.partition(" because these package versions have conflicting dependencies")
    _, _, names = before.rpartition("Cannot install ")
    return InputError(f"{ASKED}: {names} do not fit together; loosen one of them") if found else None


def _uv_no_solution(output: str, python: str) -> InputError | None:
    if "No solution found" not in output:
        return None
    # Its drawing of a tree, where it draws one, and the line breaks mean nothing
    _, because, text = re.sub(r"[\s│╰├─▶]+", " ", output).partition("Because ")
    text, _, _ = text.partition(" are unsatisfiable")
    end = r"(?=[,.]?(?:\s|$))"
    known = re.sub(r"we can conclude that .*?(?=\. And because|$)", "", text, flags=re.DOTALL)
    demands = re.findall(rf"(?<!\S)(\S+) depends on (\S+?){end}", known)
    for one, other in re.findall(rf"you require (\S+?){end}(?: and (\S+?){end}(?! depends))?", known):
        demands += [(ASKED, wanted) for wanted in (one, other) if re.match(r"[\w.-]+", wanted)]
    demands = list(dict.fromkeys(demands))
    by_name: dict[str, list[tuple[str, str]]] = {}
    for who, wanted in demands:
        by_name.setdefault(normalized(wanted), []).append((who, wanted))
    absent = re.search(r"(?<!\S)(\S+) was not found in the package registry", known)
    none = absent or re.search(r"(?:no versions? of|only the following versions of|only) ([\w.-]+)", known)
    conflicts = [sides for sides in by_name.values() if len(sides) > 1]
    if conflicts and not absent:
        return _conflict(conflicts[0])
    if "python" in by_name and python:
        who, wanted = by_name["python"][0]
        return InputError(f"{who} asks for {wanted}, and the project has Python {python}; ask for another version")
    if none:
        who, wanted = by_name.get(normalized(none[1]), [(ASKED, none[1])])[0]
        return _none_fits(who, wanted)
    return InputError(f"{ASKED} asks for what does not fit together: {cut(because + text, 300)}")


def _pip_none_fits(output: str, asked: str) -> InputError | None:
    if found := re.search(r"Package '([^']+)' requires a different Python: (\S+) not in '([^']+)'", output):
        return InputError(
            f"{found[1]} asks for Python {found[3]}, and the project has {found[2]}; ask for another version"
        )
    found = re.search(r"No matching distribution found for (.+)", output)
    if not found:
        return None
    wanted = found[1].strip()
    named = normalized(wanted) in {normalized(line) for line in asked.splitlines()}
    return _none_fits(ASKED if named else "a dependency", wanted)


def _unread(output: str, asked: str) -> InputError | None:
    missing = (
        r"Could not open requirements file: .*'(?:/app/)?([^']+)'",
        r"It looks like a path\. File '([^']+)' does not exist",
        r"failed to read from file `(?:/app/)?([^`]+)`",
        r"Distribution not found at: file://(?:/app/)?(\S+)",
    )
    if found := _first(missing, output):
        return InputError(
            f"{ASKED} refers to {found}, which the Dockerfile's stage compile does not have; copy it there by a COPY"
        )
    lines = (
        r"Invalid requirement: '([^'\n]+)'",
        r"Invalid requirement: ([^'\n]+)",
        r"Couldn't parse requirement in[\s\S]*?\n\s*(\S[^\n]*)\n\s*\^",
    )
    if found := _first(lines, output):
        return InputError(f"{ASKED if found in asked else LOCKED} has a line that is no requirement: {found}; mend it")
    if found := _first([r"error: (Unexpected .+:\d+:\d+)$"], output):
        return InputError(f"{ASKED} or {LOCKED} has a line that is no requirement: {found}; mend it")
    return None


def _not_built(output: str, python: str) -> InputError | None:
    found = _first([r"Failed to build '([^']+)'", r"Failed to (?:download and )?build `([^`@=]+)"], output)
    if not found:
        return None
    return InputError(
        f"{found.strip()} has no wheel for {f'Python {python}' if python else 'this Python'} and does not compile;"
        " add what it needs to build_packages"
    )


def system_failure(output: str) -> InputError | None:
    names = {
        "Debian": [r"E: Unable to locate package (\S+)", r"E: Package '([^']+)' has no installation candidate"],
        "Alpine": [r"^\s*(\S+) \(no such package\):"],
    }
    for system, patterns in names.items():
        if found := _first(patterns, output):
            return InputError(f"build_packages names {found}, and {system} has no such package; name another")
    return None


def network_failure(output: str) -> ToolError | None:
    # One retry of several may have helped
    output = re.sub(r"^.*Retrying \(Retry\(total=[1-9].*", "", output, flags=re.MULTILINE)
    signs = (
        r"Retrying \(Retry\(total=0|Max retries exceeded|(?:ReadTimeout|ConnectTimeout|NewConnection|NameResolution"
        r"|Proxy|SSL|Protocol)Error|Failed to fetch|error sending request|Temporary failure (?:in name |)resol"
    )
    if not re.search(signs, output):
        return None
    host = _first([r"host='([^']+)'", r"https?://(?:[^/@\s]+@)?([^/\s'\"`]+)"], output)
    why = _first([r"\[Errno -?\d+\] ([^)\"'\n]+)", r"cause: (.+)\s*\Z", r"cause: (.+)"], output)
    what = f"{host or 'the package index'} cannot be reached{f' ({cut(why, 100)})' if why else ''}"
    return ToolError(f"{what}; look at the network, then run it again")


def _conflict(sides: list[tuple[str, str]]) -> InputError:
    (one, wanted), *others = sides
    # Several versions of one package may ask for the same; it is not their quarrel
    others.sort(key=lambda side: (side[1] == wanted, one != ASKED and normalized(side[0]) == normalized(one)))
    other, unlike = others[0]
    what = f"{wanted} and {unlike}" if one == other else f"{wanted}, {other} for {unlike}"
    return InputError(f"{one} asks for {what}, and no version is both; loosen one of them")


def _none_fits(who: str, wanted: str) -> InputError:
    return InputError(f"{who} asks for {wanted}, and the index has none that fits; ask for another")


def _first(patterns: Iterable[str], text: str) -> str | None:
    """The group of the first of the patterns that is found."""
    return next((found[1] for pattern in patterns if (found := re.search(pattern, text, re.MULTILINE))), None)


def cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"


def last_line(text: str) -> str:
    return cut(next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing"), 200)


def keep(log: str) -> Path:
    """Where the log stays to be read."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="copier-slim-lock-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(log)
    return Path(file.name)
