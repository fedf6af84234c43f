"""Start commands that the repository states: Procfile, platforms' files, Flask's variables."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE, Answers, Detect, Files, lines, notes, of
from .test_django import project

# What a Procfile's web line may be, each with the answers that follow
LINES: dict[str, dict[str, Any]] = {
    "gunicorn shop.web:app": {"framework": "flask", "app": "shop.web:app", "server": "gunicorn"},
    "gunicorn wsgi": {"framework": "flask", "app": "wsgi:application"},
    "gunicorn wsgi --log-file -": {"framework": "flask", "app": "wsgi:application"},
    "gunicorn --bind 0.0.0.0:$PORT --workers=3 --timeout 120 shop.web:app": {"app": "shop.web:app"},
    "gunicorn -w 4 -b :5050 -k gthread --access-logfile - shop.web:app": {"app": "shop.web:app", "port": 5050},
    "gunicorn shop.web:app -b 0.0.0.0:${PORT:-5051}": {"app": "shop.web:app", "port": 5051},
    "gunicorn -w 4 -k uvicorn.workers.UvicornWorker shop.api:app": {"framework": "fastapi", "app": "shop.api:app"},
    "gunicorn 'shop.made:create_app()'": {"framework": "flask", "app": "shop.made:create_app()"},
    'gunicorn "shop.made:create_app(\\"prod\\")"': {"framework": "flask", "app": "shop.made:create_app()"},
    "gunicorn --chdir shop web:app": {"framework": "flask", "app": "web:app", "python_path": "shop"},
    "gunicorn --pythonpath shop web:app": {"framework": "flask", "app": "web:app", "python_path": "shop"},
    "uvicorn shop.api:app --host 0.0.0.0 --port 8081": {
        "framework": "fastapi",
        "app": "shop.api:app",
        "server": "uvicorn",
        "port": 8081,
    },
    "uvicorn shop.api:app --host=0.0.0.0 --port=${PORT:-8082}": {"app": "shop.api:app", "port": 8082},
    "uvicorn --app-dir shop api:app": {"app": "api:app", "python_path": "shop"},
    "uvicorn shop.made:create_app --factory --interface wsgi": {"app": "shop.made:create_app()"},
    "python -m uvicorn shop.api:app": {"framework": "fastapi", "app": "shop.api:app"},
    "python3.11 -m gunicorn shop.web:app": {"framework": "flask", "app": "shop.web:app"},
    "hypercorn shop.api:app --bind 0.0.0.0:8083": {
        "framework": "fastapi",
        "app": "shop.api:app",
        "server": "hypercorn",
        "port": 8083,
    },
    "granian --interface asgi shop.api:app": {"framework": "fastapi", "app": "shop.api:app", "server": "granian"},
    "daphne -b 0.0.0.0 -p 8084 shop.api:app": {"framework": "fastapi", "app": "shop.api:app", "port": 8084},
    "waitress-serve --port=8085 shop.web:app": {"framework": "flask", "app": "shop.web:app", "port": 8085},
    "waitress-serve --listen=*:8086 shop.web:app": {"app": "shop.web:app", "port": 8086},
    "waitress-serve --call shop.made:create_app": {"app": "shop.made:create_app()"},
    "uwsgi --http :8087 --module shop.web:app": {"framework": "flask", "app": "shop.web:app", "port": 8087},
    "uwsgi --http-socket :8088 --wsgi-file wsgi.py --master": {"app": "wsgi:application", "port": 8088},
    "uwsgi --http :8089 -w shop.web --callable app": {"app": "shop.web:app"},
    "flask --app shop.web run --host 0.0.0.0 --port 8090": {"framework": "flask", "app": "shop.web:app", "port": 8090},
    "FLASK_APP=shop/made.py flask run -h 0.0.0.0 -p 8091": {
        "framework": "flask",
        "app": "shop.made:create_app()",
        "port": 8091,
    },
    "python -m flask --app shop.made:create_app run": {"app": "shop.made:create_app()"},
    "fastapi run shop/api.py --port 8092": {"framework": "fastapi", "app": "shop.api:app", "port": 8092},
    "streamlit run shop/page.py --server.port 8501 --server.address=0.0.0.0": {
        "framework": "streamlit",
        "app": "shop/page.py",
        "port": 8501,
    },
    "python -m streamlit run shop/page.py --server.port=$PORT": {"framework": "streamlit", "app": "shop/page.py"},
    "celery -A shop.tasks worker --loglevel=info": {"framework": "celery", "app": "shop.tasks"},
    "celery --app=shop.tasks:app worker -B": {"framework": "celery", "app": "shop.tasks:app"},
    "python main.py": {"framework": "command", "app": "python main.py"},
    "python -u main.py --fast": {"framework": "command", "app": "python -u main.py --fast"},
    "python3 main.py": {"framework": "command", "app": "python main.py"},
    "python -m shop": {"framework": "command", "app": "python -m shop"},
    "python -m shop.job --once": {"framework": "command", "app": "python -m shop.job --once"},
    "python shop/web.py": {"framework": "flask", "app": "shop.web:app"},
    "exec gunicorn shop.web:app": {"app": "shop.web:app"},
    "env DEBUG=0 gunicorn shop.web:app": {"app": "shop.web:app"},
    "newrelic-admin run-program gunicorn shop.web:app": {"app": "shop.web:app"},
    "ddtrace-run gunicorn shop.web:app": {"app": "shop.web:app"},
    "opentelemetry-instrument --service_name x uvicorn shop.api:app": {"app": "shop.api:app"},
    "tini -- python main.py": {"app": "python main.py"},
    "poetry run uvicorn shop.api:app": {"app": "shop.api:app"},
    "uv run --no-dev uvicorn shop.api:app": {"app": "shop.api:app"},
    "uv run main.py": {"app": "python main.py"},
    "pipenv run gunicorn shop.web:app": {"app": "shop.web:app"},
    "bin/start-nginx gunicorn -c config/gunicorn.py shop.web:app": {"app": "shop.web:app"},
    "bash -c 'gunicorn shop.web:app --bind 0.0.0.0:8093'": {"app": "shop.web:app", "port": 8093},
    'sh -c "exec uvicorn shop.api:app"': {"app": "shop.api:app"},
    "cd shop && gunicorn web:app": {"app": "web:app", "python_path": "shop"},
    ".venv/bin/gunicorn shop.web:app": {"app": "shop.web:app"},
    "gunicorn shop.web:app 2>&1 | tee log.txt": {"app": "shop.web:app"},
}


@pytest.mark.parametrize("command", LINES)
def test_commands_of_a_procfile(command: str, answers: Answers) -> None:
    expected = LINES[command]
    assert of(answers({**CODE, "Procfile": f"web: {command}\n"}), expected) == expected


CHAINS: dict[str, dict[str, Any]] = {
    "flask db upgrade && gunicorn shop.web:app": {"app": "shop.web:app", "prestart": "flask db upgrade"},
    "flask db upgrade; gunicorn shop.web:app": {"app": "shop.web:app", "prestart": "flask db upgrade"},
    "alembic upgrade head && uvicorn shop.api:app --port 8094": {
        "app": "shop.api:app",
        "prestart": "alembic upgrade head",
        "port": 8094,
    },
    "python manage.py migrate && python manage.py loaddata x && gunicorn shop.web:app": {
        "prestart": "python manage.py migrate\npython manage.py loaddata x"
    },
    "flask translate compile && flask db upgrade && gunicorn shop.web:app": {
        "prestart": "flask db upgrade",
        "build_commands": "flask translate compile",
    },
    "python manage.py collectstatic --noinput && gunicorn shop.web:app": {
        "prestart": None,
        "build_commands": "python manage.py collectstatic --noinput",
    },
    "python manage.py compilemessages; gunicorn shop.web:app": {"build_commands": "python manage.py compilemessages"},
    "echo starting && sleep 5 && gunicorn shop.web:app": {
        "app": "shop.web:app",
        "prestart": None,
        "build_commands": None,
    },
    "export X=1; gunicorn shop.web:app": {"app": "shop.web:app", "prestart": None},
    "python seed.py && gunicorn shop.web:app": {"app": "shop.web:app", "prestart": "python seed.py"},
}


@pytest.mark.parametrize("command", CHAINS)
def test_chains(command: str, answers: Answers) -> None:
    expected = CHAINS[command]
    found = answers({**CODE, "seed.py": "print('x')\n", "manage.py": "print('x')\n", "Procfile": f"web: {command}\n"})
    assert of(found, expected) == expected


def test_build_command_of_flask_is_told_its_app(answers: Answers) -> None:
    found = answers({**CODE, "Procfile": "web: flask translate compile && gunicorn shop.web:app\n"})
    assert "FLASK_APP=shop.web:app" in lines(found, "environment")


def test_procfile_of_django(answers: Answers) -> None:
    files = project(Procfile="release: python manage.py migrate\nweb: python manage.py runserver 0.0.0.0:8095\n")
    found = answers(files)
    assert of(found, {"framework": 0, "app": 0, "port": 0}) == {
        "framework": "django",
        "app": "shop.wsgi:application",
        "port": 8095,
    }


def test_evidence_of_a_procfile(detecting: Detect) -> None:
    found = detecting(
        {**CODE, "Procfile": "# a comment\nworker: celery -A shop.tasks worker\nweb: gunicorn shop.web:app\n"}
    )
    evidence = found.findings.found["app"].evidence[0]
    assert (evidence.path, evidence.line, evidence.text) == ("Procfile", 3, "web: gunicorn shop.web:app")


PROCFILES: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "the web process before others": (
        "worker: celery -A shop.tasks worker\nweb: gunicorn shop.web:app\n",
        {"app": "shop.web:app"},
    ),
    "a worker where there is no web": ("worker: python main.py\n", {"framework": "command", "app": "python main.py"}),
    "release is no process": ("release: flask db upgrade\nclock: python shop/job.py\n", {"app": "python shop/job.py"}),
    "carriage returns": ("web: gunicorn shop.web:app\r\n", {"app": "shop.web:app"}),
    "a byte order mark": (b"\xef\xbb\xbfweb: gunicorn shop.web:app\n", {"app": "shop.web:app"}),
    "no blank after the colon": ("web:gunicorn shop.web:app\n", {"app": "shop.web:app"}),
    "an app that is not there is passed over": ("web: gunicorn gone.web:app\n", {"app": "wsgi:application"}),
    "quotes left open": ("web: gunicorn 'shop.web:app\n", {"app": "wsgi:application"}),
}


@pytest.mark.parametrize("name", PROCFILES)
def test_procfiles(name: str, answers: Answers) -> None:
    content, expected = PROCFILES[name]
    assert of(answers({**CODE, "Procfile": content}), expected) == expected


PLATFORMS: dict[str, str] = {
    "fly.toml": '[processes]\napp = "gunicorn shop.web:app"\n',
    "render.yaml": "services:\n  - type: web\n    startCommand: gunicorn shop.web:app\n",
    "railway.toml": '[deploy]\nstartCommand = "gunicorn shop.web:app"\n',
    "railway.json": '{"deploy": {"startCommand": "gunicorn shop.web:app"}}\n',
    "nixpacks.toml": '[start]\ncmd = "gunicorn shop.web:app"\n',
    "app.yaml": "runtime: python312\nentrypoint: gunicorn -b :$PORT shop.web:app\n",
    "heroku.yml": "run:\n  web: gunicorn shop.web:app\n",
    ".replit": 'run = "gunicorn shop.web:app"\n',
}


@pytest.mark.parametrize("path", PLATFORMS)
def test_platforms(path: str, answers: Answers) -> None:
    assert answers({**CODE, path: PLATFORMS[path]})["app"] == "shop.web:app"


FLASK_VARIABLES: dict[str, tuple[Files, str]] = {
    ".flaskenv": ({".flaskenv": "FLASK_APP=shop.web:app\nFLASK_DEBUG=1\n"}, "shop.web:app"),
    "a module": ({".flaskenv": "FLASK_APP=shop.web\n"}, "shop.web:app"),
    "a file": ({".flaskenv": "export FLASK_APP='shop/web.py'\n"}, "shop.web:app"),
    "a factory": ({".flaskenv": "FLASK_APP=shop.made:create_app()\n"}, "shop.made:create_app()"),
    "a factory by its module": ({".flaskenv": "FLASK_APP=shop.made\n"}, "shop.made:create_app()"),
    ".env": ({".env": "SECRET=1\nFLASK_APP=shop.made\n"}, "shop.made:create_app()"),
    "a module that is not there": ({".flaskenv": "FLASK_APP=gone\n"}, "wsgi:application"),
}


@pytest.mark.parametrize("name", FLASK_VARIABLES)
def test_flask_variables(name: str, answers: Answers) -> None:
    files, expected = FLASK_VARIABLES[name]
    assert answers({**CODE, **files})["app"] == expected


def test_what_is_stated_first_wins(answers: Answers) -> None:
    files: dict[str, str | bytes] = {
        "Procfile": "web: gunicorn shop.web:app\n",
        "compose.yaml": "services:\n  web:\n    build: .\n    command: python shop/job.py\n",
        "Dockerfile": 'FROM python:3.13\nCMD ["python", "main.py"]\n',
        ".flaskenv": "FLASK_APP=shop.made\n",
    }
    expected = ["shop.web:app", "python shop/job.py", "python main.py", "shop.made:create_app()", "wsgi:application"]
    for app in expected:
        assert answers({**CODE, **files})["app"] == app
        if files:
            files[next(iter(files))] = ""
            files = {**dict.fromkeys([path for path, content in files.items() if not content], ""), **files}
            files = dict(sorted(files.items(), key=lambda item: item[1] == ""))


def test_step_that_needs_a_shell_is_named(detecting: Detect) -> None:
    found = detecting({**CODE, "seed.py": "", "Procfile": "web: python seed.py '$(date)' && gunicorn shop.web:app\n"})
    assert found.findings.value("app") == "shop.web:app"
    assert "seed.py" in notes(found.findings)
    assert "prestart" not in found.findings.answers


def test_a_file_that_compose_mounts_is_read_where_it_is_in_the_image(answers: Answers) -> None:
    files: dict[str, str | bytes] = {
        "conf/shop.cfg": "[shop]\n",
        "checks/Dockerfile": "FROM node\nCMD npm test\n",
        "compose.yaml": (
            "services:\n  web:\n    build: .\n    command: gunicorn shop.web:app\n"
            "    environment: {SHOP_CONFIG: /etc/shop.cfg, SHOP_DATA: /data}\n"
            "    volumes:\n    - {type: bind, source: ./conf/shop.cfg, target: /etc/shop.cfg, read_only: true}\n"
            "    - ./data:/data\n"
            "  checks:\n    build: {context: ., dockerfile: checks/Dockerfile}\n    environment: [ASKS=http://web]\n"
        ),
    }
    found = answers({**CODE, **files})
    assert found["environment"] == "SHOP_CONFIG=/app/conf/shop.cfg\nSHOP_DATA=/data"
    assert found["writable_paths"] == "/data"
