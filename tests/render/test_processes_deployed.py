"""Processes by name, deployed: what the Dockerfile, compose.yaml and kubernetes.yaml say of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from copier_slim import catalog
from tests import dockerfile
from tests.conftest import Render
from tests.render.test_processes import GIVES_BACK, argv

ALL = {
    "framework": "django",
    "dependencies": "celery[redis]",
    "prestart": "echo prepared",
    "processes": "worker: celery -A config worker\nbeat: celery -A config beat\nsocket: daphne -p $PORT a:b",
    "release": "python manage.py migrate",
    "schedules": "report: @daily python manage.py report\nsessions: 0 3 * * mon  python manage.py clearsessions",
    "extras": ["compose", "kubernetes"],
}


@pytest.fixture(scope="module")
def project(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a process of each kind."""
    return render(tmp_path_factory.mktemp("processes") / "shop", **ALL)


def test_the_default_process_has_its_words_in_cmd(project: Path) -> None:
    found = {item.keyword: item for item in dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))}
    assert found["ENTRYPOINT"].argv == ["/opt/launch.py"]
    assert found["CMD"].argv[:2] == ["/opt/launch.py", "gunicorn"]
    assert "/opt/health.py" in found["HEALTHCHECK"].arguments


def test_compose_has_a_service_for_each_on_one_image(project: Path) -> None:
    services = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]
    own = {name: service for name, service in services.items() if name != "redis"}
    assert set(own) == {"app", "worker", "beat", "socket", "release", "report", "sessions"}
    assert {service["image"] for service in own.values()} == {"shop:latest"}
    assert [name for name, service in own.items() if "build" in service] == ["app"]
    assert [name for name, service in own.items() if "ports" in service] == ["app"]
    assert {name: service["command"] for name, service in own.items() if "command" in service} == {
        name: [name] for name in own if name != "app"
    }
    waiting = {name for name, service in own.items() if "release" in service["depends_on"]}
    assert waiting == {"app", "worker", "beat", "socket"}
    assert own["app"]["depends_on"]["release"] == {"condition": "service_completed_successfully"}
    assert {name for name, service in own.items() if "profiles" in service} == {"report", "sessions"}
    assert {name for name, service in own.items() if service.get("restart") == "unless-stopped"} == waiting
    assert own["worker"]["stop_grace_period"] == f"{catalog.processes()['celery-worker'].grace}s"
    assert own["worker"]["environment"]["CELERY_BROKER_URL"]
    for service in own.values():
        assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])  # noqa: S108


