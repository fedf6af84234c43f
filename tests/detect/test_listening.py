"""Where a program that no server takes listens: its ports by code and by options, beyond loopback, by its transport."""

from __future__ import annotations

import pytest

from .conftest import Answers, Detect, Files, lines, notes
from .test_scripts import GUARD, package

SERVE = (
    "import argparse\nfrom http.server import HTTPServer, SimpleHTTPRequestHandler\n\ndef main():\n"
    "    parser = argparse.ArgumentParser()\n    parser.add_argument('--host', default='127.0.0.1')\n"
    "    parser.add_argument('--port', type=int, default=8765)\n    options = parser.parse_args()\n"
    "    HTTPServer((options.host, options.port), SimpleHTTPRequestHandler).serve_forever()\n" + GUARD
)


def test_gradio_listens_beyond_loopback(answers: Answers) -> None:
    found = answers({"app.py": "import gradio as gr\ngr.Interface(str, 'text', 'text').launch()\n"})
    assert "GRADIO_SERVER_NAME=0.0.0.0" in lines(found, "environment")


PORTS: dict[str, tuple[str, int | None]] = {
    "http.server": ("from http.server import HTTPServer\nHTTPServer(('', 8001), None).serve_forever()\n", 8001),
    "wsgiref": ("from wsgiref.simple_server import make_server\nmake_server('', 8002, None).serve_forever()\n", 8002),
    "aiohttp": (
        "from aiohttp import web\n\ndef main():\n    web.run_app(web.Application(), port=8003)\n" + GUARD,
        8003,
    ),
    "aiohttp's default": ("from aiohttp import web\n\ndef main():\n    web.run_app(web.Application())\n" + GUARD, 8080),
    "waitress": ("import waitress\nfrom shop import make\nwaitress.serve(make(), host='0.0.0.0', port=8004)\n", 8004),
    "a constant": (
        "from http.server import HTTPServer\nPORT = 8005\nHTTPServer(('', PORT), None).serve_forever()\n",
        8005,
    ),
    "an environment variable's default": (
        (
            "import os\nfrom http.server import HTTPServer\nPORT = int(os.environ.get('PORT', 8006))\n"
            "HTTPServer(('', PORT), None).serve_forever()\n"
        ),
        8006,
    ),
    "an environment variable's default, written with or": (
        "import os, uvicorn\nfrom shop import make\nuvicorn.run(make(), port=int(os.getenv('PORT') or '8007'))\n",
        8007,
    ),
    "asyncio": (
        (
            "import asyncio\nasync def main():\n    await asyncio.start_server(None, '0.0.0.0', 8008)\n\n"
            "asyncio.run(main())\n"
        ),
        8008,
    ),
    "an event loop's server": (
        (
            "import asyncio\nasync def main():\n    loop = asyncio.get_running_loop()\n"
            "    await loop.create_server(None, '0.0.0.0', 8025)\n\nasyncio.run(main())\n"
        ),
        8025,
    ),
    "SMTP": ("from aiosmtpd.controller import Controller\nController(None, hostname='', port=8026).start()\n", 8026),
    "websockets": (
        (
            "import asyncio, websockets\nasync def main():\n"
            "    async with websockets.serve(None, '', 8009): ...\n\nasyncio.run(main())\n"
        ),
        8009,
    ),
    "a socket": (
        "import socket\ns = socket.socket()\ns.bind(('0.0.0.0', 8010))\ns.listen()\nwhile True:\n    s.accept()\n",
        8010,
    ),
    "grpc": (
        "import grpc\nserver = grpc.server(None)\nserver.add_insecure_port('[::]:50051')\nserver.start()\n",
        50051,
    ),
    "click's option": (
        "import click\nfrom http.server import HTTPServer\n\n@click.command()\n"
        "@click.option('--port', default=8012)\ndef main(port):\n"
        "    HTTPServer(('', port), None).serve_forever()\n" + GUARD,
        8012,
    ),
    "argparse's option": (SERVE, 8765),
    "argparse's option of another name": (
        (
            "import argparse\nfrom http.server import HTTPServer\n\nAT = 8021\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('-l', '--listen-at', type=int, default=AT)\noptions = parser.parse_args()\n"
            "HTTPServer(('', options.listen_at), None).serve_forever()\n"
        ),
        8021,
    ),
    "argparse's option that is kept elsewhere": (
        (
            "import argparse\nfrom http.server import HTTPServer\n\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('--listen', dest='where', default=8022)\noptions = vars(parser.parse_args())\n"
            "HTTPServer(('', options['where']), None).serve_forever()\n"
        ),
        8022,
    ),
    "argparse's argument": (
        (
            "import argparse\nfrom http.server import HTTPServer\n\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('where', nargs='?', default=8023)\n"
            "HTTPServer(('', parser.parse_args().where), None).serve_forever()\n"
        ),
        8023,
    ),
    "tornado's option": (
        (
            "import tornado.ioloop, tornado.web\nfrom tornado.options import define, options\n\n"
            "define('http', default=8024, type=int)\ntornado.web.Application([]).listen(options.http)\n"
            "tornado.ioloop.IOLoop.current().start()\n"
        ),
        8024,
    ),
    "a class of its own that is tornado's": (
        (
            "import tornado.web, tornado.tcpserver\nfrom tornado.options import define, options\n\n"
            "define('port', default=8060)\n\n\nclass Shop(tornado.web.Application):\n    pass\n\n\n"
            "def main():\n    shop = Shop()\n    shop.listen(options.port)\n\n\n"
            "if __name__ == '__main__':\n    main()\n"
        ),
        8060,
    ),
    "a TCP server of its own that is tornado's": (
        (
            "from tornado.tcpserver import TCPServer\n\n\nclass Echo(TCPServer):\n    pass\n\n\n"
            "if __name__ == '__main__':\n    server = Echo()\n    server.listen(8061)\n"
        ),
        8061,
    ),
    "tornado's option, by its position": (
        (
            "import tornado.httpserver, tornado.ioloop, tornado.web\nimport tornado.options\n\n"
            "tornado.options.define('http', 8025)\n"
            "server = tornado.httpserver.HTTPServer(tornado.web.Application([]))\n"
            "server.listen(tornado.options.options.http)\ntornado.ioloop.IOLoop.current().start()\n"
        ),
        8025,
    ),
    "typer's option": (
        (
            "import typer\nfrom http.server import HTTPServer\n\n"
            "def main(where: int = typer.Option(8026, '--where')):\n"
            "    HTTPServer(('', where), None).serve_forever()\n\ntyper.run(main)\n"
        ),
        8026,
    ),
    "typer's annotated option": (
        (
            "from typing import Annotated\n\nimport typer\nfrom http.server import HTTPServer\n\n"
            "def main(*, where: Annotated[int, typer.Option()] = 8027):\n"
            "    HTTPServer(('', where), None).serve_forever()\n\ntyper.run(main)\n"
        ),
        8027,
    ),
    "a field of settings": (
        (
            "from http.server import HTTPServer\nfrom pydantic import Field\n"
            "from pydantic_settings import BaseSettings\n"
            "\nclass Settings(BaseSettings):\n    where: int = Field(default=8028, alias='WHERE')\n\n"
            "HTTPServer(('', Settings().where), None).serve_forever()\n"
        ),
        8028,
    ),
    "environs": (
        (
            "from environs import Env\nfrom http.server import HTTPServer\n\nenv = Env()\n"
            "WHERE = env.int('WHERE', 8029)\n"
            "HTTPServer(('', WHERE), None).serve_forever()\n"
        ),
        8029,
    ),
    "a parameter's default": (
        (
            "from http.server import BaseHTTPRequestHandler, HTTPServer\n\n"
            "def run(server_class=HTTPServer, handler=BaseHTTPRequestHandler, port=8030):\n"
            "    server_class(('', port), handler).serve_forever()\n\nrun()\n"
        ),
        8030,
    ),
    "an option that is no port": (
        (
            "import argparse\nfrom http.server import HTTPServer\n\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('--timeout', default=8031)\nparser.add_argument('--where', type=int, required=True)\n"
            "HTTPServer(('', parser.parse_args().where), None).serve_forever()\n"
        ),
        None,
    ),
    "an attribute of settings": (
        (
            "from http.server import HTTPServer\nclass Settings:\n    port: int = 8013\n\nsettings = Settings()\n"
            "HTTPServer(('', settings.port), None).serve_forever()\n"
        ),
        8013,
    ),
    "XML-RPC": ("from xmlrpc.server import SimpleXMLRPCServer\nSimpleXMLRPCServer(('', 8015)).serve_forever()\n", 8015),
    "a reactor": (
        "from twisted.internet import reactor\nreactor.listenTCP(8016, make())\nreactor.run()\n",
        8016,
    ),
    "mail": (
        "from aiosmtpd.controller import Controller\nController(Handler(), hostname='', port=8017).start()\n",
        8017,
    ),
    "mail's default": (
        "from aiosmtpd.controller import Controller\nController(Handler(), hostname='').start()\n",
        8025,
    ),
    "an event loop": (
        "import asyncio\nloop = asyncio.new_event_loop()\nloop.create_task(loop.create_server(Echo, '', 8018))\n",
        8018,
    ),
    "a microframework": (
        "from klein import Klein\n\napp = Klein()\n\ndef main():\n    app.run('0.0.0.0', 8019)\n" + GUARD,
        8019,
    ),
    "a microframework's default": (
        "from microdot import Microdot\n\napp = Microdot()\n\ndef main():\n    app.run(debug=True)\n" + GUARD,
        5000,
    ),
    "a script that listens on nothing": (
        "import requests\nTIMEOUT_PORT = 8014\nprint(requests.get('http://x:8000'))\n",
        None,
    ),
    "a number out of range is no port": (
        "from http.server import HTTPServer\nHTTPServer(('', 99999), None).serve_forever()\n",
        None,
    ),
}


