"""The pages of docs/reference, made of what they are about: `python -m website.reference` writes them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from typer.main import get_command

from copier_slim import catalog, errors
from copier_slim.cli import app
from copier_slim.process import interruption
from website.browser.questionnaire import answer
from website.browser.template import Renderer
from website.bundle import ROOT, bundle, questionnaire

PAGES = ROOT / "docs/reference"
NOTE = "<!-- Made by `python -m website.reference`; write nothing here by hand -->\n\n"
INTERRUPTED = "interrupted: nothing is left half written, and no temporary files or containers remain"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def answers() -> str:
    """The questions, from questions/*.yml, with what a new FastAPI service has."""
    renderer = Renderer(bundle())
    done = answer(renderer, {})
    text = f"# Answers\n\n{NOTE}"
    text += (
        "Each answer is set with `--data NAME=VALUE`, for `copy` and for `update`. The defaults here are those of a "
        "new FastAPI service; some follow from other answers, and `copier-slim copy` finds them in a repository. What "
        "is not asked is asked with `--ask NAME`.\n\n"
    )
    for file, names in questionnaire()[1].items():
        shown = {name: done.questions[name] for name in names if name in done.questions}
        if shown:
            about = (ROOT / file).read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").rstrip(".")
            text += f"## {about}\n\n" + "".join(_question(name, one) for name, one in shown.items())
    return text.rstrip() + "\n"


def _question(name: str, question: dict[str, Any]) -> str:
    title, _, rest = question["help"].strip().partition("\n")
    value = question["value"]
    default = "none" if value in ("", [], {}) else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    asked = "asked" if question["asked"] else "not asked"
    text = f"### `{name}`\n\n{title} {' '.join(rest.split())}".rstrip()
    kind = "list" if question["several"] else question["type"]
    text += f"\n\nType `{kind}`, default {default.replace(chr(10), '; ')}, {asked}.\n\n"
    choices = [[f"`{one['value']}`", one["label"]] for one in question["choices"]]
    return text + (table(["value", "what it is"], choices) + "\n" if choices else "")


def commands() -> str:
    """The verbs with their options and the exit codes, from the command itself."""
    command: Any = get_command(app)
    text = f"# Commands and exit codes\n\n{NOTE}{command.help}\n\n"
    for name, verb in sorted(command.commands.items()):
        if getattr(verb, "hidden", False):
            continue
        arguments = " ".join(f"[{one.name.upper()}]" for one in verb.params if one.param_type_name == "argument")
        text += (
            f"## copier-slim {name}\n\n{verb.help}\n\n```console\n$ copier-slim {name} [OPTIONS] {arguments}".rstrip()
        )
        text += "\n```\n\n"
        rows = [
            [", ".join(f"`{word}`" for word in one.opts), _help(one)]
            for one in verb.params
            if one.param_type_name == "option"
        ]
        text += table(["option", "what it does"], rows) + "\n"
        if verb.epilog:
            text += f"{_examples(verb.epilog)}\n\n"
    text += "## Exit codes\n\n"
    kinds: list[type[errors.CopierSlimError]] = [
        errors.CheckFailedError,
        errors.UsageError,
        errors.InputError,
        errors.ToolError,
    ]
    said = {kind.exit_code: (kind.__doc__ or "").strip().splitlines()[0].rstrip(".") for kind in kinds}
    codes = {0: "success", **said, interruption.EXIT_CODE: INTERRUPTED}
    return text + table(["code", "when"], [[f"`{code}`", about] for code, about in codes.items()])


def _help(option: Any) -> str:
    text = " ".join(str(option.help or "").split())
    variable = option.envvar if isinstance(option.envvar, str) else ""
    return f"{text} (`{variable}`)" if variable else text


def _examples(epilog: str) -> str:
    lines = re.sub(r"^Examples?: *", "", epilog.strip()).splitlines()
    return "Example: " + ", ".join(f"`{line.strip()}`" for line in lines if line.strip())


def checks() -> str:
    """The checks of `verify`, from the catalog."""
    rows = [[name, row.title, row.mend] for name, row in catalog.checks().items()]
    return (
        f"# Checks\n\n{NOTE}What `copier-slim verify` checks, in the order of its report. "
        "[Verify](../verify.md) says how.\n\n" + table(["check", "what holds", "how to make it hold"], rows)
    )


def packages() -> str:
    """The system packages that Python packages need, from the catalog."""
    rows = [
        [
            f"`{name}`", _names(row.names("runtime", "trixie")), _names(row.names("build", "trixie")),
            f"{row.mb:g}" if row.mb else "", row.alpine.unfit or _names(row.names("runtime", "alpine")), row.why,
        ]
        for name, row in sorted(catalog.packages().items())
    ]  # fmt: skip
    return (
        f"# System packages\n\n{NOTE}What each of these {len(rows)} Python packages needs of Debian trixie and of "
        "Alpine, where it is installed. A package that is not here needs nothing that is known; the build names a "
        "library that is missing.\n\n"
        + table(["package", "in the image", "to compile it", "MB", "in the image, on Alpine", "why"], rows)
    )


def _names(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def pages() -> dict[str, str]:
    """Every page of the reference by its name."""
    return {"answers": answers(), "commands": commands(), "checks": checks(), "packages": packages()}


def main() -> None:
    """Writes the pages."""
    PAGES.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        Path(PAGES, f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
