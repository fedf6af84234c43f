"""docs/statements.md: its order is the catalog's."""

from __future__ import annotations

from copier_slim import catalog
from tests.conftest import ROOT

# Rows of the catalog that the page has in a line with another
TOGETHER = {"railway_json", "nixpacks", "nixpacks_json", "replit", "vercel"}


def test_the_page_lists_the_kinds_of_files_in_the_order_that_binds() -> None:
    page = (ROOT / "docs/statements.md").read_text(encoding="utf-8")
    lines = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ")][1:]
    kinds = [kind for kind in catalog.statements() if kind not in TOGETHER]
    assert len(lines) == len(kinds)
    for line, kind in zip(lines, kinds, strict=True):
        words = {name.strip(".*/").lower() for path in catalog.statements()[kind].files for name in path.split("/")}
        assert kind.split("_", maxsplit=1)[0] in line.lower() or any(word and word in line.lower() for word in words)
