"""The command line: the options of each verb, and the exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from copier_slim import console, ending
from copier_slim.command_options import (
    Data,
    Defaults,
    Destination,
    Engine,
    Env,
    Format,
    Html,
    Json,
    Networks,
    NoLock,
    Offline,
    Platform,
    Template,
    Wait,
)  # fmt: skip
from copier_slim.errors import CheckFailedError, CopierSlimError, ToolError, UsageError
from copier_slim.process import interruption
from copier_slim.worktree import git

app = typer.Typer(
    name="copier-slim",
    help="Gives a Python project a small, safe, fast container, and keeps it current.",
    epilog="""\b
Examples:
  copier-slim copy --defaults .   containerize the project in this directory
  copier-slim verify              build its image and check what it promises
  copier-slim --install-completion""",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001 typer calls it so
    if value:
        from copier_slim.rendering.source import version  # noqa: PLC0415

        console.write(f"{version()}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _common(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001, FBT002 its callback does it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        console.write(f"{context.get_help()}\n")


@app.command(epilog="Example: copier-slim copy --defaults .")
def copy(  # noqa: PLR0913, PLR0917 each is an option
    destination: Destination = Path(),
    data: Data = [],  # noqa: B006 typer's way
    defaults: Defaults = False,  # noqa: FBT002
    force: Annotated[  # noqa: FBT002
        bool, typer.Option("--force", help="Overwrite files with uncommitted changes, and keep copies of them.")
    ] = False,
    no_lock: NoLock = False,  # noqa: FBT002
    offline: Offline = False,  # noqa: FBT002
    prove: Annotated[  # noqa: FBT002
        bool, typer.Option("--prove", help="Build and start the image, and mend the answers where that fails.")
    ] = False,
    env: Annotated[
        list[str], typer.Option("--env", "-e", metavar="NAME=VALUE", help="With --prove: a variable for the container.")
    ] = [],  # noqa: B006
    network: Annotated[
        list[str],
        typer.Option("--network", help="With --prove: a network for the container, which else reaches nothing."),
    ] = [],  # noqa: B006
    template: Template = "",
    engine: Engine = None,  # noqa: ARG001 its callback does it
) -> None:
    """Containerize a project, or start one in an empty directory: detect, ask, render, lock."""
    from copier_slim import copy as copying  # noqa: PLC0415 each verb loads what it needs
    from copier_slim.rendering import source  # noqa: PLC0415 each verb loads what it needs

    if (env or network) and not prove and defaults:
        raise typer.BadParameter("--env and --network are for --prove; add it")
    if prove and no_lock:
        raise typer.BadParameter("--prove and --no-lock cannot be combined: what is not locked is not built")
    options = copying.Options(
        _answers(data), ask=not defaults, force=force, lock=not no_lock, online=not offline, prove=prove,
        env=tuple(env), networks=tuple(network),
    )  # fmt: skip
    copying.copy(destination, source.find(template), options, console.console())


@app.command(epilog="Example: copier-slim update --defaults")
def update(
    destination: Destination = Path(),
    data: Data = [],  # noqa: B006
    defaults: Defaults = False,  # noqa: FBT002
    no_lock: NoLock = False,  # noqa: FBT002
    vcs_ref: Annotated[str, typer.Option("--vcs-ref", help="The template's version.", show_default="the newest")] = "",
    engine: Engine = None,  # noqa: ARG001 its callback does it
) -> None:
    """Update a project to the newest template, keep your edits, and lock again if requirements.in changed."""
    from copier_slim import update as updating  # noqa: PLC0415

    updating.update(
        destination, _answers(data), console.console(), ask=not defaults, lock=not no_lock, ref=vcs_ref or None
    )


@app.command(epilog="Example: copier-slim detect --format yaml > answers.yml")
def detect(
    destination: Destination = Path(),
    output: Annotated[
        Format, typer.Option("--format", "-f", help="Print a table, a Copier data file, or JSON with the evidence.")
    ] = Format.TABLE,
    offline: Offline = False,  # noqa: FBT002
) -> None:
    """Show what can be read from a repository, with the evidence. Runs none of its code and writes nothing."""
    from copier_slim.detect import report as detect_report  # noqa: PLC0415
    from copier_slim.detect.child_process import look  # noqa: PLC0415

    findings = look(destination, online=not offline).findings
    match output:
        case Format.TABLE:
            detect_report.show(findings, console.console())
        case Format.YAML:
            console.write(detect_report.as_yaml(findings))
        case Format.JSON:
            console.write(detect_report.as_json(findings))


@app.command(epilog="Example: copier-slim lock --check")
def lock(
    destination: Destination = Path(),
    upgrade: Annotated[  # noqa: FBT002
        bool, typer.Option("--upgrade", "-U", help="Upgrade to the newest versions that requirements.in allows.")
    ] = False,
    check: Annotated[  # noqa: FBT002
        bool, typer.Option("--check", help="Write nothing; exit with 1 if requirements.txt is out of date.")
    ] = False,
    engine: Engine = None,  # noqa: ARG001 its callback does it
) -> None:
    """Make requirements.txt from what the project states, in the image's own Python."""
    from copier_slim import lock as locks  # noqa: PLC0415
    from copier_slim.worktree import checkout  # noqa: PLC0415

    if check and upgrade:
        raise typer.BadParameter("--check and --upgrade cannot be combined")
    out = console.console()
    if own := locks.own(destination):
        if check:
            own.check()
            out.print(f"{own.file} is current")
        else:
            own.require()
            out.print(f"there is nothing to lock: {own.file} is what is installed; to make it anew, run: {own.mend}")
        return
    if not check:
        checkout.recover(destination, out)
    with console.progress(out, "checking the lock" if check else "locking the dependencies") as tell:
        if check:
            locks.check(destination, progress=tell)
            made = None
        else:
            made = locks.lock(destination, upgrade=upgrade, progress=tell)
    if made is None:
        out.print("requirements.txt is current")
        return
    for change in made.changes:
        out.print(f"{change.name}: {change.before or 'added'} → {change.after or 'dropped'}")
    out.print(f"locked {made.where}" if made.changes else f"locked {made.where}, nothing changed")


