from fastapi import FastAPI

app = FastAPI(title="My-Service")


@app.get("/")
async def index() -> dict[str, str]:
    return {"message": "Hello from My-Service"}


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}
