import gradio as gr
from fastapi import FastAPI
{% include 'partials/hooks/imports.jinja' %}

{% include 'partials/hooks/start.jinja' %}
app = FastAPI(title="{{ project_name }}")


@app.get("{{ health_path or '/healthz' }}")
def health() -> dict[str, str]:
    return {"status": "ok"}


def greet(name: str) -> str:
    return f"Hello, {name}"


demo = gr.Interface(greet, inputs="text", outputs="text", title="{{ project_name }}")
app = gr.mount_gradio_app(app, demo, path="/")
{% include 'partials/hooks/attach.jinja' %}
