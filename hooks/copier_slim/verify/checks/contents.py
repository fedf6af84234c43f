"""What the layers hold, the configuration and the history say, and should not."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from copier_slim import catalog, credentials
from copier_slim.verify.not_seen import NotSeen, need
from copier_slim.verify.outcome import Outcome, of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.verify.image.filesystem import Files
    from copier_slim.verify.image.layers import Layer
    from copier_slim.verify.observations import Facts

DEPENDENCIES = re.compile(r"(?:.*/)?(?:site|dist)-packages/.*", re.DOTALL)
PROGRAMS = re.compile(r"(?:.*/)?s?bin/[^/]+", re.DOTALL)
ARGUMENTS = re.compile(r"(?:ARG |\|\d+ )")
ASSIGNED = re.compile(r"(?<![\w.-])([A-Za-z_]\w{0,99}+)=((?!\s)(?:\"[^\"]*+\"|'[^']*+'|\S++))")
REMOVED = re.compile(r"(?:.*/)?\.wh\.[^/]+")
EXECUTABLE = 0o111
SHADOW_FIELDS, PASSWD_FIELDS = 2, 3


def has_no_compiler(facts: Facts) -> Outcome:
    """R2, CIS Docker 4.3. A base that was chosen for its compilers keeps them.

    Where programs are looked for, a name is enough; elsewhere, and below the application's own folder, it is that of an
    executable that is no script. What a distribution brings is its own.
    """
    files = need(facts.files)
    traces = catalog.traces()
    named, headers = _any(traces.compilers), _any(traces.headers)
    chosen = facts.subject.answers.get("base") == "full"
    layers = files.own_layers if chosen else files.layers
    folder = facts.subject.image.workdir.strip("/")
    wrong = list[str]()
    for layer in layers:
        for entry in layer.entries:
            path = entry.path
            if entry.is_directory or REMOVED.fullmatch(path):
                continue
            installed = DEPENDENCIES.fullmatch(path) and files.published.has(path)
            if headers.fullmatch(path) and not installed:
                wrong.append(f"/{path}")
            elif named.fullmatch(posixpath.basename(path)) and not installed:
                own = bool(folder) and path.startswith(f"{folder}/")
                on_path = PROGRAMS.fullmatch(path) and not own
                if on_path or (path in layer.programs and entry.mode & EXECUTABLE):
                    wrong.append(f"/{path}")
    where = "all layers on top of the base, which was chosen for its compilers" if chosen else "all layers"
    return of(where, list(dict.fromkeys(wrong)), "none")


def has_no_cache(facts: Facts) -> Outcome:
    """R4, what hadolint's DL3042 and dockle's DKL-DI-0005 guess from the text. What is deleted later still ships."""
    files = need(facts.files)
    pattern = _any(catalog.traces().caches)
    return of("all layers", _named(files.layers, pattern), "none")


def has_no_secret(facts: Facts) -> Outcome:
    """R13, CIS Docker 4.10: credentials by name and content, and canaries planted in the project."""
    files = need(facts.files)
    wrong = _in_files(files) + _in_configuration(facts) + _in_history(facts.subject.image.history)
    where = "own layers, configuration and history"
    if isinstance(facts.rebuilt, NotSeen):
        return of(where, wrong, f"no credential; nothing was planted, since {facts.rebuilt.reason}")
    planted = facts.rebuilt.planted
    wrong += [f"a planted secret is in {path}" for path in facts.rebuilt.leaked]
    where = f"{where}; of a build with {len(planted)} files like {planted[0]} planted" if planted else where
    return of(where, wrong, "no credential and none that was planted")


def has_nothing_stray(facts: Facts) -> Outcome:
    """R20, dockle's DKL-LI-0001 to 0003."""
    files = need(facts.files)
    pattern = _any(catalog.traces().stray)
    wrong = [item for item in _named(files.own_layers, pattern) if not _is_others(files, item)]
    wrong += _accounts(files)
    where = "own layers without dependencies, etc/passwd and etc/shadow"
    return of(where, wrong, "nothing that does not belong there")


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.DOTALL)


def _named(layers: list[Layer], pattern: re.Pattern[str]) -> list[str]:
    """The files and links that a pattern names, with the layer's number where there are several."""
    return list(
        dict.fromkeys(
            f"/{entry.path}"
            for layer in layers
            for entry in layer.entries
            if not entry.is_directory and pattern.fullmatch(entry.path) and not REMOVED.fullmatch(entry.path)
        )
    )


def _is_others(files: Files, path: str) -> bool:
    """Whether a file is a dependency's, of the system's packages or of Python itself."""
    path = path.strip("/")
    return bool(DEPENDENCIES.fullmatch(path)) or files.published.has(path)


def _in_files(files: Files) -> list[str]:
    """By name and by content, in all own layers, those included that a later one hides."""
    wrong = list[str]()
    for layer in files.own_layers:
        for entry in layer.entries:
            found = layer.secrets.get(entry.path)
            named = not entry.is_directory and credentials.secret_file(entry.path) and not REMOVED.fullmatch(entry.path)
            if not (found or named) or files.published.has(entry.path, found.digests if found else ()):
                continue
            wrong += [f"/{entry.path}, by its name"] if named else []
            wrong += [f"/{entry.path} holds {what}" for what in found.what] if found else []
    return list(dict.fromkeys(wrong))


def _in_configuration(facts: Facts) -> list[str]:
    config = facts.subject.image.config
    wrong = [text for name, value in facts.subject.image.environment.items() if (text := _given("ENV", name, value))]
    for name, value in (config.labels or {}).items():
        named = credentials.secret_name(name) and credentials.is_random(value) and not credentials.is_example(value)
        if named or credentials.shown_in(value):
            wrong.append(f"LABEL {name} has a value that looks like a credential")
    for kind, words in (
        ("ENTRYPOINT", config.entrypoint),
        ("CMD", config.cmd),
        ("HEALTHCHECK", config.healthcheck.test),
    ):
        wrong += [f"{kind} has a {shape}" for shape in credentials.shown_in(" ".join(words or []))]
    return wrong


def _given(kind: str, name: str, value: str) -> str:
    """What is wrong with a variable that has a value; "" where nothing is."""
    if shapes := credentials.shown_in(value):
        return f"{kind} {name} has a {shapes[0]}"
    by_name = credentials.secret_variable(name, value) and not credentials.find(value)
    return f"{kind} {name} has a value" if by_name and not credentials.is_example(value) else ""


def _in_history(history: tuple[str, ...]) -> list[str]:
    """Build arguments are in the history: as |1 NAME=value before a RUN, and with their default at ARG."""
    wrong = list[str]()
    for line in history:
        if ARGUMENTS.match(line):
            wrong += [
                text for name, value in ASSIGNED.findall(line) if (text := _given("ARG", name, value.strip("\"'")))
            ]
        shown = credentials.masked(line)[:40]
        wrong += [f"{shown} … has a {shape}" for shape in credentials.shown_in(line)]
    return list(dict.fromkeys(wrong))


def _accounts(files: Files) -> list[str]:
    shadow = [line.split(":") for line in files.text("etc/shadow").splitlines()]
    passwd = [line.split(":") for line in files.text("etc/passwd").splitlines()]
    wrong = [f"{row[0]} has an empty password" for row in shadow if len(row) >= SHADOW_FIELDS and not row[1]]
    wrong += [f"{row[0]} has an empty password" for row in passwd if len(row) >= PASSWD_FIELDS and not row[1]]
    numbers = [row[2] for row in passwd if len(row) >= PASSWD_FIELDS]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    return wrong + [f"several users have the number {number}" for number in twice]
