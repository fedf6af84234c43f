"""Kubernetes manifests and the values of Helm charts: the containers of the repository's own image."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copier_slim.detect.statements import processes, values
from copier_slim.detect.statements.compose import is_web
from copier_slim.detect.statements.fields import Field, walk
from copier_slim.detect.statements.shell import SERVES
from copier_slim.detect.statements.stated import DEFAULT_PROCESS, Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

# Images that hold no app of one's own, by a part of their name
OTHERS = re.compile(
    r"(?:^|[/-])(?:postgres\w*|redis|valkey|nginx|rabbitmq|mysql|mariadb|mongo\w*|memcached|elasticsearch|busybox|alpine|envoy"
    r"|haproxy|traefik|kafka|zookeeper|minio|cloud-sql-proxy|cloudsql-proxy|fluent\w*|curl|vault|prometheus|grafana)(?=[:@]|$|-)"
)
# https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
EXPANDED = re.compile(r"\$\((\w+)\)(?!\w)")
MOUNTS_NOTHING = ("configMap", "secret", "projected", "downwardAPI")
GRACE = "terminationGracePeriodSeconds"
OTHER_IMAGE = "of an image of its own"
BESIDE = "of a process beside the default one"


@dataclass(frozen=True, slots=True)
class _Workload:
    kind: str
    name: str
    about: dict[str, Any]
    document: dict[str, Any]
    pod: dict[str, Any]
    job: dict[str, Any]

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [item for item in _list(self.pod.get("containers")) if isinstance(item, dict)]


def read(file: File, stated: Stated) -> None:
    """Takes the containers of the image that the first deployment runs; the others are named."""
    workloads = list(_workloads(file.document))
    images = Counter(_image(item) for work in workloads for item in work.containers if not OTHERS.search(_image(item)))
    own = images.most_common(1)[0][0] if images else ""
    default = _default(workloads, own)
    for work in workloads:
        if not work.pod:
            stated.leave(f"{work.kind}.{work.name}", "the cluster's")
            continue
        for item in work.containers:
            name = f"{work.kind}.{work.name}"
            if _image(item) != own:
                stated.leave(f"{name}.containers.{item.get('name', '')}", OTHER_IMAGE)
            else:
                _container(stated, work, item, is_default=item is default)
        _beside(stated, work, own)


def _default(workloads: list[_Workload], own: str) -> dict[str, Any] | None:
    served = [
        (
            not (SERVES.search(_command(item)) or (item.get("ports") and not _command(item))),
            not is_web(work.name),
            index,
        )
        for index, (work, item) in enumerate(_own(workloads, own))
    ]
    found = [item for _, item in _own(workloads, own)]
    return found[min(served)[2]] if served else None


def _own(workloads: list[_Workload], own: str) -> list[tuple[_Workload, dict[str, Any]]]:
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod")
    return [(work, item) for work in workloads if work.kind in kinds for item in work.containers if _image(item) == own]


def _workloads(document: Any, depth: int = 2) -> Iterator[_Workload]:  # noqa: ANN401 whatever the file holds
    for item in document if isinstance(document, list) else [document]:
        found = _mapping(item)
        kind, spec = str(found.get("kind", "")), _mapping(found.get("spec"))
        if kind == "List" and depth:
            yield from _workloads(_list(found.get("items")), depth - 1)
            continue
        job = _mapping(_mapping(spec.get("jobTemplate")).get("spec")) if kind == "CronJob" else spec
        pod = spec if kind == "Pod" else _mapping(_mapping(job.get("template")).get("spec"))
        about = _mapping(found.get("metadata"))
        if found:
            yield _Workload(kind, str(about.get("name", "app")), about, spec, pod, job if job is not spec else {})


def _image(container: dict[str, Any]) -> str:
    return str(container.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]


def _command(container: dict[str, Any]) -> str:
    words = [*_list(container.get("command")), *_list(container.get("args"))]
    return values.line([EXPANDED.sub(r"$\1", word) if isinstance(word, str) else word for word in words])


def _container(stated: Stated, work: _Workload, container: dict[str, Any], *, is_default: bool) -> None:
    shown = (work.kind, work.name, "containers", str(container.get("name", "")))
    command = _command(container)
    evidence = stated.place((work.name, "command" if container.get("command") else "args"), command)
    stated.owner = DEFAULT_PROCESS if is_default else ""
    if command:
        stated.owner = _start(stated, work, shown, command, evidence, is_default=is_default)
    grace = work.pod.get(GRACE)
    if grace is not None and not stated.limit("grace", grace, stated.place((work.name, GRACE), grace)):
        stated.leave(f"{work.kind}.{work.name}.{GRACE}", "the cluster's")
    mounted = {
        str(item.get("name")) for item in map(_mapping, _list(work.pod.get("volumes")))
        if any(kind in item for kind in MOUNTS_NOTHING)
    }  # fmt: skip
    for mount in map(_mapping, _list(container.get("volumeMounts"))):
        target = str(mount.get("mountPath", ""))
        is_written = mount.get("name") not in mounted and str(mount.get("readOnly", "")).lower() != "true"
        if not is_written or not stated.writable(target, stated.place((work.name, target), target)):
            stated.leave(".".join((*shown, "volumeMounts", target)), "the cluster's")
    if startup := _mapping(container.get("startupProbe")):
        _startup(stated, work, startup, ".".join(shown))
    for item in walk(container, stated.kind, ("containers",)):
        if item.answer in ("command", "writable_paths"):
            continue
        if item.answer in ("port", "health_path") and not is_default:
            stated.leave(".".join((*shown, *item.path[1:])), BESIDE)
        else:
            stated.take(Field((*shown, *item.path[1:]), item.value, item.answer, item.why))


def _startup(stated: Stated, work: _Workload, probe: dict[str, Any], shown: str) -> None:
    """Takes the time in which a container may start: https://kubernetes.io/docs/concepts/workloads/pods/probes/."""
    tries, period = str(probe.get("failureThreshold", 3)), str(probe.get("periodSeconds", 10))
    seconds = int(tries) * int(period) if re.fullmatch(r"[0-9]{1,4} [0-9]{1,4}", f"{tries} {period}") else 0
    if not stated.limit("start", seconds, stated.place((work.name, "startupProbe"))):
        for name in probe.keys() & {"failureThreshold", "periodSeconds"}:
            stated.leave(f"{shown}.startupProbe.{name}", "the cluster's")


