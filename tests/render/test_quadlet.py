"""The units for Podman: each process hardened as in compose.yaml, jobs at the times that their cron lines mean.

Podman's own generator and systemd read them, where they are installed; QUADLET names a generator elsewhere.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from tests.conftest import Render

GENERATORS = [
    os.environ.get("QUADLET", ""),
    "/usr/libexec/podman/quadlet",
    "/usr/lib/podman/quadlet",
    "/usr/lib/systemd/system-generators/podman-system-generator",
]
ALL: dict[str, Any] = {
    "framework": "django",
    "dependencies": "celery[redis]\npsycopg",
    "processes": "worker: celery -A config worker\nbeat: celery -A config beat",
    "release": "python manage.py migrate",
    "schedules": "report: 0 3 1,15 * mon python manage.py report",
    "writable_paths": "uploads\n/data",
    "extras": ["quadlet"],
}
ENDS = {"shop-release", "shop-report"}


@pytest.fixture(scope="module")
def project(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("quadlet") / "shop", **ALL)


def units(project: Path) -> dict[str, Path]:
    return {path.stem: path for path in (project / ".config/containers/systemd").iterdir()}


def read(path: Path) -> ConfigParser:
    found = ConfigParser(interpolation=None, strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(path, encoding="utf-8")
    return found


def generated(project: Path) -> dict[str, list[str]]:
    """The words by which systemd would start each unit, as Podman's generator has them."""
    program = next((path for path in GENERATORS if path and Path(path).is_file()), "")
    if not program:
        pytest.skip("Podman's generator of units is not installed")
    done = subprocess.run(
        [program, "-dryrun", "-user"],
        env=os.environ | {"QUADLET_UNIT_DIRS": str(project / ".config/containers/systemd")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "unsupported" not in done.stderr
    assert "onverting" not in done.stderr, done.stderr
    found = re.findall(r"^---([^\n]+)\.service---$.*?^ExecStart=([^\n]+)$", done.stdout, re.MULTILINE | re.DOTALL)
    # systemd has its own word for a blank
    return {name: shlex.split(line.replace("\\x20", " ")) for name, line in found}


def test_each_process_the_release_and_each_job_is_a_unit(project: Path) -> None:
    found = {name: read(path) for name, path in units(project).items()}
    assert {name: unit["Container"].get("Exec", "") for name, unit in found.items()} == {
        "shop": "", "shop-worker": "worker", "shop-beat": "beat", "shop-release": "release", "shop-report": "report",
    }  # fmt: skip
    for name, unit in found.items():
        assert unit["Service"].get("Type", "") == ("oneshot" if name in ENDS else "")
        assert unit.has_section("Install") == (name not in ENDS)
        assert unit["Service"].get("Restart", "") == ("" if name in ENDS else "always")
        assert unit["Container"]["EnvironmentFile"] == "%E/shop/app.env"
        assert (unit["Container"].get("HealthCmd") == "none") == (name in ENDS)
    worker = found["shop-worker"]
    grace = catalog.processes()["celery-worker"].grace
    assert int(worker["Container"]["StopTimeout"]) == grace < int(worker["Service"]["TimeoutStopSec"])


def test_each_unit_has_the_limits_of_its_process(render: Render, tmp_path: Path) -> None:
    limits = "app: memory=1G grace=20 start=120\nworker: memory=300M grace=600\nreport: memory=2G"
    found = {name: read(path) for name, path in units(render(tmp_path / "shop", **ALL, limits=limits)).items()}
    asked = {
        name: (
            unit["Container"].get("PodmanArgs", ""), unit["Container"].get("HealthStartPeriod", ""),
            unit["Container"]["StopTimeout"], unit["Service"]["TimeoutStopSec"],
        )
        for name, unit in found.items()
    }  # fmt: skip
    assert asked == {
        "shop": ("--memory=1g", "120s", "20", "30"),
        "shop-worker": ("--memory=300m", "30s", "600", "610"),
        "shop-beat": ("", "30s", "30", "40"),
        "shop-release": ("", "", "30", "40"),
        "shop-report": ("--memory=2g", "", "30", "40"),
    }


def test_the_first_unit_says_what_to_run_and_what_its_file_has_to_name(project: Path) -> None:
    head = units(project)["shop"].read_text(encoding="utf-8").partition("[Unit]")[0]
    for said in (
        "podman build --format docker --tag shop .",
        "systemctl --user start shop-release && systemctl --user restart shop shop-worker shop-beat",
        "systemctl --user enable --now shop-report.timer",
        "DATABASE_URL, REDIS_URL",
    ):
        assert said in head


def test_podman_starts_each_hardened(project: Path) -> None:
    started = generated(project)
    assert started.keys() == units(project).keys()
    for name, words in started.items():
        assert {"--read-only", "--security-opt=no-new-privileges", "--init"} <= set(words)
        for option, value in (
            ("--cap-drop", "all"),
            ("--tmpfs", "/tmp"),  # noqa: S108 the container's
            ("-v", "shop-app-uploads:/app/uploads"),
            ("-v", "shop-data:/data"),
            ("--env-file", "%E/shop/app.env"),
        ):
            assert (option, value) in itertools.pairwise(words), name
        at = words.index("localhost/shop:latest")
        assert words[at + 1 :] == ([] if name == "shop" else [name.removeprefix("shop-")])
    assert ("--publish", "127.0.0.1:8000:8000") in itertools.pairwise(started["shop"])
    for name in started.keys() - ENDS:
        assert ("--health-on-failure", "kill") in itertools.pairwise(started[name])
        assert ("--health-cmd", '["/opt/health.py"]') in itertools.pairwise(started[name])


@pytest.mark.parametrize("answers", [{}, {"health_path": ""}, {"framework": "celery"}])
def test_a_unit_states_the_check_of_the_image(render: Render, tmp_path: Path, answers: dict[str, Any]) -> None:
    project = render(tmp_path / "shop", extras=["quadlet"], **answers)
    words = generated(project)["shop"]
    stated = json.loads(words[words.index("--health-cmd") + 1])
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    built = re.search(r"HEALTHCHECK .*?CMD (\[.*?\])$", dockerfile, re.DOTALL | re.MULTILINE)
    assert built
    assert stated == json.loads(built[1].replace("\\\n", ""))


def test_a_port_below_1024_what_it_writes_beside_its_code_and_one_without_an_init(
    render: Render, tmp_path: Path
) -> None:
    low = render(tmp_path / "low", extras=["quadlet"], port=80, writable_paths=".", project_name="low")
    unit = read(units(low)["low"])["Container"]
    assert unit["Sysctl"] == "net.ipv4.ip_unprivileged_port_start=80"
    assert "ReadOnly" not in unit
    assert "EnvironmentFile" not in unit
    tool = render(tmp_path / "tool", extras=["quadlet"], framework="command", project_name="tool")
    unit = read(units(tool)["tool"])["Service"]
    assert unit["Restart"] == "on-failure"
    assert not (low / ".config/systemd").exists()


def test_without_the_extra_nothing_is_written(render: Render, tmp_path: Path) -> None:
    assert not (render(tmp_path / "shop") / ".config").exists()


CRONS = [
    "*/7 * * * *",
    "0 3 * * *",
    "5,35 9-17/4 * * mon-fri",
    "0 0 1,15 * wed",
    "30 4 * jan,Jul 0",
    "15 6 */10 2-12/5 *",
    "0 12 * * */3",
    "10-20/5 1 31 * *",
    "@hourly",
    "@weekly",
    "@monthly",
    "@yearly",
]
NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], [
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
]  # fmt: skip
MACROS = {
    "@hourly": "0 * * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}


def numbers(field: str, low: int, high: int, names: list[str]) -> set[int]:
    """The numbers of a field of cron: https://man7.org/linux/man-pages/man5/crontab.5.html."""
    found: set[int] = set()
    for part in field.lower().split(","):
        ends, _, step = part.partition("/")
        first, _, last = ends.replace("*", f"{low}-{high}").partition("-")
        at = [names.index(word) if word in names and word else int(word) for word in (first, last or first)]
        found |= set(range(at[0], at[1] + 1, int(step or 1)))
    return found


def due(cron: str, after: datetime, count: int) -> list[datetime]:
    """The next times of a line of cron, day by day."""
    minute, hour, day, month, weekday = MACROS.get(cron, cron).split()
    minutes, hours = sorted(numbers(minute, 0, 59, [])), sorted(numbers(hour, 0, 23, []))
    days, months = numbers(day, 1, 31, []), numbers(month, 1, 12, NAMES[1])
    weekdays = numbers(weekday, 0, 6, NAMES[0])
    found: list[datetime] = []
    date = after.replace(hour=0, minute=0, second=0, microsecond=0)
    while len(found) < count:
        by_day, by_weekday = date.day in days, date.isoweekday() % 7 in weekdays
        fits = by_day or by_weekday if "*" not in (day, weekday) else by_day and by_weekday
        if fits and date.month in months:
            times = [date.replace(hour=one, minute=other) for one in hours for other in minutes]
            found += [time for time in times if time > after]
        date += timedelta(days=1)
    return found[:count]


def test_a_job_is_due_when_its_cron_line_says(render: Render, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    lines = [f"job-{chr(97 + at)}: {cron} python -c 1" for at, cron in enumerate(CRONS)]
    project = render(tmp_path / "shop", extras=["quadlet"], schedules="\n".join(lines))
    for at, cron in enumerate(CRONS):
        text = (project / f".config/systemd/user/shop-job-{chr(97 + at)}.timer").read_text(encoding="utf-8")
        found: set[datetime] = set()
        now = datetime.now(UTC)
        for calendar in re.findall(r"^OnCalendar=(.+)$", text, re.MULTILINE):
            shown = subprocess.run(
                ["systemd-analyze", "calendar", "--iterations=8", f"--base-time={now:%Y-%m-%d %H:%M:%S} UTC", calendar],
                env=os.environ | {"TZ": "UTC"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert shown.returncode == 0, f"{calendar}: {shown.stderr}"
            times = re.findall(r"(?:Next elapse|Iter\. #\d+): \w+ (\S+ \S+) UTC", shown.stdout)
            found |= {datetime.strptime(time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for time in times}
        assert sorted(found)[:8] == due(cron, now, 8), cron
