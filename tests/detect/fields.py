"""Files with every field that their published schemas know, and the names of those that notes leave out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from copier_slim.detect.findings import Findings

FIELDS = Path(__file__).parents[1] / "data/fields"
DOCKERFILE = 'FROM python:3.13\nWORKDIR /srv\nCOPY . .\nCMD ["gunicorn", "shop.web:app"]\n'
START = "gunicorn shop.web:app --timeout 77"
# Where each list of fields is written to, and the values of those whose meaning matters; others get one of their own
FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "compose": (
        "compose.yaml",
        {
            "services.*.build.context": ".",
            "services.*.build.dockerfile": "Dockerfile",
            "services.*.image": "shop",
            "services.*.command": START,
            "services.*.ports[].target": "5123",
            "services.*.expose": ["5123"],
            "services.*.environment.*": "amber",
            "services.*.stop_grace_period": 457,
            "services.*.mem_limit": "333M",
            "services.*.deploy.resources.limits.memory": "333M",
            "services.*.healthcheck.start_period": 789,
            "services.*.healthcheck.test": "curl http://localhost:5123/up",
            "services.*.volumes[].type": "volume",
            "services.*.volumes[].target": "/data",
            "services.*.volumes[].read_only": "false",
            "services.*.entrypoint": "",
            "services.*.profiles": ["all"],
            "services.*.extends.file": "other.yaml",
        },
    ),
    "fly": (
        "fly.toml",
        {
            "processes.*": START,
            "http_service.processes": ["one"],
            "services[].processes": ["one"],
            "env.*": "amber",
            "http_service.internal_port": 5123,
            "services[].internal_port": 5123,
            "deploy.release_command": "python main.py",
            "http_service.checks[].path": "/up",
            "services[].http_checks[].path": "/up",
            "http_checks[].path": "/up",
            "checks.*.path": "/up",
            "mounts[].destination": "/data",
            "experimental.cmd": "",
            "kill_timeout": 457,
            "vm[].memory": "333M",
            "checks.*.grace_period": 789,
            "http_checks[].grace_period": 789,
            "http_service.checks[].grace_period": 789,
            "services[].http_checks[].grace_period": 789,
            "services[].tcp_checks[].grace_period": 789,
            "experimental.entrypoint": "",
        },
    ),
    "render": (
        "render.yaml",
        {
            "services[].type": "web",
            "services[].runtime": "python",
            "services[].env": "python",
            "services[].rootDir": ".",
            "services[].startCommand": START,
            "services[].preDeployCommand": "python main.py",
            "services[].buildCommand": "python shop/job.py",
            "services[].dockerCommand": "",
            "services[].healthCheckPath": "/up",
            "services[].disk.mountPath": "/data",
            "services[].envVars[].key": "STAGE",
            "services[].envVars[].value": "amber",
            "services[].envVars[].sync": "",
            "envVarGroups[].envVars[].key": "LEVEL",
            "envVarGroups[].envVars[].value": "high",
            "services[].schedule": "",
            "services[].maxShutdownDelaySeconds": 457,
        },
    ),
    "app_engine": (
        "app.yaml",
        {
            "runtime": "python312",
            "entrypoint": START,
            "env_variables.*": "amber",
            "liveness_check.path": "/up",
            "readiness_check.app_start_timeout_sec": 789,
            "runtime_config.runtime_version": "3.12",
        },
    ),
    "railway": (
        "railway.toml",
        {
            "build.buildCommand": "python shop/job.py",
            "deploy.startCommand": START,
            "deploy.healthcheckPath": "/up",
            "deploy.preDeployCommand": ["python main.py"],
            "deploy.requiredMountPath": "/data",
            "deploy.drainingSeconds": 457,
            "deploy.healthcheckTimeout": 789,
        },
    ),
    "railpack": (
        "railpack.json",
        {
            "packages.python": "3.12",
            "steps.build.commands": ["python shop/job.py"],
            "deploy.startCommand": START,
            "deploy.variables.*": "amber",
            "deploy.aptPackages": ["ffmpeg"],
        },
    ),
    "nixpacks": (
        "nixpacks.toml",
        {
            "variables.*": "amber",
            "phases.setup.aptPkgs": ["ffmpeg"],
            "phases.build.cmds": ["python shop/job.py"],
            "start.cmd": START,
        },
    ),
    "app_json": (
        "app.json",
        {
            "env.*.value": "amber",
            "env.*.description": "",
            "env.*.required": "",
            "healthchecks.web[].path": "/up",
            "scripts.dokku.predeploy": "python main.py",
            "cron[].command": "python shop/job.py",
            "cron[].schedule": "0 3 * * *",
        },
    ),
    "heroku": (
        "heroku.yml",
        {
            "release.command": ["python main.py"],
            "run.web": START,
            "run.worker.command": ["python shop/job.py"],
            "run.worker.image": "web",
            "release.image": "web",
            "build.docker.web": "Dockerfile",
        },
    ),
    "supervisord": (
        "supervisord.conf",
        {
            "program:web.command": START,
            "program:worker.command": "python shop/job.py",
            "program:web.stopwaitsecs": 457,
            "program:web.environment": 'STAGE="amber"',
            "supervisord.environment": 'LEVEL="high"',
        },
    ),
    "project_toml": (
        "project.toml",
        {"io.buildpacks.build.env[].name": "STAGE", "io.buildpacks.build.env[].value": "amber"},
    ),
    "uwsgi": (
        "uwsgi.ini",
        {
            "uwsgi.module": "shop.web:app",
            "uwsgi.callable": "",
            "uwsgi.chdir": "",
            "uwsgi.http": "5123",
            "uwsgi.env": "STAGE=amber",
        },
    ),
    "helm": (
        "chart/values.yaml",
        {
            "service.targetPort": "5123",
            "livenessProbe.httpGet.path": "/up",
            "volumeMounts[].mountPath": "/data",
            "command": ["gunicorn"],
            "args": ["shop.web:app"],
            "env[].name": "STAGE",
            "env[].value": "amber",
            "worker.command": ["python", "shop/job.py"],
        },
    ),
    "kubernetes": (
        "k8s/deployment.yaml",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata.name": "web",
            "spec.template.spec.initContainers[].image": "shop:1",
            "spec.template.spec.containers[].image": "shop:1",
            "spec.template.spec.initContainers[].command": ["python", "manage.py", "migrate"],
            "spec.template.spec.containers[].command": ["gunicorn"],
            "spec.template.spec.containers[].args": ["shop.web:app"],
            "spec.template.spec.containers[].ports[].containerPort": "5123",
            "spec.template.spec.containers[].env[].name": "STAGE",
            "spec.template.spec.containers[].env[].value": "amber",
            "spec.template.spec.containers[].volumeMounts[].name": "cache",
            "spec.template.spec.volumes[].name": "cache",
            "spec.template.spec.containers[].volumeMounts[].mountPath": "/data",
            "spec.template.spec.containers[].livenessProbe.httpGet.path": "/up",
            "spec.template.spec.containers[].livenessProbe.initialDelaySeconds": 789,
            "spec.template.spec.terminationGracePeriodSeconds": 457,
        },
    ),
    "devcontainer": (".devcontainer/devcontainer.json", {}),
    "gunicorn": ("gunicorn.conf.py", {"bind": "0.0.0.0:5123"}),
}
# Fields that say how others are to be read, and so are neither carried over nor left out
GUIDES = {
    "kubernetes": {"apiVersion", "kind", "metadata.name", "spec.template.spec.volumes.name"},
    "app_json": {"env.one.description", "env.one.required"},
    "render": {"services.envVars.sync"},
    "supervisord": {"program:web.directory"},
}


def document(kind: str) -> dict[str, Any]:
    """A document with every field of a list, each with a value of its own."""
    root: dict[str, Any] = {}
    values = FILES[kind][1]
    for number, line in enumerate((FIELDS / f"{kind}.txt").read_text(encoding="utf-8").splitlines()):
        if line.startswith("#"):
            continue
        at: Any = root
        parts = line.split(".") if ":" not in line else [*line.split(".", 1)]
        for part in parts[:-1]:
            name = part.removesuffix("[]").replace("*", "one")
            at = at.setdefault(name, [{}] if part.endswith("[]") else {})
            at = at[0] if isinstance(at, list) else at
        at[
            parts[-1].replace("*", "ONE" if "nvironment.*" in line or line.startswith(("env", "variables")) else "one")
        ] = values.get(line, f"v{number}")
    return root


def written(kind: str, found: dict[str, Any] | None = None) -> str:
    """The document, that of every field where no other is given, in its file's format."""
    path, found = FILES[kind][0], found or document(kind)
    if path.endswith(".json"):
        return json.dumps(found, indent=2)
    if path.endswith((".yaml", ".yml")):
        return yaml.safe_dump(found, sort_keys=False)
    if path.endswith(".toml"):
        return "\n".join(toml(found, ""))
    if path.endswith(".py"):
        return "".join(f"{name} = {value!r}\n" for name, value in found.items())
    return "".join(
        f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())
        for section, settings in found.items()
    )


