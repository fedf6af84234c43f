"""Apps that a function makes."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim.errors import InputError

from .conftest import Answers, Detect, Files, of

FACTORIES: dict[str, tuple[Files, dict[str, Any]]] = {
    "without arguments": (
        {"main.py": "from fastapi import FastAPI\n\ndef create_app():\n    app = FastAPI()\n    return app\n"},
        {"framework": "fastapi", "app": "main:create_app()"},
    ),
    "with defaults": (
        {
            "app.py": (
                "from flask import Flask\n\ndef create_app(config=None, *, debug=False):\n    return Flask(__name__)\n"
            )
        },
        {"framework": "flask", "app": "app:create_app()"},
    ),
    "with variable arguments": (
        {"app.py": "from flask import Flask\n\ndef make_app(*args, **settings):\n    return Flask(__name__)\n"},
        {"framework": "flask", "app": "app:make_app()"},
    ),
    "by its annotation": (
        {
            "main.py": (
                "from fastapi import FastAPI\nfrom build import build\n\ndef get_app() -> FastAPI:\n"
                "    return build()\n"
            ),
            "build.py": "def build():\n    return globals()['x']\n",
        },
        {"framework": "fastapi", "app": "main:get_app()"},
    ),
    "in a package": (
        {
            "flaskr/__init__.py": (
                "from flask import Flask\n\ndef create_app(test_config=None):\n    app = Flask(__name__)\n"
                "    return app\n"
            )
        },
        {"framework": "flask", "app": "flaskr:create_app()"},
    ),
    "its result in wsgi.py": (
        {
            "shop/__init__.py": "from flask import Flask\n\ndef create_app(name):\n    return Flask(name)\n",
            "wsgi.py": "from shop import create_app\n\napp = create_app('production')\n",
        },
        {"framework": "flask", "app": "wsgi:app"},
    ),
    "its result in run.py": (
        {
            "app/__init__.py": "from flask import Flask\n\ndef create_app(config='dev'):\n    return Flask(__name__)\n",
            "run.py": (
                "from app import create_app\n\napp = create_app('production')\n\nif __name__ == '__main__':\n"
                "    app.run(debug=True)\n"
            ),
        },
        {"framework": "flask", "app": "run:app"},
    ),
    "through another function": (
        {
            "main.py": "from fastapi import FastAPI\n\ndef _base():\n    return FastAPI()\n\n"
            "def create_app():\n    app = _base()\n    app.state.x = 1\n    return app\n"
        },
        {"framework": "fastapi", "app": "main:create_app()"},
    ),
    "and an object, which is taken": (
        {"main.py": "from fastapi import FastAPI\n\ndef create_app():\n    return FastAPI()\n\napp = create_app()\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "unusual name, called at the top": (
        {"main.py": "from flask import Flask\n\ndef bootstrap():\n    return Flask(__name__)\n\nweb = bootstrap()\n"},
        {"framework": "flask", "app": "main:web"},
    ),
    "application_factory": (
        {"main.py": "from fastapi import FastAPI\n\ndef application_factory(settings=None):\n    return FastAPI()\n"},
        {"framework": "fastapi", "app": "main:application_factory()"},
    ),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_factories(name: str, answers: Answers) -> None:
    files, expected = FACTORIES[name]
    assert of(answers(files), expected) == expected


def test_factory_with_required_arguments_is_no_app(detecting: Detect) -> None:
    with pytest.raises(InputError):
        detecting({"shop/web.py": "from flask import Flask\n\ndef create_app(config):\n    return Flask(config)\n"})


def test_factory_with_required_arguments_that_a_script_calls_is_that_script(answers: Answers) -> None:
    found = answers(
        {
            "main.py": "from flask import Flask\n\ndef create_app(config):\n    return Flask(config)\n\n"
            "if __name__ == '__main__':\n    create_app('x').run(host='0.0.0.0', port=8123)\n"
        }
    )
    assert of(found, {"framework": 0, "app": 0, "port": 0}) == {
        "framework": "command",
        "app": "python main.py",
        "port": 8123,
    }
