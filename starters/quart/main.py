from quart import Quart
{% include 'partials/hooks/imports.jinja' %}

{% include 'partials/hooks/start.jinja' %}
app = Quart(__name__)


@app.get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from {{ project_name }}"}


@app.get("{{ health_path or '/healthz' }}")
async def health() -> dict[str, str]:
    return {"status": "ok"}
{% if starter_queue %}


@app.post("/tasks")
def send() -> dict[str, str]:
    return {"id": tasks.send(2, 3)}


@app.get("/tasks/<name>")
def result(name: str) -> dict[str, int | None]:
    return {"result": tasks.result(name)}
{% endif %}
{% include 'partials/hooks/attach_after_function.jinja' %}
