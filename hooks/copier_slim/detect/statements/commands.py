"""Start commands, as Procfiles, Dockerfiles and shell scripts have them: what they start, and what runs before it."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.statements import configuration, script
from copier_slim.detect.statements.shell import (
    NOISE,
    QUIET,
    WAITS,
    Simple,
    Unwrapped,
    arguments,
    option,
    port_of,
    split,
    unwrap,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.findings import Evidence

APP = re.compile(r"([\w./-]+?)(?:\.py)?:([A-Za-z_][\w.]*(?:\(.*\))?)")
SHELLS = {"sh", "bash", "ash", "dash", "zsh"}
SERVERS = {
    "uvicorn": "uvicorn", "gunicorn": "gunicorn", "hypercorn": "hypercorn", "granian": "granian",
    "daphne": "", "waitress-serve": "", "uwsgi": "", "pserve": "", "mod_wsgi-express": "", "chaussette": "",
    "nameko": "",
}  # fmt: skip
ASGI_SERVERS = {"uvicorn", "hypercorn", "daphne"}
MODULES = {row.module: name for name, row in catalog.commands().programs.items() if row.module}
# Flags of Python's that the image has no need of
NEEDLESS = {"-u", "-B", "-I", "-E", "-s"}
# What a chain of commands does before its server that makes files, and so belongs in the build
MAKES_FILES = re.compile(
    r"\b(?:collectstatic|compress|compile|compilemessages|assets|tailwind|build|webpack|buildcss)\b"
)
# What prepares a start and is not it; anything else in a chain is a shell's own business
PREPARES = re.compile(r"(?:python[\d.]*|flask|alembic|django-admin|aerich|piccolo|yoyo|\S+\.py)")


@dataclass(frozen=True, slots=True)
class Image:
    """Where a command is run: the image's directories that stand for folders of the repository, and its variables.

    `directory` is the folder that is the working directory, "" for the root.
    """

    folders: tuple[tuple[str, str], ...] = ()
    directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def folder(self, path: str) -> str:
        """An image's absolute path as one of the repository; as it is where it stands for none."""
        for target, source in sorted(self.folders, key=lambda item: -len(item[0])):
            if path == target or path.startswith(f"{target.rstrip('/')}/"):
                return "/".join(filter(None, [source, path[len(target) :].strip("/")])) or "."
        return path


HERE = Image()
LONGEST_PATH = 4096  # Linux' PATH_MAX


