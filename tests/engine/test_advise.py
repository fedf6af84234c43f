"""What `copier-slim advise` expects an image to weigh on disk is what the image weighs, within a twentieth."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim import catalog
from copier_slim.advise import bases, bills_of, pins
from tests.engine.conftest import Build

TOLERANCE = 0.05
FAST = {"python_version": "3.13", "package_tool": "uv"}
APPS: dict[str, dict[str, Any]] = {
    "the default": {},
    "compiled": {**FAST, "framework": "django", "dependencies": "psycopg2"},
    "large wheels": {**FAST, "framework": "flask", "dependencies": "numpy\npandas"},
    "much data": {**FAST, "framework": "fastapi", "dependencies": "sqlalchemy\npsycopg[binary]\nboto3"},
    "system packages": {**FAST, "framework": "flask", "dependencies": "weasyprint"},
    "distroless": {**FAST, "base": "distroless", "dependencies": "sqlalchemy\npsycopg2"},
    "alpine": {**FAST, "base": "alpine", "dependencies": "sqlalchemy\npsycopg[binary]"},
}


@pytest.mark.parametrize("name", APPS)
def test_size_is_that_of_the_image(name: str, build: Build) -> None:
    project = build(f"advise-{name.replace(' ', '-')}", **APPS[name])
    image = project.image
    assert image.size
    asked = pins.read(project.path)
    base = asked.answer("base")
    engine = bases.on_engine([catalog.bases()[base].image_for(asked.python, asked.suite)])
    assert engine, "the engine does not tell the plain size of its images"

    bills, unknown = bills_of(asked, [image.architecture], engine)

    assert not unknown
    bill = next(bill for bill in bills if bill.base == base)
    assert bill.size
    assert bill.size.disk == pytest.approx(image.size / bases.MB, rel=TOLERANCE), bill.parts
    # The base is the larger part, and no estimate: what is added to it has to be right as well
    added = bill.size.disk - bill.parts["base"].disk
    assert added == pytest.approx(image.size / bases.MB - bill.parts["base"].disk, rel=3 * TOLERANCE), bill.parts
