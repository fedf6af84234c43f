"""Ten web services, as projects of the template: what `bench.first_answer` and `bench.lazy_imports` start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copier import run_copy

from bench import engine
from bench.projects import HERE

if TYPE_CHECKING:
    from pathlib import Path

PANDAS = """\
import pandas
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def index() -> dict[str, str]:
    return {"pandas": pandas.__version__}


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}
"""
# By name: the answers, and the app where it is another than the starter's
SERVICES: dict[str, tuple[dict[str, Any], str]] = {
    "Starlette, uvicorn": ({"framework": "starlette"}, ""),
    "FastAPI, uvicorn": ({"framework": "fastapi"}, ""),
    "FastAPI, SQLAlchemy, Requests, uvicorn": (
        {"framework": "fastapi", "dependencies": "sqlalchemy\npsycopg2-binary\nrequests"},
        (HERE / "app.py").read_text(encoding="utf-8"),
    ),
    "FastAPI, pandas, uvicorn": ({"framework": "fastapi", "dependencies": "pandas"}, PANDAS),
    "Litestar, uvicorn": ({"framework": "litestar"}, ""),
    "Quart, Hypercorn": ({"framework": "quart"}, ""),
    "aiohttp, gunicorn": ({"framework": "aiohttp"}, ""),
    "Flask, gunicorn": ({"framework": "flask"}, ""),
    "Django, gunicorn": ({"framework": "django"}, ""),
    "Streamlit": ({"framework": "streamlit"}, ""),
}


def make(template: Path, project: Path, name: str, **answers: str) -> Path:
    """The service's project, with its lock, in a directory that is made."""
    own, app = SERVICES[name]
    data = {"project_name": "bench", "package_tool": "uv", **own, **answers}
    run_copy(str(template), project, data=data, defaults=True, quiet=True)
    if app:
        (project / "main.py").write_text(app, encoding="utf-8")
    engine.make_lock(project, "requirements.txt")
    return project