def toml(table: dict[str, Any], name: str) -> Iterator[str]:
    """A table and those in it."""
    inner = {key: value for key, value in table.items() if isinstance(value, dict) or is_tables(value)}
    yield from (f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items() if key not in inner)
    for key, value in inner.items():
        path = f"{name}.{key}" if name else key
        yield f"[[{path}]]" if isinstance(value, list) else f"[{path}]"
        yield from toml(value[0] if isinstance(value, list) else value, path)


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The fields with a value, by the names that lead to them."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif is_tables(value):
        yield from leaves(value[0], path)
    else:
        yield path, value


def named(findings: Findings, path: str) -> set[str]:
    """The full names of the fields that the notes on a file say are left out."""
    found = set()
    for note in findings.notes:
        if not note.startswith(f"{path}: left out: "):
            continue
        for group in re.split(r"\); ", note.removeprefix(f"{path}: left out: ")):
            outer = ""
            for name in group.rpartition(" (")[0].split(", "):
                full = f"{outer}.{name}" if outer and "." not in name else name
                outer = full.rpartition(".")[0]
                found |= {name, full}
    return found


def shown(findings: Findings) -> str:
    """All answers with their evidence, and what gave way to another file's."""
    answers = [f"{item.value}\n{' '.join(map(str, item.evidence))}" for item in findings.found.values()]
    return "\n".join(answers + [note for note in findings.notes if " is taken, not " in note])


def is_left(names: set[str], path: tuple[str, ...]) -> bool:
    """Whether a field, or one that it is in, is named; by the names of services and the like in place of lists."""
    inner = [".".join(path[start:end]) for end in range(len(path), 0, -1) for start in range(end)]
    ends = {name for name in names for item in inner if f".{name.partition(' ')[0]}".endswith(f".{item}")}
    return bool(ends) and any(_covers(name, path) for name in ends)


def _covers(name: str, path: tuple[str, ...]) -> bool:
    """Whether the parts of a name are those of the path up to some field, names of items aside."""
    parts = name.split(" ", maxsplit=1)[0].split(".")
    for end in range(len(path), 0, -1):
        rest = iter(parts)
        if all(part in rest for part in path[max(0, end - 2) : end]) and parts[-1] == path[end - 1]:
            return True
    return False
