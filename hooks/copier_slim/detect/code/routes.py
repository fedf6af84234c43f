"""Which module registers the routes of an app: the one that makes the app need not."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from copier_slim.detect.code import ranking, scripts
from copier_slim.detect.code.apps import constructors, is_aside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copier_slim.detect.code.apps import App, Code
    from copier_slim.detect.code.modules import Module

FRAMEWORKS = {"flask", "fastapi", "quart", "starlette"}  # whose apps get their routes by methods of theirs
METHODS = {
    "add_api_route", "add_api_websocket_route", "add_route", "add_url_rule", "add_websocket_route", "api_route",
    "delete", "errorhandler", "get", "head", "include_router", "mount", "options", "patch", "post", "put",
    "register_blueprint", "route", "trace", "websocket", "websocket_route",
}  # fmt: skip
OF_EXTENSIONS = {"add_namespace", "add_resource", "add_view"}  # of an object that was given the app: Api(app)
MOST_MODULES = 200


def preferred(apps: Sequence[App], code: Code) -> list[App]:
    """The apps that have routes, or all where none is seen to have any."""
    routed = [app for app in apps if not _is_bare(app, code) or _by_importer(app, code) is not app]
    return _made_ready(routed or list(apps), code)


def registered(app: App, code: Code) -> App:
    """The app as an attribute of the module that registers its routes, where importing its own registers none."""
    return _by_importer(app, code) if _is_bare(app, code) else _laid_out(app, code)


def _made_ready(apps: list[App], code: Code) -> list[App]:
    """The apps without those that a factory beside them gives their routes; a factory that is given more is none."""
    makers = [app for app in apps if app.factory and app.required == 0 and not _is_given_more(app, code)]
    late = [app for app in apps if any(one.module is app.module for one in makers) and comes_late(app, code)]
    return [app for app in apps if app not in late]


def runner(app: App, code: Code) -> str | None:
    """The script at the top that makes an app ready which an import does not; None where one does, or none is there."""
    if not comes_late(app, code):
        return None
    top = [path for path in scripts.at_the_top(code) if not is_aside(path) and path != app.module.path]
    near = [path for path in top if (module := code.module(path)) and app.module in code.reachable(module)]
    return scripts.best(near, code)


def _is_given_more(factory: App, code: Code) -> bool:
    """Whether the project calls a factory with arguments, which it does without for nobody else."""
    paths = [path for path in code.tree.python_files if not is_aside(path)][:MOST_MODULES]
    return any(
        module.full_name(call.func).rpartition(".")[2] == factory.name and bool(call.args or call.keywords)
        for path in paths
        if (module := code.module(path))
        for call in module.calls()
    )


def comes_late(app: App, code: Code) -> bool:
    """Whether an app's routes are registered in functions alone that importing its module does not call.

    Served as it is, it answers 404 to everything: another function, or a program, has to make it ready.
    """
    value = app.module.top.assigned.get(app.name)
    if app.framework not in FRAMEWORKS or app.factory or not isinstance(value, ast.Call):
        return False
    if app.module.full_name(value.func) not in constructors() or any(item.arg == "routes" for item in value.keywords):
        return False
    full_name = f"{app.module.name}.{app.name}"
    late = False
    for module in code.reachable(app.module):
        names = {alias for alias, target in module.aliases.items() if target == full_name}
        names |= {app.name} if module is app.module else set()
        if names & _at_import(module):
            return False
        late = late or bool(names & _registering(module))
    return late and _by_importer(app, code) is app


@lru_cache(maxsize=512)
def _at_import(module: Module) -> frozenset[str]:
    """The names that importing a module calls methods of, or hands to others, functions that it calls included."""
    found: set[str] = set()
    left: list[ast.stmt] = list(module.top.statements)
    done: set[str] = set()
    while left:
        statement = left.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [item for item in statement.decorator_list if isinstance(item, ast.Call)]
        elif isinstance(statement, ast.ClassDef):
            continue
        else:
            calls = list(module.calls([statement]))
        for call in calls:
            match call.func:
                case ast.Attribute(value=ast.Name(id=name), attr=method) if method in METHODS | OF_EXTENSIONS:
                    found |= {name, *_given(module.top.assigned.get(name))}
                case ast.Name(id=name) if name in module.top.functions and name not in done:
                    done.add(name)
                    left += module.top.functions[name].body
            called = module.full_name(call.func).rpartition(".")[2]
            if not called[:1].isupper() and called != "init_app":  # an extension's class registers nothing by itself
                found |= _given(call)
    return frozenset(found)


def _given(node: ast.expr | None) -> set[str]:
    """The names that a call is given by their places."""
    return {item.id for item in node.args if isinstance(item, ast.Name)} if isinstance(node, ast.Call) else set()


def _by_importer(app: App, code: Code) -> App:
    """A bare app as an attribute of the module by whose import it gets its routes; itself where none is seen."""
    full_name = f"{app.module.name}.{app.name}"
    near = {module.path for module in code.reachable(app.module)}
    found: dict[str, tuple[App, bool]] = {}
    for module, name in code.names_of_others.get(full_name, ()):
        if module.path in near or module.path in found:
            continue
        if not scripts.runs_when_imported(module) or app.framework == "flask":
            found[module.path] = replace(app, module=module, name=name), _registers(module, name)
    registrars = {path for path, (_, registers) in found.items() if registers}
    if not registrars:
        return app

    def key(other: App) -> tuple[object, ...]:
        return (-len(registrars & {module.path for module in code.reachable(other.module)}), *ranking.rank(other))

    return min((other for other, _ in found.values()), key=key)


def _laid_out(app: App, code: Code) -> App:
    """The WSGI app of a Dash app by the module that gives it its layout, where its own module does not."""
    value = app.module.top.assigned.get(app.name)
    if not isinstance(value, ast.Attribute) or not isinstance(value.value, ast.Name):
        return app
    dash = value.value.id
    if app.module.constructed.get(dash) != "dash.Dash" or _lays_out(app.module, dash):
        return app
    near = {module.path for module in code.reachable(app.module)}
    for path in code.tree.python_files[:MOST_MODULES]:
        module = code.module(path) if path not in near and not is_aside(path) else None
        names = {target: alias for alias, target in module.aliases.items()} if module else {}
        alias = names.get(f"{app.module.name}.{dash}", "")
        if module and alias and _lays_out(module, alias):
            name = names.get(f"{app.module.name}.{app.name}", f"{alias}.server")
            return replace(app, module=module, name=name)
    return app


def _lays_out(module: Module, name: str) -> bool:
    return any(
        isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
        and (target.value.id, target.attr) == (name, "layout")
        for node in module.nodes if isinstance(node, ast.Assign) for target in node.targets
    )  # fmt: skip


def _is_bare(app: App, code: Code) -> bool:
    """Whether an app is made where it stands, and importing that module registers no route."""
    value = app.module.top.assigned.get(app.name)
    if app.framework not in FRAMEWORKS or app.factory or not isinstance(value, ast.Call):
        return False
    made = app.module.full_name(value.func)
    if made not in constructors() or any(keyword.arg == "routes" for keyword in value.keywords):
        return False
    full_name = f"{app.module.name}.{app.name}"
    for module in code.reachable(app.module):
        names = [alias for alias, target in module.aliases.items() if target == full_name]
        if any(_registers(module, name) for name in ([app.name] if module is app.module else names)):
            return False
    return True


def _registers(module: Module, name: str) -> bool:
    """Whether a module gives routes to the app that it has by this name."""
    return name in _registering(module)


@lru_cache(maxsize=512)
def _registering(module: Module) -> frozenset[str]:
    """The names on which a module calls a method that registers routes."""
    return frozenset(
        call.func.value.id
        for call in module.calls()
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.attr in METHODS
    )
