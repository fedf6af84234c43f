"""A stated start command, mended where it is wrong in a container: all other words are the project's, and stay."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import configuration
from copier_slim.detect.statements.configuration import Setting
from copier_slim.detect.statements.options import Item, parse, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from copier_slim.catalog import Program
    from copier_slim.detect.code.apps import Code

OPEN = {"0.0.0.0", "::", "[::]", "*"}  # noqa: S104 the addresses that all others can reach
ADDRESS = re.compile(r"(?P<scheme>(?:tcp|https?)://)?(?P<host>\[[^\]]*\]|(?:\$\{[^}]*\}|[^:\[\]])*)(?::(?P<port>.+))?")
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^{}]*))?\})")
LARGEST_PORT = 65535
OFF = {"", "None", "False", "0", "false", "no"}
# What listens, by which any statement of it counts for all of it
LISTENING = {"bind", "host", "port"}
CODE = "/app"  # where the image has the code
LOGS = {"log", "access_log"}
ENDS = {"--", "--args"}  # what follows is the app's
STREAMS = ("-", "/dev/", "syslog:")
MODULE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*", re.ASCII)
# Classes, loops and protocols of workers that need nothing beside the server
BUILT_IN = {
    "auto", "none", "sync", "gthread", "asyncio", "prefork", "solo", "threads", "processes", "asgi", "wsgi", "h11",
    "websockets-sansio", "on", "off",
}  # fmt: skip


@dataclass(slots=True)
class Mended:
    """A command behind its program: what it consists of now, the port, what was changed, and what was added.

    `is_default` where it says nothing beyond what the catalog's row of the server does; `classes` are the modules of
    workers, loops and protocols that it names; `port_at` is where a configuration says the port;
    `elsewhere` why it cannot start in the image.
    """

    items: list[Item] = field(default_factory=list)
    port: int | None = None
    notes: list[str] = field(default_factory=list)
    added: list[Item] = field(default_factory=list)
    is_default: bool = True
    classes: list[str] = field(default_factory=list)
    port_at: Evidence | None = None
    speaks_tls: bool = False
    elsewhere: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words behind the program."""
        return tuple(word for item in self.items for word in item.words)


def mend(
    program: Program,
    words: Sequence[str],
    defaults: Sequence[str],
    code: Code,
    environment: Mapping[str, str],
    *,
    whole: bool = False,
) -> Mended:
    """The words behind a program that a container can run.

    `defaults` are the lines of the catalog's own command; `whole` puts in all of them, not only those that a container
    needs. `environment` is what the command's variables are there.
    """
    return _Mending(program, list(defaults), code, environment).done(list(words), whole=whole)


def filled(text: str, environment: Mapping[str, str]) -> str:
    """The text with its variables filled in; those that nothing sets are empty."""
    return VARIABLE.sub(lambda found: environment.get(found[1] or found[2]) or found[3] or "", text)


def port_in(text: str, environment: Mapping[str, str]) -> int | None:
    """The port that a text comes to; None where that is no port."""
    value = filled(text, environment)
    is_port = value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_PORT))
    return int(value) if is_port and 0 < int(value) <= LARGEST_PORT else None


