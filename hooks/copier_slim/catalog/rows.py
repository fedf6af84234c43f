"""The types of the catalog's rows, which are checked as they are read.

Their fields are explained at the head of each YAML file in this folder.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Interface = Literal["asgi", "wsgi", "aiohttp", "script", "worker", "argv", "mcp", "stdio"]
Architecture = Literal["amd64", "arm64"]
ALPINE = "alpine"
NonEmpty = msgspec.Meta(min_length=1)
# What a field of a statement becomes: an answer, the default process's command, a word of the answer limits, or a guide
# to the fields beside it
Stated = Literal[
    "command", "processes", "release", "schedules", "environment", "port", "health_path", "python_version",
    "writable_paths", "system_packages", "build_commands", "prestart", "memory", "grace", "start", "image_files",
    "labels", "guide",
]  # fmt: skip


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the catalog; a field that it does not name is a mistake."""


class Framework(Row, frozen=True, kw_only=True):
    """How a framework's app is described, and what is written for it."""

    label: str
    requires: list[str]
    starter_requires: list[str] = []
    servers: Annotated[dict[str, Interface], NonEmpty]
    app: str | dict[Interface, str]
    app_kind: Literal["object", "module", "script", "argv"]
    health_path: str | None = None
    build_commands: list[str] = []
    leaves_packages: list[str] = []
    starter: Annotated[list[str], NonEmpty]
    constructors: list[str] = []
    tasks: bool = False
    imports: list[str] = []

    @property
    def default_server(self) -> str:
        """The server that the question offers first."""
        return next(iter(self.servers))


class Command(Row, frozen=True, kw_only=True):
    """How a server is started for apps of one interface."""

    requires: list[str]
    command: Annotated[list[str], NonEmpty]
    factory: str | None = None
    since: dict[str, str] = {}
    heartbeat: bool = False
    workers: bool = True
    program: str | None = None
    script: str | None = None
    launch: Literal["become", "init"] = "become"


class Server(Row, frozen=True, kw_only=True):
    """A production server, with one command for each interface that it can drive an app through."""

    label: str
    about: str
    asgi: Command | None = None
    wsgi: Command | None = None
    aiohttp: Command | None = None
    script: Command | None = None
    worker: Command | None = None
    argv: Command | None = None
    mcp: Command | None = None
    stdio: Command | None = None


class PackageManager(Row, frozen=True, kw_only=True):
    """What installs system packages in an image that stands in place of the official one, and how it calls them."""

    commands: str
    headers: list[str] = []
    pip: list[str] = []
    renamed: dict[str, list[str]] = {}


class Base(Row, frozen=True, kw_only=True):
    """A base image: the name with {python} and {suite} to be filled in, its system and what brings a compiler there.

    `user` is the command that adds the app's user, `root` what the runtime stage starts from, `launcher` what runs
    /opt/launch.py; `budget` is in megabytes, as pulled.
    """

    image: str
    system: Literal["debian", "alpine"]
    compiler: str
    user: str
    root: Literal["check", "scratch"]
    launcher: str
    lacks: dict[str, str] = msgspec.field(default_factory=dict)
    budget: int
    label: str
    about: str

    def image_for(self, python: str, suite: str) -> str:
        """The image that a Dockerfile names."""
        return self.image.replace("{python}", python).replace("{suite}", suite)

    def release(self, suite: str) -> str:
        """The system as its packages are listed by: a suite of Debian, or alpine."""
        return ALPINE if self.system == ALPINE else suite


class Python(Row, frozen=True, kw_only=True):
    """A release of Python: the month it came out, as 2025-10, and that of its last security fixes."""

    since: str
    until: str


class Alpine(Row, frozen=True, kw_only=True):
    """What a PyPI package needs of Alpine, by the names that apk knows; or why none of them make it work there."""

    wheel: bool = True
    build: list[str] = []
    linked: list[str] = []
    runtime: list[str] = []
    unfit: str = ""


