"""Small projects with one statement each of how they are started, the answers to it, and what shows it when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIREMENTS = "flask\ngunicorn\n"
TELLS = """\
import json, os, sys, time
from flask import Flask
app = application = Flask(__name__)
@app.get("/")
def home():
    return {**os.environ, "zone": time.tzname[0], "modules": [name for name in sys.modules if "." not in name]}
"""
DOCKERFILE = "FROM python:3.13-slim\nWORKDIR /code\nCOPY . .\nRUN pip install -r requirements.txt\n"
TASKS = """\
import os
from celery import Celery
os.makedirs("/tmp/queue", exist_ok=True)
app = Celery("tasks", broker="filesystem://")
app.conf.broker_transport_options = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), "/tmp/queue")
app.conf.beat_schedule = {"tick": {"task": "tasks.tick", "schedule": 1.0}}
@app.task
def tick():
    print("tick is done")
"""
SOCKETS = """\
from flask import Flask
from flask_socketio import SocketIO
app = Flask(__name__)
SocketIO(app)
@app.get("/")
def home():
    return "chat"
"""
WHERE = """\
from fastapi import FastAPI, Request
app = FastAPI()
@app.get("/where")
def where(request: Request):
    return {"url": str(request.url_for("where")), "client": request.client.host}
"""
URLS = """\
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("healthz", lambda _: HttpResponse("ok"))]
"""
CHANNELS = """\
import os
from channels.generic.websocket import WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
class Echo(WebsocketConsumer):
    pass