def _start(
    stated: Stated, work: _Workload, shown: tuple[str, ...], command: str, evidence: Evidence, *, is_default: bool
) -> str:
    """Takes a container's command as what its workload makes of it; the process that it is then, "" for none."""
    line = processes.inside(stated, processes.plain(command))
    if work.kind == "CronJob":
        return processes.schedule(stated, work.name, str(work.document.get("schedule", "")), line, evidence)
    if work.kind == "Job":
        if processes.runs_once(command):
            stated.take_release(processes.plain(command), evidence)
            return "release"
        stated.leave(".".join(shown), "a job that is started by hand")
        return ""
    if is_default:
        stated.commands.append(Said(command, evidence))
        return DEFAULT_PROCESS
    return processes.take(stated, work.name, line, evidence, ".".join(shown))


def _beside(stated: Stated, work: _Workload, own: str) -> None:
    """Takes what runs before a pod's containers from the same image, and names what else the pod states."""
    for item in map(_mapping, _list(work.pod.get("initContainers"))):
        command = _command(item)
        name = f"{work.kind}.{work.name}.initContainers.{item.get('name', '')}"
        if _image(item) != own or not command:
            stated.leave(name, OTHER_IMAGE)
        elif processes.runs_once(command):
            stated.take_release(processes.plain(command), stated.place((work.name, str(item.get("name", ""))), command))
        else:
            stated.prestart.append(Said(processes.plain(command), stated.place((work.name, "initContainers"), command)))
    template = _mapping(_mapping((work.job or work.document).get("template")).get("metadata"))
    for name in template:
        stated.leave(f"{work.kind}.{work.name}.template.metadata.{name}", "the cluster's")
    for part in (work.about, work.document, work.job, work.pod):
        for name in part:
            if name not in ("name", "containers", "initContainers", "template", "jobTemplate", "schedule", GRACE):
                below = "metadata." if part is work.about else ""
                stated.leave(f"{work.kind}.{work.name}.{below}{name}", "the cluster's")


def _part(stated: Stated, name: str, part: dict[str, Any], said: Said) -> str:
    """Takes what a part of a chart beside the default process starts; the process that it is then, "" for none."""
    cron = part.get("schedule")
    if isinstance(cron, str):
        return processes.schedule(stated, name, cron, said.value, said.evidence)
    if processes.runs_once(said.value):
        stated.take_release(processes.plain(said.value), said.evidence)
        return "release"
    return processes.take(stated, name, said.value, said.evidence) if said.value else ""


def helm(file: File, stated: Stated) -> None:
    """Takes the values of a chart, for the default process at its top or below a name, and for others below theirs."""
    document = _mapping(file.document)
    parts = {
        name: item for name, item in document.items() if _mapping(item).get("command") or _mapping(item).get("args")
    }
    top = _command(document)
    serving = [name for name, part in parts.items() if SERVES.search(_command(part)) or is_web(name)]
    default = "" if top else next(iter(serving), "")
    if top:
        stated.commands.append(Said(top, stated.place(("command" if document.get("command") else "args",), top)))
    for name, part in parts.items():
        command = _command(part)
        evidence = stated.place((name, "command" if part.get("command") else "args"), command)
        stated.owner = DEFAULT_PROCESS
        if name == default:
            stated.commands.append(Said(command, evidence))
        else:
            stated.owner = _part(stated, name, part, Said(command, evidence))
        for item in walk({key: value for key, value in part.items() if key != "schedule"}, file.kind):
            if item.answer in ("port", "health_path") and name != default:
                stated.leave(f"{name}.{item.name}", BESIDE)
            elif item.answer != "command":
                stated.take(Field((name, *item.path), item.value, item.answer, item.why))
    stated.owner = DEFAULT_PROCESS
    for item in walk({name: item for name, item in document.items() if name not in parts}, file.kind):
        if item.answer != "command":
            stated.take(item)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) and value else []
