"""What a README says to Hugging Face's Spaces of the app beside it: its library, that library's release, its script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from copier_slim.detect.tree import Tree

# https://huggingface.co/docs/hub/spaces-config-reference
README = "README.md"
HEAD = re.compile(r"\A---\r?\n(.{0,4000}?)\r?\n---\r?$", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"^(sdk|sdk_version|app_file):[ \t]*[\"']?([\w./-]+)[\"']?[ \t]*\r?$", re.MULTILINE)
LIBRARIES = {"gradio", "streamlit"}


@dataclass(frozen=True, slots=True)
class Space:
    """A Space: its library, that with its release as a requirement, its script ("" where none is named)."""

    library: str
    requirement: str
    script: str
    evidence: Evidence


def read(tree: Tree) -> Space | None:
    """The Space that the README at the top describes; None where it describes none that Python runs."""
    text = tree.text(README) or ""
    head = HEAD.match(text)
    said = dict(FIELD.findall(head[1])) if head else {}
    library = said.get("sdk", "")
    if library not in LIBRARIES:
        return None
    version = said.get("sdk_version", "")
    pinned = f"{library}=={version}" if re.fullmatch(r"\d+(?:\.\d+){1,3}", version) else library
    script = said.get("app_file", "")
    number = text[: text.index("sdk:")].count("\n") + 1
    return Space(library, pinned, script if tree.has(script) else "", Evidence(README, number, f"sdk: {library}"))
