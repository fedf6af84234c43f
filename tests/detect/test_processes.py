"""Processes, releases and jobs that files state beside the default process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from .conftest import CODE, FLASK, Answers, Detect, Files, complaints, notes, of

WEB = "gunicorn shop.web:app"
WORKER = "celery -A shop.tasks worker --loglevel info"
BEAT = "celery -A shop.tasks beat"
DOCKERFILE = 'FROM python:3.13\nWORKDIR /srv\nCOPY . .\nCMD ["gunicorn", "shop.web:app"]\n'

# What is stated, each with the answers that follow, by a sentence
STATED: dict[str, tuple[Files, dict[str, Any]]] = {
    "all lines of a Procfile": (
        {"Procfile": f"release: python manage.py migrate\nweb: {WEB}\nworker: {WORKER}\nbeat: {BEAT}\n"},
        {
            "app": "shop.web:app",
            "release": "python manage.py migrate",
            "processes": f"worker: {WORKER}\nbeat: {BEAT}",
        },
    ),
    "a release of several commands": (
        {"Procfile": f"release: python a.py && python b.py\nweb: {WEB}\n"},
        {"release": "python a.py && python b.py", "prestart": None},
    ),
    "a release that the web process states, too": (
        {"Procfile": f"release: python seed.py --all\nweb: python seed.py --all && {WEB}\n"},
        {"release": "python seed.py --all", "prestart": None},
    ),
    "a process in another folder": (
        {"Procfile": f"web: {WEB}\nworker: cd shop && python job.py\n"},
        {"processes": "worker: cd shop && python job.py"},
    ),
    "a job in a Procfile": (
        {"Procfile": f"web: {WEB}\nnightly: 0 3 * * * python shop/job.py --all\n"},
        {"schedules": "nightly: 0 3 * * * python shop/job.py --all", "processes": None},
    ),
    "a tool that starts a process in its own environment": (
        {"Procfile": f"web: {WEB}\nworker: poetry run {WORKER}\nother: uv run --no-dev python3.11 main.py\n"},
        {"processes": f"worker: {WORKER}\nother: python main.py"},
    ),
    "a process whose name an answer cannot hold": (
        {"Procfile": f"web: {WEB}\nSend_Mail: python main.py\n"},
        {"processes": "send-mail: python main.py"},
    ),
    "services of the same image": (
        {
            "Dockerfile": DOCKERFILE,
            "compose.yaml": (
                "x-app: &app\n  build: .\n  environment: {STAGE: amber}\nservices:\n"
                f"  worker:\n    <<: *app\n    command: {WORKER}\n"
                f"  web:\n    <<: *app\n    command: {WEB}\n    ports: ['5123:5001']\n"
                f"  migrate:\n    <<: *app\n    command: python manage.py migrate\n"
                "  db:\n    image: postgres:16\n"
            ),
        },
        {
            "app": "shop.web:app",
            "port": 5001,
            "environment": "STAGE=amber",
            "processes": f"worker: {WORKER}",
            "release": "python manage.py migrate",
        },
    ),
    "services of an image by its name": (
        {
            "compose.yaml": (
                f"services:\n  web:\n    build: .\n    image: shop:1\n    command: {WEB}\n"
                f"  tasks:\n    image: shop:1\n    command: [celery, -A, shop.tasks, worker]\n"
            )
        },
        {"app": "shop.web:app", "processes": "tasks: celery -A shop.tasks worker"},
    ),
    "a service that others wait for": (
        {
            "compose.yaml": (
                f"services:\n  web:\n    build: .\n    command: {WEB}\n    depends_on:\n      setup:\n"
                "        condition: service_completed_successfully\n"
                "  setup:\n    build: .\n    command: python main.py\n"
            )
        },
        {"app": "shop.web:app", "release": "python main.py", "processes": None},
    ),
    "a service whose command is the image's": (
        {
            "Dockerfile": DOCKERFILE,
            "compose.yaml": (
                "services:\n  web:\n    build: .\n    ports: ['80:5001']\n"
                f"  jobs:\n    build: .\n    command: {WORKER}\n"
            ),
        },
        {"app": "shop.web:app", "port": 5001, "processes": f"jobs: {WORKER}"},
    ),
    "Compose's first format": (
        {"docker-compose.yml": f"web:\n  build: .\n  command: {WEB}\n  ports: ['80:5001']\nredis:\n  image: redis\n"},
        {"app": "shop.web:app", "port": 5001, "processes": None},
    ),
    "start scripts that a Dockerfile copies": (
        {
            "compose/production/Dockerfile": (
                "FROM python:3.13\nCOPY ./compose/production/start.sh /start\nCOPY . /app\nWORKDIR /app\n"
            ),
            "compose/production/start.sh": "#!/bin/bash\nset -o errexit\nexec gunicorn shop.web:app\n",
            "production.yml": (
                "services:\n  django: &django\n    build: {context: ., dockerfile: ./compose/production/Dockerfile}\n"
                "    image: shop_django\n    command: /start\n"
                f"  worker:\n    <<: *django\n    image: shop_worker\n    command: bash -c '{WORKER}'\n"
            ),
        },
        {"app": "shop.web:app", "processes": f"worker: {WORKER}"},
    ),
    "fly.toml": (
        {
            "fly.toml": (
                f'[env]\nSTAGE = "amber"\nPORT = "9"\n[processes]\nweb = "{WEB}"\nworker = "{WORKER}"\n[[mounts]]\n'
                'destination = "/data"\n[http_service]\ninternal_port = 8081\nprocesses = ["web"]\n'
                '[[http_service.checks]]\npath = "/up"\n[deploy]\nrelease_command = "python main.py"\n'
            )
        },
        {
            "app": "shop.web:app",
            "port": 8081,
            "environment": "STAGE=amber",
            "processes": f"worker: {WORKER}",
            "release": "python main.py",
            "writable_paths": "/data",
            "health_path": "/up",
        },
    ),
    "the group that fly.toml serves": (
        {"fly.toml": f'[processes]\njobs = "{WORKER}"\nsite = "{WEB}"\n[http_service]\nprocesses = ["site"]\n'},
        {"app": "shop.web:app", "processes": f"jobs: {WORKER}"},
    ),
    "render.yaml": (
        {
            "render.yaml": (
                f"services:\n- type: worker\n  name: mailer\n  startCommand: {WORKER}\n- type: web\n  name: shop\n"
                f"  startCommand: {WEB}\n  preDeployCommand: python main.py\n"
                "  buildCommand: pip install -r requirements.txt && python shop/job.py\n  healthCheckPath: /up\n"
                "  envVars:\n  - {key: STAGE, value: teal}\n  - {key: PYTHON_VERSION, value: 3.12.4}\n"
                "- type: cron\n  name: nightly\n  schedule: 0 3 * * *\n  startCommand: python main.py --all\n"
                "- type: keyvalue\n  name: cache\n"
            )
        },
        {
            "app": "shop.web:app",
            "processes": f"mailer: {WORKER}",
            "release": "python main.py",
            "python_version": "3.12",
            "build_commands": "python shop/job.py",
            "health_path": "/up",
            "environment": "STAGE=teal",
            "schedules": "nightly: 0 3 * * * python main.py --all",
        },
    ),
    "migrations that a platform runs while it builds": (
        {
            "render.yaml": f"services:\n- type: web\n  startCommand: {WEB}\n  buildCommand: ./build.sh\n",
            "build.sh": "#!/bin/sh\nset -o errexit\npip install -r requirements.txt\n"
            "python manage.py collectstatic --no-input\n"
            "python manage.py migrate\n",
        },
        {"build_commands": "python manage.py collectstatic --no-input", "release": "python manage.py migrate"},
    ),
    "heroku.yml": (
        {
            "heroku.yml": (
                f"build:\n  docker:\n    web: Dockerfile\nrun:\n  web: {WEB}\n"
                f"  worker:\n    command:\n      - {WORKER}\n"
                "    image: web\nrelease:\n  image: web\n  command:\n    - python main.py\n"
            ),
            "Dockerfile": DOCKERFILE,
        },
        {"app": "shop.web:app", "processes": f"worker: {WORKER}", "release": "python main.py"},
    ),
    "supervisord.conf": (
        {
            "deploy/supervisord.conf": (
                "[supervisord]\nnodaemon=true\n[program:nginx]\ncommand=nginx\n[program:web]\n"
                f"command={WEB}\ndirectory=/srv\nenvironment=STAGE=\"amber\",OTHER='x'\n[program:worker]\ncommand={WORKER}\n"
            ),
            "Dockerfile": 'FROM python:3.13\nWORKDIR /srv\nCOPY . .\nCMD ["supervisord", "-n"]\n',
        },
        {"app": "shop.web:app", "processes": f"worker: {WORKER}", "environment": "STAGE=amber\nOTHER=x"},
    ),
    "app.json": (
        {
            "app.json": (
                '{"env": {"STAGE": {"value": "amber"}, "API_KEY": {"generator": "secret"}}, "cron": [{"command": '
                '"python main.py", "schedule": "@daily"}], "scripts": {"dokku": {"predeploy": "python a.py"}}}'
            ),
            "Procfile": f"web: {WEB}\n",
        },
        {"environment": "STAGE=amber", "schedules": "main-py: @daily python main.py", "release": "python a.py"},
    ),
    "app.yaml": (
        {"app.yaml": f"runtime: python312\nentrypoint: {WEB}\nenv_variables:\n  STAGE: amber\n"},
        {"app": "shop.web:app", "python_version": "3.12", "environment": "STAGE=amber"},
    ),
    "railway.toml": (
        {
            "railway.toml": f'[deploy]\nstartCommand = "{WEB}"\npreDeployCommand = ["python main.py"]\n'
            'healthcheckPath = "/up"\n'
        },
        {"app": "shop.web:app", "release": "python main.py", "health_path": "/up"},
    ),
    "a job of Railway": (
        {"railway.json": '{"deploy": {"startCommand": "python main.py", "cronSchedule": "0 3 * * *"}}'},
        {"schedules": "job: 0 3 * * * python main.py"},
    ),
    "nixpacks.toml": (
        {
            "nixpacks.toml": (
                f'[variables]\nSTAGE = "amber"\n[phases.setup]\naptPkgs = ["...", "ffmpeg"]\n[phases.build]\n'
                f'cmds = ["...", "python shop/job.py"]\n[start]\ncmd = "{WEB}"\n'
            )
        },
        {
            "app": "shop.web:app",
            "environment": "STAGE=amber",
            "system_packages": "ffmpeg",
            "build_commands": "python shop/job.py",
        },
    ),
    "manifests of Kubernetes": (
        {
            "k8s/app.yaml": (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n"
                "      initContainers:\n      - {name: up, image: shop, command: [python, manage.py, migrate]}\n"
                "      containers:\n      - name: web\n        image: shop\n        command: [gunicorn]\n"
                "        args: [shop.web:app]\n        ports: [{containerPort: 5001}]\n"
                "        env: [{name: STAGE, value: amber}, {name: DSN, valueFrom: {fieldRef: {}}}]\n"
                "        volumeMounts: [{name: data, mountPath: /data}, {name: conf, mountPath: /conf}]\n"
                "        livenessProbe: {httpGet: {path: /up, port: 5001}}\n"
                "      volumes: [{name: data, emptyDir: {}}, {name: conf, configMap: {name: x}}]\n---\n"
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: worker}\nspec:\n  template:\n    spec:\n"
                "      containers:\n      - {name: w, image: shop, args: [celery, -A, shop.tasks, worker]}\n---\n"
                "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  schedule: '0 3 * * *'\n"
                "  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n"
                "          - {name: n, image: shop, command: [python, main.py]}\n"
            )
        },
        {
            "app": "shop.web:app",
            "port": 5001,
            "environment": "STAGE=amber",
            "health_path": "/up",
            "writable_paths": "/data",
            "processes": "worker: celery -A shop.tasks worker",
            "schedules": "nightly: 0 3 * * * python main.py",
            "release": "python manage.py migrate",
        },
    ),
    "values of a Helm chart": (
        {
            "chart/Chart.yaml": "name: shop\n",
            "chart/values.yaml": (
                "web:\n  command: [gunicorn, shop.web:app]\n  env: {STAGE: amber}\n"
                "worker:\n  args: [celery, -A, shop.tasks, worker]\n"
            ),
        },
        {"app": "shop.web:app", "environment": "STAGE=amber", "processes": "worker: celery -A shop.tasks worker"},
    ),
    "a chart whose image starts the default process": (
        {
            "Dockerfile": DOCKERFILE,
            "chart/Chart.yaml": "name: shop\n",
            "chart/values.yaml": "worker:\n  command: [celery, -A, shop.tasks, worker]\n",
            "other/values.yaml": "env: {STAGE: amber}\n",
        },
        {"app": "shop.web:app", "processes": "worker: celery -A shop.tasks worker", "environment": None},
    ),
    "a Dockerfile that is built in its own folder": (
        {
            "app/Dockerfile": 'FROM python:3.13\nWORKDIR /srv\nCOPY . .\nCMD ["gunicorn", "site:app"]\n',
            "app/site.py": CODE["shop/web.py"],
            "compose.yaml": (
                "services:\n  web:\n    build: ./app\n    ports: ['80:5001']\n"
                "  jobs:\n    build: {context: app}\n    command: python job.py\n  front:\n    build: ./front\n"
            ),
        },
        {"app": "site:app", "python_path": "app", "port": 5001, "processes": "jobs: cd app && python job.py"},
    ),
    "programs of a virtual environment elsewhere": (
        {
            "deploy/supervisor/shop.conf": (
                f"[program:web]\ncommand=/home/me/venv/bin/{WEB}\n[program:q]\ncommand=/home/me/venv/bin/{WORKER}\n"
            )
        },
        {"app": "shop.web:app", "processes": f"q: {WORKER}"},
    ),
    "uwsgi.ini": (
        {"uwsgi.ini": "[uwsgi]\nmodule = shop.web:app\nhttp = :5001\nenv = STAGE=amber\nprocesses = 4\n"},
        {"app": "shop.web:app", "port": 5001, "environment": "STAGE=amber"},
    ),
    "gunicorn.conf.py": (
        {"Procfile": f"web: {WEB}\n", "gunicorn.conf.py": "bind = '0.0.0.0:5001'\nworkers = 3\n"},
        {"app": "shop.web:app", "port": 5001},
    ),
    "project.toml": (
        {
            "project.toml": '[[io.buildpacks.build.env]]\nname = "BP_CPYTHON_VERSION"\nvalue = "3.12.*"\n',
            "Procfile": f"web: {WEB}\n",
        },
        {"app": "shop.web:app", "python_version": "3.12"},
    ),
    "a Dockerfile of another name in another place": (
        {
            "build/images/shop.Dockerfile": DOCKERFILE.replace("COPY", "ENV STAGE=amber\nVOLUME /srv/data\nCOPY")
            + "EXPOSE 5001\n"
        },
        {"app": "shop.web:app", "environment": "STAGE=amber", "port": 5001, "writable_paths": "data"},
    ),
    "what a service of the image that was published of it states": (
        {
            "Procfile": f"web: {WEB}\n",
            "compose.yaml": (
                "services:\n  proxy: {image: caddy, volumes: [/srv/proxy]}\n"
                "  it:\n    image: ghcr.io/somebody/shop:1\n    ports: [80:5001]\n"
                "    volumes: [x:/var/uploads, y:/var/lib]\n"
            ),
        },
        {"app": "shop.web:app", "port": 5001, "writable_paths": "/var/uploads"},
    ),
    "the Dockerfile of a worker beside one that starts nothing": (
        {
            "docker/web.dockerfile": DOCKERFILE.partition("CMD")[0],
            "docker/worker.dockerfile": DOCKERFILE.partition("CMD")[0]
            + 'CMD ["celery", "-A", "shop.tasks", "worker"]\n',
        },
        {"framework": "flask"},
    ),
    "the only Dockerfile, which is a worker's": (
        {"docker/worker.dockerfile": DOCKERFILE.partition("CMD")[0] + 'CMD ["celery", "-A", "shop.tasks", "worker"]\n'},
        {"framework": "celery"},
    ),
    "a script for development before the command": (
        {
            "compose.yaml": f"services:\n  web:\n    build: .\n    entrypoint: ./start.dev.sh\n    command: {WEB}\n",
            "start.dev.sh": '#!/bin/sh\nrm -rf /srv/x\nexec "$@"\n',
        },
        {"app": "shop.web:app", "framework": "flask"},
    ),
    "a Dockerfile for a compiler too": (
        {"Dockerfile": DOCKERFILE.replace("COPY", "ENV CFLAGS='-O2' STAGE=amber\nCOPY")},
        {"app": "shop.web:app", "environment": "STAGE=amber"},
    ),
    "the Dockerfile that a compose file names": (
        {
            "Dockerfile": DOCKERFILE.replace("shop.web:app", "shop.made:create_app()"),
            "compose.yaml": "services:\n  web:\n    build: {context: ., dockerfile: deploy/Containerfile}\n",
            "deploy/Containerfile": DOCKERFILE,
        },
        {"app": "shop.web:app"},
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_what_files_state_becomes_answers(name: str, answers: Answers) -> None:
    files, expected = STATED[name]
    assert of(answers({**CODE, "requirements.txt": "flask\ncelery\n", **files}), expected) == expected


def test_a_celery_app_without_a_stated_worker_is_offered(detecting: Detect) -> None:
    files: Files = {"web.py": FLASK, "tasks.py": CODE["shop/tasks.py"], "requirements.txt": "flask\ncelery\n"}
    offer = "its worker is not stated; add --data 'processes=worker: celery -A tasks:app worker'"
    assert offer in notes(detecting(files).findings)
    stated = {**files, "Procfile": "web: gunicorn web:app\nq: celery -A tasks worker\n"}
    assert "its worker" not in notes(detecting(stated).findings)


BY_SHELL = {
    "a pipe": "rq worker 2>&1 | tee /tmp/rq.log",
    "a redirection": "rq worker > /tmp/rq.log",
    "a substitution": "rq worker $(cat queues)",
    "two steps": "python warm.py && rq worker",
}
STATED_IN: dict[str, Callable[[str], Files]] = {
    "Procfile": lambda line: {"Procfile": f"web: gunicorn shop.web:app\nworker: {line}\n"},
    "compose": lambda line: {
        "Dockerfile": "FROM python:3.13\nCMD gunicorn shop.web:app\n",
        "compose.yaml": yaml.safe_dump(
            {"services": {"web": {"build": "."}, "worker": {"build": ".", "command": ["sh", "-c", line]}}}
        ),
    },
}


@pytest.mark.parametrize("name", BY_SHELL)
@pytest.mark.parametrize("kind", STATED_IN)
def test_a_line_for_the_shell_is_kept_whole_and_refused_where_there_is_none(
    kind: str, name: str, detecting: Detect
) -> None:
    line = BY_SHELL[name]
    found = detecting({**CODE, "warm.py": "print(1)\n", **STATED_IN[kind](line)}).findings.answers
    assert found["processes"] == f"worker: {line}"
    assert complaints({**found, "base": "slim"}) == {}
    assert complaints({**found, "base": "distroless"}) == {"processes": "Distroless has no shell for this"}
