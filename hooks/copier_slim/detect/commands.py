"""Start commands, as people write them into Procfiles, Dockerfiles and shell scripts: what they start, and before it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.detect.code import Code
    from copier_slim.detect.findings import Evidence

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?[-=]([^}]*))?\}|(\w+))")
APP = re.compile(r"([\w./-]+?)(?:\.py)?:([A-Za-z_][\w.]*(?:\(.*\))?)")

# Programs that start the one after them, with the options of theirs that take a value
WRAPPERS: dict[str, set[str]] = {
    "exec": set(), "env": {"-u"}, "nohup": set(), "time": set(), "tini": set(), "dumb-init": set(), "command": set(),
    "ddtrace-run": set(), "opentelemetry-instrument": {"--service_name", "--traces_exporter", "--metrics_exporter"},
    "newrelic-admin": set(), "run-program": set(), "xvfb-run": set(), "gosu": set(), "su-exec": set(),
    "dotenv": {"-f"}, "aws-lambda-rie": set(), "catatonit": set(), "start": set(),
}  # fmt: skip
RUNNERS = {"uv", "poetry", "pipenv", "pdm", "hatch", "rye", "pixi", "honcho", "doppler"}  # each with the word `run`
SERVERS = {
    "uvicorn": "uvicorn", "gunicorn": "gunicorn", "hypercorn": "hypercorn", "granian": "granian",
    "daphne": "", "waitress-serve": "", "uwsgi": "", "pserve": "", "mod_wsgi-express": "", "chaussette": "", "nameko": "",
}  # fmt: skip
ASGI_SERVERS = {"uvicorn", "hypercorn", "daphne"}
# What a chain of commands does before its server that makes files, and so belongs in the build
MAKES_FILES = re.compile(
    r"\b(?:collectstatic|compress|compile|compilemessages|assets|tailwind|build|webpack|buildcss)\b"
)
# What prepares a start and is not it; anything else in a chain is a shell's own business
PREPARES = re.compile(r"(?:python[\d.]*|flask|alembic|django-admin|aerich|piccolo|yoyo|\S+\.py)")
# Programs that start nothing of the project's
NOISE = {
    "echo", "printf", "set", "cd", "export", "source", ".", "sleep", "wait", "true", "exit", "ls", "trap", "ulimit", "umask", "chmod",
    "chown", "mkdir", "rm", "ln", "cp", "pip", "pip3", "apt-get", "curl", "date", "cat", "clear", "break", "read", "[", "[[", "test", "pytest",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Start:
    """What a command starts.

    app      module:object behind a server; `interface` is what the server was, "asgi", "wsgi" or ""
    script   a path, run by python or streamlit; module: a name for `python -m`
    argv     the words as they are, for anything else
    before   commands in front of it that must run at each start; build: those that make files
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

    @property
    def is_known(self) -> bool:
        """Whether it is told what of the repository is started."""
        return bool(self.app or self.script or self.module or self.django or self.celery)


def read_command(command: str, code: Code, evidence: Evidence, *, workdir: str = "", depth: int = 3) -> Start | None:
    """What a shell line starts; None where nothing can be told, or it starts no program of its own.

    `workdir` is the image's directory that stands for the repository, to be taken off absolute paths.
    """
    environment: dict[str, str] = {}
    found: list[Start] = []
    directory = ""
    for words in split(command):
        plain = unwrap(relative(words, workdir, code), environment)
        if plain[:1] == ["cd"] and len(plain) > 1:
            directory = plain[1].strip("./")
        if (
            plain
            and plain[0] not in NOISE
            and (start := _read_words(plain, code, evidence, environment, workdir, depth))
        ):
            found.append(start)
    if not found:
        return None
    last = max((index for index, start in enumerate(found) if start.is_known), default=len(found) - 1)
    main = found[last]
    steps = [start.argv for start in found[:last] if not start.is_known and PREPARES.fullmatch(start.argv[0])]
    return replace(
        main,
        directory=main.directory or directory,
        before=(*(step for step in steps if not MAKES_FILES.search(" ".join(step))), *main.before),
        build=(*(step for step in steps if MAKES_FILES.search(" ".join(step))), *main.build),
    )


def split(command: str) -> Iterator[list[str]]:
    """The simple commands of a shell line, in words; what cannot be read as shell gives none."""
    try:
        lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=";&|\n<>")
        lexer.whitespace = " \t\r"
        lexer.whitespace_split = True
        lexer.commenters = ""
        words: list[str] = []
        skip = False
        for token in lexer:
            if token and set(token) <= set(";&|\n"):
                yield words
                words = []
            elif token and set(token) <= set("<>"):
                skip = True
            elif skip:
                skip = False
            else:
                words.append(token)
        yield words
    except ValueError:  # quotes left open
        return


