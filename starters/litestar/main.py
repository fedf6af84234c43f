from litestar import Litestar, get{{ ', post' if starter_queue }}
{% include 'partials/hooks/imports.jinja' %}


@get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from {{ project_name }}"}


@get("{{ health_path or '/healthz' }}")
async def health() -> dict[str, str]:
    return {"status": "ok"}
{% if starter_queue %}


@post("/tasks", sync_to_thread=True)
def send() -> dict[str, str]:
    return {"id": tasks.send(2, 3)}


@get("/tasks/{name:str}", sync_to_thread=True)
def result(name: str) -> dict[str, int | None]:
    return {"result": tasks.result(name)}
{% endif %}


{% include 'partials/hooks/start.jinja' %}
app = Litestar([index, health{{ ', send, result' if starter_queue }}])
{% include 'partials/hooks/attach.jinja' %}
