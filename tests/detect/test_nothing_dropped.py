"""Fields whose value is more than the answer takes, and what is stated twice: the rest is carried or named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.detect.conftest import CODE, Detect, Files, notes, of

DOCKERFILE = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD gunicorn shop.web:app\n"
KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {annotations: {scrape: "true"}}
    spec:
      containers:
      - name: web
        image: shop:1
        command: [gunicorn]
        args: [shop.web:app, --bind, "0.0.0.0:$(PORT)", --workers, $(WORKERS)]
        env: [{name: PORT, value: "9000"}, {name: WORKERS, value: "4"}, {name: STAGE, value: one}]
        livenessProbe: {httpGet: {path: /live}}
        readinessProbe: {httpGet: {path: /ready}}
        ports: [{containerPort: 9000}, {containerPort: 9100}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: clean}
spec:
  schedule: "*/5 * * * *"
  jobTemplate:
    spec:
      activeDeadlineSeconds: 100
      template:
        spec:
          containers: [{name: c, image: shop:1, command: [flask, clean], env: [{name: STAGE, value: two}]}]
"""
HELM = """\
command: [gunicorn, shop.web:app]
worker: {command: [celery, -A, shop.tasks, worker]}
clean: {schedule: "0 3 * * *", command: [flask, clean]}
migration: {command: [flask, db, upgrade]}
"""
RENDER = """\
services:
- {type: web, name: web, runtime: docker, startCommand: gunicorn shop.web:app}
- {type: worker, name: work, runtime: docker, dockerCommand: rq worker, dockerfilePath: ./Dockerfile}
- {type: worker, name: other, runtime: docker, dockerCommand: rq worker low, dockerfilePath: ./other/Dockerfile}
"""
SUPERVISORD = '[program:web]\ncommand=gunicorn shop.web:app\nenvironment=RATIO="50%%",STAGE="a, b"\n'
PROCFILE = """\
web: gunicorn shop.web:app
release: ./release.sh
postdeploy: flask seed
console: python manage.py shell
"""
RUN = "#!/bin/sh\ncd /app\nexport STAGE=violet\n. /etc/shop\nexec gunicorn shop.web:app\n"
PROBE = 'HEALTHCHECK CMD wget -q "localhost:9000/up?full=1" || exit 1\n'


@dataclass(frozen=True)
class Case:
    """Files beside the code, a part of the answers, and what the notes say."""

    files: Files
    answers: dict[str, Any]
    said: tuple[str, ...] = ()


CASES: dict[str, Case] = {
    "Kubernetes' variables in words": Case(
        {"k8s/web.yaml": KUBERNETES, "Dockerfile": DOCKERFILE},
        {
            "command": "gunicorn shop.web:app --bind 0.0.0.0:$PORT --workers $WORKERS --graceful-timeout 8 "
            "--worker-tmp-dir /dev/shm --access-logfile -",
            "port": 9000, "health_path": "/live", "environment": "WORKERS=4\nSTAGE=one",
            "schedules": "clean: */5 * * * * flask clean",
        },
        (
            "containerPort 9100 (another one is taken)", "readinessProbe.httpGet.path /ready", "activeDeadlineSeconds",
            "Deployment.web.template.metadata.annotations", "CronJob.clean.containers.c.env.STAGE (another value of it",
        ),
    ),
    "a chart's jobs": Case(
        {"chart/values.yaml": HELM, "chart/Chart.yaml": "name: shop\n", "Dockerfile": DOCKERFILE},
        {
            "processes": "worker: celery -A shop.tasks worker", "schedules": "clean: 0 3 * * * flask clean",
            "release": "flask db upgrade",
        },
    ),
    "another Dockerfile of Render's": Case(
        {"render.yaml": RENDER, "Dockerfile": DOCKERFILE}, {"processes": "work: rq worker"},
        ("services.other (of an image of its own)",),
    ),
    "a Docker worker beside a web service of Python": Case(
        {"render.yaml": RENDER.replace("docker", "python", 1)}, {"processes": "work: rq worker"},
        ("services.other (of an image of its own)",),
    ),
    "supervisord's percent": Case({"supervisord.conf": SUPERVISORD}, {"environment": "RATIO=50%\nSTAGE=a, b"}),
    "a release of a script, and what Scalingo calls one": Case(
        {"Procfile": PROCFILE, "release.sh": "#!/bin/sh\nflask db upgrade\nflask index\n"},
        {"release": "flask db upgrade && flask index && flask seed", "processes": None},
        ("console (for development)",),
    ),
    "what a script of s6 exports": Case(
        {"etc/services.d/web/run": RUN, "Dockerfile": DOCKERFILE}, {"environment": "STAGE=violet"},
        (". /etc/shop (runs before it",),
    ),
    "more ports than one": Case(
        {"Dockerfile": DOCKERFILE.replace("CMD", "EXPOSE 9001/udp 9000/tcp 9100\nCMD")}, {"port": 9000},
        ("EXPOSE 9001/udp, EXPOSE 9100 (the image has one port)",),
    ),
    "more ports than one of a service": Case(
        {"compose.yaml": "services: {web: {build: ., ports: ['80:9000', '9100:9100']}}\n", "Dockerfile": DOCKERFILE},
        {"port": 9000}, ("services.web.ports 9100 (another one is taken)",),
    ),
    "a port of another group of Fly's": Case(
        {
            "fly.toml": '[processes]\nweb = "gunicorn shop.web:app"\njobs = "rq worker"\n'
            "[[services]]\ninternal_port = 9000\n[[services]]\ninternal_port = 9100\n",
        },
        {"port": 9000}, ("services.internal_port 9100 (another one is taken)",),
    ),
    "a probe without a scheme": Case(
        {"Dockerfile": DOCKERFILE.replace("CMD", f"{PROBE}CMD")}, {"health_path": "/up"},
        ("HEALTHCHECK ?full=1 (the health check asks for the path alone)",),
    ),
    "what Render's probe asks with": Case(
        {"render.yaml": RENDER.replace("web:app}", "web:app, healthCheckPath: '/up?full=1'}")},
        {"health_path": "/up"}, ("?full=1 (the health check asks for the path alone)",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_stated_is_answered_or_named(name: str, detecting: Detect) -> None:
    case = CASES[name]
    found = detecting({**CODE, **case.files}).findings
    assert of(found.answers, case.answers) == case.answers
    for text in case.said:
        assert text in notes(found)
