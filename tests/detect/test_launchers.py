"""Apps that a library's own program serves."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim import catalog
from tests.detect.conftest import Answers, Detect, Files, notes, of

GUARD = "\nif __name__ == '__main__':\n    "
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
SLIDERS = """\
from bokeh.io import curdoc
from bokeh.models import Div

curdoc().add_root(Div(text="Hello"))
"""
OPERATOR = "import kopf\n\n\n@kopf.on.create('shops')\ndef made(spec, **_):\n    return {}\n"
SPIDER = """\
import scrapy


class Hats(scrapy.Spider):
    name = "hats"
    start_urls = ["https://shop.example/hats"]

    def parse(self, response):
        yield {}
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
    "dagster in a package": (
        "dagster",
        {
            "etl/__init__.py": "",
            "etl/definitions.py": "import dagster\n@dagster.definitions\ndef found(): return dagster.Definitions()\n",
        },
        "dagster-webserver --host 0.0.0.0 --port $PORT --module-name etl.definitions",
    ),
    "bokeh": ("bokeh", {"sliders.py": SLIDERS}, "bokeh serve sliders.py"),
    "bokeh's folder": ("bokeh", {"main.py": SLIDERS, "theme.yaml": "attrs: {}\n"}, "bokeh serve . --address"),
    "kopf": ("kopf", {"operator.py": OPERATOR}, "kopf run operator.py --all-namespaces"),
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


@pytest.mark.parametrize(
    ("declared", "files", "expected"),
    [
        (
            "flet", {"main.py": "import flet as ft\n\nft.run(lambda page: None)\n"},
            {"app": "python main.py", "port": 8000, "dependencies": "flet\nflet-web"},
        ),
        (
            "vizro", {"app.py": f"from vizro import Vizro\n{GUARD}Vizro().build(None).run()\n"},
            {"app": "python app.py", "port": 8050, "environment": "HOST=0.0.0.0"},
        ),
        ("metaflow", {"flow.py": f"import metaflow\n{GUARD}Flow()\n"}, {"app": "python flow.py run", "port": None}),
        (
            "faust-streaming", {"orders.py": "import faust\n\nshop = faust.App('shop')\n"},
            {"app": "faust --app orders:shop worker --loglevel info --web-host 0.0.0.0 --web-port $PORT", "port": 6066},
        ),
        (
            "twisted", {"echo.tac": "application = None\n"},
            {"app": "twistd --nodaemon --pidfile= --logfile=- --python echo.tac", "port": None},
        ),
    ],
)  # fmt: skip
def test_a_library_s_own_program(declared: str, files: Files, expected: dict[str, Any], answers: Answers) -> None:
    found = answers({"requirements.txt": f"{declared}\n", **files})
    assert of(found, expected) == expected


def test_a_library_that_is_itself_an_app_is_served_as_one(answers: Answers) -> None:
    found = answers({"requirements.txt": "mesop\n", "main.py": MESOP})
    expected = {"framework": "wsgi", "app": "main:me", "port": None, "health_path": ""}
    assert of(found, expected) == expected


def test_the_first_spider_of_a_scrapy_project_is_started_and_the_others_named(detecting: Detect) -> None:
    files = {
        "scrapy.cfg": "[settings]\ndefault = shop.settings\n",
        "shop/__init__.py": "",
        "shop/settings.py": 'SPIDER_MODULES = ["shop.spiders"]\n',
        "shop/spiders/__init__.py": "",
        "shop/spiders/hats.py": SPIDER,
        "shop/spiders/shoes.py": SPIDER.replace('"hats"', '"shoes"'),
    }
    found = detecting(files).findings
    expected = {"framework": "command", "app": "scrapy crawl hats", "port": None, "dependencies": "scrapy"}
    assert of(found.answers, expected) == expected
    assert "it starts hats, the others are shoes" in notes(found)


def test_a_program_of_a_library_imports_from_src(answers: Answers) -> None:
    files = {"langgraph.json": '{"graphs": {"agent": "./src/shop/graph.py:graph"}}\n', "src/shop/graph.py": GRAPH}
    found = answers({"requirements.txt": "langgraph\n", **files})
    assert found["python_path"] == "src"


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
    "a plot": (
        {
            "requirements.txt": "bokeh\n",
            "main.py": f"from bokeh.plotting import figure, show\n{GUARD}show(figure())\n",
        },
        {"app": "python main.py", "port": None},
    ),
    "a server of Bokeh's of its own": (
        {
            "requirements.txt": "bokeh\n",
            "main.py": "from bokeh.io import curdoc\nfrom bokeh.server.server import Server\n\n\n"
            f"def page(doc):\n    curdoc()\n{GUARD}Server({{'/': page}}, port=5100).run_until_shutdown()\n",
        },
        {"app": "python main.py", "port": 5100},
    ),
    "an operator that runs itself": (
        {"requirements.txt": "kopf\n", "main.py": f"{OPERATOR}{GUARD}kopf.run()\n"},
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
