from fastapi import FastAPI

from container import gc_monitor, monitoring

gc_monitor.start()
app = FastAPI(title="My-Service")


@app.get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from My-Service"}


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


app = monitoring.attach(app)
