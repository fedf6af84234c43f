"""The system packages that the template derives from a dependency are those that the command counts on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jinja2
import pytest
import yaml
from packaging.requirements import Requirement

from copier_slim import catalog
from copier_slim.detect.system_packages import of_packages
from tests.conftest import ROOT

Derive = Callable[[list[str], str, str], dict[str, set[str]]]

CATALOG = ROOT / "hooks/copier_slim/catalog"
ROWS = catalog.packages()


@pytest.fixture(scope="module")
def derive(questions: dict[str, Any]) -> Derive:
    """What the derived question says of dependencies on a base and a suite: the packages by what they are for."""
    environment = jinja2.Environment(  # noqa: S701 no HTML
        loader=jinja2.FileSystemLoader(ROOT),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        auto_reload=False,
    )
    question = environment.from_string(questions["needs"]["default"])
    bases = yaml.safe_load((CATALOG / "bases.yml").read_text(encoding="utf-8"))
    nothing = {
        "template_requirements": [],
        "system_packages": "",
        "build_packages": "",
        "optional_modules": "",
        "provided": "",
        "data_used": {},
        "image_row": {"headers": [], "renamed": {}},
    }

    def run(requirements: list[str], base: str, suite: str) -> dict[str, set[str]]:
        answers = {"own_requirements": requirements, "base_row": bases[base], "debian_suite": suite}
        needs = json.loads(question.render(nothing | answers))
        return {"runtime": set(needs["runtime"]), "build": set(needs["build"])}

    return run


def asked_for(name: str) -> list[list[str]]:
    """A row's package as it may be named: alone, with each of its extras, beside each that stands in for it."""
    row = ROWS[name]
    return [[name], *([f"{name}[{extra}]"] for extra in row.extras), *([name, other] for other in row.unless)]


def counted_on(requirements: list[str], base: str, suite: str) -> dict[str, set[str]]:
    """What the command takes the template to derive."""
    parsed = [Requirement(text) for text in requirements]
    extras = {item.name: item.extras for item in parsed if item.extras}
    needs = of_packages([item.name for item in parsed], extras, {}, catalog.bases()[base].release(suite))
    return {"runtime": set(needs.system), "build": set(needs.build)}


@pytest.mark.parametrize("suite", [system for system in catalog.libcs() if system != catalog.ALPINE])
@pytest.mark.parametrize("base", catalog.bases())
def test_the_template_and_the_command_derive_the_same(derive: Derive, base: str, suite: str) -> None:
    wishes = [requirements for name in ROWS for requirements in asked_for(name)]
    derived = {" ".join(wish): derive(wish, base, suite) for wish in wishes}
    assert derived == {" ".join(wish): counted_on(wish, base, suite) for wish in wishes}
    assert any(needs["build"] for needs in derived.values())
