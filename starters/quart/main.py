from quart import Quart

app = Quart(__name__)


@app.get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from {{ project_name }}"}


@app.get("{{ health_path or '/healthz' }}")
async def health() -> dict[str, str]:
    return {"status": "ok"}
