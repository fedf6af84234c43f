{% if starter_queue %}
import asyncio

{% endif %}
from aiohttp import web
{% include 'partials/hooks/imports.jinja' %}


async def index(request: web.Request) -> web.Response:
    return web.json_response({"message": "Hello from {{ project_name }}"})


async def health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
{% if starter_queue %}


async def send(request: web.Request) -> web.Response:
    return web.json_response({"id": await asyncio.to_thread(tasks.send, 2, 3)})


async def result(request: web.Request) -> web.Response:
    return web.json_response({"result": await asyncio.to_thread(tasks.result, request.match_info["name"])})
{% endif %}


{% include 'partials/hooks/start.jinja' %}
app = web.Application()
app.add_routes([web.get("/", index), web.get("{{ health_path or '/healthz' }}", health)])
{% if starter_queue %}
app.add_routes([web.post("/tasks", send), web.get("/tasks/{name}", result)])
{% endif %}
{% include 'partials/hooks/attach.jinja' %}
