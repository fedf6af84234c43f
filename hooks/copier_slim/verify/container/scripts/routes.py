"""Prints the paths without parameters that an app answers to GET, as JSON; its import path is the argument.

The frameworks tell of their routes in ways of their own; what tells nothing has no paths here.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMETERS = set("{}<>*()[]^$:\\?|")
WRAPPED = ("app", "application", "wsgi_app", "asgi_app", "server")
DEEPEST = 4


def main() -> None:
    module, _, name = sys.argv[1].partition(":")
    sys.argv[1:] = []
    found: Any = importlib.import_module(module)
    for part in filter(None, name.removesuffix("()").split(".")):
        found = getattr(found, part)
    if name.endswith("()"):
        found = found()
    paths = [*of_django(), *of_app(found)]
    plain = (path if path.startswith("/") else f"/{path}" for path in paths)
    print(json.dumps(sorted({path for path in plain if not PARAMETERS & {*path}})), flush=True)  # noqa: T201
    os._exit(0)  # threads that the app has started are not waited for


def of_app(app: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401 of any framework
    """Those of an app, or of the one that it wraps."""
    found = [*of_map(app), *of_list(app), *of_router(app), *of_falcon(app)]
    if found or depth > DEEPEST:
        yield from found
        return
    for name in WRAPPED:
        inner = getattr(app, name, None)
        if inner is not None and inner is not app and not isinstance(inner, (str, bytes)):
            yield from of_app(inner, depth + 1)


def of_map(app: Any) -> Iterator[str]:  # noqa: ANN401
    """Flask's and Quart's."""
    rules = getattr(getattr(app, "url_map", None), "iter_rules", None)
    for rule in rules() if rules else ():
        if not rule.arguments and "GET" in (rule.methods or ()) and not getattr(rule, "websocket", False):
            yield rule.rule


def of_list(app: Any, prefix: str = "") -> Iterator[str]:  # noqa: ANN401
    """Starlette's, FastAPI's, Litestar's and Bottle's."""
    routes = getattr(app, "routes", None)
    for route in routes if isinstance(routes, (list, tuple)) else ():
        path = getattr(route, "path", None)
        path = getattr(route, "rule", None) if path is None else path
        if not isinstance(path, str):
            continue
        methods = getattr(route, "methods", None) or getattr(route, "method", None) or ()
        if "GET" in ([methods] if isinstance(methods, str) else methods):
            yield prefix + path
        elif getattr(route, "routes", None):
            yield from of_list(route, prefix + path)


def of_router(app: Any) -> Iterator[str]:  # noqa: ANN401
    """aiohttp's and Sanic's."""
    routes = getattr(getattr(app, "router", None), "routes", None)
    for route in (routes() if callable(routes) else routes) or ():
        info = getattr(getattr(route, "resource", None), "get_info", None)
        path = info().get("path") if info else getattr(route, "path", None)
        methods = [route.method] if hasattr(route, "method") else getattr(route, "methods", ())
        if isinstance(path, str) and "GET" in methods:
            yield path


def of_falcon(app: Any) -> Iterator[str]:  # noqa: ANN401
    """Falcon's, by what it has for that."""
    if "falcon" not in sys.modules or not isinstance(app, sys.modules["falcon"].App):
        return
    for route in importlib.import_module("falcon.inspect").inspect_routes(app):
        if any(one.method == "GET" for one in route.methods):
            yield route.path


def of_django() -> Iterator[str]:
    """Django's, where the app's import has set it up."""
    if "django.urls" not in sys.modules:
        return
    with contextlib.suppress(Exception):
        yield from of_resolver(importlib.import_module("django.urls").get_resolver().url_patterns, "")


def of_resolver(patterns: Any, prefix: str) -> Iterator[str]:  # noqa: ANN401
    for pattern in patterns:
        path = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if hasattr(pattern, "url_patterns"):
            yield from of_resolver(pattern.url_patterns, path)
        else:
            yield path


if __name__ == "__main__":
    main()
