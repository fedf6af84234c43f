"""Builds: whether an engine answers, and its `build` with the progress, the log and the failures."""

from __future__ import annotations

import netrc
import os
import re
import subprocess
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copier_slim.engine import buildah, engines, stages
from copier_slim.engine.steps import Progress
from copier_slim.errors import InputError, ToolError
from copier_slim.reading import text_files
from copier_slim.worktree import git

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")
LOOPBACK = {"localhost", "127.0.0.1", "::1", None}

PATIENCE = 10  # seconds to end after SIGTERM

RUN_STEP = re.compile(r"^#(?P<number>\d+) \[[^\]]+\] RUN (?:--\S+ +)*(?P<command>.+)$", re.MULTILINE)
ASKS_FOR_NETRC = re.compile(r"^[^#\n]*--mount=type=secret,id=netrc\b", re.MULTILINE)
PRIVATE_INDEX = re.compile(r'^ENV PIP_INDEX_URL="(?P<url>[^"\n]+)"', re.MULTILINE)
ASKS_FOR_VARIABLE = re.compile(
    r"(?<!\S)--mount=type=secret,id=(\w+_(?:USERNAME|PASSWORD)\b|\w+(?=,required=true,target=/mnt/(?:secret:|debian\.sources)))"
)
ASKS_FOR_AGENT = re.compile(r"^[^#\n]*--mount=type=ssh\b", re.MULTILINE)
FAILED = re.compile(
    r"^#(?P<number>\d+) ERROR: process \"(?P<command>.*)\" did not complete successfully(?:: (?P<why>.*))?",
    re.MULTILINE,
)
# What BuildKit repeats of a step that failed; all that it prints of one which another build had begun
SAID_AT_THE_END = re.compile(r"^------\n > \[[^\n]*:\n(?P<said>(?:(?!------$).*\n)+)------$", re.MULTILINE)
EXIT_CODE = re.compile(r"exit code: (?P<code>\d+)")
KILLED = {137: "for want of memory, most likely", 143: "from outside"}  # 128 and SIGKILL, SIGTERM
# What runs a step failed before its command began; a program that the image lacks is the Dockerfile's mistake
NOT_BEGUN = re.compile(r"^(?:(?:runc|crun|runsc|youki) \w+ failed|OCI runtime \w+ failed): .*", re.MULTILINE)
NO_PROGRAM = re.compile(r"exec:? .{0,500}(?:no such file or directory|not found|permission denied)", re.IGNORECASE)
NOT_PULLED = re.compile(r"failed to solve: (?P<image>\S+): failed to resolve source metadata for \S+: (?P<why>.+)")
NO_AGENT = re.compile(r"failed to solve: unset ssh forward key default")
LOGIN = re.compile(r"\b401\b|unauthorized|authorization|authentication required|no basic auth|denied", re.IGNORECASE)
NO_BUILDKIT = re.compile(r"buildx component is missing or broken|unknown flag: --(?:progress|secret|output)")
NO_SECRET = re.compile(r"failed to solve: secret (?P<name>\w+): not found")
# What BuildKit says of it as an argument, as an exporter's option, and of one in milliseconds
NO_DATE = re.compile(
    r"invalid (?:SOURCE_DATE_EPOCH: (?P<value>.+): strconv|source-date-epoch: .{0,99}parsing \"(?P<option>[^\"]*)\")"
    r"|marshal image config: .{0,200}year outside of range"
)
# What engines say of a compression that they do not know, and Docker before 23 of any
NO_ZSTD = re.compile(
    r"(?:unsupported|unknown|invalid)[^\n]{0,200}\bzstd\b|\bzstd\b[^\n]{0,200}(?:unsupported|not supported|unknown)"
    r"|archive/tar: invalid tar header",
    re.IGNORECASE,
)
UNREADABLE = re.compile(
    r"failed to solve: (?P<why>dockerfile parse error .+|target stage .{1,200} could not be found.*)"
)


_under_way: set[subprocess.Popen[str]] = set()


