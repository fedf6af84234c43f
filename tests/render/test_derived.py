"""What the template and the command both derive from answers is the same; the packages are in test_needs.py."""

from __future__ import annotations

import json
from typing import Any

import jinja2
import pytest

from copier_slim import catalog


def derive(questions: dict[str, Any], name: str, **answers: Any) -> str:
    """What a derived question says of answers."""
    environment = jinja2.Environment(  # noqa: S701 no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
    )
    return environment.from_string(questions[name]["default"]).render(**answers)


@pytest.mark.parametrize("agent", catalog.agents())
def test_the_calls_of_container_monitoring(questions: dict[str, Any], agent: str) -> None:
    for framework, served in catalog.agents()[agent].frameworks.items():
        for server, interface in catalog.frameworks()[framework].servers.items():
            answers = {"traced": {"calls": served.calls}, "server": server, "interface": interface}
            derived = json.loads(derive(questions, "monitoring_calls", **answers))
            assert derived == served.calls_for(server, interface), (framework, server)


@pytest.mark.parametrize("base", catalog.bases())
def test_the_base_image(questions: dict[str, Any], base: str) -> None:
    row = catalog.bases()[base]
    answers = {
        "base_row": {"image": row.image},
        "python_version": "3.13",
        "debian_suite": "bookworm",
        "image_prefix": "",
        "named_images": [""],
        "pinned_images": {},
    }
    image = row.image_for("3.13", "bookworm")
    assert derive(questions, "python_image", **answers) == image
    pinned = f"{image}@sha256:{'0' * 64}"
    assert derive(questions, "python_image", **answers | {"pinned_images": {image: pinned}}) == pinned
