"""A Django project: its settings, its entry point, and what its container needs beside them."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim.detect.code.apps import Code, is_aside
from copier_slim.detect.code.modules import written
from copier_slim.detect.code.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence

READERS = {
    "environ.Env", "environ.FileAwareEnv", "environs.Env", "environs.env", "starlette.config.Config", "decouple.Config",
}  # fmt: skip
READING = {"decouple.config", "starlette.config.config"}
SQLITE = re.compile(r"backends\.sqlite3|sqlite:///|spatialite")
SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*(?:,|\]\s*=)\s*[\"']([\w.]+)[\"']")
# What every container has, or the image sets
ALWAYS_SET = {"HOME", "HOSTNAME", "LANG", "PATH", "PORT", "PWD", "PYTHONPATH", "PYTHONUNBUFFERED", "SHLVL", "TMPDIR"}


@dataclass(frozen=True, slots=True)
class DjangoProject:
    """What a manage.py leads to; `directory` holds it, "" for the root; `settings_files` are those that are read.

    `root` is where imports start: another folder where manage.py puts that on the path.
    """

    app: str
    directory: str
    settings: str
    settings_path: str
    evidence: tuple[Evidence, ...]
    server: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    settings_files: tuple[str, ...] = ()
    root: str = ""

    @property
    def manage(self) -> str:
        """manage.py's path."""
        return f"{self.directory}/manage.py".lstrip("/")


def find(code: Code) -> DjangoProject | None:
    """The Django project nearest to the top; None without a manage.py that names settings."""
    paths = [path for path in code.tree.python_files if PurePosixPath(path).name == "manage.py" and not is_aside(path)]
    for path in sorted(paths, key=lambda path: path.count("/")):
        if match := SETTINGS.search(code.tree.text(path) or ""):
            return _project(code, path, match[1])
    return None


def _project(code: Code, manage: str, settings: str) -> DjangoProject:
    directory = manage.rpartition("/")[0]
    root = _root(code, manage, settings)
    evidence = [code.tree.evidence(manage, "DJANGO_SETTINGS_MODULE")]
    package = settings.partition(".settings")[0] if ".settings" in settings else settings.rpartition(".")[0]
    files = _settings_files(code, settings, root)
    text = "\n".join(code.tree.text(path) or "" for path in files)
    asynchronous = bool(re.search(r"^ASGI_APPLICATION\s*=", text, re.MULTILINE)) and bool(
        re.search(r"[\"'](?:channels|daphne)[\"']", text)
    )
    environment: dict[str, str] = {}
    for interface in ("asgi", "wsgi") if asynchronous else ("wsgi", "asgi"):
        named = re.search(rf"^{interface.upper()}_APPLICATION\s*=\s*[\"']([\w.]+)\.(\w+)[\"']", text, re.MULTILINE)
        module, attribute = (named[1], named[2]) if named else (f"{package}.{interface}".lstrip("."), "application")
        path = code.find(module, root)
        if path is None and (others := _entry_files(code, root, interface)):
            path = others[0]
            module = path.removeprefix(f"{root}/" if root else "").removesuffix(".py").replace("/", ".")
        if path:
            evidence.append(code.tree.evidence(path, f"{attribute} ="))
            if (match := SETTINGS.search(code.tree.text(path) or "")) and match[1] != settings:
                settings = environment["DJANGO_SETTINGS_MODULE"] = match[1]
                files = _settings_files(code, settings, root)
            server = "uvicorn" if interface == "asgi" else ""
            return DjangoProject(
                f"{module}:{attribute}",
                directory,
                settings,
                files[0] if files else "",
                tuple(evidence),
                server,
                environment,
                tuple(files),
                root,
            )
    environment["DJANGO_SETTINGS_MODULE"] = settings
    return DjangoProject(
        "django.core.wsgi:get_wsgi_application()", directory, settings, files[0] if files else "", tuple(evidence),
        environment=environment, settings_files=tuple(files), root=root,
    )  # fmt: skip


def _root(code: Code, manage: str, settings: str) -> str:
    """Where the settings are imported from: manage.py's own folder, or the one that it puts on the path."""
    directory = manage.rpartition("/")[0]
    text = code.tree.text(manage) or ""
    if code.find(settings, directory) or "sys.path" not in text:
        return directory
    prefix = f"{directory}/" if directory else ""
    place = settings.replace(".", "/")
    roots = [
        path.removesuffix(end).rstrip("/")
        for path in code.tree.python_files
        for end in (f"/{place}.py", f"/{place}/__init__.py")
        if path.startswith(prefix) and path.endswith(end) and path.removesuffix(end).rpartition("/")[2] in text
    ]
    return min(roots, key=lambda root: root.count("/"), default=directory)


def _entry_files(code: Code, directory: str, interface: str) -> list[str]:
    prefix = f"{directory}/" if directory else ""
    return [
        path
        for path in code.tree.python_files
        if path.startswith(prefix) and path.endswith(f"/{interface}.py") and not is_aside(path)
    ]


def _settings_files(code: Code, settings: str, directory: str) -> list[str]:
    """The settings module and those of the repository that it imports."""
    path = code.find(settings, directory)
    module = code.module(path) if path else None
    if module is None:
        return [path] if path else []
    package = path.rpartition("/")[0] if path else ""
    return [path for path in (module.path for module in code.reachable(module, 10)) if path.startswith(package)]


@dataclass(frozen=True, slots=True)
class Settings:
    """What settings say: where static files are collected, whether to SQLite and always so, who may ask."""

    static_root: Evidence | None
    sqlite: Evidence | None
    always_sqlite: bool
    sqlite_directory: str
    any_host: bool
    serves_static: bool
    migrations: bool


