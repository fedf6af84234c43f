from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
{% include 'partials/hooks/imports.jinja' %}


async def index(request: Request) -> JSONResponse:
    return JSONResponse({"message": "Hello from {{ project_name }}"})


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})
{% if starter_queue %}


def send(request: Request) -> JSONResponse:
    return JSONResponse({"id": tasks.send(2, 3)})


def result(request: Request) -> JSONResponse:
    return JSONResponse({"result": tasks.result(request.path_params["name"])})
{% endif %}


{% include 'partials/hooks/start.jinja' %}
{% if starter_queue %}
routes = [
    Route("/", index),
    Route("{{ health_path or '/healthz' }}", health),
    Route("/tasks", send, methods=["POST"]),
    Route("/tasks/{name}", result),
]
app = Starlette(routes=routes)
{% else %}
app = Starlette(routes=[Route("/", index), Route("{{ health_path or '/healthz' }}", health)])
{% endif %}
{% include 'partials/hooks/attach.jinja' %}
