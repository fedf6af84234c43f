from quart import Quart

from container import monitoring

app = Quart(__name__)


@app.get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from My-Service"}


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


app = monitoring.attach(app)