class BuildError(ToolError):
    """`docker build` failed.

    `log` is all that it wrote; `command` is the RUN that failed and `output` what that wrote, or else how it ended,
    both "" where the engine failed and not a command.
    """

    def __init__(self, message: str, log: str, command: str = "", output: str = "") -> None:
        super().__init__(message)
        self.log = log
        self.command = command
        self.output = output


def answers() -> bool:
    """Whether an engine answers within ten seconds; False without its program on the PATH."""
    return engines.answers()


def in_list(name: str, path: Path) -> str:
    """A path as part of an option that docker reads as CSV: one with a comma is quoted."""
    text = f"{name}={path}"
    return '"{}"'.format(text.replace('"', '""')) if {",", '"'} & {*text} else text


def build(
    context: Path,
    *,
    target: str | None,
    output: Path | None,
    tag: str | None,
    build_args: Mapping[str, str] = MappingProxyType({}),
    options: Sequence[str] = (),
    progress: Callable[[str], None],
) -> str:
    """Runs `docker build` on `context`, and tells `progress` how far it is, as "step 3 of 9, compile: pip-compile …".

    `target` is the stage to stop at, `output` the directory that gets its files, `tag` the name of the image, `options`
    are further ones. A Dockerfile that asks for the secret netrc or for ssh gets the user's.

    Returns docker's output. Raises BuildError where a command of the Dockerfile or the engine fails, InputError where
    BuildKit cannot read the Dockerfile or there is no such secret, ToolError without docker on the PATH.
    """
    for name in ("Dockerfile", ".dockerignore"):
        check_encoding(context / name)
    engine = engines.current()
    if engine.podman:
        _require_buildah(context / "Dockerfile")
    argv = [engine.program, "build", *engine.build]
    argv += ["--target", target] if target else []
    argv += ["--output", f"type=local,{in_list('dest', output)}"] if output else []
    argv += ["--tag", tag] if tag else []
    for name, value in build_args.items():
        argv += ["--build-arg", f"{name}={value}"]
    through = proxies()
    for name in through:  # without their values, which may have a password
        argv += ["--build-arg", name]
    argv += _credentials(context)
    argv += options
    doing = Progress(_text(context / "Dockerfile"), target, podman=engine.podman)

    def each(line: str) -> None:
        if step := doing.after(line):
            progress(step)

    code, log = stream([*argv, str(context)], env={**git.environment(), **through, "DOCKER_BUILDKIT": "1"}, each=each)
    if code:
        raise _failure_of_buildah(log) if engine.podman else _failure(log)
    return log


def _require_buildah(path: Path) -> None:
    """Raises ToolError where Podman's Buildah is older than what the Dockerfile has."""
    dockerfile = _text(path)
    if lacking := buildah.lacks(engines.buildah_version(), dockerfile):
        version = ".".join(map(str, engines.buildah_version()[:2]))
        raise ToolError(
            f"Podman's Buildah {version} does not know {lacking}; use Podman 5.6 or later, or write the Dockerfile for"
            " older ones: copier-slim update --data builder=older"
        )


def _text(path: Path) -> str:
    """What a file has; "" where it cannot be read, which the engine says."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def check_encoding(path: Path) -> None:
    """Raises InputError where a file that is there is in an encoding in which Docker reads null bytes."""
    try:
        encoding = text_files.wide(text_files.content(path, text_files.LARGEST_FILE))
    except OSError:  # docker says that
        return
    if encoding:
        raise InputError(f"{path.name} is {encoding}, which Docker does not read; save it as UTF-8")


def commands_run(log: str) -> list[str]:
    """The commands of RUN that a build ran, and did not take from its cache."""
    if engines.current().podman:
        return buildah.commands_run(log)
    started = {found["number"]: found["command"] for found in RUN_STEP.finditer(log)}
    cached = set(re.findall(r"^#(\d+) CACHED$", log, re.MULTILINE))
    return [" ".join(command.split()) for number, command in started.items() if number not in cached]


def stream(
    argv: Sequence[str], *, env: Mapping[str, str], each: Callable[[str], None], cwd: Path | None = None
) -> tuple[int, str]:
    """Runs a command without input, hands each line of both its streams to `each`; returns its exit code and them all.

    The command is ended where the user interrupts or `each` raises. Raises ToolError where it cannot be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 an argument list, without a shell
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise ToolError(f"{argv[0]} cannot be started: {error.strerror}; install it or put it on the PATH") from error
    lines: list[str] = []
    _under_way.add(process)
    with process:
        try:
            for line in process.stdout or ():
                lines.append(line)
                each(line.rstrip("\n"))
            return process.wait(), "".join(lines)
        except BaseException:
            # SIGTERM first: docker passes it on to the build, which SIGKILL would leave running
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
        finally:
            _under_way.discard(process)


