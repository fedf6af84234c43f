"""The command: `python -m bench.agents`, what each agent costs: megabytes, start, latency, switched off and on."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from copier import run_copy
from python_on_whales import docker

from bench import command, engine
from bench.command import say
from bench.projects import HERE, PYTHON, ROOT, copy_template

if TYPE_CHECKING:
    from python_on_whales import Network

RESULTS = HERE / "agents.md"
SINK = ROOT / "tests/engine/observability/sink.py"
ANSWERS = {"project_name": "bench", "framework": "fastapi", "python_version": PYTHON, "package_tool": "uv"}
PLAIN = "none"
# What switches an agent on; Prometheus's is always
SWITCHES = {
    "opentelemetry": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://sink:8000"},
    "elastic": {"ELASTIC_APM_SERVER_URL": "http://sink:8000"},
    "edot": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://sink:8000"},
    "sentry": {"SENTRY_DSN": "http://key@sink:8000/1"},
    "datadog": {"DD_TRACE_AGENT_URL": "http://sink:8000"},
    "prometheus": {},
}
CONNECTIONS = 2
REQUESTS = 1000


@dataclass
class Cost:
    """One image in one state: seconds to the first answer, and of each round's p50 and p99."""

    starts: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def cells(self) -> list[str]:
        """Medians in milliseconds, for a table."""
        return [f"{median(self.starts) * 1e3:.0f}", f"{median(self.p50) * 1e3:.2f}", f"{median(self.p99) * 1e3:.2f}"]


def main() -> int:
    """Measures, prints and writes the table. 4 where no engine answers, 1 where a measurement fails."""
    return command.table("bench.agents", __doc__, "starts and rounds of load", RESULTS, measure)


def measure(workspace: Path, runs: int) -> str:
    """The table, of all agents in turn."""
    template = copy_template(workspace / "template")
    tags = {}
    for agent in [PLAIN, *SWITCHES]:
        say(f"image: {agent}")
        project = workspace / agent
        run_copy(str(template), project, data=ANSWERS | {"apm": agent}, defaults=True, quiet=True)
        engine.make_lock(project, "requirements.txt")
        tags[agent] = f"{engine.LABEL}:{engine.RUN}-{agent}"
        engine.build(project, tags[agent])

    labels = {engine.LABEL: engine.RUN}
    network = docker.network.create(f"{engine.LABEL}-{engine.RUN}", labels=labels)
    docker.run(
        f"python:{PYTHON}-slim-trixie", ["python", "/sink.py"], detach=True, init=True, labels=labels,
        networks=[network], network_aliases=["sink"], volumes=[(SINK, "/sink.py", "ro")],
    )  # fmt: skip
    states: dict[tuple[str, str], dict[str, str]] = {(PLAIN, ""): {}}
    for agent, envs in SWITCHES.items():
        states |= {(agent, "off"): {}, (agent, "on"): envs} if envs else {(agent, "on"): {}}
    costs = {state: Cost() for state in states}
    order = list(states)
    for number in range(runs + 1):  # the first does not count
        say(f"round {number} of {runs}" if number else "a round to warm up")
        for state in order:
            cost = costs[state] if number else Cost()
            measure_once(tags[state[0]], cost, states[state], network)
        order.append(order.pop(0))  # so that none always follows the same one
    sizes = {agent: engine.image_bytes(tag) for agent, tag in tags.items()}
    return markdown(costs, sizes, runs)


def measure_once(tag: str, cost: Cost, envs: dict[str, str], network: Network) -> None:
    """One start, and one round of load after it."""
    with engine.serving(tag, "/healthz", envs, [network]) as (port, seconds):
        cost.starts.append(seconds)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            taken = [one for many in pool.map(ask, [port] * CONNECTIONS) for one in many]
    cost.p50.append(median(taken))
    cost.p99.append(quantiles(taken, n=100)[98])


def ask(port: int) -> list[float]:
    """The seconds of each request over one connection, without the first tenth."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    taken = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        taken.append(time.perf_counter() - began)
        if response.status != engine.HTTP_OK:
            raise engine.BenchError(f"GET / gave {response.status}")
    connection.close()
    return taken[REQUESTS // 10 :]


def markdown(costs: dict[tuple[str, str], Cost], sizes: dict[str, int], runs: int) -> str:
    """The table, and what it was measured with."""
    about = (
        f"{datetime.now(tz=UTC):%Y-%m-%d}, Python {PYTHON}, {os.cpu_count()} CPUs, {engine.describe_engine()}. "
        "The FastAPI starter under uvicorn, one process, the images in turn. "
        f"Medians of {runs} starts, from `docker run` to the first 200, and of as many rounds of load by {CONNECTIONS} "
        f"connections with {REQUESTS} requests each. On: every request is traced and sent to a collector beside it."
    )
    lines = [
        "# What an agent costs",
        "",
        about,
        "",
        "| Agent | | Image, MB more | First answer, ms | p50, ms | p99, ms |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for (agent, state), cost in costs.items():
        more = f"{(sizes[agent] - sizes[PLAIN]) / 1e6:.1f}"
        lines.append(f"| {' | '.join([agent, state, more, *cost.cells()])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
