"""What small projects state of how they are started is in the answers."""

from __future__ import annotations

import pytest

from tests.detect.conftest import Answers, of
from tests.stated_projects import PROJECTS


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_stated_is_answered(name: str, answers: Answers) -> None:
    project = PROJECTS[name]
    assert of(answers(dict(project.files)), project.answers) == project.answers