class Package(Row, frozen=True, kw_only=True):
    """What a PyPI package needs of Debian; a name is for all suites, or one for each by suite. And of Alpine."""

    build: list[str | dict[str, str | None]] = []
    linked: list[str | dict[str, str | None]] = []
    runtime: list[str | dict[str, str | None]] = []
    wheel: bool = True
    extras: list[str] = []
    unless: list[str] = []
    ask: bool = False
    optional: list[str] = []
    alpine: Alpine = Alpine()
    why: str
    mb: float = 0
    unproven: str = ""

    def always_compiled(self, system: str) -> bool:
        """Whether no wheel of any release fits `system`, a suite of Debian or alpine."""
        return not (self.alpine.wheel if system == ALPINE else self.wheel)

    def names(self, field: Literal["build", "linked", "runtime"], system: str) -> list[str]:
        """The packages of a field as `system`, a suite of Debian or alpine, calls them."""
        if system == ALPINE:
            return list(getattr(self.alpine, field))
        found = [name if isinstance(name, str) else name.get(system) for name in getattr(self, field)]
        return [name for name in found if name]


class Debian(Row, frozen=True, kw_only=True):
    """What becomes of Debian's names: from release to release, and of those in an existing Dockerfile."""

    renamed: dict[str, str]
    moved: list[dict[Literal["bookworm", "trixie"], str]]
    gone: dict[str, str]
    needless: frozenset[str]
    unused: frozenset[str]
    foreign: str

    def name(self, package: str, suite: str) -> str:
        """The name that a suite has for a package."""
        package = self.renamed.get(package, package)
        return next((names[suite] for names in self.moved if package in names.values()), package)  # type: ignore[index]


class Companion(Row, frozen=True, kw_only=True):
    """What an old release needs and does not say."""

    below: str
    requires: Annotated[list[str], NonEmpty]
    why: str


class Removed(Row, frozen=True, kw_only=True):
    """The first Python without a module of the standard library, and the distribution that has it."""

    since: str
    brought_by: str


class Weight(Row, frozen=True, kw_only=True):
    """Megabytes of an image or a layer: unpacked, and compressed as it is pulled.

    `own` where it is not the image as it is pulled, but what the template makes of it, bytecode included.
    """

    disk: float
    pull: float
    own: bool = False


class Inside(Row, frozen=True, kw_only=True):
    """What is in an archive of which only the size is known: bytes for each of its bytes."""

    unpacked: float
    sources: float
    packed: float


class Compressed(Row, frozen=True, kw_only=True):
    """How much smaller things are in a layer, as it is pulled."""

    bytecode: float
    system_packages: float
    data: float
    saved_on_a_file: float


class Sizes(Row, frozen=True, kw_only=True):
    """What images and their parts weigh; the fields are explained at the head of sizes.yml."""

    images: dict[str, dict[str, dict[str, dict[Architecture, Weight]]]]
    standard_library: dict[str, Weight]
    bytecode: dict[str, float]
    compressed: Compressed
    wheel: Inside
    source: Inside
    programs: dict[str, float]


class Alternative(Row, frozen=True, kw_only=True):
    """What is lighter than a PyPI package and does its work."""

    instead: str
    why: str
    mb: float | None = None
    drops: list[str] = []
    architectures: list[Architecture] = []


class LighterIndex(Row, frozen=True, kw_only=True):
    """An index that has packages of PyPI much smaller."""

    url: str
    packages: list[str]
    needed_by: list[str] = []
    because: str


class Indexes(Row, frozen=True, kw_only=True):
    """The package indexes that are known beside PyPI; the fields are explained at the head of indexes.yml."""

    open: list[str]
    lighter: dict[str, LighterIndex]


class Statement(Row, frozen=True, kw_only=True):
    """A kind of file in which projects state how they are built and run, and what becomes of each of its fields.

    The fields are explained at the head of statements.yml.
    """

    files: Annotated[list[str], NonEmpty]
    named: str = ""
    format: Literal["lines", "toml", "yaml", "json", "ini", "python", "make", "dockerfile"]
    development: bool = False
    carried: dict[Stated, list[str]] = {}
    left: dict[str, list[str]] = {}
    variables: dict[str, Stated] = {}