@dataclass(slots=True)
class _Mending:
    program: Program
    defaults: list[str]
    code: Code
    environment: Mapping[str, str]
    result: Mended = field(default_factory=Mended)
    settings: dict[str, Setting] = field(default_factory=dict)  # of its configuration, by role
    overruled: dict[str, str] = field(default_factory=dict)  # by the words that do so, where that is said
    bound: set[int | None] = field(
        default_factory=set
    )  # the ports of the addresses so far, None for one that is not known

    def done(self, words: list[str], *, whole: bool) -> Mended:
        items = list(parse(words, self.program))
        self._configure(items)
        arguments = False
        for item in items:
            arguments = arguments or item.words[0] in ENDS
            if arguments:
                self.result.items.append(item)
                self.result.is_default = False
            else:
                self._take(item)
        named = [item.value for item in self.result.items if self._role(item) == "class"]
        configured = self.settings.get("class")
        self.result.speaks_tls = "tls" in self.settings or any(self._role(item) == "tls" for item in self.result.items)
        self.result.classes = list(self._classes([*named, configured.value if configured else None]))
        self._put_in(whole=whole)
        return self.result

    def _classes(self, names: Iterable[str | None]) -> Iterator[str]:
        for name in names:
            module = (name or "").rpartition(".")[0] or name or ""
            if MODULE.fullmatch(module) and module not in BUILT_IN and not self.code.find(module):
                yield module
                yield from self.program.class_needs.get(module, ())

    def _role(self, item: Item) -> str:
        return self.program.role_of.get(item.name, item.name)

    def _note(self, text: str) -> None:
        self.result.notes.append(text)

    def _configure(self, items: list[Item]) -> None:
        """Reads what configuration files set."""
        given = [item.value for item in items if self._role(item) == "config" and item.value]
        given += [item.words[0] for item in items if _is_ini(item)]
        default = self.program.configuration
        for path in given or ([default] if default and self.code.tree.has(default) else []):
            for name, setting in configuration.read(path, self.code).items():
                if line := self.program.overruled.get(name):
                    self.overruled[line] = f"{setting.evidence.place} says {name}={setting.value}"
                elif role := self.program.settings.get(name):
                    self.settings[role] = setting
                    self._look_at(name, role, setting)
        if text := self.environment.get(self.program.variable):
            for item in parse(text.split(), self.program):
                self.settings[self._role(item)] = Setting(item.value, Evidence(self.program.variable))
        own = {self._role(item) for line in self.defaults for item in parse(shlex.split(line), self.program)}
        if own & self.settings.keys():
            self.result.is_default = False

    def _look_at(self, name: str, role: str, setting: Setting) -> None:
        """Names what a configuration sets that is of no use in a container; only its owner can take it out."""
        if (why := catalog.commands().left_out.get(role)) and (setting.value or "") not in OFF:
            self._note(f"take {name} out of {setting.evidence.place}: {why}")

    def _take(self, item: Item) -> None:
        role = self._role(item)
        why = catalog.commands().left_out.get(role)
        if any(quoted(word) is None for word in item.words) and role not in LISTENING:
            self._note(f"{item} is left out: it needs a shell, or leaves the project")
        elif why and not item.name.startswith("--no-"):
            self._note(f"{item} is left out: {why}")
        elif role in LISTENING and item.value is not None:
            self._listen(role, item)
        elif role in LOGS and item.value is not None and not item.value.startswith(STREAMS):
            self._note(f"{item} becomes -: a container logs to its standard streams")
            self.result.items.append(item.having("-"))
        elif role in self.program.moved and item.value and not item.value.startswith(("/tmp/", "/dev/")):  # noqa: S108 a container's
            self._note(f"{item} becomes {self.program.moved[role]}: the rest of the container is read-only")
            self.result.items.append(item.having(self.program.moved[role]))
        else:
            self.result.items.append(item)

    def _listen(self, role: str, item: Item) -> None:
        mended = {"bind": self._bind, "host": self._host, "port": self._port}[role](item.value or "")
        if not mended:
            why = "it is bound already" if self.bound else catalog.commands().left_out["socket"]
            self._note(f"{item} is left out: {why}")
            return
        if mended != item.value:
            self._note(f"{item} becomes {mended}")
        self.result.items.append(item.having(mended))

    def _bind(self, value: str) -> str:
        """Addresses with their ports, apart by commas; "" where none of them is of the network."""
        kept = []
        for address in map(str.strip, value.split(",")):
            if VARIABLE.fullmatch(address) and ":" in filled(address, self.environment):
                address = filled(address, self.environment)  # noqa: PLW2901 a variable that is all of it
            found = ADDRESS.fullmatch(address)
            if found is None or address.startswith(("unix:", "fd:", "/")):
                continue
            port = port_in(found["port"] or "", self.environment)
            if self.bound and port in self.bound | {None}:  # likely the same port of another family of addresses
                continue
            host = self._host(found["host"])
            kept.append(f"{found['scheme'] or ''}{host}:{port if self.bound else self._port(found['port'] or '$PORT')}")
            self.bound.add(port)
        return ",".join(kept)

    def _host(self, value: str) -> str:
        known = filled(value, self.environment)
        if known not in OPEN:
            return "0.0.0.0"  # noqa: S104 a container's
        return value if quoted(value) is not None else known  # which the answer can hold

    def _port(self, value: str) -> str:
        port = port_in(value, self.environment)
        if self.result.port is None:
            self.result.port = port
        found = VARIABLE.fullmatch(value)
        return value if found and (found[1] or found[2]) == "PORT" else "$PORT"

    def _put_in(self, *, whole: bool) -> None:
        """Puts in what a container needs and neither the command nor its configuration says."""
        said = {self._role(item) for item in self.result.items}
        words = {word for item in self.result.items for word in item.words}
        lines = [line for line in self.defaults if whole or line.split(" ")[0] not in self.program.unneeded]
        lines += [line for word, line in self.program.beside.items() if word in words]
        put = []
        for line in dict.fromkeys(lines):
            (item,) = parse(shlex.split(line), self.program)
            role = self._role(item)
            if role in said or (role == "bind" and "port" in said) or not self._is_needed(role):
                continue
            if role == "bind" and "host" in said:  # which goes with a port of its own
                item = Item((f"{self.program.roles['port'][0]}=$PORT",))
            put.append(item)
            said.add(role)
        there = self.settings.get("directory")
        if there and (there.value or "").startswith("/") and there.value != CODE and "directory" not in said:
            where = f"{there.evidence.place} starts from {there.value}, which the image does not have"
            if self.program.file_wins:
                self.result.elsewhere = where
            else:
                put.append(Item((self.program.roles["directory"][0], CODE)))
                self._note(f"{where}: it is {CODE}")
        for role in LOGS & self.settings.keys() - said:
            value = self.settings[role].value
            if value not in OFF | {None} and not (value or "").startswith(STREAMS):
                put.append(Item((self.program.roles[role][0], "-")))
                self._note(f"{self.settings[role].evidence.place} logs to {value}, a container to its standard streams")
        if self.overruled:  # uWSGI reads a file that no option names behind all options, and it would win
            items = self.result.items
            self.result.items = [Item(("--ini", *item.words)) if _is_ini(item) else item for item in items]
        for line, said_there in self.overruled.items():
            put.append(Item(tuple(line.split(" "))))
            self._note(f"{said_there}: {line} is added, as the image has it")
        self.result.is_default = self.result.is_default and self._says_nothing_more() and not self.overruled
        self.result.added = put
        ends = (at for at, item in enumerate(self.result.items) if item.words[0] in ENDS)
        end = 0 if self.program.leading else next(ends, len(self.result.items))
        self.result.items[end:end] = put

    def _is_needed(self, role: str) -> bool:
        """Whether a default is: not where the configuration says it, unless that is wrong in a container."""
        setting = self.settings.get(role)
        if setting is None:
            return True
        if role != "bind" or setting.value is None:
            return False
        found = [ADDRESS.fullmatch(address.strip()) for address in setting.value.split(",")]
        tcp = [match for match in found if match and not match[0].startswith(("unix:", "fd:", "/"))]
        port = next((match["port"] for match in tcp if match["port"]), None)
        if port and self.result.port is None:
            self.result.port, self.result.port_at = port_in(port, self.environment), setting.evidence
        place = setting.evidence.place
        if not any(filled(match["host"], self.environment) in OPEN | {""} for match in tcp):
            self._note(f"{place} binds {setting.value}: {catalog.commands().left_out['socket']}")
            return True
        if port and "PORT" not in port:
            self._note(f"{place} binds port {port}, whatever PORT says")
        return False

    def _says_nothing_more(self) -> bool:
        """Whether all that is left of what was stated is in the catalog's own command, too."""
        own = {
            (self._role(item), item.value) for line in self.defaults for item in parse(shlex.split(line), self.program)
        }
        addresses = [item for item in self.result.items if self._role(item) == "bind"]
        return len(self.bound) <= 1 >= len(addresses) and all(
            not item.name
            or self._role(item) in LISTENING | {"--factory", "app"}
            or (self._role(item) if item.value else item.name, item.value) in own
            or (self._role(item) in LOGS and item.value == "-")
            for item in self.result.items
        )


def _is_ini(item: Item) -> bool:
    return not item.name and item.words[0].endswith(".ini")