def relative(words: Iterable[str], workdir: str, code: Code) -> list[str]:
    """The words with the image's directory taken off the paths that stand for files of the repository."""
    result = []
    for word in words:
        plain = word.removeprefix(workdir.rstrip("/") + "/") if workdir.strip("/") else word
        plain = plain.removeprefix("./") or "."
        if plain.startswith("/"):  # another WORKDIR than the one that is known
            parts = plain.strip("/").split("/")
            tails = ("/".join(parts[start:]) for start in range(len(parts)))
            plain = next(filter(code.tree.has, tails), plain)
        result.append(plain)
    return result


def unwrap(words: list[str], environment: dict[str, str]) -> list[str]:
    """The command without the programs in front that only start it; variables set on the way go to `environment`."""
    words = list(words)
    while words:
        name = words[0].rpartition("/")[2]
        if ASSIGNMENT.match(words[0]):
            key, _, value = words.pop(0).partition("=")
            environment[key] = value
        elif name in WRAPPERS:
            takes_value = WRAPPERS[name]
            words.pop(0)
            while words and words[0].startswith("-"):
                option = words.pop(0)
                if option in takes_value and words:
                    words.pop(0)
        elif name in RUNNERS and "run" in words:
            words = words[words.index("run") + 1 :]
            while words and words[0].startswith("-"):
                option = words.pop(0)
                if option in ("--with", "--group", "--extra", "-p", "--python", "-m", "--env-file") and words:
                    value = words.pop(0)
                    if option == "-m":
                        words = ["python", "-m", value, *words]
                        break
        elif re.fullmatch(r"wait[-_]for[-_]?\w*(?:\.sh)?", name) and "--" in words:
            words = words[words.index("--") + 1 :]
        else:
            words[0] = (
                name
                if words[0].startswith(("/", ".venv/", "venv/")) and not name.endswith((".py", ".sh"))
                else words[0]
            )
            break
    return words


def _read_words(
    words: list[str], code: Code, evidence: Evidence, environment: dict[str, str], workdir: str, depth: int
) -> Start | None:
    name = words[0].rpartition("/")[2]
    start = Start(evidence, tuple(words), environment=environment, port=port_of(words))
    if depth <= 0:
        return start
    if name in ("sh", "bash", "ash", "dash") and len(words) > 1:
        if "c" in words[1] and words[1].startswith("-") and len(words) > 2:
            return read_command(words[2], code, evidence, workdir=workdir, depth=depth - 1)
        return read_script(words[1], code, workdir, depth - 1) or start
    if name.endswith(".sh") or (
        code.tree.has(words[0]) and (code.tree.text(words[0]) or "").startswith("#!/") and not name.endswith(".py")
    ):
        return read_script(words[0], code, workdir, depth - 1) or start
    if re.fullmatch(r"python[\d.]*|pypy3?", name):
        return _read_python(words, code, start, environment, workdir, depth)
    if name in SERVERS:
        return _read_server(name, words, code, start)
    if name == "streamlit" and "run" in words:
        script = next((word for word in words[words.index("run") + 1 :] if word.endswith(".py")), "")
        return replace(start, streamlit=True, script=script)
    if name == "flask":
        return _read_flask(words, code, start)
    if name == "fastapi" and len(words) > 1:
        script = next((word for word in words[2:] if word.endswith(".py")), "")
        return replace(start, script=script, interface="asgi")
    if name == "celery":
        app = next((words[i + 1] for i, word in enumerate(words[:-1]) if word in ("-A", "--app")), "")
        app = app or next((word.partition("=")[2] for word in words if word.startswith("--app=")), "")
        return replace(start, celery=app)
    if name in ("manage.py", "django-admin") or name.endswith("manage.py"):
        return _read_manage(words, start)
    if name.endswith(".py"):
        return replace(start, script=words[0])
    return start


def _read_python(
    words: list[str], code: Code, start: Start, environment: dict[str, str], workdir: str, depth: int
) -> Start | None:
    rest = words[1:]
    while rest and rest[0].startswith("-") and rest[0] != "-m":
        flag = rest.pop(0)
        if flag in ("-W", "-X") and rest:
            rest.pop(0)
        if flag == "-c":
            return start
        if flag.endswith("m") and len(flag) > 2 and rest:  # python -um app
            rest.insert(0, "-m")
    if not rest:
        return None
    if rest[0] == "-m" and len(rest) > 1:
        if rest[1] in SERVERS or rest[1] in ("flask", "streamlit", "celery", "fastapi"):
            return _read_words(rest[1:], code, start.evidence, environment, workdir, depth - 1)
        return replace(start, module=rest[1])
    if rest[0].endswith("manage.py"):
        return _read_manage(rest, start)
    return replace(start, script=rest[0])


