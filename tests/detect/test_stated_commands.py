"""The words of a stated start command: kept, mended where a container needs it, and none dropped unnamed."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE, FASTAPI, Answers, Detect, notes, of

DECLARED = "flask\nfastapi\ngunicorn\nuvicorn\nhypercorn\ngranian\ncelery\nstreamlit\n"
GUNICORN = "--bind 0.0.0.0:$PORT --graceful-timeout 8 --worker-tmp-dir /dev/shm --access-logfile -"
UWSGI = "--hook-master-start 'unix_signal:15 gracefully_kill_them_all' --worker-reload-mercy 8"
UVICORN = "--host 0.0.0.0 --port $PORT --timeout-graceful-shutdown 8"
FILES: dict[str, str | bytes] = {
    **CODE,
    "requirements.txt": DECLARED,
    "deploy/gunicorn.py": "import os\nworkers = 3\nbind = f'[::]:{os.environ.get(\"PORT\", 9100)}'\naccesslog = '-'\n",
    "deploy/loopback.py": "bind = ['127.0.0.1:9101', 'unix:/tmp/a.sock']\nerrorlog = 'logs/error.log'\nreload = True\n",
    "deploy/hypercorn.toml": 'bind = "0.0.0.0:9102"\nworkers = 2\ngraceful_timeout = 5\n',
    "deploy/uwsgi.ini": "[uwsgi]\nmodule = shop.web:app\nhttp = :9103\n# processes = 9\nmaster = true\nuid = www\n",
    "seed.py": "print('x')\n",
}

# What a Procfile's web line may be: the answers that follow, and what the notes say of it
COMMANDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    # The project's words stay
    "gunicorn shop.web:app --timeout 180 --workers 1": (
        {"command": f"gunicorn shop.web:app --timeout 180 --workers 1 {GUNICORN}", "server": "gunicorn"},
        [f"Procfile:1: added, as a container needs it: {GUNICORN.replace(' --', ', --')}"],
    ),
    "gunicorn -k geventwebsocket.gunicorn.workers.GeventWebSocketWorker -w 1 shop.web:app": (
        {
            "command": "gunicorn -k geventwebsocket.gunicorn.workers.GeventWebSocketWorker -w 1 shop.web:app "
            + GUNICORN,
            "dependencies": f"{DECLARED}gevent-websocket\npackaging",
        },
        ["gevent-websocket is added: Procfile:1", "packaging is added: Procfile:1"],
    ),
    "gunicorn -w4 -kgevent -t90 shop.web:app": (
        {
            "command": f"gunicorn -w4 -kgevent -t90 shop.web:app {GUNICORN}",
            "dependencies": f"{DECLARED}gevent\npackaging",
        },
        [],
    ),
    "gunicorn -k uvicorn.workers.UvicornWorker shop.api:app": (
        {"command": f"gunicorn -k uvicorn.workers.UvicornWorker shop.api:app {GUNICORN}", "framework": "fastapi"},
        [],
    ),
    "uvicorn shop.api:app --root-path /api --proxy-headers --forwarded-allow-ips '*'": (
        {"command": f"uvicorn shop.api:app --root-path /api --proxy-headers --forwarded-allow-ips * {UVICORN}"},
        [],
    ),
    "gunicorn \"shop.made:create_app('production')\"": (
        {"app": "shop.made:create_app()", "command": f"gunicorn \"shop.made:create_app('production')\" {GUNICORN}"},
        [],
    ),
    "gunicorn shop.web:app --access-logformat '%(h)s \"%(r)s\"' -n 'my shop'": (
        {"command": f"gunicorn shop.web:app --access-logformat '%(h)s \"%(r)s\"' -n 'my shop' {GUNICORN}"},
        [],
    ),
    "gunicorn shop.web:app --access-logformat='%(r)s' --name=\"a'b\"": (
        {"command": f"gunicorn shop.web:app --access-logformat='%(r)s' --name=\"a'b\" {GUNICORN}"},
        [],
    ),
    "uvicorn shop.made:create_app --factory --interface wsgi": (
        {"command": f"uvicorn shop.made:create_app --factory --interface wsgi {UVICORN}"},
        [],
    ),
    "gunicorn --bind ${BIND:-[::]}:${AT:-9090} -w 2 shop.web:app": (
        {"command": f"gunicorn --bind [::]:$PORT -w 2 shop.web:app {GUNICORN.replace('--bind 0.0.0.0:$PORT ', '')}"},
        ["becomes [::]:$PORT"],
    ),
    "gunicorn -w ${WORKERS:-2} $EXTRA shop.web:app": (
        {"command": f"gunicorn -w ${{WORKERS:-2}} $EXTRA shop.web:app {GUNICORN}"},
        [],
    ),
    "streamlit run shop/page.py --theme.base dark -- --data x": (
        {
            "command": "streamlit run shop/page.py --theme.base dark --server.address 0.0.0.0 --server.port $PORT"
            " --server.headless true --server.fileWatcherType none --browser.gatherUsageStats false -- --data x"
        },
        [],
    ),
    "celery -A shop.tasks worker -B -Q mail,default -P gevent -c 50 -l warning": (
        {
            "framework": "celery",
            "command": "celery -A shop.tasks worker -B -Q mail,default -P gevent -c 50 -l warning"
            " --schedule /tmp/celerybeat-schedule",
        },
        [],
    ),
    "fastapi run shop/api.py --workers 2 --root-path /api": (
        {"command": f"uvicorn shop.api:app --workers 2 --root-path /api {UVICORN}", "server": "uvicorn"},
        ["fastapi run becomes uvicorn"],
    ),
    "cd shop && gunicorn web:app -w 2": (
        {"command": f"gunicorn web:app -w 2 --chdir shop {GUNICORN}", "python_path": "shop"},
        [],
    ),
    # What is only the catalog's default leaves the answer empty
    "gunicorn shop.web:app": ({"command": ""}, []),
    "gunicorn shop.web:app --log-file - --bind 0.0.0.0:$PORT": ({"command": ""}, []),
    "gunicorn shop.web:app --threads 8 --graceful-timeout=8": ({"command": ""}, []),
    "uvicorn shop.api:app --host 0.0.0.0 --port ${PORT:-8004}": ({"command": "", "port": 8004}, []),
    # What is wrong in a container
    "uvicorn shop.api:app --host 127.0.0.1 --port 5001 --reload --workers 2": (
        {
            "command": "uvicorn shop.api:app --host 0.0.0.0 --port $PORT --workers 2 --timeout-graceful-shutdown 8",
            "port": 5001,
        },
        ["--host 127.0.0.1 becomes 0.0.0.0", "--port 5001 becomes $PORT", "--reload is left out: code in an image"],
    ),
    "gunicorn -b localhost:5002 -w 2 -D -p /run/x.pid -u www shop.web:app --error-logfile logs/e.log": (
        {
            "command": "gunicorn -b 0.0.0.0:$PORT -w 2 shop.web:app --error-logfile - --graceful-timeout 8"
            " --worker-tmp-dir /dev/shm --access-logfile -",
            "port": 5002,
        },
        [
            "-b localhost:5002 becomes 0.0.0.0:$PORT",
            "-D is left out",
            "-p /run/x.pid is left out",
            "-u www is left out",
            "--error-logfile logs/e.log becomes -",
        ],
    ),
    "gunicorn -b unix:/tmp/x.sock -w 2 shop.web:app": (
        {"command": f"gunicorn -w 2 shop.web:app {GUNICORN}"},
        ["-b unix:/tmp/x.sock is left out: nothing outside"],
    ),
    "gunicorn -b 0.0.0.0:5003,127.0.0.1:5003 -b [::]:5004 shop.web:app": (
        {
            "command": "gunicorn -b 0.0.0.0:$PORT -b [::]:5004 shop.web:app --graceful-timeout 8"
            " --worker-tmp-dir /dev/shm --access-logfile -"
        },
        [],
    ),
    "gunicorn -w $(nproc) --timeout 9 shop.web:app": (
        {"command": f"gunicorn --timeout 9 shop.web:app {GUNICORN}"},
        ["-w $(nproc) is left out: it needs a shell"],
    ),
    "celery -A shop.tasks worker -n w1@%h -s var/beat --detach -l INFO": (
        {"command": "celery -A shop.tasks worker -s /tmp/celerybeat-schedule -l INFO --concurrency $WEB_CONCURRENCY"},
        ["-n w1@%h is left out", "-s var/beat becomes /tmp/celerybeat-schedule", "--detach is left out"],
    ),
    # Configuration files keep what they set
    "gunicorn -c deploy/gunicorn.py shop.web:app": (
        {
            "command": "gunicorn -c deploy/gunicorn.py shop.web:app --graceful-timeout 8 --worker-tmp-dir /dev/shm",
            "port": 9100,
        },
        [],
    ),
    "gunicorn --config=python:deploy.loopback shop.web:app": (
        {
            "command": f"gunicorn --config=python:deploy.loopback shop.web:app {GUNICORN} --error-logfile -",
            "port": 9101,
        },
        ["deploy/loopback.py:1 binds 127.0.0.1:9101", "take reload out of deploy/loopback.py:3"],
    ),
    "hypercorn -c deploy/hypercorn.toml shop.api:app": (
        {"command": "hypercorn -c deploy/hypercorn.toml shop.api:app --access-logfile -", "port": 9102},
        ["deploy/hypercorn.toml:1 binds port 9102, whatever PORT says"],
    ),
    "uwsgi deploy/uwsgi.ini": (
        {
            "framework": "flask",
            "command": f"uwsgi --ini deploy/uwsgi.ini --processes $WEB_CONCURRENCY {UWSGI} --uid 10001",
            "port": 9103,
        },
        ["deploy/uwsgi.ini:6 says uid=www: --uid 10001 is added", "uwsgi is added"],
    ),
    # Servers that the catalog has no row for
    "daphne -b 127.0.0.1 -p $PORT -v 2 --root-path=/chat shop.api:app": (
        {"command": "daphne -b 0.0.0.0 -p $PORT -v 2 --root-path=/chat shop.api:app", "framework": "fastapi"},
        ["-b 127.0.0.1 becomes 0.0.0.0", "daphne is added"],
    ),
    "waitress-serve --threads=16 --call shop.made:create_app": (
        {"command": "waitress-serve --listen=0.0.0.0:$PORT --threads=16 --call shop.made:create_app"},
        ["waitress is added"],
    ),
    "python -m waitress --port=$PORT --url-prefix=/shop shop.web:app": (
        {"command": "waitress-serve --port=$PORT --url-prefix=/shop shop.web:app"},
        [],
    ),
    "uwsgi -w shop.web:app --die-on-term --reload-mercy 5 --http-socket :$PORT --master -p 2": (
        {"command": "uwsgi -w shop.web:app --die-on-term --reload-mercy 5 --http-socket 0.0.0.0:$PORT --master -p 2"},
        [],
    ),
    "uwsgi -w shop.web:app -p 16": (
        {"command": f"uwsgi -w shop.web:app -p 16 --http-socket 0.0.0.0:$PORT --master {UWSGI}", "port": None},
        [],
    ),
    "uwsgi --http :9104 --static-map /static=static -w shop.web:app -p 3": (
        {
            "command": f"uwsgi --http 0.0.0.0:$PORT --static-map /static=static -w shop.web:app -p 3 --master {UWSGI}",
            "port": 9104,
        },
        [],
    ),
    "panel serve shop/job.py --port=$PORT --autoreload": (
        {"framework": "command", "app": "panel serve shop/job.py --port=$PORT --address 0.0.0.0", "port": 8000},
        ["--autoreload is left out", "added, as a container needs it: --address 0.0.0.0", "panel is added"],
    ),
    "mlflow server -h 127.0.0.1 -p 5005": (
        {"app": "mlflow server -h 0.0.0.0 -p $PORT", "port": 5005, "command": ""},
        [],
    ),
    "litestar --app shop.api:app run -d": (
        {
            "app": "litestar --app shop.api:app run --host 0.0.0.0 --port $PORT --web-concurrency $WEB_CONCURRENCY",
            "port": 8000,
            "command": "",
        },
        ["-d is left out", "litestar is added"],
    ),
    "gunicorn -w ${WEB_CONCURRENCY:-4} shop.web:app": (
        {"command": f"gunicorn -w ${{WEB_CONCURRENCY:-4}} shop.web:app {GUNICORN}", "environment": "WEB_CONCURRENCY=4"},
        [],
    ),
    "marimo run shop/job.py": ({"app": "marimo run shop/job.py --host 0.0.0.0 --port $PORT --headless"}, []),
    "celery -A shop.tasks beat": (
        {"framework": "command", "app": "celery -A shop.tasks beat --schedule /tmp/celerybeat-schedule", "port": None},
        [],
    ),
    # Variables in any place
    "python main.py --port $PORT": ({"framework": "command", "app": "python main.py --port $PORT", "port": 8000}, []),
    "python main.py --port=${PORT:-9105}": ({"app": "python main.py --port=$PORT", "port": 9105}, []),
    "python -m http.server $PORT": ({"app": "python -m http.server $PORT", "port": 8000}, []),
    "python main.py --name 'a b' --level ${LEVEL:-info}": (
        {"app": "python main.py --name", "command": "python main.py --name 'a b' --level ${LEVEL:-info}"},
        [],
    ),
    # What stands in front
    "TZ=Europe/Berlin STAGE=violet PORT=5006 newrelic-admin run-program gunicorn shop.web:app": (
        {
            "command": f"newrelic-admin run-program gunicorn shop.web:app {GUNICORN}",
            "environment": "TZ=Europe/Berlin\nSTAGE=violet",
            "port": 5006,
        },
        ["newrelic is added"],
    ),
    "API_TOKEN=hunter2hunter2 gunicorn shop.web:app": (
        {"command": "", "environment": None},
        ["API_TOKEN may be a secret; set it at run time"],
    ),
    "ddtrace-run opentelemetry-instrument --service_name x uvicorn shop.api:app": (
        {"command": f"ddtrace-run opentelemetry-instrument --service_name x uvicorn shop.api:app {UVICORN}"},
        [],
    ),
    "env -u X A=b python -W ignore -u -m gunicorn shop.web:app": (
        {"command": f"python -W ignore -m gunicorn shop.web:app {GUNICORN}", "environment": "A=b"},
        ["env -u X is left out"],
    ),
    "exec timeout -k 5 60 nice -n 5 dumb-init -- tini -g -- gunicorn shop.web:app": (
        {"command": ""},
        [
            "exec is left out",
            "timeout -k 5 60 is left out",
            "nice -n 5 is left out",
            "dumb-init -- is left out",
            "tini -g -- is left out",
        ],
    ),
    "uv run --with gevent gunicorn shop.web:app": ({"command": ""}, ["uv run --with gevent is left out"]),
    "./wait-for-it.sh db:5432 -t 9 -- gunicorn shop.web:app": (
        {"command": ""},
        ["wait-for-it.sh db:5432 -t 9 -- is left out"],
    ),
    "bin/start-nginx gunicorn shop.web:app": ({"command": ""}, ["bin/start-nginx is left out"]),
    "PYTHONPATH=shop gunicorn web:app": ({"app": "web:app", "python_path": "shop", "environment": None}, []),
    "export REGION=${REGION:-north}; gunicorn shop.web:app": ({"environment": "REGION=north"}, []),
    "export BUILT=$(date); gunicorn shop.web:app": (
        {"environment": None},
        ["BUILT=$(date) is left out: it needs a shell"],
    ),
    # What stands beside
    "mkdir -p up && gunicorn shop.web:app > log.txt 2>&1 | tee all.txt": (
        {"command": ""},
        ["mkdir -p up is left out", "> log.txt is left out", "| tee all.txt is left out"],
    ),
    "python seed.py & gunicorn shop.web:app": (
        {"command": "", "prestart": None, "processes": "seed: python seed.py"},
        ["python seed.py becomes a process of its own"],
    ),
    "celery -A shop.tasks worker -c 2 & gunicorn shop.web:app & wait": (
        {"command": "", "processes": "worker: celery -A shop.tasks worker -c 2"},
        ["celery -A shop.tasks worker -c 2 becomes a process of its own"],
    ),
    "gunicorn shop.web:app --name '>' --timeout 9": (
        {"command": f"gunicorn shop.web:app --name '>' --timeout 9 {GUNICORN}"},
        [],
    ),
    "flask --app shop.web run --debug": ({"command": "", "app": "shop.web:app"}, ["starts a server for development"]),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_words(command: str, detecting: Detect) -> None:
    expected, said = COMMANDS[command]
    found = detecting({**FILES, "Procfile": f"web: {command}\n"}).findings
    assert of(found.answers, expected) == expected
    assert [text for text in said if text not in notes(found)] == []


WORKER = "gunicorn -k uvicorn.workers.UvicornWorker"
PINNED: dict[str, tuple[dict[str, str | bytes], str | None]] = {
    "an older release": (
        {"requirements.txt": "fastapi\nuvicorn==0.18.3\n"}, "uvicorn main:app --host 0.0.0.0 --port $PORT",
    ),
    "an older release, below a limit": (
        {"requirements.txt": "fastapi\nuvicorn[standard]<0.19\n"}, "uvicorn main:app --host 0.0.0.0 --port $PORT",
    ),
    "an older release, stated": (
        {"requirements.txt": "fastapi\nuvicorn==0.13.4\n", "Procfile": "web: uvicorn main:app --workers 2\n"},
        "uvicorn main:app --workers 2 --host 0.0.0.0 --port $PORT",
    ),
    "an older release, beside another server": (
        {"requirements.txt": "gunicorn\nfastapi\nuvicorn==0.18.3\n", "Procfile": f"web: {WORKER} main:app\n"},
        None,
    ),
    "the first that knows the option": ({"requirements.txt": "fastapi\nuvicorn==0.22.0\n"}, None),
    "any release": ({"requirements.txt": "fastapi\nuvicorn>=0.13\n"}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", PINNED)
def test_an_option_that_a_pinned_server_does_not_know_is_left_out(name: str, answers: Answers) -> None:
    files, command = PINNED[name]
    found = answers({"main.py": FASTAPI, **files})
    assert found["app"] == "main:app"
    if command:
        assert found["command"] == command
    else:
        assert "timeout-graceful-shutdown" not in str(found.get("command", ""))
        assert "uvicorn main" not in str(found.get("command", ""))
