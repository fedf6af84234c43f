"""Start commands, as Procfiles, Dockerfiles and shell scripts have them: what they start, and what runs before it."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.detect.statements import python_starter, script, script_text
from copier_slim.detect.statements.programs import READERS, SERVERS, read_manage, read_server
from copier_slim.detect.statements.shell import (
    LEFT_TO_WHO_STARTS,
    NOISE,
    QUIET,
    WAITS,
    Simple,
    Unwrapped,
    port_of,
    split,
    unwrap,
)
from copier_slim.detect.statements.start import HERE, Image, Start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.statements.script_commands import Script

SHELLS = {"sh", "bash", "ash", "dash", "zsh"}
MODULES = {row.module: name for name, row in catalog.commands().programs.items() if row.module}
# Flags of Python's that the image has no need of
NEEDLESS = {"-u", "-B", "-I", "-E", "-s"}
# What a chain of commands does before its server that makes files, and so belongs in the build
MAKES_FILES = re.compile(
    r"\b(?:collectstatic|compress|compile|compilemessages|assets|tailwind|build|webpack|buildcss)\b"
)
# What prepares a start and is not it; anything else in a chain is a shell's own business
PREPARES = re.compile(r"(?:python[\d.]*|flask|alembic|django-admin|aerich|piccolo|yoyo|\S+\.py)")


LONGEST_PATH = 4096  # Linux' PATH_MAX


def read_command(command: str, code: Code, evidence: Evidence, image: Image = HERE, depth: int = 4) -> Start | None:
    """What a shell line, run in `image`, starts; None where nothing can be told, or it starts no program of its own."""
    if not code.may_read(command, evidence):
        return None
    environment = dict(image.environment)
    found: list[Start] = []
    left: list[str] = []
    directory = image.directory
    commands = list(split(command))
    apart: dict[str, str] = {}  # what runs in the background
    for index, simple in enumerate(commands):
        bare = unwrap(relative(simple.words, image, code), environment)
        plain = bare.words
        if plain[:1] == ["export"]:
            environment |= dict(word.split("=", 1) for word in plain[1:] if "=" in word)
        directory = _changed(directory, plain)
        if not plain or plain[0] in QUIET:
            continue
        if why := _left_out(plain, simple):
            left.append(why)
            continue
        following = commands[index + 1 :]
        if following and following[0].joined_by == "&" and (apart or any(other.words for other in following)):
            apart[script_text.named(" ".join(plain), apart)] = shlex.join(_by_python(plain, code))
            continue
        here = replace(image, directory=directory, environment=environment)
        if start := _Words(code, evidence, here, depth).read([_beside(word, directory, code) for word in plain]):
            found.append(_around(start, bare, simple, directory))
    if not found:
        only = script_text.take_server(apart)  # all of it is in the background, and then comes `wait`
        start = read_command(only, code, evidence, image, depth - 1) if only and depth else None
        return replace(start, beside=(*apart.items(), *start.beside)) if start else None
    last = max((index for index, start in enumerate(found) if start.is_known), default=len(found) - 1)
    main = found[last]
    same = {main.app, main.script, main.module} - {""}
    others = [start for start in found[:last] if not start.app and not {start.script, start.module} & same]
    steps = [
        tuple(_by_python(words, code))
        for start in found[:last]
        for words in (*start.before, *start.build, *([start.argv] if start in others else []))
        if PREPARES.fullmatch(words[0])
    ]
    unused = [start for start in (*others, *found[last + 1 :]) if tuple(_by_python(start.argv, code)) not in steps]
    return replace(
        main,
        before=(*(step for step in steps if not MAKES_FILES.search(" ".join(step))), *main.before),
        build=(*(step for step in steps if MAKES_FILES.search(" ".join(step))), *main.build),
        set_here={name: value for name, value in main.environment.items() if image.environment.get(name) != value},
        left=(*left, *main.left),
        unused=(*(" ".join(start.argv) for start in unused), *main.unused),
        beside=(*apart.items(), *(item for start in found for item in start.beside)),
    )


def _by_python(words: Sequence[str], code: Code) -> Sequence[str]:
    """The words, with Python in front of a script of the project's: without its ./ no PATH has it."""
    return ["python", *words] if words[0].endswith(".py") and code.tree.has(words[0]) else words


