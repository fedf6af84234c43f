"""The RUN lines of an existing Dockerfile that are steps of the build: those that touch the code alone."""

from __future__ import annotations

import pytest

from .conftest import Answers, lines
from .test_existing_dockerfile import tried

STEPS: dict[str, tuple[str, list[str]]] = {
    "a module": ("RUN python -m shop.build", ["python -m shop.build"]),
    "a script by its path in the image": (
        "RUN python3 /code/scripts/warm.py --out=/code/x",
        ["python scripts/warm.py --out=x"],
    ),
    "a script of the shell": ("RUN ./scripts/gen.sh && sh scripts/gen.sh", ["./scripts/gen.sh", "sh scripts/gen.sh"]),
    "with a variable in front": ("RUN MODE=x python scripts/warm.py", ["env MODE=x python scripts/warm.py"]),
    "make": ("RUN make all", ["make all"]),
    "files of the code": ("RUN cp settings.dist settings.py", ["cp settings.dist settings.py"]),
    "not files that another step fetched": ("RUN wget x.tgz && tar xzf x.tgz && cp x/sqlite3.h sqlite3.h", []),
    "files that another step made": (
        "RUN python scripts/warm.py && cp made.json kept.json",
        ["python scripts/warm.py", "cp made.json kept.json"],
    ),
    "a package's program": ("RUN pybabel compile -d translations", ["pybabel compile -d translations"]),
    "in their order": (
        "RUN python -m b\nRUN apt-get update && python scripts/warm.py; python -m a",
        ["python -m b", "python scripts/warm.py", "python -m a"],
    ),
    "a here-document": ("RUN <<EOF\npython -m a\npython -m b\nEOF", ["python -m a", "python -m b"]),
    "not what installs": ("RUN sh scripts/setup.sh && python setup.py install", []),
    "not a script that is not there": ("RUN python gone.py", []),
    "not what tests": ("RUN pytest && python -m pytest", []),
    "not in a condition": ("RUN python -m a || true", []),
}


@pytest.mark.parametrize("name", STEPS)
def test_plain_steps_are_the_builds(name: str, answers: Answers) -> None:
    content, expected = STEPS[name]
    assert lines(answers(tried(content)), "build_commands") == expected


def test_steps_of_a_stage_from_which_the_image_copies(answers: Answers) -> None:
    files = tried("COPY --from=made /code /code")
    files["Dockerfile"] = (
        f"FROM python:3.13 AS made\nWORKDIR /code\nRUN python scripts/warm.py\n{files['Dockerfile']!s}"
    )
    assert lines(answers(files), "build_commands") == ["python scripts/warm.py"]
