"""What the words of a known program lead to: the app of the repository that it serves, and how."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from copier_slim.detect.statements import configuration
from copier_slim.detect.statements.shell import arguments, option

if TYPE_CHECKING:
    from collections.abc import Callable

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.statements.start import Start

APP = re.compile(r"([\w./-]+?)(?:\.py)?:([A-Za-z_][\w.]*(?:\(.*\))?)")
SERVERS = {
    "uvicorn": "uvicorn", "gunicorn": "gunicorn", "hypercorn": "hypercorn", "granian": "granian",
    "daphne": "", "waitress-serve": "", "uwsgi": "", "pserve": "", "mod_wsgi-express": "", "chaussette": "",
    "nameko": "",
}  # fmt: skip
ASGI_SERVERS = {"uvicorn", "hypercorn", "daphne"}


def _read_streamlit(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    script = next((word for word in words if word.endswith(".py")), "")
    return replace(start, streamlit=True, script=script) if "run" in words else start


def _read_fastapi(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    return replace(start, script=next((word for word in words[2:] if word.endswith(".py")), ""), interface="asgi")


def _read_celery(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    return replace(start, celery=option(words, "-A", "--app"))


def read_manage(words: list[str], code: Code, start: Start) -> Start:  # noqa: ARG001 as all readers
    """`runserver` means the project's own entry point; anything else is a command like any other."""
    return replace(start, django="runserver" in words or "runserver_plus" in words)


def read_server(name: str, words: list[str], code: Code, start: Start) -> Start:
    """The app that a server of SERVERS is given."""
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
    inside = list(filter(code.tree.has_folder, folders))
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
    "django-admin": read_manage,
    "fastapi": _read_fastapi,
    "flask": _read_flask,
    "streamlit": _read_streamlit,
}
