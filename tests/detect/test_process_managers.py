"""Processes by what manages them: labels of Ofelia, scripts of s6, manifests of Kubernetes, programs of supervisord."""

from __future__ import annotations

from .conftest import CODE, Answers, Detect, notes, of
from .test_processes import BEAT, DOCKERFILE, WEB, WORKER

OFELIA = """\
services:
  web:
    build: .
    command: gunicorn shop.web:app
    labels:
      ofelia.enabled: "true"
      ofelia.job-exec.nightly.schedule: "0 0 3 * * *"
      ofelia.job-exec.nightly.command: "python main.py --all"
      ofelia.job-exec.hourly.schedule: "@hourly"
      ofelia.job-exec.hourly.command: "python main.py"
      ofelia.job-exec.often.schedule: "@every 10s"
      ofelia.job-exec.often.command: "python main.py"
  other:
    build: .
    command: python main.py
    labels: [traefik.enable=true]
"""


def test_jobs_of_ofelia_are_schedules(detecting: Detect) -> None:
    found = detecting({**CODE, "Dockerfile": DOCKERFILE, "compose.yaml": OFELIA}).findings
    expected = "nightly: 0 3 * * * python main.py --all\nhourly: @hourly python main.py"
    assert found.answers["schedules"] == expected
    assert "often (not understood)" in notes(found)
    assert "services.other.labels" in notes(found)
    assert "services.web.labels" not in notes(found)


def test_run_scripts_of_s6_are_processes(detecting: Detect) -> None:
    files = {
        "etc/services.d/web/run": f"#!/usr/bin/with-contenv bash\ncd /srv\nexec s6-setuidgid app {WEB}\n",
        "etc/services.d/worker/run": f"#!/bin/execlineb -P\nfdmove -c 2 1\npython warm.py\nexec {WORKER} \\\n  -c 2\n",
    }
    found = detecting({**CODE, "Dockerfile": 'FROM python:3.13\nWORKDIR /srv\nCMD ["/init"]\n', **files}).findings
    assert of(found.answers, {"app": "", "processes": ""}) == {
        "app": "shop.web:app", "processes": f"worker: {WORKER} -c 2",
    }  # fmt: skip
    assert "python warm.py (runs before it; say so by prestart or release)" in notes(found)


def test_manifests_of_a_file_each_are_processes_of_one_image(detecting: Detect) -> None:
    manifest = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME}\nspec: {template: {spec: {containers: "
        "[{name: it, image: 'shop:1', command: [sh, -c, LINE]}]}}}\n"
    )
    files = {
        f"k8s/{name}-deployment.yaml": manifest.replace("NAME", name).replace("LINE", line)
        for name, line in {"alone": WORKER, "beat": BEAT, "site": WEB}.items()
    }
    found = detecting({**CODE, **files}).findings
    assert of(found.answers, {"app": "", "processes": ""}) == {
        "app": "shop.web:app", "processes": f"alone: {WORKER}\nbeat: {BEAT}",
    }  # fmt: skip


def test_what_supervisord_fills_in_is_filled_in(answers: Answers) -> None:
    config = (
        f"[program:web]\ncommand={WEB}\n"
        "[program:work]\ncommand=rq worker --name %(program_name)s-%(process_num)02d\nnumprocs=3\n"
    )
    assert answers({**CODE, "supervisord.conf": config})["processes"] == "work: rq worker --name work-0"