def stop() -> None:
    """Ends what `stream` runs in other threads, which say nothing while a long step takes."""
    for process in tuple(_under_way):
        process.terminate()


def proxies() -> dict[str, str]:
    """This machine's proxies, in both spellings, as apt reads one and others the other; without those on loopback.

    https://docs.docker.com/reference/dockerfile/#predefined-args
    """
    found: dict[str, str] = {}
    for name in PROXIES:
        value = os.environ.get(name.lower()) or os.environ.get(name, "")
        if value and (name == "NO_PROXY" or urlsplit(value).hostname not in LOOPBACK):
            found |= {name: value, name.lower(): value}
    return found if found.keys() - {"NO_PROXY", "no_proxy"} else {}


def _credentials(context: Path) -> list[str]:
    """The options that hand over what the Dockerfile asks for and the user has.

    That is ~/.netrc, the variables with the credentials of an index, the agent with ssh's keys.
    """
    try:
        dockerfile = (context / "Dockerfile").read_text(encoding="utf-8")
        logins = Path.home() / ".netrc"
    except (OSError, RuntimeError, UnicodeDecodeError):
        return []
    options = []
    if ASKS_FOR_NETRC.search(dockerfile) and logins.is_file():
        if found := PRIVATE_INDEX.search(dockerfile):
            _require_ascii(logins, urlsplit(found["url"]).hostname or "")
        options += ["--secret", f"id=netrc,{in_list('src', logins)}"]
    for name in dict.fromkeys(ASKS_FOR_VARIABLE.findall(dockerfile)):
        if os.environ.get(name):
            options += ["--secret", f"id={name},env={name}"]
    if ASKS_FOR_AGENT.search(dockerfile) and os.environ.get("SSH_AUTH_SOCK"):
        options += ["--ssh", "default"]
    return options


def _require_ascii(logins: Path, host: str) -> None:
    """Raises InputError where pip would send a login in other bytes than those of UTF-8, which indexes expect.

    https://github.com/psf/requests/blob/v2.32.5/src/requests/auth.py#L55
    """
    try:
        login = netrc.netrc(logins).authenticators(host)
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):  # pip passes over it
        return
    if login and not "".join(filter(None, login)).isascii():
        raise InputError(
            f"~/.netrc: the login for {host} has letters that pip sends wrongly, as they are not ASCII; have a token"
            " made in its place, or name that index in indexes and not in private_index"
        )


def _failure(log: str) -> BuildError | InputError:
    """Of what a failed build wrote: whose failure it is, in one line."""
    if found := FAILED.search(log):
        return _failed_step(found, log)
    if found := UNREADABLE.search(log):
        return InputError(f"Dockerfile: {found['why'].strip()}; mend it, or run: copier-slim update")
    if NO_AGENT.search(log):
        return _no_agent()
    if found := NO_SECRET.search(log):
        return _no_secret(found["name"])
    if found := NO_DATE.search(log):
        value = found["value"] or found["option"] or os.environ.get("SOURCE_DATE_EPOCH", "too large a number")
        return InputError(
            f"SOURCE_DATE_EPOCH is {value}, which is no number of seconds; unset it, or set it to a commit's"
            " time, as git log -1 --format=%ct says it"
        )
    if NO_ZSTD.search(log):
        return BuildError(
            "the Docker Engine cannot read a layer compressed by zstd; update it to Docker 23 or containerd 1.5, or"
            " push that image with gzip", log
        )  # fmt: skip
    if found := NOT_PULLED.search(log):
        return _not_pulled(found["image"], found["why"], log)
    if NO_BUILDKIT.search(log):
        return BuildError("docker has no BuildKit, which the Dockerfile needs; install its buildx component", log)
    errors = re.findall(r"^(?:ERROR|error): (.+)$", log, re.MULTILINE) or log.split("\n")[-2:-1]
    return BuildError(f"the Docker Engine failed: {errors[-1].strip() if errors else 'it said nothing'}", log)