application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter([path("ws/", Echo.as_asgi())])}
)
"""
SETTINGS = """\
SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
ASGI_APPLICATION = "shop.asgi.application"
INSTALLED_APPS = ["daphne", "channels"]
"""
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}  # fmt: skip
SERVE = """\
import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served")
if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", parser.parse_args().port), Handler).serve_forever()
"""


@dataclass(frozen=True)
class Project:
    """Its files, a part of the answers, and what it says in a container.

    cpus     those of the container, of which the image takes as many workers where nothing is stated
    asked    the path that is asked, "" for one that is not; headers go with it, status is that of the reply
    says     what is in the reply or, where none is asked for, in the log; once: what is in the log exactly once
    named    other processes that start and become healthy; printed: what one that ends prints, by its name
    """

    files: dict[str, str]
    answers: dict[str, Any]
    cpus: int = 1
    asked: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    says: tuple[str, ...] = ()
    once: str = ""
    named: tuple[str, ...] = ()
    printed: Mapping[str, str] = field(default_factory=dict)


PROJECTS: dict[str, Project] = {
    "a class of workers for websockets": Project(
        {
            "Procfile": "web: gunicorn -k geventwebsocket.gunicorn.workers.GeventWebSocketWorker -w 1 app:app\n",
            "requirements.txt": f"{REQUIREMENTS}flask-socketio\ngevent\ngevent-websocket\n", "app.py": SOCKETS,
            ".python-version": "3.13\n",
        },
        {"framework": "flask", "app": "app:app", "server": "gunicorn"},
        cpus=2, asked="/socket.io/?EIO=4&transport=polling", says=('"upgrades":["websocket"]',),
    ),
    "a root path behind a proxy": Project(
        {
            "Dockerfile": f'{DOCKERFILE}EXPOSE 80\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "80", '
            '"--root-path", "/api", "--proxy-headers", "--forwarded-allow-ips", "*"]\n',
            "requirements.txt": "fastapi\nuvicorn\n", "main.py": WHERE,
        },
        {"port": 80, "python_version": "3.13"},
        asked="/where", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9", "Host": "shop.example"},
        says=('"https://shop.example/api/where"', '"client":"9.9.9.9"'),
    ),
    "a configuration in a folder": Project(
        {
            "Procfile": "web: gunicorn -c deploy/gunicorn.py app:app\n",
            "deploy/gunicorn.py": 'bind = "0.0.0.0:9100"\nworker_class = "gevent"\nraw_env = ["TENANT=north"]\n'
            'def post_fork(server, worker):\n    server.log.info("pool opened")\n',
            "requirements.txt": f"{REQUIREMENTS}gevent\n", "app.py": TELLS, ".python-version": "3.13\n",
        },
        {"port": 9100},
        says=('"TENANT":"north"', '"gevent"'), once="pool opened",
    ),
    "beat in a worker": Project(
        {
            "Procfile": "worker: celery -A tasks worker -B --loglevel info\n", "requirements.txt": "celery\n",
            "tasks.py": TASKS,
        },
        {"framework": "celery", "app": "tasks"},
        asked="", says=("tick is done",),
    ),
    "a release of two commands": Project(
        {
            "Procfile": "release: python manage.py migrate --noinput && python manage.py loaddata seed\n"
            "web: cd site && gunicorn app:app --log-file -\nworker: cd site && python drain.py\n",
            "manage.py": "import sys\nprint(sys.argv[1:])\n", "requirements.txt": REQUIREMENTS, "site/app.py": TELLS,
            "site/drain.py": "import time\nif __name__ == '__main__':\n    time.sleep(600)\n",
        },
        {"release": "python manage.py migrate --noinput && python manage.py loaddata seed"},
        named=("worker",), printed={"release": "['migrate', '--noinput']\n['loaddata', 'seed']"},
    ),
    "one worker": Project(
        {
            "Procfile": "web: uvicorn main:app --host 0.0.0.0 --port $PORT --workers 1\n",
            "requirements.txt": "fastapi\nuvicorn\n", "main.py": f"{WHERE}print('a clock begins', flush=True)\n",
        },
        {"server": "uvicorn"},
        cpus=2, asked="/where", once="a clock begins",
    ),
    "a script of an entry point": Project(
        {
            "Dockerfile": f'{DOCKERFILE}ENTRYPOINT ["./start.sh"]\nCMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]\n',
            "start.sh": '#!/bin/sh\nset -e\nexport REGION=${REGION:-north}\ntouch /tmp/ready\nexec "$@"\n',
            "requirements.txt": REQUIREMENTS, "app.py": TELLS,
        },
        {"command": "sh start.sh gunicorn -b 0.0.0.0:8000 app:app"},
        says=('"REGION":"north"',),
    ),
    "what a Dockerfile sets": Project(
        {
            "Dockerfile": 'FROM python:3.13-slim\nARG BUILD_NO=41\nENV BUILD_NO=${BUILD_NO} TZ=Europe/Berlin\n'
            'ENV GREETING="hello there" GUNICORN_CMD_ARGS="--timeout 120 --workers 1"\nWORKDIR /srv/shop\n'
            'ADD deploy/rates.json /etc/shop/rates.json\nCOPY . .\nVOLUME /srv/shop/uploads\nEXPOSE 9000\n'
            'LABEL team=shop\nENTRYPOINT ["gunicorn", "--bind", "0.0.0.0:9000"]\nCMD ["app:app"]\n',
            "deploy/rates.json": '{"eur": 1.1}', "requirements.txt": REQUIREMENTS,
            "app.py": f"{TELLS}print(open('/etc/shop/rates.json').read(), flush=True)\n"
            "open('/app/uploads/one', 'w').close()\n",
        },
        {"port": 9000, "labels": "team=shop", "writable_paths": "uploads", "limits": "app: start=120"},
        cpus=2, says=('"BUILD_NO":"41"', '"GREETING":"hello there"', '"zone":"CET"'), once='{"eur": 1.1}',
    ),
    "daphne for channels": Project(
        {
            "Procfile": "web: daphne -b 0.0.0.0 -p $PORT --root-path=/chat --application-close-timeout 30 "
            "shop.asgi:application\n",
            "requirements.txt": "django\nchannels[daphne]\n", "manage.py": "print()\n", "shop/__init__.py": "",
            "shop/asgi.py": CHANNELS, "shop/settings.py": SETTINGS, "shop/urls.py": URLS,
        },
        {"framework": "django", "app": "shop.asgi:application"},
        asked="/chat/ws/", headers=UPGRADE, status=101,
    ),
    "render.yaml": Project(
        {
            "render.yaml": "services:\n- type: web\n  name: shop\n  runtime: python\n"
            "  buildCommand: pip install -r requirements.txt && python index.py\n"
            '  startCommand: gunicorn app:app --timeout 200 --forwarded-allow-ips="*"\n'
            "  preDeployCommand: python migrate.py\n  healthCheckPath: /\n"
            "  envVars:\n  - {key: STAGE, value: teal}\n  - {key: PYTHON_VERSION, value: 3.13.4}\n",
            "index.py": "open('index.txt', 'w').write('it is built')\n", "migrate.py": "print('migrated')\n",
            "requirements.txt": REQUIREMENTS, "app.py": f"{TELLS}print(open('index.txt').read(), flush=True)\n",
        },
        {"python_version": "3.13", "build_commands": "python index.py", "release": "python migrate.py"},
        says=('"STAGE":"teal"',), once="it is built", printed={"release": "migrated"},
    ),
    "fly.toml": Project(
        {
            "fly.toml": 'app = "shop"\n[env]\nSTAGE = "amber"\nPORT = "8081"\n[processes]\n'
            'web = "gunicorn app:app --bind :8081 --timeout 150"\nworker = "python work.py"\n[[mounts]]\n'
            'source = "data"\ndestination = "/data"\n[http_service]\ninternal_port = 8081\nprocesses = ["web"]\n'
            '[deploy]\nrelease_command = "python migrate.py"\n',
            "work.py": "import time\nif __name__ == '__main__':\n    time.sleep(600)\n",
            "migrate.py": "print('migrated')\n", "requirements.txt": REQUIREMENTS,
            "app.py": f"{TELLS}open('/data/hits', 'w').close()\n",
        },
        {"port": 8081, "writable_paths": "/data", "processes": "worker: python work.py"},
        says=('"STAGE":"amber"',), named=("worker",), printed={"release": "migrated"},
    ),
    "compose": Project(
        {
            "docker-compose.yml": "services:\n  app:\n    build: .\n"
            '    command: ["gunicorn", "-w", "1", "--threads", "2", "-b", "0.0.0.0:5001", "app:application"]\n'
            "    environment: [STAGE=lilac, 'DB_URL=sqlite:////data/x.db']\n    volumes: ['data:/data']\n"
            '    ports: ["5001:5001"]\n    healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:5001/"]}\n'
            "volumes: {data: {}}\n",
            "Dockerfile": f"{DOCKERFILE}CMD python nothing.py\n", "requirements.txt": REQUIREMENTS,
            "app.py": f"{TELLS}open('/data/x.db', 'w').close()\n",
        },
        {"port": 5001, "writable_paths": "/data", "health_path": "/"},
        says=('"STAGE":"lilac"', '"DB_URL":"sqlite:////data/x.db"'),
    ),
    "other processes": Project(
        {
            "Procfile": "web: gunicorn app:app --bind 0.0.0.0:$PORT\nworker: celery -A tasks worker --loglevel info\n"
            "beat: celery -A tasks beat --loglevel info\n",
            "requirements.txt": f"{REQUIREMENTS}celery\n", "app.py": TELLS, "tasks.py": TASKS,
        },
        {"framework": "flask"},
        named=("worker", "beat"),
    ),
    "the platform's port": Project(
        {"Procfile": "web: python serve.py --port $PORT\n", "requirements.txt": "iniconfig\n", "serve.py": SERVE},
        {"framework": "command", "app": "python serve.py --port $PORT", "port": 8000},
        says=("served",),
    ),
    "a wrapper and variables": Project(
        {
            "Procfile": "web: TZ=Europe/Berlin STAGE=violet NEW_RELIC_CONFIG_FILE=newrelic.ini "
            "newrelic-admin run-program gunicorn app:app --workers 1\n",
            "newrelic.ini": "[newrelic]\napp_name = quay\nmonitor_mode = false\n",
            "requirements.txt": f"{REQUIREMENTS}newrelic\n", "app.py": TELLS, ".python-version": "3.13\n",
        },
        {"environment": "TZ=Europe/Berlin\nSTAGE=violet\nNEW_RELIC_CONFIG_FILE=newrelic.ini"},
        says=('"STAGE":"violet"', '"zone":"CET"', '"newrelic"'),
    ),
    "an app that loads long": Project(
        {
            "Procfile": "web: gunicorn app:app --timeout 180 --workers 1\n", "requirements.txt": REQUIREMENTS,
            "app.py": TELLS,
        },
        {"limits": "app: start=180"},
    ),
    "a package beside the code": Project(
        {
            "Dockerfile": "FROM python:3.13-slim\nWORKDIR /srv\nCOPY api/requirements.txt /tmp/requirements.txt\n"
            "RUN pip install -r /tmp/requirements.txt\nCOPY api/src/ /srv/\nCOPY libs/shared/ /srv/shared/\n"
            'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
            "api/requirements.txt": "fastapi\nuvicorn\n",
            "api/src/main.py": f"{WHERE}from shared.money import euros\nprint(euros(3), flush=True)\n",
            "libs/shared/__init__.py": "", "libs/shared/money.py": "def euros(n):\n    return f'{n} EUR'\n",
        },
        {"python_path": "api/src", "image_files": "libs/shared/ /app/api/src/shared/"},
        asked="/where", once="3 EUR",
    ),
    "a configuration of supervisord": Project(
        {
            "Dockerfile": f'{DOCKERFILE}CMD ["./run.sh"]\n', "jobs.conf": "[supervisord]\nuser=root\n[program:jobs]\n"
            "command=python work.py\nstopwaitsecs=20\n",
            "run.sh": '#!/bin/sh\nif [ "$NO_JOBS" != True ]; then\n  supervisord -c jobs.conf\nfi\n'
            "exec gunicorn app:app -b :8000\n",
            "work.py": "import time\nif __name__ == '__main__':\n    time.sleep(600)\n",
            "requirements.txt": f"{REQUIREMENTS}supervisor\n", "app.py": TELLS,
        },
        {"processes": "jobs: python work.py", "limits": "jobs: grace=20"},
        named=("jobs",),
    ),
}  # fmt: skip
