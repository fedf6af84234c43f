"""docs/prove.md: its kinds of failure are the catalog's."""

from __future__ import annotations

import re

from copier_slim import catalog
from copier_slim.prove.mends import MENDS
from tests.conftest import ROOT
from tests.render.test_readme import check_shown


def test_the_page_lists_each_kind_of_failure(update_golden: bool) -> None:  # noqa: FBT001
    lines = ["", "| kind | said where it is mended | said where it is not |", "|---|---|---|"]
    for name, row in catalog.failures().items():
        says, needs, by_hand = (re.sub(r"\{\w+\}", "…", text) for text in (row.says, row.needs, row.by_hand))
        outside = " (*outside*)" if row.blame == "outside" else ""
        outside += f"; or, with a command of its own for that: {by_hand} (*outside*)" if by_hand else ""
        lines.append(f"| {name} | {says} | {needs}{outside} |".replace("  ", " "))
    check_shown("kinds", "\n".join([*lines, "", ""]), update_golden=update_golden, page=ROOT / "docs/prove.md")


def test_each_mend_of_the_catalog_is_there() -> None:
    named = {row.mend for row in catalog.failures().values() if row.mend}
    assert named == MENDS.keys()