def _not_pulled(image: str, why: str, log: str) -> BuildError:
    what = f"the base image {image} cannot be pulled: {why.strip()}"
    if LOGIN.search(why):
        registry = stages.registry_of(image) or "docker.io"
        what += f"; if it is there, run: {engines.current().program} login {registry}"
    return BuildError(what, log)


def _no_agent() -> InputError:
    return InputError(
        "no ssh agent is running, but a requirement from git needs its key; run: eval $(ssh-agent); ssh-add"
    )


def _no_secret(name: str) -> InputError:
    if name == "netrc":
        return InputError("there is no ~/.netrc; write one with the credentials for the package index in private_index")
    return InputError(f'{name} is not set, whose text the build takes as a file; set it, as by "$(cat FILE)"')


def _failure_of_buildah(log: str) -> BuildError | InputError:
    """The same of what Buildah wrote."""
    if failed := buildah.failed_command(log):
        command, said, code = failed
        what = " ".join(command.split())[:100]
        if cause := KILLED.get(code):
            return BuildError(f"Podman failed at {what}: it was killed, {cause} (exit code: {code})", log)
        return BuildError(f"podman build: {what} failed", log, command, said or f"exit code: {code}")
    if buildah.NO_IDS.search(log):
        return BuildError(buildah.ADD_IDS, log)
    if found := buildah.NO_SECRET.search(log):
        return _no_secret(found["name"])
    if buildah.NO_AGENT.search(log):
        return _no_agent()
    if found := buildah.NO_TARGET.search(log) or buildah.UNREADABLE.search(log):
        return InputError(f"Dockerfile: {found['why'].strip()}; mend it, or run: copier-slim update")
    if found := buildah.NOT_PULLED.search(log):
        return _not_pulled(found["image"].removesuffix(":"), found["why"], log)
    if found := buildah.NO_PRIVILEGES.search(log):
        return BuildError(
            f"Podman may not build here: {found['why'].strip()[:200]}; allow user namespaces, or where it runs in a"
            " container start that with --privileged", log
        )  # fmt: skip
    errors = re.findall(r"^Error: (.+)$", log, re.MULTILINE) or log.split("\n")[-2:-1]
    return BuildError(f"Podman failed: {errors[-1].strip() if errors else 'it said nothing'}", log)


def _failed_step(found: re.Match[str], log: str) -> BuildError:
    """Whose failure a RUN that did not complete is: the engine's, which says why, or its command's, by an exit code."""
    said = "\n".join(re.findall(rf"^#{found['number']} \d+\.\d+ ?(.*)$", log, re.MULTILINE))
    if not said.strip() and (end := SAID_AT_THE_END.search(log)):
        said = re.sub(r"^\d+\.\d+ ?", "", end["said"], flags=re.MULTILINE)
    command = found["command"].removeprefix("/bin/sh -c ")
    what, why = " ".join(command.split())[:100], (found["why"] or "").strip()
    ended = EXIT_CODE.fullmatch(why)
    if why and not ended:
        return BuildError(f"the Docker Engine failed at {what}: {why}", log)
    if (begun := NOT_BEGUN.search(said)) and not NO_PROGRAM.search(begun[0]):
        return BuildError(f"the Docker Engine failed at {what}: {begun[0]}", log)
    if ended and (cause := KILLED.get(int(ended["code"]))):
        return BuildError(f"the Docker Engine failed at {what}: it was killed, {cause} ({why})", log)
    return BuildError(f"docker build: {what} failed", log, command, said if said.strip() else why)