@app.command(epilog="Example: copier-slim check --json")
def check(
    destination: Destination = Path(),
    json: Json = False,  # noqa: FBT002
) -> None:
    """Show where project and image no longer match, and what bugs in earlier versions left behind."""
    from copier_slim import check as checks  # noqa: PLC0415
    from copier_slim.check import report as check_report  # noqa: PLC0415

    findings = checks.check(destination)
    drifts = checks.parts(destination)
    if json:
        console.write(check_report.as_json(findings, drifts))
    else:
        check_report.show_drifts(drifts, console.console())
        check_report.show(findings, console.console())
    if findings or drifts:
        raise CheckFailedError(check_report.verdict(findings, drifts))
    if not json:
        console.console().print(check_report.verdict(findings))


@app.command(epilog="Example: copier-slim advise --platform linux/arm64")
def advise(
    destination: Destination = Path(),
    python: Annotated[
        str, typer.Option("--python", metavar="X.Y", help="Use another Python version.", show_default="the project's")
    ] = "",
    platform: Annotated[
        list[Platform], typer.Option("--platform", help="A platform to compare for; can be given several times.")
    ] = [Platform.AMD64, Platform.ARM64],  # noqa: B006
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,  # noqa: FBT002
    sources: Annotated[bool, typer.Option("--sources", help="List what the build fetches instead.")] = False,  # noqa: FBT002
    html: Html = None,
    engine: Engine = None,  # noqa: ARG001 its callback does it
) -> None:
    """Compare the base images for a project's lock: wheels, compilers, system packages, size."""
    from copier_slim import advise as adviser  # noqa: PLC0415
    from copier_slim.advise import report as advice_report  # noqa: PLC0415
    from copier_slim.advise import source_list  # noqa: PLC0415

    out = console.console(stderr=json)
    architectures = [item.architecture for item in dict.fromkeys(platform)]
    if sources:
        source_list.run(destination, architectures, as_json=json)
        return
    with console.progress(out, "asking the package index", beside_json=json) as tell:
        advice = adviser.advise(destination, python, architectures, tell)
    if html:
        from copier_slim.advise import page  # noqa: PLC0415
        from copier_slim.worktree import journal  # noqa: PLC0415

        journal.write_text(html, page.as_html(advice))
    if json:
        console.write(advice_report.as_json(advice))
    else:
        advice_report.show(advice, out)


