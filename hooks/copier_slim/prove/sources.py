"""What a project's own files say about a failure: read as text, never run."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from copier_slim.detect.code.apps import Code
from copier_slim.detect.tree import Tree
from copier_slim.prove import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FILES = 400
DATABASE = re.compile(
    r"sqlite\w{0,20}(?:\+\w{1,40})?:///(?P<url>[^\"'?\s{}]*)|[\"'](?P<file>[\w./-]{0,200}[\w-]\.(?:db|sqlite3?|db3))[\"'?]"
)
DICTIONARY = re.compile(r"^\w*[cC]onfig\w*\s*(?::[^=\n]+)?=\s*(?:dict\(|\{)(?P<body>[^})]*)", re.MULTILINE)
HOST_VARIABLE = re.compile(
    r"(?:environ\.get|getenv|env\.str|env|config|environ)\(\s{0,99}[\"'](?P<name>\w{0,60}(?:HOST|BIND|ADDR|LISTEN)\w{0,60})[\"']"
    r"\s{0,99},\s{0,99}(?:default\s{0,9}=\s{0,9})?[\"'](?:127\.0\.0\.1|localhost)[\"']"
)
VARIABLE = re.compile(
    r"(?:environ\.get|getenv|env\.str|env|config|environ)[(\[]\s{0,99}[\"'](?P<name>[A-Z][A-Z0-9_]{1,60})[\"']\s{0,99}[)\]]"
)
READ = re.compile(
    r"(?:environ\.get|getenv|env\.\w{1,20}|env|config|environ)[(\[]\s{0,99}[\"'](?P<name>[A-Z][A-Z0-9_]{1,60})[\"']"
)
# What ends a program that has none of that name: os.environ[…], and python-decouple's and environs' calls
DEMANDED = re.compile(
    r"\b(?:environ\[|(?:config|env|env\.[a-z]{1,20})\()\s{0,99}[\"'](?P<name>[A-Z][A-Z0-9_]{1,60})[\"']\s{0,99}[)\]](?!\s{0,9}=[^=])"
)
HOST_OPTION = re.compile(r"[\"'](?P<name>--(?:host|bind|address|listen|ip|hostname|bind-address|server-name))[\"']")
DASH = re.compile(r"^(?P<name>\w+)\s*(?::[^=\n]+)?=\s*(?:dash\.|)(?:Dash|DashProxy)\(", re.MULTILINE)
CREATES = re.compile(r"\A(?:create|init|setup|make)\w{0,60}(?:db|database|table)\w{0,60}\.py\Z")
SETS_UP = re.compile(
    r"^@\w{1,40}(?:\.cli)?\.command\(\s{0,99}[\"'](?P<name>(?:init|create|setup)[-_]?(?:db|database|tables|schema))[\"']",
    re.MULTILINE,
)
EXAMPLES = (
    ".env.example", ".env.sample", "env.example", ".env.template", ".env.dist", "example.env", "sample.env",
    ".env-example", ".env_example", ".env-sample", ".example.env", ".env.default", ".env.defaults", "env.sample",
    "env.template", "template.env",
)  # fmt: skip
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
GUARD = re.compile(r"^if\s+__name__\s*==", re.MULTILINE)


class Sources:
    """The Python files of a project, and a few others by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tree = Tree(root)

    @cached_property
    def _texts(self) -> dict[str, str]:
        paths = [path for path in self._tree.python_files if not _aside(path)][:MOST_FILES]
        return {path: self._tree.text(path) or "" for path in paths}

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return self._tree.has(path)

    def text(self, path: str) -> str:
        """A file's text, "" where there is none."""
        return self._tree.text(path) or ""

    def directory_of(self, module: str) -> str | None:
        """The directory that an import of a module of the project's own starts from; None where it has none such."""
        for path in self._tree.python_files:
            place = PurePosixPath(path)
            if place.name == "__init__.py" and place.parent.name == module:
                return place.parent.parent.as_posix()
            if place.stem == module:
                return place.parent.as_posix()
        return None

    def package_of(self, called: str) -> str:
        """The package that a class or function which the code imports or calls by this name is of; "" for none."""
        for module in filter(None, map(Code(self._tree).module, self._texts)):
            names = [*module.aliases.values(), *(module.full_name(call.func) for call in module.calls())]
            full_name = next((name for name in names if name.endswith(f".{called}")), "")
            if called and full_name:
                return full_name.partition(".")[0]
        return ""

    def database_directories(self) -> list[str]:
        """The directories of the SQLite databases that the code names, "." for the project's own."""
        found: dict[str, None] = {}
        for text in [*self._texts.values(), self.text("alembic.ini"), self.text(".env.example")]:
            for match in DATABASE.finditer(text):
                name = match["url"] if match["url"] is not None else match["file"]
                if not name or name.startswith(":memory"):
                    continue
                path = PurePosixPath(name)
                found.setdefault(path.parent.as_posix())
        return list(found)

    def variables(self) -> list[str]:
        """The environment variables that the code reads without a default."""
        return list({match["name"]: None for text in self._texts.values() for match in VARIABLE.finditer(text)})

    def demanded_with(self, names: set[str]) -> list[str]:
        """What files that end without one of these environment variables need besides, in their order."""
        of_files = [[match["name"] for match in DEMANDED.finditer(text)] for text in self._texts.values()]
        return list(dict.fromkeys(name for found in of_files if names.intersection(found) for name in found))

    @cached_property
    def examples(self) -> dict[str, str]:
        """The variables of the project's example of an .env file, with the values that it has for them."""
        found: dict[str, str] = {}
        for example in EXAMPLES:
            for line in self.text(example).splitlines():
                name, equals, value = line.strip().removeprefix("export ").partition("=")
                if equals and NAME.fullmatch(name.strip()):
                    found.setdefault(name.strip(), value.partition(" #")[0].strip().strip("\"'"))
        return found

    @cached_property
    def settings(self) -> list[settings.Wanted]:
        """The variables that classes of pydantic-settings demand."""
        texts = self._texts.values()
        return settings.wanted(texts) if any("BaseSettings" in text for text in texts) else []

    def read(self, pattern: str) -> list[str]:
        """The environment variables that the code reads whose names fit, those of its example of an .env file too."""
        names = [match["name"] for text in self._texts.values() for match in READ.finditer(text)]
        names += self.examples
        return [name for name in dict.fromkeys(names) if re.search(pattern, name)]

    def host_variable(self) -> str:
        """The variable whose default is localhost."""
        return self._first(HOST_VARIABLE)

    def host_option(self, app: str) -> str:
        """The option by which the script that a command names is told where to listen."""
        texts = [self.text(word) for word in app.split() if word.endswith(".py")] or self._texts.values()
        return next((match["name"] for text in texts if (match := HOST_OPTION.search(text))), "")

    def configurations(self) -> list[str]:
        """The names of the configurations that a project has in a dictionary, as Flask's tutorials have it."""
        names: dict[str, None] = {}
        for text in self._texts.values():
            for found in DICTIONARY.finditer(text):
                keys = re.findall(r"[\"'](\w+)[\"']\s*:|\b(\w+)\s*=", found["body"])
                names.update(dict.fromkeys(one or other for one, other in keys))
        return list(names)

    def dash_app(self, path: str) -> str:
        """The name of the Dash app in a script that starts its server only where it is run; else ""."""
        text = self.text(path)
        found = DASH.search(text)
        return found["name"] if found and GUARD.search(text) else ""

    @cached_property
    def manage(self) -> str:
        """Django's manage.py, the one that lies highest; "" where there is none."""
        paths = [path for path in self._texts if PurePosixPath(path).name == "manage.py"]
        return min(paths, key=lambda path: path.count("/"), default="")

    def migrations(self, app: str, framework: str) -> str:
        """The command that brings the database up to date; "" where the project has no migrations."""
        if framework == "django" and self.manage:
            return f"python {self.manage} migrate --noinput"
        if self.has("alembic.ini"):
            return "alembic upgrade head"
        by_word = [word for word in app.split() if word.endswith(".ini") and "[alembic]" in self.text(word)]
        if by_word:  # of pserve, whose file has it too
            return f"alembic -c {by_word[0]} upgrade head"
        made = [path for path in self._texts if "/" not in path and self._only_creates(path)]
        if made:
            return f"python {made[0]}"
        if self.has("migrations/env.py") and framework in {"flask", "wsgi"}:
            return f"flask --app {app.removesuffix('()')} db upgrade"
        return ""

    def sets_up(self, app: str) -> str:
        """The command of a Flask app that makes its tables, as its documentation has people run it; "" for none."""
        found = self._first(SETS_UP)
        return f"flask --app {app.removesuffix('()')} {found}" if found and ":" in app and " " not in app else ""

    def _only_creates(self, path: str) -> bool:
        """Whether a script is there to create tables, and drops none."""
        text = self._texts[path]
        return bool(CREATES.search(path) and "create_all(" in text and not re.search(r"drop_all|DROP TABLE", text))

    def _first(self, pattern: re.Pattern[str]) -> str:
        return next((match["name"] for text in self._texts.values() if (match := pattern.search(text))), "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)


def _aside(path: str) -> bool:
    return any(part in {"tests", "test", "docs", "examples"} for part in PurePosixPath(path).parts[:-1])
