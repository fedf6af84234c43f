"""The app that every design serves: it loads all of its dependencies, as a real one does."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"
# Its packages are the images', not those of whoever runs the benchmark

import psycopg2
import requests
import sqlalchemy
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def index() -> dict[str, str]:
    return {module.__name__: str(module.__version__) for module in (psycopg2, requests, sqlalchemy)}


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}
