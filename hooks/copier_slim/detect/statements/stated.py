"""What one file states: values for answers, each with its place, and the names of the fields that are left out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from copier_slim import catalog, credentials
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import values
from copier_slim.detect.statements.fields import Field, walk
from copier_slim.detect.statements.start import HERE, Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from copier_slim.detect.tree import Tree

WORD = re.compile(r"[\w$./-]+")
NEAR = 40  # lines below a name in which its value is looked for
MOST_NAMES = 150  # of fields that a note names for one reason
DEFAULT_PROCESS, EACH_PROCESS = "app", "*"  # as the answer limits names them
UNITS = {"memory_gb": "G", "memory_mb": "M"}  # of fields whose names say them
START = 30  # seconds, what a process has to start that states nothing
SET_AT_RUN_TIME = "set at run time"
NOT_UNDERSTOOD = "not understood"
ANOTHER = "another one is taken"
VALUE = re.compile(r"[A-Za-z0-9 _.,:;=@%+/?&~*()\[\]-]*")
HEALTH_PATH = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*/?)?", re.ASCII)
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
SYSTEM = re.compile(
    r"/(?:(?:app|bin|boot|dev|etc|lib|lib32|lib64|opt|proc|root|run|sbin|sys|tmp|usr)(?:/|$)"
    r"|var(?:/(?:backups|cache|lib|local|lock|log|mail|opt|run|spool|tmp))?$)"
)
PLACE = re.compile(r"/?[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


def may_be_written(path: str) -> bool:
    """Whether the questions take a path as a directory that the app writes to: none of the system's."""
    return (path == "." or PLACE.fullmatch(path) is not None) and not SYSTEM.match(path)


# Variables that belong to another way of building, or that the template sets
OWN_VARIABLES = re.compile(
    r"(?:PATH|HOME|PORT|LANG|LC_ALL|LANGUAGE|VIRTUAL_ENV|DEBIAN_FRONTEND|TZ_DEFAULT|SHELL|USER|GPG_KEY|NODE_\w+|PYTHON(?:UNBUFFERED|DONTWRITEBYTECODE"
    r"|FAULTHANDLER|HASHSEED|PATH|IOENCODING|_VERSION|_PIP_VERSION)|(?:PIP|POETRY|UV|PDM|PIPENV|PIPX|CONDA|NIXPACKS|APT|VENV)_\w+|WORKDIR|APP_HOME|APP_DIR"
    r"|(?:C|CXX|CPP|LD|F|ARCH|MAKE|RUST)FLAGS|CC|CXX|CPATH|PKG_CONFIG_PATH)"  # a compiler's
)

# By which pip and uv are told of indexes, and whether these replace PyPI
INDEX_VARIABLES = {
    "PIP_INDEX_URL": True, "UV_INDEX_URL": True, "UV_DEFAULT_INDEX": True,
    "PIP_EXTRA_INDEX_URL": False, "UV_EXTRA_INDEX_URL": False, "UV_INDEX": False,
}  # fmt: skip
# By which they are told how old a release has to be
COOLDOWN_VARIABLES = ("UV_EXCLUDE_NEWER", "PIP_UPLOADED_PRIOR_TO")


@dataclass(frozen=True, slots=True)
class Said:
    """A value, and where it is stated."""

    value: str
    evidence: Evidence


