"""The command: `python -m bench`."""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import command, engine
from bench.command import positive, say
from bench.generation import measure_generation
from bench.projects import BASES, DESIGNS, HERE, REFERENCE, Project, copy_template, make_projects, pinned_tools
from bench.report import CODE, COLD, DEPENDENCY, GUIDE, START, Report, Result

GENERATIONS = 7
RESULTS = HERE / "results.md"


def main() -> int:
    """Measures, prints and writes the tables. 4 where no engine answers, 1 where a measurement fails."""
    options = parse_options()
    return command.run(lambda workspace: write(measure(workspace, options), options.json))


def write(report: Report, json: Path | None) -> None:
    """Prints the tables, and keeps them where they are of all designs; `json` gets every measurement."""
    text = report.markdown()
    print(text, end="")
    if json:
        json.write_text(report.json(), encoding="utf-8")
    if report.results.keys() == DESIGNS.keys():
        RESULTS.write_text(text, encoding="utf-8")
    else:
        say(f"not all designs, so {RESULTS.name} stays as it is")


def parse_options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures copier-slim's images beside the usual designs: sizes, builds, starts.",
        epilog="Empties the cache mounts of every project's builds; cached layers stay, and base images that it pulls.",
    )
    parser.add_argument("--runs", type=positive, default=7, help="starts of each image (default: %(default)s)")
    parser.add_argument("--builds", type=positive, default=3, help="builds of each kind (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single measurement there")
    parser.add_argument(
        "--designs", type=design_names, default=list(DESIGNS), metavar="A,B", help=f"some of {','.join(DESIGNS)}"
    )
    return parser.parse_args()


def design_names(text: str) -> list[str]:
    """Names of DESIGNS, in their order, from a list with commas."""
    wanted = text.split(",")
    if unknown := set(wanted) - DESIGNS.keys():
        raise argparse.ArgumentTypeError(f"no such design: {', '.join(sorted(unknown))}")
    return [name for name in DESIGNS if name in wanted]


def measure(workspace: Path, options: argparse.Namespace) -> Report:
    """All measurements, one after the other, with their files in `workspace`."""
    say("base images, projects and their lock")
    engine.pull_missing(BASES)
    template = copy_template(workspace / "template")
    projects = make_projects(template, workspace / "projects", engine.make_lock)
    environment = describe(projects)
    results = {name: Result(DESIGNS[name].label) for name in options.designs}
    tags = {name: f"{engine.LABEL}:{engine.RUN}-{name}" for name in results}

    for number in range(options.builds):
        for name in rotated(results, number):
            say(f"builds, round {number + 1} of {options.builds}: {name}")
            measure_builds(projects[name], results[name], tags[name])

    known: dict[str, int] = {}
    for name, result in results.items():
        say(f"size: {name}")
        result.image_bytes = engine.image_bytes(tags[name])
        result.compressed_bytes = engine.compressed_bytes(tags[name], known)
        if name in GUIDE:
            result.bytecode_bytes, result.bytecode_modules = engine.library_bytecode(tags[name])

    for number in range(options.runs + 1):  # the first does not count
        say(f"starts, round {number} of {options.runs}" if number else "starts, to warm up")
        for name in rotated(results, number):
            taken = engine.first_answer(tags[name], "/healthz")
            if number:
                results[name].seconds[START].append(taken)

    say("generation")
    generation = measure_generation(template, workspace, GENERATIONS)
    return Report(results, generation, environment, REFERENCE, options.builds, options.runs)


def measure_builds(project: Project, result: Result, tag: str) -> None:
    """One cold build, whose image stays as `tag`; then one after a change of the code, one after a new dependency."""
    project.begin_round(uuid.uuid4().hex)
    engine.empty_cache_mounts()
    result.seconds[COLD].append(engine.build(project.path, tag, cold=True))
    for kind, change in (CODE, project.change_code), (DEPENDENCY, project.add_dependency):
        change(uuid.uuid4().hex)
        result.seconds[kind].append(engine.build(project.path, f"{tag}-{kind}"))
        engine.remove_image(f"{tag}-{kind}")


def rotated(results: dict[str, Result], number: int) -> list[str]:
    """The names of the designs, each round from another on, so that none always follows the same one."""
    names = list(results)
    start = number % len(names)
    return names[start:] + names[:start]


def describe(projects: dict[str, Project]) -> dict[str, str]:
    """What it is measured with, by name, for people."""
    bases = {image: engine.describe_image(image) for image in BASES}
    tools = {"Copier": version("copier")} | pinned_tools(projects)
    machine = {"Docker Engine": engine.describe_engine(), "CPUs": str(os.cpu_count())}
    return {"Date": f"{datetime.now(tz=UTC):%Y-%m-%d}"} | machine | bases | tools


if __name__ == "__main__":
    sys.exit(main())
