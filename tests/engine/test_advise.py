"""What `copier-slim advise` expects an image to weigh on disk is what the image weighs, within a twentieth."""

from __future__ import annotations

from typing import Any

import pytest
from python_on_whales import docker

from copier_slim.advise import bases, bills_of, pins
from copier_slim.advise.bill import image_of
from tests.engine.conftest import Build

TOLERANCE = 0.05
FAST = {"python_version": "3.13", "package_tool": "uv"}
APPS: dict[str, dict[str, Any]] = {
    "the default": {},
    "compiled": {**FAST, "framework": "django", "dependencies": "psycopg2"},
    "large wheels": {**FAST, "framework": "flask", "dependencies": "numpy\npandas"},
    "much data": {**FAST, "framework": "fastapi", "dependencies": "sqlalchemy\npsycopg[binary]\nboto3"},
    "system packages": {**FAST, "framework": "flask", "dependencies": "weasyprint"},
}


@pytest.mark.parametrize("name", APPS)
def test_size_is_that_of_the_image(name: str, build: Build) -> None:
    project = build(f"advise-{name.replace(' ', '-')}", **APPS[name])
    image = project.image
    assert image.size
    asked = pins.read(project.path)
    base = image_of("slim", asked)
    engine = bases.on_engine([base])
    assert engine, f"the engine does not tell the plain size of {base}"

    bills, unknown = bills_of(asked, [image.architecture], engine)

    assert not unknown
    bill = next(bill for bill in bills if bill.base == "slim")
    assert bill.measured == "engine"
    assert bill.size
    assert bill.size.disk == pytest.approx(image.size / bases.MB, rel=TOLERANCE), bill.parts
    # What is added to the base, which is as large in both, is a quarter of the smallest image
    own = docker.image.inspect(base).size
    assert own
    assert bill.size.disk - own / bases.MB == pytest.approx((image.size - own) / bases.MB, rel=3 * TOLERANCE), (
        bill.parts
    )
