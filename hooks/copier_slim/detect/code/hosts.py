"""Where a script listens: at an address that nothing outside its container reaches, and what names another one."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code import scripts
from copier_slim.detect.code.modules import constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
KEYWORDS = ("host", "hostname", "address", "interface", "bind", "ip")
OPTIONS = ("--host", "--bind", "--address", "--listen", "--ip", "--hostname")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def on_loopback(code: Code, module: Module) -> tuple[Evidence, str] | None:
    """Where a script listens on loopback, and the variable whose default that is, "" for none; None elsewhere."""
    for current in code.reachable(module):
        constructed = current.constructed
        for call in current.calls():
            if not (name := scripts.listener(current, call, constructed)):
                continue
            row = catalog.listeners().get(name)
            if row and row.constructed:
                given = [item.value for item in scripts.keywords(call, name, current) if item.arg == "host"]
                if not given or constant(given[0]) in LOOPBACK:
                    return code.evidence(current, call.lineno), ""
            elif host := next((node for node in _hosts(call, current) if constant(node) in LOOPBACK), None):
                return code.evidence(current, call.lineno), _variable(host)
    return None


def options(code: Code, module: Module, words: tuple[str, ...]) -> tuple[str, ...]:
    """What makes a program of the repository listen beyond loopback, where its own options say that they do not."""
    if any(word.startswith("-") for word in words[2 if words[0] == "python" else 1 :]):
        return ()
    defaults: dict[str, object] = {}
    for current in code.reachable(module, 50):
        of_commands = _of_commands(current)
        for call in current.calls():
            if call in of_commands and of_commands[call] not in (*words, _default_command(current)):
                continue
            for argument in call.args:
                if (
                    isinstance(argument, ast.Constant)
                    and isinstance(argument.value, str)
                    and argument.value.startswith("--")
                ):
                    defaults.setdefault(
                        argument.value, constant(ast.Call(func=call.func, args=[], keywords=call.keywords))
                    )
    host = next((name for name in OPTIONS if defaults.get(name) in LOOPBACK), None)
    if host is None:
        return ()
    return (host, "0.0.0.0", *(("--port", "$PORT") if "--port" in defaults else ()))  # noqa: S104 the container's network is its own


def _of_commands(module: Module) -> dict[ast.Call, str]:
    """The options that are those of one command of a click group or of argparse's subparsers alone, to its name."""
    found: dict[ast.Call, str] = {}
    parsers: dict[str, str] = {}
    for node in module.nodes:
        match node:
            case (
                ast.FunctionDef(name=name, decorator_list=decorators)
                | ast.AsyncFunctionDef(name=name, decorator_list=decorators)
            ):
                calls = [item for item in decorators if isinstance(item, ast.Call)]
                if command := next(
                    (_command(item, name, module) for item in calls if _command(item, name, module)), ""
                ):
                    found |= dict.fromkeys(calls, command)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr="add_parser"), args=[ast.Constant(value=str(command)), *_]),
            ):
                parsers[name] = command
    for call in module.calls() if parsers else ():
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr="add_argument") if name in parsers:
                found[call] = parsers[name]
    return found


def _command(decorator: ast.Call, function: str, module: Module) -> str:
    """The name of a group's command whose decorator this is: @cli.command("serve"); "" for any other decorator."""
    match decorator:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=group), attr="command"), args=arguments):
            if group in module.aliases and module.aliases[group].partition(".")[0] in {"click", "typer"}:
                return ""
            named = arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else ""
            return str(named) or function.replace("_", "-")
    return ""


def _default_command(module: Module) -> str:
    """The command that a group runs where none is given, as click-default-group's do; "" for none."""
    groups = (call for call in module.calls() if module.full_name(call.func).endswith(".group"))
    given = (item.value for call in groups for item in call.keywords if item.arg == "default")
    return next((str(value.value) for value in given if isinstance(value, ast.Constant)), "")


def _hosts(call: ast.Call, module: Module) -> Iterator[ast.expr]:
    """What a call that listens may be given as a host: its arguments, those of a pair of host and port too."""
    named = (item.value for item in call.keywords if item.arg in KEYWORDS)
    for node in (*call.args, *named):
        for inner in node.elts if isinstance(node, ast.Tuple) else (node,):
            bound = scripts.bound_anywhere(module, inner.id) if isinstance(inner, ast.Name) else None
            yield bound or inner


def _variable(node: ast.expr) -> str:
    """The environment variable that a host is read from; "" for a literal."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if VARIABLE.fullmatch(name):
                return name
    return ""
