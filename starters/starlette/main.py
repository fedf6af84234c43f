from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
{% include 'partials/hooks/imports.jinja' %}


async def index(request: Request) -> JSONResponse:
    return JSONResponse({"message": "Hello from {{ project_name }}"})


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


{% include 'partials/hooks/start.jinja' %}
app = Starlette(routes=[Route("/", index), Route("{{ health_path or '/healthz' }}", health)])
{% include 'partials/hooks/attach.jinja' %}