@pytest.mark.parametrize("name", PORTS)
def test_ports_of_scripts(name: str, answers: Answers) -> None:
    source, expected = PORTS[name]
    found = answers({"main.py": source})
    started = ("grpc", ["main.py"]) if name == "grpc" else ("command", ["python", "main.py"])
    assert (found["framework"], found["app"].split()[:2]) == started
    assert found.get("port") == expected


CLICK = """import click, uvicorn

@click.group({given})
def cli():
    pass

@cli.command('serve')
@click.option('--host', default='127.0.0.1')
@click.option('--port', default=8020)
def serve(host, port):
    uvicorn.run(make(), host=host, port=port)

@cli.command()
def build():
    pass
"""
LOOPBACK: dict[str, tuple[Files, str]] = {
    "a command of a group": (
        {"main.py": CLICK.format(given="") + "\nif __name__ == '__main__':\n    cli()\n"},
        "python main.py",
    ),
    "a group's default command": (
        {
            "main.py": CLICK.format(given="cls=DefaultGroup, default='serve'")
            + "\nif __name__ == '__main__':\n    cli()\n"
        },
        "python main.py --host 0.0.0.0 --port $PORT",
    ),
    "a command of a group that is named": (
        {
            "Procfile": "web: python main.py serve\n",
            "main.py": CLICK.format(given="") + "\nif __name__ == '__main__':\n    cli()\n",
        },
        "python main.py serve --host 0.0.0.0 --port $PORT",
    ),
    "a subparser": (
        {
            "main.py": SERVE.replace(
                "    parser.add_argument('--host'",
                "    parser = parser.add_subparsers().add_parser('serve')\n    parser.add_argument('--host'",
            )
        },
        "python main.py",
    ),
    "host and port by their places": (
        {
            "main.py": SERVE.replace(
                "HTTPServer((options.host, options.port), SimpleHTTPRequestHandler).serve_forever()",
                "shop().run(options.host, options.port)",
            )
        },
        "python main.py --host 0.0.0.0 --port $PORT",
    ),
    "argparse": ({"main.py": SERVE}, "python main.py --host 0.0.0.0 --port $PORT"),
    "click": (
        {
            "main.py": "import click, uvicorn\n\n@click.command()\n@click.option('--bind', default='localhost')\n"
            "def main(bind):\n    uvicorn.run(make(), host=bind, port=8020)\n" + GUARD
        },
        "python main.py --bind 0.0.0.0",
    ),
    "a console script": (
        {"pyproject.toml": package("shop = 'shop.cli:main'"), "shop/__init__.py": "", "shop/cli.py": SERVE},
        "shop --host 0.0.0.0 --port $PORT",
    ),
    "by what a statement gives a console script": (
        {
            "pyproject.toml": package("shop = 'shop.cli:main'"),
            "shop/__init__.py": "",
            "shop/cli.py": SERVE,
            "Procfile": "web: shop -H 0.0.0.0\n",
        },
        "shop -H 0.0.0.0",
    ),
    "beyond loopback already": (
        {"main.py": SERVE.replace("127.0.0.1", "0.0.0.0")},  # noqa: S104 what the code says
        "python main.py",
    ),
    "the host of something else": (
        {
            "main.py": (
                "import argparse\np = argparse.ArgumentParser()\n"
                "p.add_argument('--host', default='localhost')\nprint(p.parse_args().host)\n"
            )
        },
        "python main.py",
    ),
}


