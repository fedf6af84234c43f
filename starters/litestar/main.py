from litestar import Litestar, get


@get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from {{ project_name }}"}


@get("{{ health_path or '/healthz' }}")
async def health() -> dict[str, str]:
    return {"status": "ok"}


app = Litestar([index, health])
