"""Where an app stands: packages and folders of every layout, and modules that only pass it on."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import FASTAPI, FLASK, Answers, Detect, Files, of

REEXPORTED: dict[str, tuple[Files, str, set[str]]] = {
    "from a package": (
        {"shop/__init__.py": "from .web import app\n", "shop/web.py": FASTAPI},
        "fastapi",
        {"shop:app", "shop.web:app"},
    ),
    "in main.py": (
        {"main.py": "from shop.web import app\n", "shop/__init__.py": "", "shop/web.py": FASTAPI},
        "fastapi",
        {"main:app", "shop.web:app"},
    ),
    "in wsgi.py under another name": (
        {"wsgi.py": "from shop import app as application\n", "shop/__init__.py": FLASK},
        "flask",
        {"wsgi:application", "shop:app"},
    ),
    "twice": (
        {
            "asgi.py": "from shop import app\n",
            "shop/__init__.py": "from shop.inner import app\n",
            "shop/inner/__init__.py": "from .made import app\n",
            "shop/inner/made.py": FASTAPI,
        },
        "fastapi",
        {"asgi:app", "shop:app", "shop.inner:app", "shop.inner.made:app"},
    ),
    "run by a script": (
        {
            "server.py": "from shop.web import app\n\nif __name__ == '__main__':\n    app.run()\n",
            "shop/__init__.py": "",
            "shop/web.py": FLASK,
        },
        "flask",
        {"server:app", "shop.web:app"},
    ),
    "a cycle of imports": (
        {
            "main.py": "from a import app\n",
            "a.py": "from b import app\n",
            "b.py": "from a import app\nfrom c import app\n",
            "c.py": FLASK,
        },
        "flask",
        {"main:app", "a:app", "b:app", "c:app"},
    ),
}


@pytest.mark.parametrize("name", REEXPORTED)
def test_reexported_apps(name: str, answers: Answers) -> None:
    files, framework, apps = REEXPORTED[name]
    found = answers(files)
    assert found["framework"] == framework
    assert found["app"] in apps


PACKAGE = (
    "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n[project]\nname = 'shop'\n"
    "version = '1'\ndependencies = ['fastapi']\n"
)
LAYOUTS: dict[str, tuple[Files, dict[str, Any]]] = {
    "a src layout is installed": (
        {"pyproject.toml": PACKAGE, "src/shop/__init__.py": "", "src/shop/main.py": FASTAPI},
        {"app": "shop.main:app", "install_project": True, "python_path": None},
    ),
    "src without a package": (
        {"requirements.txt": "fastapi\n", "src/main.py": "import config\n" + FASTAPI, "src/config.py": ""},
        {"app": "main:app", "python_path": "src", "install_project": None},
    ),
    "a package under src without metadata": (
        {
            "requirements.txt": "fastapi\n",
            "src/shop/__init__.py": "",
            "src/shop/main.py": "from shop import db\n" + FASTAPI,
            "src/shop/db.py": "",
        },
        {"app": "shop.main:app", "python_path": "src"},
    ),
    "src itself is the package": (
        {"src/__init__.py": "", "src/main.py": "from src.db import x\n" + FASTAPI, "src/db.py": "x = 1\n"},
        {"app": "src.main:app", "python_path": None},
    ),
    "src imported by name, without __init__.py": (
        {"src/main.py": "from src.db import x\n" + FASTAPI, "src/db.py": "x = 1\n"},
        {"app": "src.main:app", "python_path": None},
    ),
    "a package": (
        {"app/__init__.py": "", "app/main.py": "from app.db import x\n" + FASTAPI, "app/db.py": "x = 1\n"},
        {"app": "app.main:app", "python_path": None},
    ),
    "relative imports": (
        {"app/__init__.py": "", "app/main.py": "from .db import x\n" + FASTAPI, "app/db.py": "x = 1\n"},
        {"app": "app.main:app", "python_path": None},
    ),
    "a nested package": (
        {
            "backend/app/__init__.py": "",
            "backend/app/main.py": "from app.core.db import x\n" + FASTAPI,
            "backend/app/core/__init__.py": "",
            "backend/app/core/db.py": "x = 1\n",
        },
        {"app": "app.main:app", "python_path": "backend"},
    ),
    "packages three deep": (
        {
            "shop/__init__.py": "",
            "shop/api/__init__.py": "",
            "shop/api/http/__init__.py": "",
            "shop/api/http/app.py": "from shop.api import x\n" + FASTAPI,
        },
        {"app": "shop.api.http.app:app", "python_path": None},
    ),
    "a folder without __init__.py": (
        {"service/api.py": "from service.models import x\n" + FASTAPI, "service/models.py": "x = 1\n"},
        {"app": "service.api:app", "python_path": None},
    ),
    "a folder without __init__.py whose files import each other": (
        {"service/main.py": "from models import x\n" + FASTAPI, "service/models.py": "x = 1\n"},
        {"app": "main:app", "python_path": "service"},
    ),
    "a folder with __init__.py whose files import each other": (
        {
            "service/__init__.py": "",
            "service/main.py": "import models, db\n" + FASTAPI,
            "service/models.py": "",
            "service/db.py": "",
        },
        {"app": "main:app", "python_path": "service"},
    ),
    "a folder whose name only importlib takes": (
        {"my-service/main.py": FASTAPI},
        {"app": "my-service.main:app", "python_path": None},
    ),
    "a folder whose name is no module's at all": (
        {"2.0/main.py": FASTAPI},
        {"app": "main:app", "python_path": "2.0"},
    ),
    "a folder whose name is no module's, with siblings": (
        {"web-app/app.py": "import models\n" + FLASK, "web-app/models.py": ""},
        {"app": "app:app", "python_path": "web-app"},
    ),
    "a sibling's import of another framework's file": (
        {"main.py": FASTAPI, "client/main.py": "import streamlit as st\nst.title('x')\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str, answers: Answers) -> None:
    files, expected = LAYOUTS[name]
    assert of(answers(files), expected) == expected


def test_an_example_is_started_where_there_is_nothing_else(detecting: Detect) -> None:
    app = 'from flask import Flask\napp = Flask(__name__)\n@app.get("/")\ndef index(): ...\n'
    files: Files = {
        "requirements.txt": "flask\n",
        "shop/__init__.py": "",
        "examples/first-steps/app.py": app,
        "examples/first-steps/sub/later.py": app,
        "tests/examples/app.py": app,
    }
    found = detecting(files).findings
    assert of(found.answers, {"app": "app:app", "python_path": "examples/first-steps", "framework": "flask"}) == {
        "app": "app:app", "python_path": "examples/first-steps", "framework": "flask",
    }  # fmt: skip
    said = "examples/first-steps/app.py is an example, and started as there is nothing else; others are"
    assert f"{said} examples/first-steps/sub/later.py" in found.notes
    assert detecting({**files, "shop/web.py": app}).findings.answers["app"] == "shop.web:app"