@pytest.mark.parametrize("name", LOOPBACK)
def test_own_options_make_it_listen_beyond_loopback(name: str, answers: Answers) -> None:
    files, expected = LOOPBACK[name]
    assert answers(files)["app"] == expected


MCP = "import os\nfrom {} import FastMCP\n\nmcp = FastMCP('notes'{})\n\nif __name__ == '__main__':\n    mcp.run({})\n"
TRANSPORTS: dict[str, tuple[str, str, int | None, str]] = {
    "stdio, the default": ("", "", None, "stdio"),
    "stdio": (", port=3001", "transport='stdio'", None, "stdio"),
    "the port of the object": (", port=3001", "transport='streamable-http'", 3001, "streamable-http"),
    "a variable's default": (", port=int(os.environ.get('MCP_PORT', '3002'))", "'sse'", 3002, "sse"),
    "the default port": (", host='0.0.0.0'", "transport='sse'", None, "sse"),
    "the port of the call": ("", "transport='http', host='0.0.0.0', port=3003", 3003, "streamable-http"),
    "loopback": (", host='127.0.0.1', port=3004", "transport='http'", 3004, "streamable-http"),
}


@pytest.mark.parametrize("name", TRANSPORTS)
@pytest.mark.parametrize("package", ["mcp.server.fastmcp", "fastmcp"])
def test_an_mcp_server_listens_by_its_transport(name: str, package: str, detecting: Detect) -> None:
    made, run, port, server = TRANSPORTS[name]
    found = detecting({"requirements.txt": "mcp\n", "server.py": MCP.format(package, made, run)}).findings
    assert [found.value(answer) for answer in ("framework", "app", "server")] == ["mcp", "server:mcp", server]
    assert found.value("port") == port
    assert "listens on loopback" not in notes(found)