@dataclass(frozen=True, slots=True)
class Start:
    """What a command starts.

    app      module:object behind a server; `interface` is what the server was, "asgi", "wsgi" or ""
    script   a path, run by python or streamlit; module: a name for `python -m`
    argv     the words as they are; front: those of programs before it that stay there, with their packages
    given    whether the app is made by a call with arguments
    before   commands in front of it that must run at each start; build: those that make files
    set_here the variables that the command itself sets; left: what it has beside, and why it is left out
    unused   commands beside it of which it is not known what they do; beside: processes by their names
    kept     why a script of the repository's is run as it is, which `argv` then are
    """

    evidence: Evidence
    argv: tuple[str, ...]
    app: str = ""
    script: str = ""
    module: str = ""
    server: str = ""
    interface: str = ""
    django: bool = False
    streamlit: bool = False
    celery: str = ""
    port: int | None = None
    directory: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    before: tuple[tuple[str, ...], ...] = ()
    build: tuple[tuple[str, ...], ...] = ()
    front: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    given: bool = False
    workdir: str = ""
    set_here: dict[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether it is told what of the repository is started."""
        return bool(self.app or self.script or self.module or self.django or self.celery)


def read_command(command: str, code: Code, evidence: Evidence, image: Image = HERE, depth: int = 4) -> Start | None:
    """What a shell line, run in `image`, starts; None where nothing can be told, or it starts no program of its own."""
    if not code.may_read(command, evidence):
        return None
    environment = dict(image.environment)
    found: list[Start] = []
    left: list[str] = []
    directory = image.directory
    commands = list(split(command))
    for index, simple in enumerate(commands):
        bare = unwrap(relative(simple.words, image, code), environment)
        plain = bare.words
        if plain[:1] == ["export"]:
            environment |= dict(word.split("=", 1) for word in plain[1:] if "=" in word)
        if plain[:1] == ["cd"] and len(plain) > 1:
            directory = (
                plain[1].strip("./")
                if plain[1].startswith(("/", "."))
                else "/".join(filter(None, [directory, plain[1]]))
            )
        if not plain or plain[0] in QUIET:
            continue
        if why := _left_out(plain, simple, commands[index + 1 :]):
            left.append(why)
            continue
        here = replace(image, directory=directory, environment=environment)
        if start := _Words(code, evidence, here, depth).read([_beside(word, directory, code) for word in plain]):
            found.append(_around(start, bare, simple, directory))
    if not found:
        return None
    last = max((index for index, start in enumerate(found) if start.is_known), default=len(found) - 1)
    main = found[last]
    same = {main.app, main.script, main.module} - {""}
    others = [start for start in found[:last] if not start.app and not {start.script, start.module} & same]
    steps = [start.argv for start in others if PREPARES.fullmatch(start.argv[0])]
    unused = [start for start in (*others, *found[last + 1 :]) if start.argv not in steps]
    return replace(
        main,
        before=(*(step for step in steps if not MAKES_FILES.search(" ".join(step))), *main.before),
        build=(*(step for step in steps if MAKES_FILES.search(" ".join(step))), *main.build),
        set_here={name: value for name, value in main.environment.items() if image.environment.get(name) != value},
        left=(*left, *main.left),
        unused=(*(" ".join(start.argv) for start in unused), *main.unused),
        beside=tuple(item for start in found for item in start.beside),
    )


def _left_out(words: list[str], simple: Simple, following: list[Simple]) -> str:
    """Why a command of a chain is neither a step nor what is started; "" where it may be."""
    written = " ".join(words)
    if words[0] in WAITS:
        return f"{written} is left out: whoever starts the container knows when it may start"
    if words[0] in NOISE:
        return f"{written} is left out: it prepares a machine, which the image is"
    if simple.joined_by in ("|", "|&"):
        return f"| {written} is left out: no shell runs the command"
    if following and following[0].joined_by == "&" and any(other.words for other in following):
        return f"{written} & is left out: a container runs one process; others are for the answer processes"
    return ""


def _around(start: Start, bare: Unwrapped, simple: Simple, directory: str) -> Start:
    """What is started, with what stands around its words."""
    files = [target for target in simple.redirected if "/dev/" not in target and "&" not in target[1:]]
    lost = [f"{target} is left out: a container logs to its standard streams" for target in files]
    return replace(
        start,
        front=(*bare.kept, *start.front),
        packages=(*bare.packages, *start.packages),
        workdir=start.workdir or directory,
        left=(*bare.left, *lost, *start.left),
    )


def _beside(word: str, directory: str, code: Code) -> str:
    """A file named from the working directory, named from the root."""
    path = posixpath.normpath(f"{directory}/{word}") if directory else word
    return path if not code.tree.has(word) and code.tree.has(path) else word


def relative(words: Iterable[str], image: Image, code: Code) -> list[str]:
    """The words with the image's directories taken off the paths that stand for files of the repository."""
    result = []
    for word in words:
        option, equals, path = word.partition("=/") if word.startswith("--") else ("", "", "")
        if equals:
            result.append(f"{option}={_inside(f'/{path}', image, code)}")
        else:
            result.append(_inside(word, image, code))
    return result


def _inside(word: str, image: Image, code: Code) -> str:
    plain = image.folder(word) if word.startswith("/") else word
    plain = plain.removeprefix("./") or "."
    if plain.startswith("/") and len(plain) <= LONGEST_PATH:  # a directory that is not known
        parts = plain.strip("/").split("/")
        tails = ("/".join(parts[start:]) for start in range(len(parts)))
        plain = next(filter(code.tree.has, tails), plain)
    return plain


@dataclass(frozen=True, slots=True)
class _Words:
    """Reads the words of one simple command."""

    code: Code
    evidence: Evidence
    image: Image
    depth: int

    def read(self, words: list[str]) -> Start | None:
        """What the words start; None where that is nothing."""
        name = words[0].rpartition("/")[2]
        environment = dict(self.image.environment)
        start = Start(
            self.evidence, tuple(words), port=port_of(words), directory=self.image.directory, environment=environment
        )
        if self.depth <= 0:
            return start
        if name in SHELLS and len(words) > 1:
            return self._shell(words, start)
        if name.endswith(".sh") or self._is_script(words[0]):
            return self._script(words) or start
        if re.fullmatch(r"python[\d.]*|pypy3?", name):
            return self._python(words, start)
        if name in SERVERS:
            return _read_server(name, words, self.code, start)
        if name in READERS:
            return READERS[name](words, self.code, start)
        if name.endswith("manage.py"):
            return _read_manage(words, self.code, start)
        if name.endswith(".py"):
            return replace(start, script=words[0], argv=("python", *words))
        return self._later(words, start)

    def _is_script(self, path: str) -> bool:
        return (
            self.code.tree.has(path)
            and not path.endswith(".py")
            and (self.code.tree.text(path) or "").startswith("#!/")
        )

    def _shell(self, words: list[str], start: Start) -> Start | None:
        flag, *rest = words[1:]
        if flag.startswith("-") and "c" in flag and rest:
            return read_command(rest[0], self.code, self.evidence, self.image, self.depth - 1)
        return self._script(words[1:]) or start

    def _script(self, words: list[str]) -> Start | None:
        """What a shell script of the repository starts, with the arguments that it is given.

        The script itself, as it is, where not all that it does is known.
        """
        path, *given = words
        text = self.code.tree.text(path)
        if text is None or not self.code.may_read(text, self.evidence):
            return None
        followed = script.read(text, given, self.image.environment, self._source, self._is_file)
        evidence = self.code.tree.evidence(path)
        found = read_command("\n".join(followed.lines), self.code, evidence, self.image, self.depth - 1)
        if found is None:
            return None
        place = self.code.tree.evidence(path, found.argv[0])
        found = replace(
            found,
            evidence=place if place.line else self.evidence,
            left=(*followed.left, *found.left),
            beside=(*found.beside, *followed.beside.items()),
        )
        why = [*followed.unread, *(f"it is not known what {line} does" for line in found.unused)]
        if not why and not found.kept:
            return found
        passed = relative(given, self.image, self.code)
        if passed and (inner := self.code.tree.text(passed[0])) is not None and not passed[0].endswith(".py"):
            passed = [_shell_of(inner), *passed]
        return replace(
            found, argv=(_shell_of(text), path, *passed), front=(), before=(), build=(), set_here={}, unused=(), left=(), workdir="",
            kept=tuple(why) or found.kept,
        )  # fmt: skip

    def _source(self, path: str) -> str | None:
        (plain,) = relative([path], self.image, self.code)
        return self.code.tree.text(_beside(plain, self.image.directory, self.code))

    def _is_file(self, path: str) -> bool:
        (plain,) = relative([path], self.image, self.code)
        return self.code.tree.has(_beside(plain, self.image.directory, self.code))

    def _python(self, words: list[str], start: Start) -> Start | None:
        rest = words[1:]
        while rest and rest[0].startswith("-") and rest[0] != "-m":
            flag = rest.pop(0)
            if flag in ("-W", "-X") and rest:
                rest.pop(0)
            if flag == "-c":
                return start
            if re.fullmatch(r"-\w+m", flag) and rest:  # python -um app
                rest.insert(0, "-m")
        if not rest:
            return None
        if rest[0] == "-m" and len(rest) > 1:
            program = MODULES.get(rest[1], rest[1])
            if program in SERVERS or program in READERS:
                found = replace(self, depth=self.depth - 1).read([program, *rest[2:]])
                flags = [word for word in words[1 : len(words) - len(rest)] if word not in NEEDLESS]
                return replace(found, front=(words[0], *flags, "-m", *found.front)) if found and flags else found
            return replace(start, module=rest[1])
        if rest[0].endswith("manage.py"):
            return _read_manage(rest, self.code, start)
        return replace(start, script=rest[0])

    def _later(self, words: list[str], start: Start) -> Start | None:
        """A server behind a program that is not known, as in `bin/start-nginx gunicorn app:app`."""
        for index, word in enumerate(words[1:], 1):
            if word in SERVERS:
                found = replace(self, depth=self.depth - 1).read(words[index:])
                left = f"{' '.join(words[:index])} is left out: it is not known what it does"
                return replace(found, left=(left, *found.left)) if found else None
        return start


def _shell_of(text: str) -> str:
    return "bash" if re.match(r"#!.*\bbash\b|(?!#!)", text) else "sh"


def _read_streamlit(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    script = next((word for word in words if word.endswith(".py")), "")
    return replace(start, streamlit=True, script=script) if "run" in words else start


def _read_fastapi(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    return replace(start, script=next((word for word in words[2:] if word.endswith(".py")), ""), interface="asgi")


def _read_celery(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    return replace(start, celery=option(words, "-A", "--app"))


def _read_manage(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    """`runserver` means the project's own entry point; anything else is a command like any other."""
    return replace(start, django="runserver" in words or "runserver_plus" in words)


def _read_server(name: str, words: list[str], code: Code, start: Start) -> Start:
    interface = "asgi" if name in ASGI_SERVERS or any("uvicorn" in word.lower() for word in words[1:]) else "wsgi"
    given = option(words, "--chdir", "--app-dir", "--pythonpath").strip("./") or _python_path(start, code)
    directory = "/".join(filter(None, [start.directory, given]))
    call = option(words, "--call")
    start = replace(start, server=SERVERS[name], interface=interface, directory=directory)
    if name == "uwsgi":
        return _read_uwsgi(words, code, start)
    configured = (
        configuration.read(option(words, "-c", "--config") or "gunicorn.conf.py", code) if name == "gunicorn" else {}
    )
    by_configuration = [setting.value for name, setting in configured.items() if name == "wsgi_app" and setting.value]
    for word in (*arguments(words), *words[1:], *by_configuration):
        if word.startswith("-") or "=" in word.partition("(")[0]:
            continue
        module, attribute = word, "application"
        if match := APP.fullmatch(word):
            module, attribute = match[1].replace("/", "."), match[2]
        if code.find(module, directory) or code.find(f"{directory.replace('/', '.')}.{module}"):
            plain = without_arguments(attribute)
            if (call or "--factory" in words) and not plain.endswith("()"):
                plain += "()"
            return replace(start, app=f"{module}:{plain}", given=without_arguments(attribute) != attribute)
    return start


def _python_path(start: Start, code: Code) -> str:
    """The one folder of the repository that PYTHONPATH names; "" for none."""
    folders = [folder.removeprefix("./").strip("/") for folder in start.environment.get("PYTHONPATH", "").split(":")]
    inside = [folder for folder in folders if any(path.startswith(f"{folder}/") for path in code.tree.files)]
    return inside[0] if len(inside) == 1 else ""


def _read_uwsgi(words: list[str], code: Code, start: Start) -> Start:
    ini = next((word for word in words[1:] if word.endswith(".ini") and code.tree.has(word)), option(words, "--ini"))
    text = code.tree.text(ini) or "" if ini else ""
    pairs = (line.partition("=") for line in text.split("\n"))
    settings = {name.strip(): value.strip() for name, _, value in pairs if value.strip()}
    module = option(words, "--module", "-w") or settings.get("module") or settings.get("wsgi") or ""
    file = option(words, "--wsgi-file") or settings.get("wsgi-file") or settings.get("file") or ""
    called = option(words, "--callable") or settings.get("callable") or "application"
    if file:
        module = file.removesuffix(".py").replace("/", ".")
    if not module:
        return start
    module, _, attribute = module.partition(":")
    directory = option(words, "--chdir").strip("./")
    return replace(start, app=f"{module}:{attribute or called}", directory=directory)


def _read_flask(words: list[str], code: Code, start: Start) -> Start:
    if "run" not in words:
        return start
    app = option(words, "--app", "-A") or start.environment.get("FLASK_APP", "")
    return replace(start, app=flask_app(app, code), interface="wsgi")


def flask_app(value: str, code: Code) -> str:
    """FLASK_APP as module:object, or as the module alone where it names no object; "" for none of the repository."""
    module, _, attribute = value.partition(":")
    module = module.removeprefix("./").removesuffix(".py").replace("/", ".")
    if not module or not code.find(module):
        return ""
    return f"{module}:{without_arguments(attribute)}" if attribute else module


def without_arguments(attribute: str) -> str:
    """A call without what it is given; what is none stays as it is."""
    name, _, arguments = attribute.partition("(")
    _, closed, rest = arguments.rpartition(")")
    return f"{name}(){rest}" if closed else attribute


READERS: dict[str, Callable[[list[str], Code, Start], Start]] = {
    "celery": _read_celery,
    "django-admin": _read_manage,
    "fastapi": _read_fastapi,
    "flask": _read_flask,
    "streamlit": _read_streamlit,
}
