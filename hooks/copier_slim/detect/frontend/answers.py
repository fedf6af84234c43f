"""The answers on front-end files, from what a repository's package.json and its code show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.findings import Evidence
from copier_slim.detect.frontend import builds, libraries, manifest, served, sources

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.frontend.builds import Build
    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.statements.dockerfile import Dockerfile

NODE = re.compile(r"(?:npm|npx|pnpm|yarn|bun|bunx|node|corepack)(?: |$)")
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
NO_SCRIPT = re.compile(r"husky|lefthook|simple-git-hooks|playwright|cypress")


def answer(findings: Findings, code: Code, declared: Dependencies, existing: Dockerfile | None = None) -> None:
    """Answers how the front end is made that the app serves, and notes those that are not made, with the reason."""
    _by_node(findings, code, declared)
    libraries.answer(findings, code, declared)


def _by_node(findings: Findings, code: Code, declared: Dependencies) -> None:
    taken: Manifest | None = None
    for found in manifest.find(code.tree):
        build = builds.find(code.tree, found)
        if build is None:
            _say_unknown(findings, found)
            continue
        places = (served.by(code, found.folder, output, declared.direct) for output in build.outputs)
        place = next(filter(None, places), None)
        left = _why_left(found, build, is_served=place is not None)
        if taken and not left:
            left = f"the image has the one of {taken.path}"
        if left or place is None:
            findings.note(f"{found.path}: no front-end files are made by {build.builder}, as {left}")
            continue
        taken = found
        _record(findings, code, found, build, place)
    if taken:
        _without_node(findings)


def _say_unknown(findings: Findings, found: Manifest) -> None:
    script = next((name for name in catalog.frontends().scripts if name in found.scripts), None)
    if script:
        findings.note(
            f"{found.path}: what its script {script} makes is not known ({found.scripts[script]});"
            f" if the app serves it: --data assets=npm{_of(found)} --data assets_output=…"
        )


def _of(found: Manifest) -> str:
    return f" --data assets_path={found.folder}" if found.folder else ""


def _why_left(found: Manifest, build: Build, *, is_served: bool) -> str:
    if found.local:
        return f"it needs other folders of the repository ({', '.join(found.local[:3])})"
    if build.server:
        return "that is a server of Node's, and no files that Python serves"
    if not build.outputs:
        return f"its output is not stated; add --data assets=npm{_of(found)} --data assets_output=…"
    if not all(PLAIN.fullmatch(path) for path in (*build.outputs, *filter(None, [found.folder]))):
        return f"a path cannot be written into a Dockerfile: {', '.join(build.outputs)}"
    if not is_served:
        outputs = ", ".join(build.outputs)
        return (
            f"no code serves {outputs}; if a server does: --data assets=npm{_of(found)} --data assets_output={outputs}"
        )
    return ""


def _record(findings: Findings, code: Code, found: Manifest, build: Build, serves: Evidence) -> None:
    tree = code.tree
    rows = catalog.frontends()
    name, place = manifest.manager(tree, found)
    row = rows.managers[name]
    script = tree.evidence(found.path, f'"{build.script}"')
    findings.add("assets", name, place, script, serves)
    if found.folder:
        findings.add("assets_path", found.folder, script)
    findings.add("assets_command", "\n".join(_commands(found, build, name)), script)
    findings.add("assets_output", "\n".join(build.outputs), script, serves)
    read = [path for path in sources.read_by(tree, found, build.outputs) if _can_be_said(findings, path)]
    if read:
        findings.add("assets_sources", "\n".join(read), Evidence(found.path), guess=True)
    if stated := manifest.node(tree, found):
        findings.add("assets_node", stated[0], stated[1])
    _development(findings, found, build, row.run, script)
    checks = [f"{row.run} {check}" for check in rows.checks if _is_check(found, check)]
    if checks:
        findings.add("assets_checks", "\n".join(checks), tree.evidence(found.path, '"scripts"'))
    if not tree.has(found.beside(row.lock)):
        findings.note(f"{found.path} has no lock, which the build needs: run {row.mend} and commit {row.lock}")
    if tree.has(found.beside(row.settings)):
        findings.note(
            f"{found.beside(row.settings)} is kept out of the build: if that needs it, pass the build secret"
            f" {row.settings}, as the stage assets of the Dockerfile says"
        )


def _commands(found: Manifest, build: Build, name: str) -> list[str]:
    """The build, and before it what an installation without scripts leaves undone."""
    rows = catalog.frontends()
    run = rows.managers[name].run
    tool = {"yarn": "npm", "yarn-berry": "yarn", "bun": "npm"}.get(name, name)
    made = [package for package in rows.made if package in found.packages]
    before = [f"{tool} rebuild {' '.join(made)}"] if made else []
    after = found.scripts.get("postinstall")
    if after and not NO_SCRIPT.search(after):
        before.append(f"{run} postinstall")
    return [*before, f"{run} {build.script}"]


def _development(findings: Findings, found: Manifest, build: Build, run: str, place: Evidence) -> None:
    """The development server of a builder that has one."""
    row = catalog.frontends().builders[build.builder]
    for script in catalog.frontends().development:
        starts = row.port and build.builder in {builds.builder(words, found.packages) for words in builds.commands(found, script)}
        if starts:
            between = " --" if run.startswith("npm") and row.listens else ""
            findings.add("assets_development", f"{run} {script}{between} {row.listens}".rstrip(), place, guess=True)
            findings.add("assets_port", row.port, place, guess=True)
            return


def _is_check(found: Manifest, name: str) -> bool:
    """Whether there is such a script, other than the one that npm init writes."""
    return name in found.scripts and "no test specified" not in found.scripts[name]


def _can_be_said(findings: Findings, path: str) -> bool:
    if PLAIN.fullmatch(path.removeprefix(".")):
        return True
    findings.note(f"{path} is not read by the front end's build, as its name cannot be written into a Dockerfile")
    return False


def _without_node(findings: Findings) -> None:
    """Takes the front end's commands out of the build of the Python side, which has no Node."""
    lines = str(findings.value("build_commands", "")).splitlines()
    kept = [line for line in lines if not NODE.match(line)]
    if len(kept) < len(lines):
        evidence = findings.found["build_commands"].evidence
        if kept:
            findings.add("build_commands", "\n".join(kept), *evidence)
        else:
            del findings.found["build_commands"]
        findings.note(f"run in the stage of the front end: {', '.join(line for line in lines if NODE.match(line))}")
