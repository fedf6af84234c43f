from aiohttp import web
{% include 'partials/hooks/imports.jinja' %}


async def index(request: web.Request) -> web.Response:
    return web.json_response({"message": "Hello from {{ project_name }}"})


async def health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


{% include 'partials/hooks/start.jinja' %}
app = web.Application()
app.add_routes([web.get("/", index), web.get("{{ health_path or '/healthz' }}", health)])
{% include 'partials/hooks/attach.jinja' %}
