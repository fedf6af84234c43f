"""Put in front of the application inside a container: it adds a request that takes two seconds, and passes on all else.

COPIER_SLIM_APP is the application as the server's command has it, COPIER_SLIM_KIND "aiohttp", "factory" or "".
It is copied into images, so it needs nothing but the standard library of any supported Python.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import time
from typing import Any

PATH = "/copier-slim-slow"
SECONDS = 2
DONE = b"done"


def load() -> Any:  # noqa: ANN401 an application of any kind
    """The application itself, made where the command names what makes it."""
    module, _, names = os.environ["COPIER_SLIM_APP"].partition(":")
    found: Any = importlib.import_module(module)
    for name in names.removesuffix("()").split("."):
        found = getattr(found, name)
    makes = names.endswith("()") or os.environ["COPIER_SLIM_KIND"] == "factory"
    return found() if makes else found


class Asgi:
    """An ASGI application."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        if scope["type"] == "http" and scope["path"] == PATH:
            await asyncio.sleep(SECONDS)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": DONE})
        else:
            await self.inner(scope, receive, send)


class Wsgi:
    """A WSGI application."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401
        self.inner = inner

    def __call__(self, environ: Any, start_response: Any) -> Any:  # noqa: ANN401
        if environ["PATH_INFO"] != PATH:
            return self.inner(environ, start_response)
        time.sleep(SECONDS)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [DONE]


async def aiohttp() -> Any:  # noqa: ANN401
    """The aiohttp application with one more route; gunicorn's worker takes a coroutine function for one."""
    from aiohttp import web  # type: ignore[import-not-found] # noqa: PLC0415 only where the image has it

    async def slow(_: Any) -> Any:  # noqa: ANN401
        await asyncio.sleep(SECONDS)
        return web.Response(body=DONE)

    inner = load()
    found = await inner() if inspect.iscoroutinefunction(inner) else inner
    found.router.add_get(PATH, slow)
    return found


def make() -> Any:  # noqa: ANN401
    """The application with the slow request in front of it."""
    inner = load()
    is_asgi = inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(type(inner).__call__)
    return Asgi(inner) if is_asgi else Wsgi(inner)


# A factory is called by the server itself, in its own time
KIND = os.environ.get("COPIER_SLIM_KIND")
app: Any = aiohttp if KIND == "aiohttp" else make if KIND == "factory" else make() if KIND is not None else None
