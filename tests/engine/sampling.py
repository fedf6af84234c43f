"""What is proven on each change is a sample; the long matrix has the rest."""

from __future__ import annotations

from typing import Any

import pytest


def case(value: object, *, name: str, group: str, sampled: bool) -> Any:
    """A parameter whose tests are run by one worker, the first of which builds the image; `name` is its id."""
    marks = [pytest.mark.xdist_group(group), *([] if sampled else [pytest.mark.matrix])]
    return pytest.param(value, id=name, marks=marks)
