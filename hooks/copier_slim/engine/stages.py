"""The stages of a Dockerfile, with the variables that are known filled in: what each starts from, and what it says.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import io
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INSTRUCTIONS = {
    "ADD", "ARG", "CMD", "COMMENT", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
    "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^{}]*))?\}|(\w+))")
# A here-document: of commands, where nothing but a shell reads it, or of data
HERE = re.compile(r"(?<!<)<<-?[\"']?(?P<end>[A-Za-z_]\w*)[\"']?")
OF_COMMANDS = re.compile(r"(?:--\S+\s+)*(?:/bin/)?(?:(?:ba|da)?sh(?:\s+-\w+)*\s*)?<<\S+")
STEPS = {"ADD", "COPY", "RUN", "WORKDIR"}  # what makes a layer; BuildKit has no step for the others
OPTIONS = re.compile(r"(?:--\S+\s+)*")
TAKEN_FROM = re.compile(r"(?<!\w)from=(?P<source>[^\s,]+)", re.IGNORECASE)
EMPTY = "scratch"
LONGEST = 1 << 13  # characters of an expanded text: an ENV that names another twice doubles it


@dataclass(slots=True)
class Stage:
    """One stage: what it starts from and what it says, in order, each with its line from 1.

    The commands of a here-document are a RUN each, the first with the options of all; `steps` counts them as one.
    """

    base: str
    name: str
    line: int
    instructions: list[tuple[str, str, int]] = field(default_factory=list)
    steps: int = 0

    @property
    def sources(self) -> set[str]:
        """The stages, by name or number, and the images that its COPY instructions and mounts take something from."""
        return {source for _, value, _ in self.instructions for source in taken_from(value)}


def taken_from(value: str) -> list[str]:
    """The stages and images that one instruction takes something from, by `--from=` or by a mount's `from=`."""
    return TAKEN_FROM.findall(value)


def read(text: str) -> list[Stage]:
    """The stages of a Dockerfile's text, in order."""
    from dockerfile_parse import DockerfileParser  # noqa: PLC0415 only where there is a Dockerfile

    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    end, of_commands, options = "", False, ""
    last = {content.strip(): number for number, content in enumerate(text.split("\n"), start=1)}
    for entry in DockerfileParser(fileobj=io.BytesIO(text.encode())).structure:
        instruction, value, line = str(entry["instruction"]).upper(), str(entry["value"]), int(entry["startline"]) + 1
        content = str(entry["content"]).strip()
        if end:
            if content == end:
                end = ""
            elif of_commands:
                stages[-1].instructions.append(("RUN", f"{options}{content}", line))
                options = ""
        elif instruction == "FROM":
            words = [word for word in value.split() if not word.startswith("--")]
            if words:
                name = words[2] if len(words) > 2 and words[1].upper() == "AS" else ""  # noqa: PLR2004 FROM x AS y
                stages.append(Stage(expand(words[0], arguments) or words[0], name, line))
        elif instruction == "ARG" and not stages:
            arguments.update(pairs(value))
        elif stages and instruction in INSTRUCTIONS:
            end = _end(value, last, line) if instruction in ("RUN", "COPY", "ADD") else ""
            of_commands = bool(end) and instruction == "RUN" and bool(OF_COMMANDS.fullmatch(value))
            stages[-1].steps += instruction in STEPS
            if of_commands:
                options = OPTIONS.match(value)[0]  # type: ignore[index]  # it matches any text
            else:
                stages[-1].instructions.append((instruction, value, line))
    return stages


def _end(value: str, last: dict[str, int], line: int) -> str:
    """The word that ends a here-document which an instruction begins; "" where there is none, or it does not end."""
    begun = HERE.search(value)
    return begun["end"] if begun and last.get(begun["end"], 0) > line else ""


def chain(last: Stage, stages: list[Stage]) -> list[Stage]:
    """A stage, after those of `stages` that it is built on."""
    found = [last]
    for stage in reversed(stages[: stages.index(last)]):
        if stage.name and stage.name.lower() == found[-1].base.lower():
            found.append(stage)
    return found[::-1]


def filled(chain: list[Stage]) -> Iterator[tuple[str, str, int, Stage]]:
    """The instructions of stages that are built on each other, with the variables that they set filled in."""
    variables: dict[str, str] = {}
    for stage in chain:
        for instruction, value, line in stage.instructions:
            text = expand(value, variables) or value
            if instruction == "ENV":
                variables.update(pairs(text))
            elif instruction == "ARG":
                variables |= {name: default for name, default in pairs(text) if name not in variables}
            yield instruction, text, line, stage


def base_of(dockerfile: str) -> str:
    """The image that the last stage starts from, by way of others; "scratch" for an empty one, "" without FROM."""
    stages = read(dockerfile)
    return chain(stages[-1], stages)[0].base if stages else ""


def base_names(dockerfile: str) -> list[str]:
    """The images from elsewhere that stages start from."""
    stages = read(dockerfile)
    return [base for base in dict.fromkeys(chain(stage, stages)[0].base for stage in stages) if base != EMPTY]


def registry_of(image: str) -> str:
    """The registry in an image's name; "" where it comes from Docker Hub without saying so."""
    host, slash, _ = image.partition("/")
    return host if slash and ("." in host or ":" in host or host == "localhost") else ""


def pairs(value: str) -> list[tuple[str, str]]:
    """The names and values of an ENV or an ARG; [] where its quotes do not match."""
    try:
        words = shlex.split(value, comments=False)
    except ValueError:
        return []
    if words and "=" not in words[0]:  # ENV NAME the whole rest
        return [(words[0], value.partition(" ")[2].strip())]
    return [(name, text) for name, separator, text in (word.partition("=") for word in words) if separator]


def expand(value: str, variables: Mapping[str, str]) -> str | None:
    """The text with its variables filled in, by their default where they have none; others stay as they are.

    None where that has more than LONGEST characters.
    """

    def filled(match: re.Match[str]) -> str:
        return variables.get(match[1] or match[3]) or match[2] or match[0]

    length = len(value) + sum(len(filled(match)) - len(match[0]) for match in VARIABLE.finditer(value))
    return VARIABLE.sub(filled, value) if length <= LONGEST else None
