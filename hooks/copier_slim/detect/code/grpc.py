"""Servers of gRPC, by grpcio or grpclib: whether a module makes one, its port, and whether it tells how it is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code import hosts
from copier_slim.detect.code.modules import constant

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence

HEALTH = (
    "grpc_health.v1.health.HealthServicer",
    "grpc_health.v1.health.aio.HealthServicer",
    "grpclib.health.service.Health",
)
SERVERS = ("grpc.server", "grpc.aio.server", "grpclib.server.Server")
LISTENING = ("add_insecure_port", "add_secure_port")
PATH = catalog.frameworks()["grpc"].health_path or ""


def serves(module: Module) -> bool:
    """Whether a module makes a server."""
    return any(module.full_name(call.func) in SERVERS for call in module.calls())


def health(code: Code, module: Module) -> tuple[str, Evidence] | None:
    """The health path, "" where it is only connected to, of a server that is made in `module` or what it imports.

    The standard protocol is asked for where a health servicer is made and TLS is not spoken.
    """
    modules = code.reachable(module)
    server = next((current for current in modules if serves(current)), None)
    if server is None:
        return None
    calls = [(current, call) for current in modules for call in current.calls()]
    secure = [item for item in calls if _method(item[1]) == "add_secure_port"]
    secure += [item for item in calls if any(keyword.arg == "ssl" for keyword in item[1].keywords)]
    if secure:
        return "", code.evidence(secure[0][0], secure[0][1].lineno)
    for current, call in calls:
        if current.full_name(call.func) in HEALTH:
            return PATH, code.evidence(current, call.lineno)
    made = next(call for call in server.calls() if server.full_name(call.func) in SERVERS)
    return "", code.evidence(server, made.lineno)


def on_loopback(code: Code, module: Module) -> tuple[Evidence, str] | None:
    """Where a server listens at an address that nothing outside its container reaches, which no variable names."""
    for current in code.reachable(module):
        for call in current.calls():
            starts = f"{_maker(current, call)}.{_method(call)}" == "grpclib.server.Server.start"
            address = constant(call.args[0]) if call.args and (starts or _method(call) in LISTENING) else None
            if starts and isinstance(address, str):
                address += ":"
            if isinstance(address, str) and address.rpartition(":")[0].strip("[]") in hosts.LOOPBACK:
                return code.evidence(current, call.lineno), ""
    return None


def _maker(module: Module, call: ast.Call) -> str:
    """What made the object whose method is called."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return module.constructed.get(owner.id, "") if isinstance(owner, ast.Name) else ""


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
