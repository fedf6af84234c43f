"""What the layers hold, the configuration and the history say, and should not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.verify.facts import Facts, NotSeen, need
from copier_slim.verify.outcome import Outcome, of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.verify.files import Files
    from copier_slim.verify.layers import Layer

DEPENDENCIES = re.compile(r"(?:.*/)?(?:site|dist)-packages/.*", re.DOTALL)
STANDARD_LIBRARY = re.compile(r"(?:usr/)?(?:local/)?lib/python3\.\d+t?/.*", re.DOTALL)
WITH_PASSWORD = re.compile(r"(?<!\w)\w+://[^\s/:@$]+:[^\s/:@$]+@")
ARGUMENTS = re.compile(r"ARG |\|\d+ ")
ASSIGNED = re.compile(r"(?<!\w)(\w+)=(?!\s|$)")
REFERENCE = re.compile(r"/|\$|$")  # a file that has it, a variable, nothing
REMOVED = re.compile(r"(?:.*/)?\.wh\.[^/]+")
SHADOW_FIELDS, PASSWD_FIELDS = 2, 3


def has_no_compiler(facts: Facts) -> Outcome:
    """R2, CIS Docker 4.3. A base that was chosen for its compilers keeps them."""
    files = need(facts.files)
    pattern = _any(catalog.traces().compilers)
    chosen = facts.subject.answers.get("base") == "full"
    layers = files.own_layers if chosen else files.layers
    where = "all layers on top of the base, which was chosen for its compilers" if chosen else "all layers"
    return of(where, _named(layers, pattern), "none")


def has_no_cache(facts: Facts) -> Outcome:
    """R4, what hadolint's DL3042 and dockle's DKL-DI-0005 guess from the text. What is deleted later still ships."""
    files = need(facts.files)
    pattern = _any(catalog.traces().caches)
    return of("all layers", _named(files.layers, pattern), "none")


def has_no_secret(facts: Facts) -> Outcome:
    """R13, CIS Docker 4.10: credentials by name and content, and canaries planted in the project."""
    files = need(facts.files)
    named = _any(catalog.traces().credentials)
    wrong = [f"{item}, by its name" for item in _named(files.own_layers, named) if not _is_dependency(item)]
    wrong += [
        f"/{path} holds a private key" for layer in files.own_layers for path in layer.keys if not _is_dependency(path)
    ]
    wrong += _in_configuration(facts) + _in_history(facts.subject.image.history)
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
    wrong = [item for item in _named(files.own_layers, pattern) if not _is_dependency(item)]
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


def _is_dependency(path: str) -> bool:
    """Whether a file is one of a published distribution or of Python itself, which hold no secrets of the project's."""
    path = path.strip("/")
    return bool(DEPENDENCIES.fullmatch(path) or STANDARD_LIBRARY.fullmatch(path))


def _in_configuration(facts: Facts) -> list[str]:
    traces = catalog.traces()
    secret = re.compile(traces.variables, re.IGNORECASE)
    wrong = []
    for name, value in facts.subject.image.environment.items():
        points = name.upper().endswith(("_FILE", "_PATH", "_DIR")) or REFERENCE.match(value)
        if secret.search(name) and name not in traces.exempt and not points:
            wrong.append(f"ENV {name} has a value")
        elif WITH_PASSWORD.search(value):
            wrong.append(f"ENV {name} has a URL with a password")
    return wrong


def _in_history(history: tuple[str, ...]) -> list[str]:
    """Build arguments are in the history: as |1 NAME=value before a RUN, and with their default at ARG."""
    secret = re.compile(catalog.traces().variables, re.IGNORECASE)
    arguments = [name for line in history if ARGUMENTS.match(line) for name in ASSIGNED.findall(line)]
    wrong = [f"ARG {name} has a value" for name in arguments if secret.search(name)]
    wrong += [f"{line[:40]} … has a URL with a password" for line in history if WITH_PASSWORD.search(line)]
    return list(dict.fromkeys(wrong))


def _accounts(files: Files) -> list[str]:
    shadow = [line.split(":") for line in files.text("etc/shadow").splitlines()]
    passwd = [line.split(":") for line in files.text("etc/passwd").splitlines()]
    wrong = [f"{row[0]} has an empty password" for row in shadow if len(row) >= SHADOW_FIELDS and not row[1]]
    wrong += [f"{row[0]} has an empty password" for row in passwd if len(row) >= PASSWD_FIELDS and not row[1]]
    numbers = [row[2] for row in passwd if len(row) >= PASSWD_FIELDS]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    return wrong + [f"several users have the number {number}" for number in twice]
