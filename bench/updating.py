"""The command: `python -m bench.updating [N]`, how long `copier-slim update` takes on N repositories."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice, product
from pathlib import Path

from bench.timing import Run, run, write_table
from tests.command.running import commit
from tests.conftest import ROOT, TEMPLATE_PARTS
from tests.update.releases import CASES, copy_at, publish, releases

HERE = Path(__file__).resolve().parent
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
    taken = [one.seconds for one in done]
    rows = {
        "p50": statistics.median(taken),
        "p95": statistics.quantiles(taken, n=20)[-1],
        "the longest": max(taken),
        f"all, {os.cpu_count()} at a time, for each": total / len(taken),
    }
    about = (
        f"{number} repositories of {len(releases())} releases and {len(CASES)} sets of answers, without the lock. "
        "Each has lines of its own and a changed health check, which a release may have laid out anew; "
        f"so {sum(one.exit_code == CONFLICT for one in done)} have a conflict"
    )
    write_table(RESULTS, "How long an update takes", about, rows)


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


def update(project: Path) -> Run:
    """One update, in a process of its own."""
    return run(UPDATE, directory=project, fine=(FINE, CONFLICT))


if __name__ == "__main__":
    main()