@app.command(epilog="Example: copier-slim verify --budget 70")
def verify(  # noqa: PLR0913, PLR0917 each is an option
    destination: Annotated[
        Path | None, typer.Argument(help="The project's directory.", show_default="the current directory")
    ] = None,
    image: Annotated[
        str, typer.Option("--image", "-i", help="Check this image; the project is only used if DEST is given too.")
    ] = "",
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="MB", min=0, help="The largest allowed size, compressed.")
    ] = None,
    env: Env = [],  # noqa: B006
    network: Networks = [],  # noqa: B006
    process: Annotated[
        str, typer.Option("--process", metavar="NAME", help="Check only this process, release or job of the project.")
    ] = "",
    slow_path: Annotated[
        str, typer.Option("--slow-path", metavar="PATH", help="A route that takes one to eight seconds to answer.")
    ] = "",
    no_rebuild: Annotated[  # noqa: FBT002
        bool, typer.Option("--no-rebuild", help="Skip the checks that build the project again.")
    ] = False,
    reproducible: Annotated[  # noqa: FBT002
        bool, typer.Option("--reproducible", help="Also build twice without a cache, and compare.")
    ] = False,
    same_as: Annotated[
        str, typer.Option("--same-as", metavar="IMAGE", help="Only compare --image with this one, file by file.")
    ] = "",
    attested: Annotated[  # noqa: FBT002
        bool, typer.Option("--attested", help="Only read what --image's registry attests: is it this commit and lock?")
    ] = False,
    wait: Wait = 60,
    as_json: Json = False,  # noqa: FBT002
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.", show_default=False)
    ] = None,
    html: Html = None,
    mend: Annotated[  # noqa: FBT002
        bool, typer.Option("--mend", help="First change the answers so that the image starts, where that is known.")
    ] = False,
    engine: Engine = None,  # noqa: ARG001 its callback does it
) -> None:
    """Build the image, check it in running containers, and show what each check found and what takes up space."""
    from copier_slim.verify import command  # noqa: PLC0415

    options = command.Options(
        tuple(env), tuple(network), wait, slow_path, budget, not no_rebuild, process, reproducible
    )
    project = destination or (None if image else Path())
    if mend and (image or as_json):
        raise typer.BadParameter("--mend needs a project of its own; leave out --image and --json")
    if same_as:
        command.same(image, same_as, as_json=as_json)
    elif attested:
        command.attested(destination or Path(), image, as_json=as_json)
    else:
        command.run(project, image or None, options, as_json=as_json, junit=junit, html=html, mend=mend)


@app.command(epilog="Example: copier-slim tune --runs 9")
def tune(  # noqa: PLR0913, PLR0917 each is an option
    destination: Destination = Path(),
    env: Env = [],  # noqa: B006
    network: Networks = [],  # noqa: B006
    runs: Annotated[int, typer.Option("--runs", min=3, help="How many starts of each kind to measure.")] = 5,
    no_tests: Annotated[bool, typer.Option("--no-tests", help="Do not run the project's own tests.")] = False,  # noqa: FBT002
    wait: Wait = 60,
    as_json: Json = False,  # noqa: FBT002
    template: Template = "",
    engine: Engine = None,  # noqa: ARG001 its callback does it
) -> None:
    """Find by experiment which imports can be lazy (Python 3.15), and write what is proven into the answers."""
    from copier_slim.tune import command  # noqa: PLC0415
    from copier_slim.verify import Options  # noqa: PLC0415

    options = Options(tuple(env), tuple(network), wait)
    command.run(destination, command.Plan(options, runs, tests=not no_tests), template, as_json=as_json)


def _answers(data: list[str]) -> dict[str, Any]:
    found = {}
    for item in data:
        name, separator, value = item.partition("=")
        if not separator or not name.isidentifier():
            raise typer.BadParameter(f"--data {item}: write NAME=VALUE")
        # The one answer that is a list, which Copier takes in YAML's brackets alone
        bare = name == "extras" and value.strip() and not value.startswith(("[", "-"))
        found[name] = f"[{value}]" if bare else value
    return found


def main() -> None:
    """Runs the command and exits with its exit code. An error is printed as one line on stderr."""
    console.trust_no_output()
    try:
        with git.isolated():
            code = app(standalone_mode=False, prog_name="copier-slim")
        if code == interruption.EXIT_CODE:  # typer turns Ctrl-C into this, and says nothing
            ending.stopped()
        sys.exit(code)
    except KeyboardInterrupt:
        ending.stopped()
    except CopierSlimError as error:
        ending.fail(str(error), error.exit_code)
    except TyperException as error:
        ending.fail(f"{error.format_message().rstrip('.')}; see --help", UsageError.exit_code)
    except OSError as error:
        if error.errno not in ending.NO_ROOM:
            ending.fault(error)
        ending.fail(
            f"the output cannot be written: {error.strerror}; free some space, then run the command again",
            ToolError.exit_code,
        )
    except Exception as error:  # noqa: BLE001 the last resort
        ending.fault(error)
