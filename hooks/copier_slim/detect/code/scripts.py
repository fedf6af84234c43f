"""Scripts: which file is the one to start, whether it listens and on which port."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code import options
from copier_slim.detect.code.apps import Code, is_aside
from copier_slim.detect.code.modules import Module, constant, flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from copier_slim.detect.findings import Evidence

NAMES = (
    "__main__",
    "main",
    "app",
    "streamlit_app",
    "bot",
    "run",
    "server",
    "service",
    "start",
    "cli",
    "index",
    "home",
    "worker",
    "job",
    "script",
)
# Sources at the top that configure a tool and are no program
CONFIGURATION = re.compile(
    r"(?:gunicorn[._]?conf\w*|.*\.conf|conf|config|settings|setup|conftest|noxfile|fabfile|tasks|__init__|celeryconfig|manage|hatch_build|build)"
)
LISTENING_METHODS = {
    "add_insecure_port",
    "add_secure_port",
    "bind",
    "create_server",
    "launch",
    "listen",
    "run_webhook",
    "serve_forever",
    "run_app",
}
HOST_PORT = ["host", "port"]
PORT_KEYWORDS = ("port", "server_port", "http_port")
SMALLEST_PORT, LARGEST_PORT = 80, 65535


def at_the_top(code: Code) -> list[str]:
    """The programs beside the project's own files: sources at the root, or in src/ where the root has none."""
    for prefix in ("", "src/"):
        paths = [path for path in code.tree.python_files if path.startswith(prefix) and "/" not in path[len(prefix) :]]
        found = [path for path in paths if is_program(path, code)]
        if found:
            return found
    return []


def packages(code: Code) -> list[str]:
    """The __main__.py of packages, programs one directory down, or a tasks.py at the top that runs its tasks itself."""
    mains = [path for path in code.tree.python_files if path.endswith("/__main__.py") and not is_aside(path)]
    deeper = [
        path
        for path in code.tree.python_files
        if path.count("/") == 1 and not is_aside(path) and PurePosixPath(path).stem in NAMES and is_program(path, code)
    ]
    tasks = (module for path in code.tree.python_files if path == "tasks.py" and (module := code.module(path)))
    return (
        sorted(mains, key=lambda path: path.count("/"))[:1]
        or sorted(deeper, key=_rank)[:1]
        or [module.path for module in tasks if module.top and module.main]
    )


def is_program(path: str, code: Code) -> bool:
    """Whether a source does something when it is run; one that cannot be parsed may."""
    stem = PurePosixPath(path).stem
    if CONFIGURATION.fullmatch(stem):
        return False
    module = code.module(path)
    if module is None:
        return stem in NAMES
    acts = any(
        isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant)
        for statement in module.top.statements
    )
    return acts or module.main is not None or stem in NAMES[:6]


def best(paths: Iterable[str], code: Code) -> str | None:
    """The path that is the program, out of several: by its main guard, its name, and that no other imports it."""
    found = list(paths)
    if not found:
        return None
    used = {
        code.find(name, module.source_root)
        for path in found
        if (module := code.module(path))
        for name in module.imported
    }

    def key(path: str) -> tuple[object, ...]:
        module = code.module(path)
        guarded = bool(module and module.top and module.main)
        return (path in used and len(found) > 1, *_rank(path), not guarded)

    return min(found, key=key)


def _rank(path: str) -> tuple[object, ...]:
    stem = PurePosixPath(path).stem.lower()
    words = re.split(r"[_.-]", stem)
    index = NAMES.index(stem) if stem in NAMES else len(NAMES)
    if index == len(NAMES) and any(word in NAMES for word in words):
        index -= 1
    return (is_aside(path), path.count("/"), index, path)


def importing(code: Code, *names: str) -> list[str]:
    """The sources that import one of these packages, without the pages of a multi-page app."""
    found = []
    pattern = re.compile(
        rb"^[^\S\n]*(?:import|from)\s+(?:" + b"|".join(re.escape(name).encode() for name in names) + rb")\b",
        re.MULTILINE,
    )
    for path in code.tree.python_files:
        if is_aside(path) or "/pages/" in f"/{path}":
            continue
        content = code.tree.read(path)
        if content and pattern.search(content):
            found.append(path)
    return found


def uses(module: Module, names: Iterable[str]) -> bool:
    """Whether the module imports one of these packages."""
    return any(name in module.imported for name in names)


