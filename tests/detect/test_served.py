"""Apps that bring their own server: gRPC and MCP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detect.conftest import Answers, Detect, Files, notes, of

GUARD = "\nif __name__ == '__main__':\n    "
CHECK = "/grpc.health.v1.Health/Check"
SERVICER = "health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)"


def grpc_server(port: str, health: str = "pass", more: str = "pass") -> str:
    return (
        "import argparse, os\nfrom concurrent import futures\nimport grpc\n"
        "from grpc_health.v1 import health, health_pb2_grpc\n\n"
        f"def serve():\n    server = grpc.server(futures.ThreadPoolExecutor(10))\n    {health}\n    {more}\n"
        f"    server.{port}\n    server.start()\n    server.wait_for_termination()\n{GUARD}serve()\n"
    )


GRPC: dict[str, tuple[str, int | None, str]] = {
    "a literal": (grpc_server("add_insecure_port('[::]:50051')"), 50051, ""),
    "a health servicer": (grpc_server("add_insecure_port('[::]:50052')", SERVICER), 50052, CHECK),
    "a variable's default": (
        grpc_server("add_insecure_port(f\"[::]:{os.environ.get('GRPC_PORT', '50053')}\")", SERVICER), 50053, CHECK,
    ),
    "a name in a string": (grpc_server("add_insecure_port(f'[::]:{port}')", more="port = 50054"), 50054, ""),
    "a sum": (grpc_server("add_insecure_port('[::]:' + str(port))", more="port = 50055"), 50055, ""),
    "a name": (grpc_server("add_insecure_port(address)", more="address = '[::]:50056'"), 50056, ""),
    "an option's default": (
        grpc_server(
            "add_insecure_port('[::]:%d' % given.port)",
            more="p = argparse.ArgumentParser(); p.add_argument('--port', default=50057); given = p.parse_args()",
        ),
        50057,
        "",
    ),
    "TLS": (grpc_server("add_secure_port('[::]:50058', credentials)", SERVICER), 50058, ""),
    "grpclib": (
        (
            "import asyncio\nfrom grpclib.server import Server\nfrom grpclib.health.service import Health\n\n"
            "async def main():\n    server = Server([Health()])\n    await server.start('0.0.0.0', 50059)\n"
            f"    await server.wait_closed()\n{GUARD}asyncio.run(main())\n"
        ),
        50059,
        CHECK,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRPC)
def test_a_grpc_server_has_its_port_and_is_asked_as_it_can_be(name: str, detecting: Detect) -> None:
    source, port, path = GRPC[name]
    found = detecting({"requirements.txt": "grpcio\ngrpcio-health-checking\ngrpclib\n", "server.py": source}).findings
    expected = {"framework": "grpc", "app": "server.py", "port": port, "health_path": path}
    assert of(found.answers, expected) == expected
    assert "loopback" not in notes(found)


@pytest.mark.parametrize("port", ["add_insecure_port('localhost:50051')", "add_insecure_port('127.0.0.1:50051')"])
def test_a_grpc_server_on_loopback_is_said(port: str, detecting: Detect) -> None:
    found = detecting({"requirements.txt": "grpcio\n", "server.py": grpc_server(port)}).findings
    assert "listens on loopback" in notes(found)


def test_a_stated_grpc_server_keeps_its_command(answers: Answers) -> None:
    found = answers(
        {
            "requirements.txt": "grpcio\ngrpcio-health-checking\n",
            "Procfile": "web: python -m shop.server --workers 4\n",
            "shop/__init__.py": "",
            "shop/server.py": grpc_server("add_insecure_port('[::]:50060')", SERVICER),
        }
    )
    expected = {"framework": "command", "app": "python -m shop.server --workers 4", "port": 50060, "health_path": CHECK}
    assert of(found, expected) == expected


def test_a_client_of_grpc_is_no_server(answers: Answers) -> None:
    source = (
        "import grpc\nfrom fastapi import FastAPI\napp = FastAPI()\nchannel = grpc.insecure_channel('shop:50051')\n"
    )
    assert answers({"requirements.txt": "grpcio\nfastapi\n", "main.py": source})["framework"] == "fastapi"


MADE = "from fastmcp import FastMCP\n\nmcp = FastMCP('notes')\n"
OF_SDK = "from mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP('notes', port=3001)\n"
NEW_SDK = "from mcp.server import MCPServer\n\nmcp = MCPServer('notes')\n"
MCP: dict[str, tuple[Files, dict[str, Any]]] = {
    "in a function": (
        {"server.py": f"{OF_SDK}\ndef main():\n    mcp.run(transport='streamable-http')\n{GUARD}main()\n"},
        {"framework": "mcp", "server": "streamable-http", "app": "server:mcp", "port": 3001, "health_path": ""},
    ),
    "of another module": (
        {"notes.py": NEW_SDK, "run.py": f"from notes import mcp\n{GUARD}mcp.run(transport='sse', port=9000)\n"},
        {"framework": "mcp", "server": "sse", "app": "notes:mcp", "port": 9000},
    ),
    "a coroutine": (
        {"server.py": f"import asyncio\n{MADE}{GUARD}asyncio.run(mcp.run_async(transport='http', port=4000))\n"},
        {"framework": "mcp", "server": "streamable-http", "port": 4000},
    ),
    "a health route": (
        {
            "server.py": f"{MADE}\n@mcp.custom_route('/health', methods=['GET'])\nasync def health(request): ...\n"
            f"{GUARD}mcp.run(transport='http')\n"
        },
        {"framework": "mcp", "health_path": "/health"},
    ),
    "fastmcp run": (
        {"server.py": MADE, "Procfile": "web: fastmcp run server.py --transport http --port 9000\n"},
        {"framework": "mcp", "server": "streamable-http", "app": "server:mcp", "port": 9000},
    ),
    "fastmcp run over stdio": (
        {"server.py": MADE, "Procfile": "web: fastmcp run server.py:mcp\n"},
        {"framework": "mcp", "server": "stdio", "app": "server:mcp", "port": None, "health_path": None},
    ),
    "the object alone": ({"server.py": MADE}, {"framework": "mcp", "server": "stdio", "port": None}),
    "its HTTP app": (
        {"server.py": MADE.replace("mcp =", "notes =") + "app = notes.http_app()\n"},
        {"framework": "asgi", "app": "server:app"},
    ),
    "mounted": (
        {"main.py": f"from fastapi import FastAPI\n{MADE}app = FastAPI()\napp.mount('/x', mcp.http_app())\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "a program that does more": (
        {"server.py": f"{OF_SDK}\ndef main():\n    connect()\n    mcp.run(transport='sse')\n{GUARD}main()\n"},
        {"framework": "command", "app": "python server.py", "port": 3001},
    ),
    "an option of its own": (
        {"server.py": f"{OF_SDK}{GUARD}mcp.run(transport='http', path='/api')\n"},
        {"framework": "command", "app": "python server.py", "port": 3001},
    ),
    "the low-level server": (
        {
            "server.py": "import asyncio\nfrom mcp.server import Server\nfrom mcp.server.stdio import stdio_server\n\n"
            "server = Server('x')\n\nasync def main():\n    async with stdio_server() as (r, w):\n"
            f"        await server.run(r, w, None)\n{GUARD}asyncio.run(main())\n"
        },
        {"framework": "command", "app": "python server.py", "port": None, "health_path": None},
    ),
    "a console script over stdio": (
        {
            "pyproject.toml": "[project]\nname = 'notes'\nversion = '1'\ndependencies = ['mcp']\n"
            "[project.scripts]\nnotes = 'notes.server:main'\n"
            "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n",
            "src/notes/__init__.py": "",
            "src/notes/server.py": f"{OF_SDK}\ndef main():\n    mcp.run()\n{GUARD}main()\n",
        },
        {"framework": "command", "app": "notes", "port": None, "health_path": None},
    ),
}


@pytest.mark.parametrize("name", MCP)
def test_an_mcp_server_is_served_as_its_program_runs_it(name: str, answers: Answers) -> None:
    files, expected = MCP[name]
    assert of(answers({"requirements.txt": "mcp\nfastmcp\nfastapi\n", **files}), expected) == expected


def test_fastmcp_s_own_run_gets_its_host_by_a_variable(detecting: Detect) -> None:
    source = f"{MADE}{GUARD}mcp.run(transport='http', path='/api')\n"
    found = detecting({"requirements.txt": "fastmcp\n", "server.py": source}).findings
    assert found.value("environment") == "FASTMCP_HOST=0.0.0.0"
    assert "loopback" not in notes(found)


@pytest.mark.parametrize(
    ("given", "told"), [("", True), (", host='0.0.0.0'", False), (", transport_security=x", False)]
)
def test_an_app_of_the_sdk_that_answers_to_localhost_alone_is_told(given: str, told: bool, detecting: Detect) -> None:  # noqa: FBT001
    source = f"from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x'{given})\napp = mcp.streamable_http_app()\n"
    found = detecting({"requirements.txt": "mcp\n", "server.py": source}).findings
    assert ("answers requests for localhost alone" in notes(found)) == told


OLD_IMPORT = "from mcp.server.fastmcp import FastMCP\n"


@pytest.mark.parametrize(
    ("declared", "source", "kept"),
    [
        ("mcp", OLD_IMPORT, True),
        ("mcp[cli]>=1.9", OLD_IMPORT, True),
        ("mcp>=1.9,<2", OLD_IMPORT, False),
        ("mcp==1.30.0", OLD_IMPORT, False),
        ("mcp", "from mcp.server import MCPServer\n", False),
    ],
)
def test_what_the_new_sdk_no_longer_has_keeps_the_old_one(
    declared: str,
    source: str,
    kept: bool,  # noqa: FBT001
    detecting: Detect,
) -> None:
    program = f"{source}mcp = None\n{GUARD}print(1)\n"
    found = detecting({"requirements.txt": f"{declared}\n", "server.py": program}).findings
    assert ("mcp<2" in found.value("dependencies").splitlines()) == kept
    assert ("mcp<2 is added: server.py:1" in notes(found)) == kept
