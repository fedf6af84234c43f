"""The answers on front-end files, from what a repository's package.json and its code show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.findings import Evidence
from copier_slim.detect.frontend import builds, choice, followed, libraries, manifest, sources

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.frontend.choice import Chosen
    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.statements.dockerfile import Dockerfile

# Commands of the Python side that start Node
NODE = re.compile(
    r"(?:npm|npx|pnpm|yarn|bun|bunx|node|corepack)(?: |$)|(?:\S+ )*\S*manage\.py tailwind (?:install|build)"
)
# Tests that need a browser, or a server beside them
WITH_BROWSER = re.compile(r"playwright|cypress|puppeteer|selenium|webdriver|nightwatch|karma|\bng test\b|\be2e\b")
NO_SCRIPT = re.compile(r"husky|lefthook|simple-git-hooks|playwright|cypress")


def answer(
    findings: Findings, code: Code, declared: Dependencies, existing: Dockerfile | None, notes: list[str]
) -> None:
    """Answers how the front end is made that the app serves, and notes those that are not made, with the reason.

    Of `notes`, those on the platforms' build commands lose what is made.
    """
    if chosen := choice.choose(findings, code, declared, existing):
        _record(findings, code, chosen)
        notes[:] = [note for note in notes if not _is_made(note, chosen)]
        _without_node(findings)
    libraries.answer(findings, code, declared)


def _record(findings: Findings, code: Code, chosen: Chosen) -> None:
    tree = code.tree
    rows = catalog.frontends()
    found, root = chosen.found, chosen.workspace.root
    name, place = manifest.manager(tree, root)
    row = rows.managers[name]
    outputs = [made if made == goes else f"{made} {goes}" for made, goes in chosen.outputs.items()]
    findings.add("assets", name, place, chosen.evidence, chosen.serves)
    if root.folder:
        findings.add("assets_path", root.folder, chosen.evidence)
    if members := [item.folder for item in chosen.workspace.members]:
        findings.add("assets_members", "\n".join(members), tree.evidence(root.path, '"workspaces"'))
    findings.add("assets_command", "\n".join(_commands(chosen, name)), chosen.evidence)
    findings.add("assets_output", "\n".join(outputs), chosen.evidence, chosen.serves)
    read = [path for path in sources.of(tree, chosen) if _can_be_said(findings, path)]
    if read:
        findings.add("assets_sources", "\n".join(read), Evidence(found.path), guess=True)
    if stated := manifest.node(tree, found) or manifest.node(tree, root):
        findings.add("assets_node", *stated)
    elif chosen.stated and chosen.stated.node:
        findings.add("assets_node", chosen.stated.node, chosen.serves)
    _development(findings, chosen, name)
    checks = [_runs(chosen, name, check) for check in rows.checks if _is_check(found, check)]
    if checks:
        findings.add("assets_checks", "\n".join(checks), tree.evidence(found.path, '"scripts"'))
    if not tree.has(root.beside(row.lock)):
        findings.note(f"{root.path} has no lock, which the build needs: run {row.mend} and commit {row.lock}")
    if tree.has(root.beside(row.settings)):
        findings.note(
            f"{root.beside(row.settings)} is kept out of the build: if that needs it, pass the build secret"
            f" {row.settings}, as the stage assets of the Dockerfile says"
        )


def _runs(chosen: Chosen, name: str, script: str, found: Manifest | None = None) -> str:
    """What runs a script, of a member of the workspace where it is one."""
    row = catalog.frontends().managers[name]
    found = found or chosen.found
    root = chosen.workspace.root
    if found == root:
        return f"{row.run} {script}"
    folder = found.folder[len(root.beside("")) :]
    return row.member.format(folder=folder, script=script, name=found.document.get("name", ""))


def _commands(chosen: Chosen, name: str) -> list[str]:
    """The build, and before it what an installation without scripts leaves undone, and what it is built from."""
    rows = catalog.frontends()
    found = chosen.found
    tool = {"yarn": "npm", "yarn-berry": "yarn", "bun": "npm"}.get(name, name)
    made = [package for package in rows.made if package in found.packages]
    before = [f"{tool} rebuild {' '.join(made)}"] if made else []
    after = found.scripts.get("postinstall")
    if after and chosen.script != "postinstall" and not NO_SCRIPT.search(after):
        before.append(_runs(chosen, name, "postinstall"))
    for item in chosen.workspace.needed:
        before += [_runs(chosen, name, script, item) for script in rows.scripts[:1] if script in item.scripts]
    scripts = [chosen.script, *chosen.beside] if chosen.script else []
    told = chosen.stated.variables if chosen.stated else []
    lines = [*(_runs(chosen, name, script) for script in scripts), *chosen.commands]
    return [*before, *(" ".join(["env", *told, line.removeprefix("env ")]) if told else line for line in lines)]


def _development(findings: Findings, chosen: Chosen, name: str) -> None:
    """The development server of a builder that has one."""
    row = catalog.frontends().builders.get(chosen.builder)
    if row is None or not row.port:
        return
    for script in catalog.frontends().development:
        if chosen.builder in {
            builds.builder(words, chosen.found.packages) for words in builds.commands(chosen.found, script)
        }:
            between = " --" if name == "npm" and row.listens else ""
            line = f"{_runs(chosen, name, script)}{between} {row.listens}".rstrip()
            findings.add("assets_development", line, chosen.evidence, guess=True)
            findings.add("assets_port", row.port, chosen.evidence, guess=True)
            return


def _is_check(found: Manifest, name: str) -> bool:
    """Whether there is such a script that a stage of Node can run, other than the one that npm init writes."""
    script = found.scripts.get(name, "").strip()
    return bool(script) and "no test specified" not in script and not WITH_BROWSER.search(script)


def _can_be_said(findings: Findings, path: str) -> bool:
    if choice.PLAIN.fullmatch(path.removeprefix(".")):
        return True
    findings.note(f"{path} is not read by the front end's build, as its name cannot be written into a Dockerfile")
    return False


def _is_made(note: str, chosen: Chosen) -> bool:
    """Whether a note says that commands are not carried over of which each is the front end's."""
    said = re.fullmatch(r"not carried over from \S+: (?P<commands>.+) \(front-end files\)", note)
    return said is not None and all(
        _is_its_own(followed.ELSEWHERE.sub("", command), chosen.script or "build")
        for command in said["commands"].split("; ")
    )


def _is_its_own(command: str, script: str) -> bool:
    """Whether a command installs the front end's packages, runs its script, or only goes to its folder."""
    words = command.split() or [""]
    runs = words[0] in catalog.frontends().managers and words[-1] == script
    return runs or words[0] == "cd" or followed.INSTALLS.match(command) is not None


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