@cache
def runs_when_imported(module: Module) -> bool:
    """Whether importing the module starts a server: a run call without a main guard around it."""
    constructed = module.constructed
    for statement in module.top.statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            name = listener(module, statement.value, constructed)
            row = catalog.listeners().get(name) if name else None
            if name and not (row and row.harmless):
                return True
    return False


@cache
def ends_when_imported(module: Module) -> bool:
    """Whether the module may end the process outside its main guard, as a job that has an app for its context does."""
    for statement in module.top.statements:
        match statement:
            case ast.Expr(value=ast.Call(func=func)) if module.full_name(func) in ("sys.exit", "exit", "quit"):
                return True
            case ast.Raise(exc=ast.Call(func=ast.Name(id="SystemExit")) | ast.Name(id="SystemExit")):
                return True
    return False


def port_of_run(module: Module) -> int | None:
    """The port that the module's own run call names; None where it names none."""
    constructed = module.constructed
    for call in module.calls():
        if name := listener(module, call, constructed):
            row = catalog.listeners().get(name)
            if port := port_of_call(call, row.port_argument if row else None, module):
                return port
    return None


def port_of_call(
    call: ast.Call, position: int | None = None, module: Module | None = None, modules: Sequence[Module] = ()
) -> int | None:
    """The port that a call gives, by keyword or at `position`; None where it cannot be told.

    A name stands for what it is bound to in `module`, or for an option, a parameter or a field of `modules`.
    """
    given = next((keyword.value for keyword in call.keywords if keyword.arg in PORT_KEYWORDS), None)
    if given is None and len(call.args) > (position or 0):
        given = call.args[position or 0]
        if position is None and not isinstance(given, ast.Tuple | ast.Constant):
            given = None
    if isinstance(given, ast.Tuple) and len(given.elts) > 1:  # HTTPServer(("", 8000), Handler)
        given = given.elts[1]
    found = _behind_colon(given, module)
    return as_port(constant(found)) or _port_of_name(found, modules or ([module] if module else []))


def _port_of_name(node: ast.expr | None, modules: Sequence[Module], depth: int = 3) -> int | None:
    """The port that is the default of the option, parameter or field that an expression names."""
    match node:
        case ast.Call(func=ast.Name(id="int" | "str"), args=[inner, *_]):
            return _port_of_name(inner, modules, depth)
        case ast.Name(id=name) | ast.Attribute(attr=name) if depth:
            for default in options.defaults(name, modules):
                if port := as_port(constant(default)) or _port_of_name(default, modules, depth - 1):
                    return port
            bound = (value for module in modules if (value := bound_anywhere(module, name)))
            return next((port for value in bound if (port := as_port(constant(value)))), None)
        case ast.Subscript(slice=ast.Constant(value=str(name))) if depth:
            return _port_of_name(ast.Name(name), modules, depth)
    return None


def _behind_colon(node: ast.expr | None, module: Module | None, depth: int = 4) -> ast.expr | None:
    """What an address ends with, as in f"[::]:{port}", "[::]:" + port and "[::]:%d" % port, names as they are bound."""
    if depth == 0:
        return node
    match node:
        case ast.Name(id=name) if module and (bound := bound_anywhere(module, name)):
            inner: ast.expr | None = bound
        case (
            ast.JoinedStr(values=[*_, ast.FormattedValue(value=value)])
            | ast.JoinedStr(values=[*_, ast.Constant() as value])
        ):
            inner = value
        case ast.BinOp(op=ast.Add() | ast.Mod(), right=right):
            inner = right.elts[-1] if isinstance(right, ast.Tuple) and right.elts else right
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="format"), args=[*_, value]):
            inner = value
        case ast.Call(func=ast.Name(id="str" | "int"), args=[value]):
            inner = value
        case _:
            return node
    return _behind_colon(inner, module, depth - 1)


def as_port(value: object) -> int | None:
    """A port out of a number or its text."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    text = text.rpartition(":")[2]  # "[::]:50051"
    return int(text) if re.fullmatch(r"\d{2,5}", text) and SMALLEST_PORT <= int(text) <= LARGEST_PORT else None


def bound_anywhere(module: Module, name: str) -> ast.expr | None:
    """What a name is bound to first, wherever in a module."""
    for node in module.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                return value
    return None


def listener(module: Module, call: ast.Call, constructed: dict[str, str]) -> str:
    """The catalog's name of a call that listens; "" for any other."""
    name = module.full_name(call.func)
    if name in catalog.listeners():
        return name
    if isinstance(call.func, ast.Attribute):
        base = constructed.get(call.func.value.id, "") if isinstance(call.func.value, ast.Name) else ""
        method = f"{base}.{call.func.attr}"
        if row := catalog.listeners().get(method):
            return method if not row.transport or _is_of_network(call) else ""
        if call.func.attr in LISTENING_METHODS:
            return call.func.attr
        if call.func.attr == "run" and any(keyword.arg in ("host", "port") for keyword in call.keywords):
            return "flask.Flask.run"
        if call.func.attr == "run" and _last_names(call.args[:2]) == HOST_PORT:
            return "object.run"
        if isinstance(call.func.value, ast.Name) and call.func.attr == "run":
            full_name = module.aliases.get(call.func.value.id, "")
            if full_name.rpartition(".")[2] in ("app", "application", "server"):
                return "flask.Flask.run"
    return ""


