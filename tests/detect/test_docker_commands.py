"""Start commands that a Dockerfile or a compose file states."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE, Answers, of

DOCKERFILES: dict[str, tuple[str, dict[str, Any]]] = {
    "exec form": (
        'CMD ["gunicorn", "-b", "0.0.0.0:8100", "shop.web:app"]',
        {"framework": "flask", "app": "shop.web:app", "port": 8100},
    ),
    "shell form": ("CMD gunicorn shop.web:app --bind 0.0.0.0:$PORT", {"app": "shop.web:app"}),
    "over several lines": (
        'CMD ["uvicorn", \\\n     "shop.api:app", \\\n     "--port", "8101"]',
        {"app": "shop.api:app", "port": 8101},
    ),
    "ENTRYPOINT": ('ENTRYPOINT ["python", "main.py"]', {"app": "python main.py"}),
    "ENTRYPOINT and CMD": ('ENTRYPOINT ["python"]\nCMD ["main.py", "--fast"]', {"app": "python main.py --fast"}),
    "ENTRYPOINT that comes after CMD undoes it": (
        'CMD ["main.py"]\nENTRYPOINT ["python", "shop/job.py"]',
        {"app": "python shop/job.py"},
    ),
    "the last CMD": ("CMD python main.py\nCMD python shop/job.py", {"app": "python shop/job.py"}),
    "sh -c": (
        'CMD ["sh", "-c", "flask db upgrade && exec gunicorn shop.web:app"]',
        {"app": "shop.web:app", "prestart": "flask db upgrade"},
    ),
    "paths of WORKDIR": ('WORKDIR /srv/code\nCMD ["python", "/srv/code/main.py"]', {"app": "python main.py"}),
    "paths of another directory": (
        'WORKDIR /srv\nCOPY . /opt/code\nCMD ["python", "/opt/code/main.py"]',
        {"app": "python main.py"},
    ),
    "WORKDIR by a variable": (
        "ENV HOME_DIR=/srv/code\nWORKDIR $HOME_DIR\nCMD python /srv/code/shop/job.py",
        {"app": "python shop/job.py"},
    ),
    "an entry script": ('COPY . .\nENTRYPOINT ["./start.sh"]', {"app": "shop.web:app", "prestart": "flask db upgrade"}),
    "an entry script by its path": (
        'WORKDIR /code\nENTRYPOINT ["/code/start.sh"]',
        {"app": "shop.web:app", "prestart": "flask db upgrade"},
    ),
    "an entry script by a shell": ("CMD bash start.sh", {"app": "shop.web:app", "prestart": "flask db upgrade"}),
    "an entry script that runs the command after it": (
        'ENTRYPOINT ["./entry.sh"]\nCMD ["gunicorn", "shop.web:app"]',
        {"app": "shop.web:app"},
    ),
    "the interpreter of a virtual environment": ('CMD ["/opt/venv/bin/python", "main.py"]', {"app": "python main.py"}),
    "python3": ('CMD ["python3", "main.py"]', {"app": "python main.py"}),
    "flask run with FLASK_APP of ENV": (
        "ENV FLASK_APP=shop/web.py\nCMD flask run --host=0.0.0.0",
        {"framework": "flask", "app": "shop.web:app"},
    ),
    "WORKDIR in a folder of the repository": (
        "WORKDIR /code\nCOPY . .\nWORKDIR /code/shop\nCMD gunicorn web:app",
        {"app": "web:app", "python_path": "shop"},
    ),
    "a folder of the repository becomes WORKDIR": (
        "WORKDIR /code\nCOPY shop/ .\nCMD uvicorn api:app --port 8102",
        {"app": "api:app", "python_path": "shop", "port": 8102},
    ),
    "a folder of the repository becomes another": (
        'WORKDIR /code\nCOPY ./shop /code/lib\nCMD ["python", "/code/lib/job.py"]',
        {"app": "python shop/job.py"},
    ),
    "wait-for-it": (
        "CMD ./wait-for-it.sh db:5432 -- uvicorn shop.api:app --port 8103",
        {"app": "shop.api:app", "port": 8103},
    ),
    "honcho": ("CMD honcho start", {"app": "wsgi:application"}),
    "a module that is not the repository's": (
        'CMD ["python", "-m", "http.server", "8104"]',
        {"framework": "command", "app": "python -m http.server 8104"},
    ),
    "fastapi run": (
        'WORKDIR /code\nCOPY ./shop /code/shop\nCMD ["fastapi", "run", "shop/api.py", "--port", "8105"]',
        {"app": "shop.api:app", "port": 8105},
    ),
    "an entry script with branches": (
        'ENTRYPOINT ["./branches.sh"]',
        {"app": "shop.web:app", "prestart": "flask db upgrade", "port": 8106},
    ),
    "a loop until the database answers": (
        'ENTRYPOINT ["./boot.sh"]',
        {"app": "shop.web:app", "prestart": "flask db upgrade", "port": 8107},
    ),
    "lower case": ('workdir /code\ncmd ["python", "main.py"]', {"app": "python main.py"}),
    "CMD that is a shell is passed over": ("CMD bash", {"app": "wsgi:application"}),
    "CMD of an earlier stage that the last one inherits": (
        'CMD ["python", "main.py"]\nFROM base AS last\nENV A=1',
        {"app": "python main.py"},
    ),
    "the stage for development is left out": (
        'CMD ["python", "main.py"]\nFROM base AS development\nCMD ["python", "shop/job.py"]',
        {"app": "python main.py"},
    ),
}
START = (
    "#!/bin/bash\nset -e\n# gunicorn old:app\necho 'waiting'\nwhile ! nc -z db 5432; do\n  sleep 1\ndone\n"
    "flask db upgrade\nexec gunicorn -b :8000 shop.web:app\n"
)
BRANCHES = (
    '#!/bin/sh\nif [ "$1" = "worker" ]; then\n  exec celery -A shop.tasks worker\nelse\n  flask db upgrade\n'
    "  exec gunicorn shop.web:app --bind 0.0.0.0:8106\nfi\n"
)
BOOT = (
    '#!/bin/bash\nwhile true; do\n    flask db upgrade\n    if [[ "$?" == "0" ]]; then\n        break\n'
    "    fi\n    echo retrying\n    sleep 5\ndone\n"
    "exec gunicorn -b :8107 --access-logfile - --error-logfile - shop.web:app\n"
)
ENTRY = '#!/bin/sh\nset -e\nflask db upgrade\nexec "$@"\n'


@pytest.mark.parametrize("name", DOCKERFILES)
def test_dockerfiles(name: str, answers: Answers) -> None:
    content, expected = DOCKERFILES[name]
    dockerfile = f"FROM python:3.13-slim AS base\n{content}\n"
    shell = {"start.sh": START, "entry.sh": ENTRY, "branches.sh": BRANCHES, "boot.sh": BOOT}
    found = answers({**CODE, **shell, "Dockerfile": dockerfile})
    assert of(found, expected) == expected


def test_entry_script_that_runs_the_command_after_it_prepares(answers: Answers) -> None:
    dockerfile = 'FROM python:3.13\nENTRYPOINT ["./entry.sh"]\nCMD ["gunicorn", "shop.web:app"]\n'
    assert answers({**CODE, "entry.sh": ENTRY, "Dockerfile": dockerfile})["prestart"] == "flask db upgrade"


def test_script_that_calls_itself_ends(answers: Answers) -> None:
    found = answers({**CODE, "Procfile": "web: ./a.sh\n", "a.sh": "#!/bin/sh\n./b.sh\n", "b.sh": "#!/bin/sh\n./a.sh\n"})
    assert found["app"] == "wsgi:application"


COMPOSE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a string": (
        "compose.yaml",
        "services:\n  web:\n    build: .\n    command: gunicorn shop.web:app\n",
        {"app": "shop.web:app"},
    ),
    "a list": (
        "docker-compose.yml",
        (
            "version: '3'\nservices:\n  db: {image: postgres}\n  web:\n    build: {context: .}\n"
            "    command: [python, main.py, --fast]\n"
        ),
        {"app": "python main.py --fast"},
    ),
    "a list with a shell": (
        "docker-compose.yml",
        'services:\n  web:\n    build: .\n    command: ["sh", "-c", "flask db upgrade && gunicorn shop.web:app"]\n',
        {"app": "shop.web:app", "prestart": "flask db upgrade"},
    ),
    "of another image": (
        "compose.yaml",
        "services:\n  web:\n    image: nginx\n    command: python main.py\n",
        {"app": "wsgi:application"},
    ),
    "of another directory": (
        "compose.yaml",
        "services:\n  web:\n    build: ./front\n    command: python main.py\n",
        {"app": "wsgi:application"},
    ),
    "not YAML": ("compose.yaml", "services: [\n", {"app": "wsgi:application"}),
    "no mapping": ("compose.yaml", "services: [web]\n", {"app": "wsgi:application"}),
}


@pytest.mark.parametrize("name", COMPOSE)
def test_compose(name: str, answers: Answers) -> None:
    path, content, expected = COMPOSE[name]
    assert of(answers({**CODE, path: content}), expected) == expected