def read_settings(code: Code, project: DjangoProject) -> Settings:
    """The settings that a container depends on."""
    static_root: Evidence | None = None
    sqlite: Evidence | None = None
    any_host = serves_static = always_sqlite = False
    directory = ""
    for path in project.settings_files:
        text = code.tree.text(path) or ""
        module = code.module(path)
        body = module.tree.body if module else []
        for statement in body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="STATIC_ROOT")], value=value) if (
                    not isinstance(value, ast.Constant) or value.value
                ):
                    static_root = static_root or code.tree.evidence(path, "STATIC_ROOT")
                case ast.Assign(targets=[ast.Name(id="DATABASES"), *_]):
                    always_sqlite = always_sqlite or bool(SQLITE.search(written(statement)))
        if module:
            directory = directory or _sqlite_directory(Paths(code, module))
        if match := SQLITE.search(text):
            sqlite = sqlite or code.tree.evidence(path, match[0])
        any_host = any_host or bool(re.search(r"ALLOWED_HOSTS\s*=\s*\[[^\][]*[\"'](?:\*|127\.0\.0\.1)[\"']", text))
        serves_static = serves_static or "whitenoise" in text.lower()
    migrations = any("/migrations/0" in path for path in code.tree.python_files) or sqlite is not None
    directory = directory or project.directory or "."
    return Settings(static_root, sqlite, always_sqlite, directory, any_host, serves_static, migrations)


def _sqlite_directory(paths: Paths) -> str:
    """The directory of the SQLite file that DATABASES names; "" where that cannot be told."""
    for node in paths.module.nodes:
        if isinstance(node, ast.Dict):
            entries = {
                key.value: value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
            engine = entries.get("ENGINE")
            if isinstance(engine, ast.Constant) and SQLITE.search(str(engine.value)) and "NAME" in entries:
                path = paths.of(entries["NAME"])
                if path and not path.startswith("/"):
                    return posixpath.dirname(path) or "."
    return ""


def under(code: Code, project: DjangoProject, settings: str) -> DjangoProject:
    """The project under other settings, if they are in the repository."""
    files = _settings_files(code, settings, project.directory) if settings and settings != project.settings else []
    if not files:
        return project
    return replace(project, settings=settings, settings_path=files[0], settings_files=tuple(files))


def of_entry(code: Code, app: str, module: Module) -> DjangoProject:
    """The project of an entry point without a manage.py, by the settings that it names, or else has itself."""
    match = SETTINGS.search(code.tree.text(module.path) or "")
    files = _settings_files(code, match[1], module.source_root) if match else [module.path]
    settings = match[1] if match else module.name
    return DjangoProject(app, module.source_root, settings, files[0] if files else "", (), settings_files=tuple(files))


def urls_module(code: Code, project: DjangoProject) -> Module | None:
    """The parsed URLs at the root: those that the settings name by ROOT_URLCONF, or that stand beside them."""
    packages = project.settings.partition(".settings")[0], project.settings.rpartition(".")[0]
    names = [f"{package}.urls".lstrip(".") for package in packages]
    for path in project.settings_files:
        text = code.tree.text(path) or ""
        if match := re.search(r"ROOT_URLCONF\s*=\s*(?:[\"']([\w.]+)[\"']|(__name__))", text):
            if match[2]:
                return code.module(path)
            names.insert(0, match[1])
            break
    paths = (code.find(name, project.directory) for name in names)
    return next((module for path in paths if path and (module := code.module(path))), None)


def required_environment(module: Module, code: Code) -> list[tuple[str, int]]:
    """The environment variables without which importing the module fails, with their lines.

    `os.environ["X"]`, `env("X")` of environ and environs, and `config("X")` of decouple, none with a default.
    """
    found: dict[str, int] = dict(_settings_fields(module))
    for statement in module.tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.If | ast.Try):
            continue
        for node in ast.walk(statement):
            match node:
                case ast.Subscript(value=value, slice=ast.Constant(value=str(name)), ctx=ast.Load()) if (
                    module.full_name(value) == "os.environ"
                ):
                    found.setdefault(name, node.lineno)
                case ast.Call(func=func, args=[ast.Constant(value=str(name))], keywords=keywords) if (
                    name.isupper() and not any(keyword.arg == "default" for keyword in keywords)
                ):
                    if _reads_environment(module, module.full_name(func), code):
                        found.setdefault(name, node.lineno)
    return [(name, line) for name, line in found.items() if name not in ALWAYS_SET]


def _settings_fields(module: Module) -> Iterator[tuple[str, int]]:
    """The variables of pydantic's settings that have no default, with their lines."""
    for definition in module.top.classes.values():
        if not any(module.full_name(base).rpartition(".")[2] == "BaseSettings" for base in definition.bases):
            continue
        prefix = next(
            (
                node.value.value
                for node in ast.walk(definition)
                if isinstance(node, ast.keyword) and node.arg == "env_prefix" and isinstance(node.value, ast.Constant)
            ),
            "",
        )
        for statement in definition.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), value=None) if (
                    not name.startswith("_") and name != "model_config"
                ):
                    yield f"{prefix!s}{name}".upper(), statement.lineno


def _reads_environment(module: Module, full_name: str, code: Code) -> bool:
    """Whether calling it reads a variable: it is one of READING, or what one of READERS made, here or elsewhere."""
    if full_name in READING:
        return True
    package, _, member = full_name.rpartition(".")
    for name, package_of_name in (
        (full_name.partition(".")[0], ""),
        (member, package),
        (package.rpartition(".")[2], package.rpartition(".")[0]),
    ):
        path = code.find(package_of_name, module.source_root) if package_of_name else module.path
        where = code.module(path) if path else None
        bound = where.top.assigned.get(name) if where else None
        if where and isinstance(bound, ast.Call) and where.full_name(bound.func) in READERS:
            return True
    return False
