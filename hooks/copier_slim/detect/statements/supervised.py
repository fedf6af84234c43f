"""What supervisord starts, by the text of its configuration."""

from __future__ import annotations

import re

from copier_slim.reading import formats

# Where it looks without being told: https://supervisord.org/configuration.html#configuration-file
DEFAULTS = ("supervisord.conf", "etc/supervisord.conf", "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf")
# Of a program that runs several times: in a container of its own each is the first
NUMBER = re.compile(r"%\(process_num\)\d{0,2}d")
EXPANDED = re.compile(r"%\(ENV_(\w+)\)s")


def started(text: str) -> dict[str, str]:
    """What the programs of a configuration that start by themselves run, by their names; {} where it cannot be read."""
    try:
        sections = formats.ini(text)
    except formats.BrokenError:
        return {}
    found = {}
    for section, settings in sections.items():
        kind, _, name = section.partition(":")
        program = {key: values[-1] for key, values in settings.items()}
        command = line(name, program) if kind == "program" and is_started(program) else ""
        folder = program.get("directory", "").rstrip("/").removeprefix("./").strip(".")
        if command:
            found[name] = f"cd {folder} && {command}" if folder and not folder.startswith("/") else command
    return found


def is_started(program: dict[str, str]) -> bool:
    """Whether a program starts by itself."""
    return program.get("autostart", "").lower() not in ("false", "no", "0", "off")


def line(name: str, program: dict[str, str]) -> str:
    """A program's command, with what supervisord fills in; "" for none."""
    return " ".join(filled(NUMBER.sub("0", program.get("command", "").replace("%(program_name)s", name))).split())


def filled(text: str) -> str:
    """A value with its variables as a shell has them, and %% as the % that it means."""
    return EXPANDED.sub(r"$\1", text).replace("%%", "%")
