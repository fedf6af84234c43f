"""docs/front-end.md shows the stage that the template writes, and names what the catalog knows."""

from __future__ import annotations

import re

from copier_slim import catalog
from tests.render.test_readme import ROOT, check_shown

PAGE = ROOT / "docs/front-end.md"
SOURCE = "tests/golden/front-end/Dockerfile"


def test_it_shows_the_stage_as_it_is(update_golden: bool) -> None:  # noqa: FBT001
    text = (ROOT / SOURCE).read_text(encoding="utf-8")
    stage = re.search(r"^FROM node:.*?(?=^FROM )", text, re.DOTALL | re.MULTILINE)
    copied = re.search(r"^# The front-end files.*?(?=^$)", text, re.DOTALL | re.MULTILINE)
    assert stage
    assert copied
    content = f"{stage[0]}# … and in the stage that has the code\n{copied[0]}"
    check_shown(SOURCE, content, update_golden=update_golden)


def test_it_names_each_library_that_needs_no_node() -> None:
    text = PAGE.read_text(encoding="utf-8").lower()
    assert [name for name in catalog.frontends().libraries if name not in text] == []


def test_it_says_what_the_stage_says() -> None:
    says = [row.examples[0] for name, row in catalog.failures().items() if name.startswith("front-end-")]
    page = PAGE.read_text(encoding="utf-8")
    for said in says:
        words = (
            re.sub(r"\bweb/", "ui/", said.split("\n")[-1]).replace("pnpm", "npm").replace("-lock.yaml", "-lock.json")
        )
        assert words.replace("npm-lock", "package-lock").partition(": copier update")[0] in page
