"""The command: `python -m bench.updating [N]`, how long `copier-slim update` takes on N repositories."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle, islice, product
from pathlib import Path

from tests.command.running import commit
from tests.conftest import ROOT, TEMPLATE_PARTS
from tests.update.releases import CASES, copy_at, publish, releases

HERE = Path(__file__).resolve().parent
BYTECODE = Path(tempfile.gettempdir(), "copier-slim-bench-bytecode")
RESULTS = HERE / "updating.md"
REPOSITORIES = 200
UPDATE = ["-m", "copier_slim", "update", "--defaults", "--no-lock"]
# What people change: a line of their own, and a value of the template's, which may be in conflict
OWN = ("\nWORKDIR /app\n", "\nWORKDIR /app\nLABEL team=shop\n")
CHANGED = ("--start-period=30s", "--start-period=60s")
CONFLICT, FINE = 1, 0


def main() -> None:
    """Measures, prints and writes the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORIES
    with tempfile.TemporaryDirectory() as directory:
        projects = make(Path(directory), number)
        update(projects.pop())  # compiles the bytecode
        started = time.perf_counter()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            done = list(pool.map(update, projects))
        total = time.perf_counter() - started
    taken = [seconds for seconds, _ in done]
    failed = [code for _, code in done if code not in (FINE, CONFLICT)]
    assert not failed, f"{len(failed)} updates failed"
    measured = f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} CPUs"
    rows = {
        "p50": f"{statistics.median(taken):.2f}",
        "p95": f"{statistics.quantiles(taken, n=20)[-1]:.2f}",
        "the longest": f"{max(taken):.2f}",
        f"all, {os.cpu_count()} at a time, for each": f"{total / len(taken):.2f}",
    }
    lines = [
        "# How long an update takes",
        "",
        f"{measured}; {number} repositories of {len(releases())} releases and {len(CASES)} sets of answers, without",
        "the lock. Each has lines of its own and a changed health check, which a release may have laid out anew;",
        f"so {sum(code == CONFLICT for _, code in done)} have a conflict.",
        "",
        "| | s |",
        "| --- | ---: |",
        *(f"| {name} | {value} |" for name, value in rows.items()),
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def make(root: Path, number: int) -> list[Path]:
    """As many projects and one more, by every release and case in turn, edited and committed."""
    now = root / "now"
    for part in TEMPLATE_PARTS:
        (now / part).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-R", ROOT / part, now / part], check=True)
    template = publish(root / "template", releases(), now)
    made = []
    for place, (release, case) in enumerate(islice(cycle(product(releases(), CASES)), number + 1)):
        project = copy_at(template, release.tag, root / str(place) / "shop", **CASES[case])
        dockerfile = project / "Dockerfile"
        text = dockerfile.read_text(encoding="utf-8").replace(*OWN, 1).replace(*CHANGED)
        dockerfile.write_text(text, encoding="utf-8")
        with (project / "requirements.in").open("a", encoding="utf-8") as file:
            file.write("httpx\n")
        made.append(commit(project))
    return made


def update(project: Path) -> tuple[float, int]:
    """Seconds and exit code of a process that finds the project's own package, compiled as an installed one is."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "hooks"), "PYTHONPYCACHEPREFIX": str(BYTECODE)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *UPDATE], cwd=project, check=False, capture_output=True, env=environment)
    return time.perf_counter() - started, done.returncode


if __name__ == "__main__":
    main()
