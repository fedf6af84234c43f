"""Servers that talk over their standard streams: asked as the agent does that starts them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from copier_slim.verify.container import Container

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from copier_slim.engine import docker

LOCKS = ("requirements.txt", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
LISTED = re.compile(r'(?:fast)?mcp(?:[\[=<>~!; ]|$)|name = "(?:fast)?mcp"|"(?:fast)?mcp":')
PATIENCE = 20.0  # seconds for the answer
POLL = 0.2
# https://modelcontextprotocol.io/specification/2025-06-18/basic/lifecycle#initialization
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "copier-slim", "version": "1"},
    },
}


def may_speak(project: Path) -> bool:
    """Whether a project has a library of the Model Context Protocol among what it installs."""
    files = (project / name for name in LOCKS)
    texts = (file.read_text(errors="replace") for file in files if file.is_file())
    return any(LISTED.match(line.strip()) for text in texts for line in text.splitlines())


def greeted(scope: docker.Scope, image: str, options: Sequence[str]) -> str:
    """How an MCP server calls itself when it is greeted over its standard input; "" where nothing answers so."""
    said = f"{json.dumps(INITIALIZE)}\n".encode()
    with Container(scope, image, options=options, said=said) as running:
        while running.exit_code is None and running.age < PATIENCE:
            if name := _name(running.log.text):
                return name
            scope.pause(POLL)
        return _name(running.log.text)


def _name(log: str) -> str:
    for line in log.splitlines():
        if not line.startswith("{"):
            continue
        try:
            answer = json.loads(line)
            server = answer["result"]["serverInfo"]
            return f"{server['name']} {server.get('version', '')}".strip()
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
    return ""