def _last_names(nodes: list[ast.expr]) -> list[str]:
    """What expressions are called in the end: args.host is host."""
    return [node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "").lower() for node in nodes]


def _is_of_network(call: ast.Call) -> bool:
    """Whether an MCP server is told another transport than stdio, its default."""
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "transport"), None)
    given = named or next(iter(call.args), None)
    return given is not None and constant(given) != "stdio"


def keywords(call: ast.Call, name: str, module: Module) -> list[ast.keyword]:
    """What a call that listens is given by name, and what its object was made with where that counts."""
    row = catalog.listeners().get(name)
    made = name.rpartition(".")[0]
    others = (
        [other for other in module.calls() if module.full_name(other.func) == made] if row and row.constructed else []
    )
    return [keyword for one in (call, *others) for keyword in one.keywords]


def _port_of_listener(call: ast.Call, name: str, module: Module, modules: Sequence[Module]) -> int | None:
    """The port that a call that listens names, or the one that its object was made with."""
    row = catalog.listeners().get(name)
    ports = (item.value for item in keywords(call, name, module) if item.arg in PORT_KEYWORDS)
    return port_of_call(call, row.port_argument if row else None, module, modules) or next(
        filter(None, map(as_port, map(constant, ports))), None
    )


def listening(code: Code, module: Module) -> tuple[int, tuple[Evidence, ...]]:
    """The port that a script listens on and where that is read; 0 where it does not listen, or it cannot be told."""
    listens: Evidence | None = None
    default = 0
    modules = code.reachable(module)
    for current in modules:
        constructed = current.constructed
        for call in current.calls():
            if name := listener(current, call, constructed):
                row = catalog.listeners().get(name)
                evidence = code.evidence(current, call.lineno)
                if port := _port_of_listener(call, name, current, modules):
                    return port, (evidence,)
                listens = listens or evidence
                default = default or (row.port if row else 0)
        for name, row in catalog.listeners().items():  # Thread(target=serve) calls it elsewhere
            if name in current.imported and name.rpartition(".")[2].islower():
                listens = listens or code.evidence(current, current.imported[name])
                default = default or row.port
    if listens is None:
        return 0, ()
    for current in modules:
        for port, line in _named_ports(current):
            return port, (code.evidence(current, line),)
    return default, (listens,)


def _named_ports(module: Module) -> Iterator[tuple[int, int]]:
    """Defaults of `--port` options and of variables called port, with their lines."""
    for call in module.calls():
        named = any(isinstance(argument, ast.Constant) and argument.value == "--port" for argument in call.args)
        if named and (port := as_port(constant(ast.Call(func=call.func, args=[], keywords=call.keywords)))):
            yield port, call.lineno
    for node in module.nodes:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name.lower().endswith("port"):
                if port := as_port(constant(value)):
                    yield port, node.lineno
            case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
                named_port = (value for item, value in options.parameters(arguments) if item.arg.endswith("port"))
                yield from ((port, node.lineno) for value in named_port if (port := as_port(constant(value))))


def run_in_guard(module: Module) -> str:
    """The name of what the module's main guard runs."""
    for call in module.calls(module.guarded):
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="uvicorn" | "web" | "waitress")), args=[ast.Name(id=name), *_]
            ):
                return name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="uvicorn")), args=[ast.Constant(value=str(text)), *_]):
                return text.rpartition(":")[2]
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="run")):
                return name
    return ""


def guard_does_more(module: Module) -> list[ast.Call]:
    """What a main guard calls beside running the app: a server in front does not."""
    constructed = module.constructed
    return [
        statement.value
        for statement in flat(module.guarded)
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and not listener(module, statement.value, constructed)
        and module.full_name(statement.value.func).rpartition(".")[2]
        not in ("print", "exit", "basicConfig", "info", "run", "freeze_support", "simplefilter", "load_dotenv", "debug")
    ]
