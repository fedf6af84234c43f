"""Apps that bring their own server: gRPC, MCP, and what a library's own program serves."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim import catalog
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


AGENT = "from google.adk.agents import Agent\nroot_agent = Agent(name='weather')\n"
SUM = """\
import bentoml


@bentoml.service
class Sum:
    @bentoml.api
    def add(self, x: int, y: int) -> int:
        return x + y
"""
GRAPH = """\
from langgraph.graph import START, MessagesState, StateGraph

graph = StateGraph(MessagesState).add_node("quiet", lambda state: state).add_edge(START, "quiet").compile()
"""
PAGE = """\
import reflex as rx

app = rx.App()
app.add_page(lambda: rx.text("Hello"), route="/")
"""
TALK = """\
import chainlit as cl

@cl.on_message
async def answer(message):
    await cl.Message(content="hello").send()
"""
TAIPY = """\
from taipy.gui import Gui

if __name__ == "__main__":
    Gui(page="# Hello").run()
"""
MESOP = """\
import mesop as me


@me.page(path="/")
def page():
    me.text("Hello")
"""
RAY = """\
from ray import serve


@serve.deployment
class Hello:
    async def __call__(self, request):
        return "Hello"


hello = Hello.bind()
"""
LOCUST = "import locust\n\n\nclass Visitor(locust.HttpUser):\n    @locust.task\n    def home(self):\n        pass\n"
PROGRAMS: dict[str, tuple[str, Files, str]] = {
    "marimo": ("marimo", {"notes.py": f"import marimo\napp = marimo.App()\n{GUARD}app.run()\n"}, "marimo run notes.py"),
    "chainlit": ("chainlit", {"app.py": TALK}, "chainlit run app.py"),
    "panel": ("panel", {"app.py": "import panel as pn\npn.panel('x').servable()\n"}, "panel serve app.py"),
    "adk": (
        "google-adk", {"agents/weather/__init__.py": "", "agents/weather/agent.py": AGENT}, "adk api_server agents",
    ),
    "adk at the top": (
        "google-adk", {"weather/__init__.py": "", "weather/agent.py": AGENT}, "adk api_server . --host",
    ),
    "bentoml": ("bentoml", {"service.py": SUM}, "bentoml serve service:Sum"),
    "solara": ("solara", {"app.py": "import solara\n"}, "solara run app.py"),
    "shiny": (
        "shiny",
        {"app.py": "from shiny import App, ui\nimport parts\nboard = App(ui.p(), 0)\n", "parts.py": "import shiny\n"},
        "shiny run app.py:board",
    ),
    "shiny express": (
        "shiny", {"app-express.py": "from shiny.express import ui\n\nui.h1('x')\n"}, "shiny run app-express.py --host",
    ),
    "voila": ("voila", {"notes.ipynb": "{}"}, "voila notes.ipynb"),
    "langgraph": (
        "langgraph-cli[inmem]\nlanggraph",
        {"langgraph.json": '{"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}\n', "agent.py": GRAPH},
        "langgraph dev",
    ),
    "langgraph, without its program": ("langgraph", {"langgraph.json": "{}"}, "langgraph dev"),
    "reflex": (
        "reflex",
        {
            "rxconfig.py": "import reflex as rx\n\nconfig = rx.Config(app_name='shop')\n",
            "shop/__init__.py": "",
            "shop/shop.py": PAGE,
        },
        "reflex run",
    ),
    "dagster": (
        "dagster\ndagster-webserver", {"defs.py": "import dagster\ndefs = dagster.Definitions()\n"}, "dagster-web",
    ),
    "mlflow": ("mlflow", {}, "mlflow server"),
    "mlflow's model": ("mlflow", {"model/MLmodel": "x"}, "mlflow models serve --model-uri model"),
    "taipy": (
        "taipy", {"main.py": TAIPY, ".python-version": "3.12\n"},  # the last on which the SQLAlchemy that it pins runs
        "python main.py --taipy-host 0.0.0.0 --taipy-port $PORT",
    ),
    "prefect": ("prefect", {}, "prefect server start"),
    "jupyterlab": ("jupyterlab", {}, "jupyter lab"),
    "locust": ("locust", {"locustfile.py": LOCUST}, "locust --locustfile locustfile.py"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_library_s_own_program_serves_beyond_loopback_at_port(name: str, answers: Answers) -> None:
    declared, files, command = PROGRAMS[name]
    found = answers({"requirements.txt": f"{declared}\n", **files})
    row = next(
        row
        for row in catalog.launchers().values()
        if found["app"].startswith(row.command.partition(" {")[0])
        and found["app"].endswith(row.command.rpartition("}")[2])
        and "$PORT" in row.command
    )
    assert found["framework"] == "command"
    assert found["app"].startswith(command)
    assert "$PORT" in found["app"]
    assert "0.0.0.0" in found["app"]  # noqa: S104 a container's
    assert (found["port"], found.get("health_path", "")) == (row.port, row.health_path)
    assert found.get("environment", "").splitlines() == list(row.environment)
    assert found.get("writable_paths", "").splitlines() == sorted(row.writable)


def test_a_library_that_is_itself_an_app_is_served_as_one(answers: Answers) -> None:
    found = answers({"requirements.txt": "mesop\n", "main.py": MESOP})
    expected = {"framework": "wsgi", "app": "main:me", "port": None, "health_path": ""}
    assert of(found, expected) == expected


def test_ray_serve_runs_the_deployment_that_is_bound(detecting: Detect) -> None:
    found = detecting({"requirements.txt": "ray[serve]\n", "main.py": RAY}).findings
    expected = {"framework": "command", "app": "serve run main:hello", "port": 8000, "health_path": "/-/healthz"}
    assert of(found.answers, expected) == expected
    assert "RAY_SERVE_DEFAULT_HTTP_HOST=0.0.0.0" in found.answers["environment"]
    assert "serve run listens at 8000 whatever PORT says" in notes(found)


ASIDE: dict[str, tuple[Files, dict[str, Any]]] = {
    "a load test beside a script": (
        {"requirements.txt": "locust\n", "main.py": f"{GUARD}print(1)\n", "locustfile.py": LOCUST},
        {"app": "python main.py", "port": None},
    ),
    "a load test among the tests alone": (
        {"requirements.txt": "locust\n", "run.py": f"{GUARD}print(1)\n", "tests/locustfile.py": LOCUST},
        {"app": "python run.py", "port": None},
    ),
    "a script that uses the library": (
        {
            "requirements.txt": "google-adk\n",
            "main.py": f"import weather\n{GUARD}print(1)\n",
            "weather/agent.py": AGENT,
        },
        {"app": "python main.py", "port": None},
    ),
    "without the program": ({"requirements.txt": "dagster\n", "main.py": "import dagster\nprint(1)\n"}, {"port": None}),
    "a service's client": (
        {"requirements.txt": "bentoml\n", "main.py": f"import bentoml\n{GUARD}print(bentoml.models.list())\n"},
        {"app": "python main.py", "port": None},
    ),
    "a tracked run": (
        {"requirements.txt": "mlflow\n", "train.py": f"import mlflow\n{GUARD}mlflow.start_run()\n"},
        {"app": "python train.py", "port": None},
    ),
}


@pytest.mark.parametrize("name", ASIDE)
def test_what_only_uses_the_library_is_not_served_by_it(name: str, answers: Answers) -> None:
    files, expected = ASIDE[name]
    assert of(answers(files), expected) == expected


STATED = {
    "adk web agents": ("google-adk", "adk web agents --host 0.0.0.0 --port $PORT"),
    "adk api_server --port 9000 --session_service_uri memory:// .": (
        "google-adk", "adk api_server --port $PORT --session_service_uri memory:// . --host 0.0.0.0",
    ),
    "langgraph dev --host 127.0.0.1": (
        "langgraph-cli", "langgraph dev --host 0.0.0.0 --port $PORT --no-browser --no-reload",
    ),
    "solara run app.py --host=::1": ("solara", "solara run app.py --host=0.0.0.0 --port $PORT --production --no-open"),
    "shiny run --reload --launch-browser app.py": ("shiny", "shiny run app.py --host 0.0.0.0 --port $PORT"),
    "prefect server start": ("prefect", "prefect server start --host 0.0.0.0 --port $PORT"),
}  # fmt: skip


@pytest.mark.parametrize("command", STATED)
def test_a_stated_program_gets_what_a_container_needs(command: str, answers: Answers) -> None:
    package, expected = STATED[command]
    found = answers({"requirements.txt": f"{package}\n", "app.py": "x = 1\n", "Procfile": f"web: {command}\n"})
    assert found["app"] == expected


@pytest.mark.parametrize(
    ("listed", "added"),
    [
        ("langgraph", ["langgraph-cli[inmem]"]),
        ("langgraph-cli>=0.1", ["langgraph-cli[inmem]"]),
        ("langgraph-cli[inmem]>=0.1", []),
    ],
)
def test_what_a_librarys_program_needs_is_added(listed: str, added: list[str], answers: Answers) -> None:
    found = answers({"requirements.txt": f"{listed}\n", "langgraph.json": "{}"})
    assert str(found["dependencies"]).splitlines() == [listed, *added]


def test_a_script_that_only_uses_ray_is_a_script(answers: Answers) -> None:
    found = answers({"requirements.txt": "ray\n", "main.py": "import ray\n\nray.init()\n"})
    assert found["app"] == "python main.py"