def _read_manage(words: list[str], start: Start) -> Start:
    """`runserver` means the project's own entry point; anything else is a command like any other."""
    return replace(start, django="runserver" in words or "runserver_plus" in words)


def _read_server(name: str, words: list[str], code: Code, start: Start) -> Start:
    interface = "asgi" if name in ASGI_SERVERS or any("uvicorn" in word.lower() for word in words[1:]) else "wsgi"
    directory = option(words, "--chdir", "--app-dir", "--pythonpath").strip("./")
    call = option(words, "--call")
    start = replace(start, server=SERVERS[name], interface=interface, directory=directory)
    if name == "uwsgi":
        return _read_uwsgi(words, code, start)
    for word in words[1:]:
        if word.startswith("-") or "=" in word.partition("(")[0]:
            continue
        module, attribute = word, "application"
        if match := APP.fullmatch(word):
            module, attribute = match[1].replace("/", "."), match[2]
        if code.find(module, directory) or code.find(f"{directory.replace('/', '.')}.{module}"):
            attribute = re.sub(r"\(.*\)", "()", attribute)
            if (call or "--factory" in words) and not attribute.endswith("()"):
                attribute += "()"
            return replace(start, app=f"{module}:{attribute}")
    return start


def _read_uwsgi(words: list[str], code: Code, start: Start) -> Start:
    ini = next((word for word in words[1:] if word.endswith(".ini") and code.tree.has(word)), option(words, "--ini"))
    text = code.tree.text(ini) or "" if ini else ""
    settings = dict(re.findall(r"^\s*([\w-]+)\s*=\s*(.+?)\s*$", text, re.MULTILINE))
    module = option(words, "--module", "-w") or settings.get("module") or settings.get("wsgi") or ""
    file = option(words, "--wsgi-file") or settings.get("wsgi-file") or settings.get("file") or ""
    called = option(words, "--callable") or settings.get("callable") or "application"
    if file:
        module = file.removesuffix(".py").replace("/", ".")
    if not module:
        return start
    module, _, attribute = module.partition(":")
    directory = (option(words, "--chdir") or "").strip("./")
    return replace(start, app=f"{module}:{attribute or called}", directory=directory)


def _read_flask(words: list[str], code: Code, start: Start) -> Start | None:
    if "run" not in words:
        return start
    app = option(words, "--app", "-A") or start.environment.get("FLASK_APP", "")
    return replace(start, app=flask_app(app, code), interface="wsgi")


def flask_app(value: str, code: Code) -> str:
    """FLASK_APP as module:object; "" where it names no module of the repository, module alone where it names no object."""
    module, _, attribute = value.partition(":")
    module = module.removeprefix("./").removesuffix(".py").replace("/", ".")
    if not module or not code.find(module):
        return ""
    return f"{module}:{re.sub(r'[(].*[)]', '()', attribute)}" if attribute else module


def option(words: list[str], *names: str) -> str:
    """The value of an option, as `--name value` or `--name=value`; "" where it is not there."""
    for index, word in enumerate(words):
        if word in names and index + 1 < len(words):
            return words[index + 1]
        for name in names:
            if word.startswith(f"{name}="):
                return word[len(name) + 1 :]
    return ""


def port_of(words: list[str]) -> int | None:
    """The port that a command's options name, or the default of a variable there."""
    for value in (
        option(words, "--port", "-p", "--server.port", "--bind", "-b", "--listen", "--http", "--http-socket"),
        words[-1] if words else "",
    ):
        plain = VARIABLE.sub(lambda match: match[2] or "", value)
        if match := re.search(r"(?:^|[:\]])(\d{2,5})$", plain):
            return int(match[1])
    return None


def read_script(path: str, code: Code, workdir: str, depth: int) -> Start | None:
    """What a shell script of the repository starts: its last command that starts something, with those in front."""
    text = code.tree.text(path)
    if text is None or depth <= 0:
        return None
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    flow = re.compile(
        r"^\s*(?:if|then|else|elif|fi|while|do|done|for|case|esac|function)\b.*|^\s*[\w-]+\(\)\s*\{.*|^\s*[{}]\s*$"
    )
    plain = "\n".join(line for line in lines if not flow.match(line))
    found = read_command(plain.replace("\\\n", " "), code, code.tree.evidence(path), workdir=workdir, depth=depth)
    if found is None:
        return None
    return replace(found, evidence=code.tree.evidence(path, found.argv[0]))