class Listener(Row, frozen=True, kw_only=True):
    """A call that makes a script listen: its port's position and default, whether importing the script is safe.

    `constructed` where host and port may be given with the object, `transport` where it may not listen at all.
    """

    port_argument: int | None = None
    port: int = 0
    constructed: bool = False
    transport: bool = False
    harmless: bool = False


class Secret(Row, frozen=True, kw_only=True):
    """The file with a service's password: its name, where it is mounted if not under /run/secrets, and its lines."""

    file: str
    target: str | None = None
    lines: Annotated[list[str], NonEmpty]


class Service(Row, frozen=True, kw_only=True):
    """What PyPI packages talk to, as compose.yaml starts it; the fields are explained at the head of services.yml."""

    packages: Annotated[list[str], NonEmpty]
    image: str
    environment: dict[str, str] = {}
    data: str | None = None
    health: Annotated[list[str], NonEmpty]
    start: int = 30
    variables: dict[str, str] = {}
    worker: dict[str, str] = {}
    secret: Secret | None = None
    secrets: dict[str, str] = {}


class Served(Row, frozen=True, kw_only=True):
    """What an agent needs to trace a framework."""

    requires: list[str] = []
    environment: dict[str, str] = {}
    launcher: bool = True
    calls: dict[str, list[Literal["start", "attach"]]] = {}
    integration: str | None = None

    def calls_for(self, server: str, interface: Interface) -> list[str]:
        """The functions of container/monitoring.py that the app calls, where `server` drives it through `interface`."""
        return list(self.calls.get(server, self.calls.get(interface, [])))


class Runtime(Row, frozen=True, kw_only=True):
    """What reports the garbage collector's metrics through an agent."""

    requires: list[str]
    environment: dict[str, str]


class Agent(Row, frozen=True, kw_only=True):
    """A tracing agent or a metrics library: what it needs, what switches it on, which frameworks it serves."""

    label: str
    about: str
    requires: list[str]
    launcher: str | None = None
    switches: list[str] = []
    aliases: dict[str, str] = {}
    environment: dict[str, str] = {}
    runtime: Runtime | None = None
    shared: dict[str, str] = {}
    module: str
    pythons: list[str] | None = None
    queues: list[str] = []
    frameworks: Annotated[dict[str, Served], NonEmpty]
    refuses: dict[str, str] = {}


class Tool(Row, frozen=True, kw_only=True):
    """What locks, at its pinned version; what installs the lock; the command that Renovate locks with."""

    version: str
    installer: Literal["pip", "uv"]
    groups: str | None = None
    cooldown: str
    exempt: str | None = None
    knows: str | None = None
    needs: list[str] = []
    pinned: str
    renovate: str

    def cooldown_options(self, days: int, exempt: list[str]) -> list[str]:
        """The arguments by which nothing younger than so many days is taken, but for the exempt; [] for 0 days."""
        if not days:
            return []
        more = [self.exempt.replace("{name}", name) for name in exempt] if self.exempt else []
        return " ".join([self.cooldown.replace("{days}", str(days)), *more]).split()


class Source(Row, frozen=True, kw_only=True):
    """Where dependencies are stated; `lock` is the project's own, with what reads it and what makes it anew."""

    about: str
    states: str
    lock: str | None = None
    exporter: list[str] = []
    script: str | None = None
    export: list[str] = []
    group: str | None = None
    extra: str | None = None
    member: str | None = None
    default_index: str | None = None
    credentials: str | None = None
    always: list[str] = []
    stale: str | None = None
    mend: str | None = None
    dependabot: str | None = None


class Profiler(Row, frozen=True, kw_only=True):
    """A profiler that attaches from outside, as the stage `debug` installs it; Python's own needs no requirement."""

    label: str
    about: str
    requirement: str | None = None
    hashes: list[str] = []
    program: str | None = None
    dump: str
    refuses: dict[str, str] = {}
