"""Apps that PasteDeploy loads by a configuration file, as those of Pyramid are: pserve production.ini."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from copier_slim.detect.code import scripts
from copier_slim.detect.entry import Entry

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code

PROGRAM = "pserve"
# https://docs.pylonsproject.org/projects/pyramid/en/latest/narr/startup.html
FILES = ("production.ini", "prod.ini", "deploy.ini")
APPS = ("app:main", "composite:main", "pipeline:main")
SERVER = "server:main"
PORT = 8080  # https://docs.pylonsproject.org/projects/waitress/en/latest/arguments.html


def entry(code: Code) -> Entry | None:
    """What pserve starts by a file for production that names an app and a server; None without one, or Pyramid."""
    if not code.is_installed("pyramid"):
        return None
    for path in FILES:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(code.tree.text(path) or "")
        except configparser.Error:
            continue
        if not parser.has_section(SERVER) or not any(map(parser.has_section, APPS)):
            continue
        listen = parser.get(SERVER, "listen", fallback="").split()
        host, _, port = listen[0].rpartition(":") if listen else ("", "", parser.get(SERVER, "port", fallback=""))
        place = code.tree.evidence(path, f"[{SERVER}]")
        local = (host or parser.get(SERVER, "host", fallback="")) in ("localhost", "127.0.0.1")
        notes = (f"{place.place} listens on loopback, where nothing outside the container reaches it: say *",)
        words = (PROGRAM, path)
        return Entry(
            "command", " ".join(words), (place,), port=scripts.as_port(port) or PORT, words=words,
            notes=notes if local else (),
        )  # fmt: skip
    return None


def loads(words: tuple[str, ...]) -> bool:
    """Whether a command loads its app by the metadata of an installed package, as egg:NAME says."""
    return words[:1] == (PROGRAM,)
