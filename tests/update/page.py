"""The table of docs/update-pairs.md: read, and written anew from what a run of the tests found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from tests.conftest import ROOT
from tests.update.edits import EDITS, Edit
from tests.update.pairs import CHANGES, Pair

PAGE = ROOT / "docs/update-pairs.md"
BLOCK = re.compile(r"(?<=<!-- tests/update -->\n).*?(?=<!-- -->\n)", re.DOTALL)
MARKS = {"merged": "✓", "untouched": "·", "yours": "=", "removed": "−"}  # noqa: RUF001 a minus sign
TEXT_ALONE = "✓*"

Column = dict[str, str]


def mark(edit: Edit, change: str, pair: Pair) -> str:
    """How the table shows it: a conflict by the number of its lines."""
    if pair.outcome == "merged" and change in edit.text_alone:
        return TEXT_ALONE
    return MARKS.get(pair.outcome) or str(pair.lines)


def read() -> dict[str, Column]:
    """The published marks, by change and edit."""
    found = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert found, f"{PAGE} has no place for the table"
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in found[0].splitlines() if line.startswith("|")]
    if not rows:
        return {}
    (_, *changes), _, *marks = rows
    return {change: {row[0]: row[number] for row in marks} for number, change in enumerate(changes, 1)}


def write(table: Mapping[str, Column]) -> None:
    """Writes the table and its sum; what no run has found yet is a question mark."""
    lines = ["| | " + " | ".join(CHANGES.changes) + " |", "|---|" + ":-:|" * len(CHANGES.changes)]
    for edit in EDITS:
        cells = [table.get(change, {}).get(title(edit.edit, edit.file), "?") for change in CHANGES.changes]
        lines.append(f"| {title(edit.edit, edit.file)} | " + " | ".join(cells) + " |")
    text = BLOCK.sub(lambda _: _sum(table) + "\n" + "\n".join(lines) + "\n", PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")


def title(edit: str, file: str) -> str:
    """An edit's name, with its file where that is not the Dockerfile."""
    return edit if file == "Dockerfile" or file in edit else f"{file}: {edit}"


def _sum(table: Mapping[str, Column]) -> str:
    cells = [cell for column in table.values() for cell in column.values()]
    found = Counter(cells)
    conflicts = sum(cell.isdigit() for cell in cells)
    endings = sum(cell.isdigit() for column in table.values() for name, cell in column.items() if "CRLF" in name)
    touched = found["✓"] + found[TEXT_ALONE] + conflicts
    return (
        f"**{len(cells)} pairs, {1 - conflicts / len(cells):.1%} of them without a conflict.** In {touched} the\n"
        f"change touches the file that was edited; {found['✓'] / touched:.1%} of those merge. Of the {conflicts}\n"
        f"conflicts {endings} are in the rows of line endings: without these two,"
        f" {1 - (conflicts - endings) / (len(cells) - 2 * len(table)):.1%} have none.\n"
    )
