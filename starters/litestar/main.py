from litestar import Litestar, get
{% include 'partials/hooks/imports.jinja' %}


@get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from {{ project_name }}"}


@get("{{ health_path or '/healthz' }}")
async def health() -> dict[str, str]:
    return {"status": "ok"}


{% include 'partials/hooks/start.jinja' %}
app = Litestar([index, health])
{% include 'partials/hooks/attach.jinja' %}
