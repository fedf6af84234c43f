from flask import Flask
{% include 'partials/hooks/imports.jinja' %}

{% include 'partials/hooks/start.jinja' %}
app = Flask(__name__)


@app.get("/")
def index() -> dict[str, str]:
    return {"message": "Hello from {{ project_name }}"}


@app.get("{{ health_path or '/healthz' }}")
def health() -> dict[str, str]:
    return {"status": "ok"}
{% include 'partials/hooks/attach_after_function.jinja' %}