@dataclass(slots=True)
class Stated:
    """What a file states. `command` starts the default process, in `image`; lines of an answer are by what they set.

    `left` has the names of fields by why they are left out, `secrets` those of variables that are not carried over.
    `weak` are the variables that its services for development set, which any other statement of them wins over.
    `limits` are by process, the default one as app and all as *; `owner` is the one whose fields are read, "" for none.
    """

    path: str
    kind: str
    text: str = ""
    image: Image = HERE
    commands: list[Said] = field(default_factory=list)
    processes: dict[str, Said] = field(default_factory=dict)
    schedules: dict[str, Said] = field(default_factory=dict)
    release: Said | None = None
    environment: dict[str, Said] = field(default_factory=dict)
    weak: set[str] = field(default_factory=set)
    port: Said | None = None
    port_variable: Said | None = None
    health_path: Said | None = None
    python_version: Said | None = None
    writable_paths: dict[str, Evidence] = field(default_factory=dict)
    system_packages: dict[str, Evidence] = field(default_factory=dict)
    build_commands: list[Said] = field(default_factory=list)
    prestart: list[Said] = field(default_factory=list)
    limits: dict[str, dict[str, Said]] = field(default_factory=dict)
    left: dict[str, dict[str, None]] = field(default_factory=dict)
    secrets: dict[str, None] = field(default_factory=dict)
    owner: str = DEFAULT_PROCESS
    _lines: list[str] = field(default_factory=list)
    _words: dict[str, list[int]] = field(default_factory=dict)

    def leave(self, name: str, why: str) -> None:
        """Names a field as left out."""
        self.left.setdefault(why, {})[name] = None

    def read(self, document: Any, below: tuple[str, ...] = (), shown: tuple[str, ...] = ()) -> None:  # noqa: ANN401 whatever it holds
        """Takes every field of a document, or of what is `below` in the table; `shown` stands for it in notes."""
        for item in walk(document, self.kind, below):
            self.take(Field((*(shown or below), *item.path[len(below) :]), item.value, item.answer, item.why))

    def take(self, item: Field) -> None:
        """Takes a field as the answer that it becomes; what cannot be one is left out."""
        if item.answer == "guide":
            return
        if not item.path or item.answer in ("processes", "schedules"):  # which their reader takes
            self.leave(item.name or "all of it", NOT_UNDERSTOOD)
        elif not item.answer:
            self.leave(item.name, item.why)
        elif item.answer in ("memory", "grace", "start") and not self.owner:
            self.leave(item.name, "of no process of the image's")
        elif item.value not in (None, "", [], {}):
            self.take_as(item.answer, item.name, item.value, self.place(item.path, item.value))

    def take_as(self, answer: str, name: str, value: Any, evidence: Evidence) -> None:  # noqa: ANN401 likewise
        """Takes a field's value as an answer; names the field where it cannot be one."""
        match answer:
            case "command" | "build_commands" | "prestart" | "release":
                taken = self._command(answer, value, evidence)
            case "port" | "health_path" | "python_version":
                taken = self._scalar(answer, name, value, evidence)
            case "environment":
                self.variables(values.variables(value), evidence, name)
                taken = isinstance(value, dict | list)
            case "memory" | "grace" | "start":
                taken = self.limit(answer, f"{value}{UNITS.get(name.rpartition('.')[2], '')}", evidence)
            case "writable_paths":
                taken = self.writable(value, evidence)
            case _:
                taken = self._packages(value, evidence)
        if not taken:
            self.leave(name, NOT_UNDERSTOOD)

    def _scalar(self, answer: str, name: str, value: Any, evidence: Evidence) -> bool:  # noqa: ANN401 likewise
        """Takes the first value of an answer that has one; what else the file states is named."""
        number, path = values.port(value), values.probed(value)
        text = {
            "port": str(number or ""),
            "health_path": path if HEALTH_PATH.fullmatch(path) else "",
            "python_version": str(value) if re.search(r"\d", str(value)) else "",
        }[answer]
        if text and getattr(self, answer) is None:
            setattr(self, answer, Said(text, evidence))
        if text and getattr(self, answer).value != text:
            self.leave(f"{name} {text}", ANOTHER)
        if text and answer == "health_path" and (query := values.asked_beside(value)):
            self.leave(f"{name} {query}", "the health check asks for the path alone")
        for other in values.ports(value)[1:] if answer == "port" else ():
            self.leave(f"{name} {other}", ANOTHER)
        return bool(text)

    def _command(self, answer: str, value: Any, evidence: Evidence) -> bool:  # noqa: ANN401 likewise
        if answer == "release":
            return self.take_release(values.chain(value), evidence)
        found = value if answer == "build_commands" and isinstance(value, list) else [value]
        said = [Said(line, evidence) for line in map(values.line, found) if line]
        {"command": self.commands, "build_commands": self.build_commands, "prestart": self.prestart}[answer].extend(
            said
        )
        return bool(said)

    def take_release(self, line: str, evidence: Evidence) -> bool:
        """Takes what runs once for each deployment; a second one runs after the first."""
        if line:
            self.release = Said(f"{self.release.value} && {line}" if self.release else line, evidence)
        return bool(line)

    def variables(self, pairs: Iterable[tuple[str, str | None]], evidence: Evidence, below: str) -> None:
        """Takes the environment variables of the field `below`, but for secrets and for what depends on others."""
        stands_for = catalog.statements()[self.kind].variables
        for name, given in pairs:
            value = None if given is None else values.with_defaults(given)
            shown = f"{below}.{name}" if below else name
            if not values.NAME.fullmatch(name) or not value:
                self.leave(shown, SET_AT_RUN_TIME)
                continue
            where = self.place((name,), value, after=evidence.line)
            if credentials.secret_variable(name, value) or (credentials.secret_name(name) and "$" in value):
                self.secrets[name] = None
            elif name in stands_for:
                self.take_as(stands_for[name], shown, value, where)
            elif name == "PORT" and values.port(value):
                self.port_variable = self.port_variable or Said(value, where)
            elif OWN_VARIABLES.fullmatch(name):
                self.leave(shown, "the image sets it")
            elif "$" in value or "{{" in value:
                self.leave(shown, SET_AT_RUN_TIME)
            elif not is_plain_variable(name, value):
                self.leave(shown, "the value has special characters")
            elif self.environment.setdefault(name, Said(value, where)).value != value:
                self.leave(shown, "another value of it is taken")

    def writable(self, value: Any, evidence: Evidence) -> bool:  # noqa: ANN401 likewise
        """Takes directories that are mounted; False where one is no place that the app may write to."""
        taken = True
        for item in value if isinstance(value, list) else [value]:
            path = self.image.folder(str(item).rstrip("/")) if isinstance(item, str) else ""
            if not may_be_written(path):
                taken = False
            else:
                self.writable_paths.setdefault(path, evidence)
        return taken

    def limit(self, word: str, value: Any, evidence: Evidence) -> bool:  # noqa: ANN401 likewise
        """Takes a word of the answer limits for the process whose fields are read."""
        text = values.memory(value) if word == "memory" else values.seconds(value)
        if not text or not self.owner:
            return False
        self.limits.setdefault(self.owner, {}).setdefault(word, Said(text, evidence))
        return True

    def _packages(self, value: Any, evidence: Evidence) -> bool:  # noqa: ANN401 likewise
        names = [str(item) for item in value if str(item) != "..."] if isinstance(value, list) else []
        for name in names:
            if PACKAGE.fullmatch(name):
                self.system_packages.setdefault(name, evidence)
        return bool(names) and all(map(PACKAGE.fullmatch, names))

    def place(self, path: Sequence[str], value: Any = None, after: int = 0) -> Evidence:  # noqa: ANN401 likewise
        """The line that names a field, below those that name what it is in, or that has its value right after."""
        if not self._lines:
            self._lines = self.text.split("\n")
            words = defaultdict(list)
            for number, text in enumerate(self._lines):
                for word in dict.fromkeys(WORD.findall(text)):
                    words[word].append(number)
            self._words = dict(words)
        at, found = max(after - 1, 0), False
        for name in path:
            if (index := self._next(name, at)) is not None:
                at, found = index, True
        if not found:
            return Evidence(self.path, after, self._lines[after - 1].strip()) if after else Evidence(self.path)
        if isinstance(value, str | int) and (first := WORD.search(str(value))):
            both = sorted({*self._words.get(path[-1], ())} & {*self._words.get(first[0], ())})
            index = next((number for number in both if number >= at), both[0] if both else self._next(first[0], at))
            at = index if index is not None and (both or index - at < NEAR) else at
        return Evidence(self.path, at + 1, self._lines[at].strip())

    def _next(self, word: str, at: int) -> int | None:
        numbers = self._words.get(word) or []
        index = bisect_left(numbers, at)
        return numbers[index] if index < len(numbers) else None

    def tell(self, tree: Tree) -> None:
        """Notes what is left out, in one line, and the variables that may be secrets, in another."""
        if self.secrets:
            names = ", ".join(self.secrets)
            tree.note(
                f"not carried over from {self.path}: {names} may be secret; set {_them(self.secrets)} at run time"
            )
        parts = [f"{_listed(names)} ({why})" for why, names in self.left.items()]
        if parts:
            tree.note(f"{self.path}: left out: {'; '.join(parts)}")


def is_plain_variable(name: str, value: str) -> bool:
    """Whether the answer `environment` can hold a variable."""
    return bool(values.NAME.fullmatch(name) and VALUE.fullmatch(value) and value == value.strip())


def _them(names: dict[str, None]) -> str:
    return "it" if len(names) == 1 else "them"


def _listed(names: dict[str, None]) -> str:
    """The names of fields; what is in the same one as the field before it goes by its own name."""
    shown, before = [], ""
    # Names without dots first, since behind others they would seem to be theirs
    for name in sorted(names, key=lambda name: "." in name)[:MOST_NAMES]:
        outer, _, own = name.rpartition(".")
        shown.append(own if outer and outer == before and " " not in outer else name)
        before = outer
    more = len(names) - MOST_NAMES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