def resources(project: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """kubernetes.yaml by kind and name."""
    text = (project / "kubernetes.yaml").read_text(encoding="utf-8")
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def limited(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same project with limits of its own, and a worker that has a limit of its own."""
    processes = f"{ALL['processes']}\ngives: dramatiq tasks"
    limits = (
        "app: memory=1G grace=60 start=180\nworker: memory=300M grace=120 start=90\n"
        "gives: grace=300\nrelease: memory=64M"
    )
    path = tmp_path_factory.mktemp("limited") / "shop"
    return render(path, **{**ALL, "profiler": "py-spy", "processes": processes, "limits": limits})


def test_compose_has_the_limits_of_each_process(limited: Path) -> None:
    services = yaml.safe_load((limited / "compose.yaml").read_text(encoding="utf-8"))["services"]
    found = {
        name: (services[name]["mem_limit"], services[name].get("stop_grace_period"))
        for name in ("app", "worker", "beat", "gives", "release", "report")
    }
    assert found == {
        "app": ("1g", "60s"),
        "worker": ("300m", "120s"),
        "beat": ("512m", "30s"),
        "gives": ("512m", "300s"),
        "release": ("64m", None),
        "report": ("512m", None),
    }


def test_compose_has_the_profiler_for_each_process(limited: Path) -> None:
    services = yaml.safe_load((limited / "compose.yaml").read_text(encoding="utf-8"))["services"]
    watched = {name: item["pid"] for name, item in services.items() if name.startswith("debug")}
    assert watched == {
        "debug": "service:app",
        **{f"debug-{name}": f"service:{name}" for name in ("worker", "beat", "socket", "gives")},
    }
    assert len({str({**services[name], "pid": ""}) for name in watched}) == 1


def test_kubernetes_has_the_limits_of_each_process(limited: Path) -> None:
    documents = list(yaml.safe_load_all((limited / "kubernetes.yaml").read_text(encoding="utf-8")))
    pods = {
        item["metadata"]["name"]: item["spec"]["template"]["spec"]
        for item in documents
        if item["kind"] in ("Deployment", "Job")
    }
    found = {
        name: (
            pod["containers"][0]["resources"]["limits"]["memory"],
            pod["terminationGracePeriodSeconds"],
            pod["containers"][0].get("startupProbe", {}).get("failureThreshold"),
        )
        for name, pod in pods.items()
    }
    # What listens has five seconds of preStop before it is asked to stop; a startup probe asks every two seconds
    assert found == {
        "shop": ("1Gi", 65, 90),
        "shop-worker": ("300Mi", 120, 60),
        "shop-beat": ("512Mi", 30, 60),
        "shop-socket": ("512Mi", 30, 60),
        "shop-gives": ("512Mi", 300, 60),
        "shop-release": ("64Mi", 30, None),
    }


def test_the_image_waits_for_the_slowest_start_and_the_server_uses_its_time(limited: Path, project: Path) -> None:
    text, plain = ((path / "Dockerfile").read_text(encoding="utf-8") for path in (limited, project))
    assert "--start-period=180s" in text
    assert '"--graceful-timeout", "58"' in text
    assert "--start-period=30s" in plain
    assert '"--graceful-timeout", "8"' in plain
    assert argv(limited, "gives")[-2:] == ["--worker-shutdown-timeout", "290000"]


def test_kubernetes_has_a_deployment_for_each_process_and_a_service_for_what_listens(project: Path) -> None:
    assert set(resources(project)) == {
        *(("Deployment", name) for name in ("shop", "shop-worker", "shop-beat", "shop-socket")),
        *(("Service", name) for name in ("shop", "shop-socket")),
        ("PodDisruptionBudget", "shop"),
        ("HorizontalPodAutoscaler", "shop"),
        ("Job", "shop-release"),
        *(("CronJob", name) for name in ("shop-report", "shop-sessions")),
    }


def test_each_pod_is_that_of_its_process(project: Path) -> None:
    found = resources(project)
    pods = {name: found["Deployment", name]["spec"]["template"]["spec"] for kind, name in found if kind == "Deployment"}
    pods["shop-release"] = found["Job", "shop-release"]["spec"]["template"]["spec"]
    pods["shop-report"] = found["CronJob", "shop-report"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    containers = {name: pod["containers"][0] for name, pod in pods.items()}
    assert {container["image"] for container in containers.values()} == {"shop"}
    assert {name: container.get("args") for name, container in containers.items()} == {
        "shop": None, **{name: [name.removeprefix("shop-")] for name in containers if name != "shop"},
    }  # fmt: skip
    asked = {name: container.get("livenessProbe") for name, container in containers.items()}
    assert asked["shop-worker"]["exec"]["command"] == ["/opt/health.py", "worker"]
    assert asked["shop-beat"]["exec"]["command"] == ["/opt/health.py", "beat"]
    assert "tcpSocket" in asked["shop-socket"]
    assert asked["shop-release"] is asked["shop-report"] is None
    assert pods["shop-worker"]["terminationGracePeriodSeconds"] == catalog.processes()["celery-worker"].grace
    assert pods["shop-release"]["restartPolicy"] == pods["shop-report"]["restartPolicy"] == "Never"
    for pod, container in zip(pods.values(), containers.values(), strict=True):
        assert pod["securityContext"]["runAsNonRoot"] is container["securityContext"]["readOnlyRootFilesystem"] is True


def test_a_scheduler_is_alone_and_no_job_overtakes_itself(project: Path) -> None:
    found = resources(project)
    beat, worker = (found["Deployment", f"shop-{name}"]["spec"] for name in ("beat", "worker"))
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})
    assert "strategy" not in worker
    jobs = [found["CronJob", f"shop-{name}"]["spec"] for name in ("report", "sessions")]
    assert [job["schedule"] for job in jobs] == ["@daily", "0 3 * * mon"]
    assert {job["concurrencyPolicy"] for job in jobs} == {"Forbid"}
    assert {job["timeZone"] for job in jobs} == {"Etc/UTC"}
    assert found["Job", "shop-release"]["spec"]["backoffLimit"] == 0


def test_the_longest_names_are_those_of_a_cron_job(render: Render, tmp_path: Path) -> None:
    name = "a" * 30
    project = render(tmp_path / "shop", extras=["kubernetes"], project_name="x" * 60, schedules=f"{name}: @daily b")
    called = next(name for kind, name in resources(project) if kind == "CronJob")
    assert len(called) == 52
    assert called.endswith(f"x-{name}")


def test_a_worker_that_is_the_command_is_asked_by_its_heartbeat_too(render: Render, tmp_path: Path) -> None:
    answers = {"framework": "command", "starter": False, "dependencies": "dramatiq[redis]", "extras": ["kubernetes"]}
    project = render(tmp_path / "shop", app="dramatiq tasks", **answers)
    found = {item.keyword: item for item in dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))}
    assert found["CMD"].argv == ["dramatiq", "tasks", "--processes", "$WEB_CONCURRENCY", *GIVES_BACK]
    assert "/opt/health.py" in found["HEALTHCHECK"].arguments
    container = resources(project)["Deployment", "shop"]["spec"]["template"]["spec"]["containers"][0]
    assert container["livenessProbe"]["exec"]["command"] == ["/opt/health.py"]


def test_flower_is_asked_for_its_own_path(render: Render, tmp_path: Path) -> None:
    project = render(
        tmp_path / "shop", framework="flask", processes="flower: celery -A tasks flower", extras=["kubernetes"]
    )
    container = resources(project)["Deployment", "shop-flower"]["spec"]["template"]["spec"]["containers"][0]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthcheck"
    assert '{"": "/healthz", "flower": "/healthcheck"}' in (project / "container/health.py").read_text(encoding="utf-8")
    assert "flower" in (project / "requirements.in").read_text(encoding="utf-8").splitlines()