def _changed(directory: str, words: list[str]) -> str:
    """The working directory after a command."""
    if words[:1] != ["cd"] or len(words) == 1:
        return directory
    path = words[1]
    return path.strip("./") if path.startswith(("/", ".")) else "/".join(filter(None, [directory, path]))


def _left_out(words: list[str], simple: Simple) -> str:
    """Why a command of a chain is neither a step nor what is started; "" where it may be."""
    written = " ".join(words)
    if words[0] in WAITS:
        return f"{written} {LEFT_TO_WHO_STARTS}"
    if words[0] in (".", "source") and len(words) > 1 and words[1].endswith("/activate"):
        return f"{written} is left out: the image has one environment, /opt/venv"
    if words[0] in NOISE:
        return f"{written} is left out: it prepares a machine, which the image is"
    if simple.joined_by in ("|", "|&"):
        return f"| {written} is left out: no shell runs the command"
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
        if (name in SHELLS and len(words) > 1) or name == "supervisord":
            return self._shell(words, start) if name in SHELLS else self._supervised(words) or start
        if name.endswith(".sh") or self._is_script(words[0]):
            return self._script(words) or start
        if re.fullmatch(r"python[\d.]*|pypy3?", name):
            return self._python(words, start)
        if name in SERVERS:
            return read_server(name, words, self.code, start)
        if name in READERS:
            return READERS[name](words, self.code, start)
        if name.endswith("manage.py"):
            return read_manage(words, self.code, start)
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
        found = self._of(path, followed)
        if found is None:
            return None
        why = followed.unread or [f"it is not known what {line} does" for line in found.unused]
        if not why and not found.kept:
            return found
        passed = relative(given, self.image, self.code)
        if passed and (inner := self.code.tree.text(passed[0])) is not None and not passed[0].endswith(".py"):
            passed = [_shell_of(inner), *passed]
        return replace(found, kept=tuple(why) or found.kept, **_AS_IT_IS, argv=(_shell_of(text), path, *passed))

    def _supervised(self, words: list[str]) -> Start | None:
        """The first server of what supervisord starts, with the other programs beside it."""
        line = shlex.join(words)
        found = self._of(self.evidence.path, script.read(line, (), self.image.environment, self._source))
        return found if found and found.argv[0] != words[0] else None

    def _of(self, path: str, followed: Script) -> Start | None:
        """What the lines start that a file of the repository comes to; None where that is nothing."""
        evidence = self.code.tree.evidence(path)
        found = read_command("\n".join(followed.lines), self.code, evidence, self.image, self.depth - 1)
        if found is None:
            return None
        place = self.code.tree.evidence(path, found.argv[0])
        return replace(
            found,
            evidence=place if place.line else self.evidence,
            left=(*followed.left, *found.left),
            beside=(*found.beside, *followed.beside.items()),
        )

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
            return read_manage(rest, self.code, start)
        return self._starter(rest[0], start) or replace(start, script=rest[0])

    def _starter(self, path: str, start: Start) -> Start | None:
        """What a program of the repository's that starts others starts; None for any other."""
        module = self.code.module(path) if self.code.tree.has(path) else None
        started = python_starter.read(module) if module else None
        if started is None or not self.code.may_read("\n".join(started.lines), self.evidence):
            return None
        followed = script.read("\n".join(started.lines), (), self.image.environment)
        found = self._of(path, followed)
        if found is None or not found.is_known:
            return None
        why = [*started.unread, *followed.unread]
        return replace(found, kept=tuple(why), **_AS_IT_IS, argv=start.argv) if why else found

    def _later(self, words: list[str], start: Start) -> Start | None:
        """A server behind a program that is not known, as in `bin/start-nginx gunicorn app:app`."""
        for index, word in enumerate(words[1:], 1):
            if word in SERVERS:
                found = replace(self, depth=self.depth - 1).read(words[index:])
                left = f"{' '.join(words[:index])} is left out: it is not known what it does"
                return replace(found, left=(left, *found.left)) if found else None
        return start


# Of a script that is run as it is, all this is its own business
_AS_IT_IS: dict[str, Any] = {
    "front": (), "before": (), "build": (), "set_here": {}, "unused": (), "left": (), "workdir": "",
}  # fmt: skip


def _shell_of(text: str) -> str:
    return "bash" if re.match(r"#!.*\bbash\b|(?!#!)", text) else "sh"
