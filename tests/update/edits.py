"""What people do to the files that the template wrote, from edits.yml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec

DATA = Path(__file__).parent / "edits.yml"
RENAMED = "renamed-"


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One edit of one file: the first match of `find` becomes `put`, or the whole file has something done to it."""

    edit: str
    file: str = "Dockerfile"
    stage: str = ""
    find: str = ""
    put: str = ""
    every: bool = False
    whole: bool = False  # may end as one conflict over the whole file
    text_alone: tuple[str, ...] = ()  # the changes after which its lines stand where they no longer do anything
    do: Literal["", "delete", "rename", "make executable", "check out with CRLF"] = ""

    def of(self, text: str) -> str | None:
        """The text edited; None where it has no such place."""
        if not self.find:
            return text
        start, end = stage_of(text, self.stage) if self.stage else (0, len(text))
        part, times = re.subn(self.find, self.put, text[start:end], count=not self.every, flags=re.MULTILINE)
        return text[:start] + part + text[end:] if times else None

    def make(self, folder: Path) -> None:
        """Edits the file below `folder`."""
        path = folder / self.file
        if self.do == "delete":
            path.unlink()
        elif self.do == "rename":
            path.rename(path.with_name(RENAMED + path.name))
        elif self.do == "make executable":
            path.chmod(0o755)
        else:
            edited = self.of(path.read_bytes().decode())
            assert edited is not None, f"{self.edit}: {self.file} has no such place"
            if self.do == "check out with CRLF":
                edited = edited.replace("\n", "\r\n")
                (folder / ".gitattributes").write_text("* text=auto eol=crlf\n", encoding="utf-8")
            path.write_bytes(edited.encode())


def stage_of(dockerfile: str, name: str) -> tuple[int, int]:
    """Where a stage begins, at its FROM, and ends, after its last instruction."""
    found = re.search(rf"^FROM \S+ AS {name}\n(?:(?!\n(?:#.*\n)*FROM ).*\n)*", dockerfile, re.MULTILINE)
    return found.span() if found else (0, 0)


EDITS: list[Edit] = msgspec.yaml.decode(DATA.read_bytes(), type=list[Edit])
