"""The facts of an existing Dockerfile: packages, variables, port, Python, and what could not be carried over."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .conftest import FLASK, Answers, Detect, lines, notes, of

END = 'COPY . .\nCMD ["gunicorn", "app:app"]\n'


def dockerfile(content: str, base: str = "python:3.13-slim") -> dict[str, str | bytes]:
    """A Flask app whose Dockerfile has this between its first and its last lines."""
    return {"app.py": FLASK, "requirements.txt": "flask\n", "Dockerfile": f"FROM {base}\n{content}\n{END}"}


PACKAGES: dict[str, tuple[str, list[str], list[str]]] = {
    "one": ("RUN apt-get update && apt-get install -y ffmpeg", ["ffmpeg"], []),
    "several over lines": (
        (
            "RUN apt-get update \\\n && apt-get install -y --no-install-recommends \\\n    ffmpeg \\\n"
            "    libpq5 \\\n && rm -rf /var/lib/apt/lists/*"
        ),
        ["ffmpeg", "libpq5"],
        [],
    ),
    "with a version": ("RUN apt install -y ffmpeg=7:5.1.4-0+deb12u1", ["ffmpeg"], []),
    "with a comment between": (
        "RUN apt-get update && apt-get install -y \\\n    ffmpeg \\\n    # for maps\n    gdal-bin",
        ["ffmpeg", "gdal-bin"],
        [],
    ),
    "options between": ("RUN apt-get -qq update && apt-get -y -qq install ffmpeg", ["ffmpeg"], []),
    "DEBIAN_FRONTEND in front": ("RUN DEBIAN_FRONTEND=noninteractive apt-get install -y ffmpeg", ["ffmpeg"], []),
    "two instructions": (
        "RUN apt-get install -y ffmpeg\nRUN apt-get install -y pandoc; echo done",
        ["ffmpeg", "pandoc"],
        [],
    ),
    "by another name now": ("RUN apt-get install -y libgl1-mesa-glx libaio1", ["libaio1t64", "libgl1"], []),
    "needless ones": (
        "RUN apt-get install -y curl git vim ca-certificates build-essential gcc python3-dev netcat-openbsd",
        [],
        [],
    ),
    "compilers of wheels that exist are left out": ("RUN apt-get install -y gcc libpq-dev libpq5", ["libpq5"], []),
    "the shell's variable is no package": ("RUN apt-get install -y ffmpeg $EXTRA", ["ffmpeg"], []),
    "a cache mount": ("RUN --mount=type=cache,target=/var/cache/apt apt-get install -y ffmpeg", ["ffmpeg"], []),
    "a here-document": ("RUN <<EOF\napt-get update\napt-get install -y ffmpeg\nEOF", ["ffmpeg"], []),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_debian_packages(name: str, answers: Answers) -> None:
    content, system, build = PACKAGES[name]
    found = answers(dockerfile(content))
    assert (lines(found, "system_packages"), lines(found, "build_packages")) == (system, build)


def test_compilers_stay_where_a_dependency_needs_them(answers: Answers) -> None:
    files = dockerfile("RUN apt-get install -y gcc libffi-dev libldap2-dev libsasl2-dev")
    assert lines(answers({**files, "requirements.txt": "flask\n"}), "build_packages") == []
    found = answers({**files, "requirements.txt": "flask\npython-ldap\n"})
    # The rest the template installs for python-ldap by itself
    assert lines(found, "build_packages") == ["gcc", "libffi-dev"]


def test_packages_of_a_build_stage_are_not_the_images(answers: Answers) -> None:
    found = answers(
        {
            "app.py": FLASK,
            "requirements.txt": "flask\nmysqlclient\n",
            "Dockerfile": "FROM python:3.13 AS builder\nRUN apt-get install -y libmariadb-dev ghostscript\n"
            "FROM python:3.13-slim\n"
            "RUN apt-get install -y poppler-utils\nCOPY --from=builder /venv /venv\nCMD gunicorn app:app\n",
        }
    )
    assert "poppler-utils" in lines(found, "system_packages")
    assert "ghostscript" not in lines(found, "system_packages")
    assert "libmariadb-dev" in lines(found, "build_packages")


VARIABLES: dict[str, tuple[str, list[str]]] = {
    "with an equals sign": ("ENV COLOUR=blue", ["COLOUR=blue"]),
    "without one": ("ENV COLOUR light blue", ["COLOUR=light blue"]),
    "several": ('ENV A=1 B="two words" \\\n    C=3', ["A=1", "B=two words", "C=3"]),
    "the template's own are left out": (
        "ENV PYTHONUNBUFFERED=1 PATH=/x:$PATH PIP_NO_CACHE_DIR=1 POETRY_VERSION=1.8 PORT=8000 A=1",
        ["A=1"],
    ),
    "of an argument": ("ARG VERSION=1.2\nENV RELEASE=$VERSION", ["RELEASE=1.2"]),
    "of another variable": ("ENV A=1\nENV B=${A}2", ["A=1", "B=12"]),
    "a default": ("ENV A=${B:-x}", ["A=x"]),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variables(name: str, answers: Answers) -> None:
    content, expected = VARIABLES[name]
    assert lines(answers(dockerfile(content)), "environment") == expected


REFUSED: dict[str, tuple[str, str]] = {
    "a key": ("ENV SECRET_KEY=abc", "SECRET_KEY"),
    "a token": ("ENV GITHUB_TOKEN abc", "GITHUB_TOKEN"),
    "a password": ("ENV DB_PASSWORD=abc", "DB_PASSWORD"),
    "an API key": ("ENV OPENAI_API_KEY=abc", "OPENAI_API_KEY"),
    "a password in a URL": ("ENV DATABASE_URL=postgres://me:abc@db/x", "DATABASE_URL"),
    "a value of build arguments": ("ARG COMMIT\nENV RELEASE=$COMMIT", "RELEASE"),
    "a quote": ('ENV GREETING="it\'s"', "GREETING"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_variables_are_named(name: str, detecting: Detect) -> None:
    content, variable = REFUSED[name]
    found = detecting(dockerfile(content)).findings
    assert variable not in found.value("environment", "")
    assert variable in notes(found)
    assert "abc" not in notes(found)
    assert "Dockerfile:" in notes(found)


PORTS: dict[str, tuple[str, int]] = {
    "a number": ("EXPOSE 8080", 8080),
    "with a protocol": ("EXPOSE 8080/tcp", 8080),
    "a variable": ("ENV HTTP_PORT=8081\nEXPOSE $HTTP_PORT", 8081),
    "an argument": ("ARG HTTP_PORT=8082\nEXPOSE ${HTTP_PORT}", 8082),
    "several, of which the first is the app's": ("EXPOSE 8083 9090", 8083),
}


@pytest.mark.parametrize("name", PORTS)
def test_port(name: str, detecting: Detect) -> None:
    content, port = PORTS[name]
    finding = detecting(dockerfile(content)).findings.found["port"]
    assert finding.value == port
    assert finding.evidence[0].path == "Dockerfile"
    assert "EXPOSE" in finding.evidence[0].text


IMAGES: dict[str, tuple[str, str]] = {
    "slim": ("python:3.12-slim", "3.12"),
    "a patch release": ("python:3.11.4-slim-bookworm", "3.11"),
    "a registry": ("registry.example/mirror/python:3.13", "3.13"),
    "a digest": ("python:3.12@sha256:" + "0" * 64, "3.12"),
    "a platform": ("--platform=linux/amd64 python:3.12-alpine", "3.12"),
    "uv's image": ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "3.12"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_python_of_the_image(name: str, detecting: Detect) -> None:
    image, version = IMAGES[name]
    finding = detecting(dockerfile("", base=image)).findings.found["python_version"]
    assert finding.value == version
    assert (finding.evidence[0].path, finding.evidence[0].line) == ("Dockerfile", 1)


def test_python_of_an_argument(answers: Answers) -> None:
    files = {
        "app.py": FLASK,
        "Dockerfile": "ARG PYTHON_VERSION=3.12\nFROM python:${PYTHON_VERSION}-slim AS base\nCMD gunicorn app:app\n",
    }
    assert answers(files)["python_version"] == "3.12"


LEFT = {
    "a program that is fetched": "RUN curl -L https://example.org/tool.tgz | tar xz -C /usr/local/bin",
    "npm": "RUN npm ci && npm run build",
    "a git repository": "ADD https://example.org/model.git#v1 /models/",
    "a URL over HTTP": "ADD http://example.org/model.bin /models/",
    "a folder that is not there": "COPY conf /etc/shop/conf",
    "what a stage of Python makes": "COPY --from=made /srv/made /srv/made",
    "a shell's step": "RUN if [ -f x ]; then python shop.py; fi",
    "a release's step": "RUN python manage.py upgrade && alembic upgrade head",
    "another directory's step": "RUN  python make.py && cd docs",
    "a step outside the code": "RUN cp app.py /etc/shop/app.py",
    "Alpine's packages": "RUN apk add --no-cache ffmpeg",
    "a patch": "RUN sed -i s/a/b/ /etc/ssl/openssl.cnf",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_over_is_named(name: str, detecting: Detect) -> None:
    made = "python:3.13-slim AS made\nRUN true\nFROM python:3.13-slim" if "=made" in LEFT[name] else "python:3.13-slim"
    text = notes(detecting(dockerfile(LEFT[name], made)).findings)
    assert re.search(r"not carried over from Dockerfile:[2-4]", text)
    assert LEFT[name].split()[1] in text


USUAL = (
    "RUN pip install -r requirements.txt",
    "RUN pip install --no-cache-dir --upgrade pip && pip install gunicorn",
    "RUN python -m pip install .",
    "RUN apt-get update && apt-get install -y ffmpeg && rm -rf /var/lib/apt/lists/*",
    "RUN adduser --system app && mkdir /data && chown app /data",
    "RUN uv sync --frozen",
    "RUN curl -sSL https://install.python-poetry.org | python3 -",
    "COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/uv",
    "RUN poetry install --no-root",
)


@pytest.mark.parametrize("instruction", USUAL)
def test_what_every_dockerfile_has_is_not_named(instruction: str, detecting: Detect) -> None:
    assert "not carried over" not in notes(detecting(dockerfile(instruction)).findings)


def test_packages_that_are_installed_by_name(detecting: Detect) -> None:
    files = dockerfile(
        "RUN pip install -r requirements.txt\nRUN pip install --no-cache-dir gunicorn pymysql 'cryptography>=42' -U pip"
    )
    found = detecting(files).findings
    told = found.value("dependencies") + notes(found)
    assert "pymysql" in told
    assert "cryptography" in told
    assert "-U" not in found.value("dependencies")


def test_build_step_is_not_named_twice(detecting: Detect) -> None:
    files = {
        **dockerfile("RUN flask translate compile"),
        "Procfile": "web: flask translate compile; gunicorn app:app\n",
    }
    found = detecting(files).findings
    assert found.value("build_commands") == "flask translate compile"
    assert "not carried over" not in notes(found)


STRANGE = ('["/usr/bin/supervisord", "-n"]', "make run", '["java", "-jar", "x.jar"]')


@pytest.mark.parametrize("command", STRANGE)
def test_command_that_is_not_understood_is_named(command: str, detecting: Detect) -> None:
    found = detecting({"app.py": FLASK, "Dockerfile": f"FROM python:3.13\nCMD {command}\n"}).findings
    assert found.value("app") == "app:app"
    assert "Dockerfile:2" in notes(found)


PLACES: dict[str, tuple[dict[str, str | bytes], dict[str, Any]]] = {
    "docker/Dockerfile": (
        {"docker/Dockerfile": "FROM python:3.12\nEXPOSE 8070\nCMD gunicorn app:app\n"},
        {"python_version": "3.12", "port": 8070},
    ),
    "Containerfile": ({"Containerfile": "FROM python:3.12\nEXPOSE 8070\n"}, {"python_version": "3.12", "port": 8070}),
    "a Dockerfile of the front end": (
        {"Dockerfile": "FROM node:22\nEXPOSE 3000\nCMD npm start\n"},
        {"app": "app:app", "framework": "flask", "port": None},
    ),
    "no FROM": ({"Dockerfile": "EXPOSE 3000\n"}, {"port": None}),
    "the template's own, from before": (
        {"Dockerfile": 'FROM python:3.12\nEXPOSE 3000\nCMD ["/opt/launch.py"]\n'},
        {"port": None},
    ),
    "a stage that is not there": ({"Dockerfile": "FROM base\nEXPOSE 3000\nCMD gunicorn app:app\n"}, {"app": "app:app"}),
    "stages in a circle": ({"Dockerfile": "FROM b AS a\nFROM a AS b\nCMD gunicorn app:app\n"}, {"app": "app:app"}),
    "a stage called like its image": (
        {"Dockerfile": "FROM python:3.12 AS python\nFROM python AS python\nCMD gunicorn app:app\n"},
        {"python_version": "3.12"},
    ),
    "carriage returns and a byte order mark": (
        {"Dockerfile": '\ufeffFROM python:3.12\r\nENV A=1\r\nEXPOSE 8070\r\nCMD ["gunicorn", "app:app"]\r\n'},
        {"python_version": "3.12", "port": 8070, "environment": "A=1"},
    ),
    "continued to the end of the file": (
        {"Dockerfile": "FROM python:3.12\nCMD gunicorn \\\n  app:app \\"},
        {"app": "app:app"},
    ),
    "another escape": (
        {"Dockerfile": "# escape=`\nFROM python:3.12\nRUN apt-get install -y `\n  ffmpeg\nCMD gunicorn app:app\n"},
        {"system_packages": "ffmpeg"},
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_other_dockerfiles(name: str, answers: Answers) -> None:
    files, expected = PLACES[name]
    assert of(answers({"app.py": FLASK, **files}), expected) == expected


def tried(content: str, **files: str) -> dict[str, str | bytes]:
    """The app at /code, with these files and instructions before the code is copied."""
    return {
        "app.py": FLASK, "requirements.txt": "flask\nnltk\n", "Makefile": "all:\n", "scripts/gen.sh": "#!/bin/sh\n",
        "scripts/warm.py": "", "scripts/setup.sh": "apt-get install x\n", "settings.dist": "", **files,
        "Dockerfile": f"FROM python:3.13-slim\nWORKDIR /code\n{content}\nCOPY . .\nCMD gunicorn app:app\n",
    }  # fmt: skip


PLACED: dict[str, tuple[str, list[str]]] = {
    "a file": ("ADD deploy/rates.json /etc/shop/rates.json", ["deploy/rates.json /etc/shop/rates.json"]),
    "into a folder": ("COPY deploy/rates.json /etc/shop/", ["deploy/rates.json /etc/shop/rates.json"]),
    "several": (
        'COPY ["deploy/rates.json", "deploy/b.ini", "/etc/shop/"]',
        ["deploy/rates.json /etc/shop/rates.json", "deploy/b.ini /etc/shop/b.ini"],
    ),
    "a folder": ("COPY --chown=app deploy /etc/shop", ["deploy/ /etc/shop/"]),
    "a variable": ("ENV CONF=/etc/shop\nCOPY deploy/b.ini $CONF/b.ini", ["deploy/b.ini /etc/shop/b.ini"]),
    "another place among the code": ("COPY deploy/b.ini /code/settings.ini", ["deploy/b.ini /app/settings.ini"]),
    "a URL": ("ADD https://example.org/m.bin /models/", ["https://example.org/m.bin /models/m.bin"]),
    "a checksum": (
        f"ADD --checksum=sha256:{'0' * 64} https://example.org/m /m/n",
        [f"https://example.org/m /m/n sha256:{'0' * 64}"],
    ),
    "another image": (
        "COPY --from=busybox:1.36 /bin/busybox /bin/busybox",
        ["--from=busybox:1.36 /bin/busybox /usr/bin/busybox"],
    ),
    "another image among the code": (
        "COPY --from=busybox:1.36 /bin/busybox tools/busybox",
        ["--from=busybox:1.36 /bin/busybox /app/tools/busybox"],
    ),
    "not where it is anyway": ("COPY deploy/b.ini deploy/b.ini", []),
    "not for the build": ("COPY requirements.txt /tmp/requirements.txt", []),
    "not secrets": ("COPY .env /etc/shop/.env", []),
}


@pytest.mark.parametrize("name", PLACED)
def test_files_with_a_place_of_their_own(name: str, answers: Answers) -> None:
    content, expected = PLACED[name]
    files = tried(content, **{"deploy/rates.json": "{}", "deploy/b.ini": "", ".env": "A=1"})
    assert lines(answers(files), "image_files") == expected


NAMED_IN_FULL: dict[str, tuple[dict[str, str], str]] = {
    "code": ({"read.py": 'open("/code/data.json")\n'}, "/app /code"),
    "a setting": ({"logging.ini": "file = /code/log.txt\n"}, "/app /code"),
    "nothing": ({"read.py": 'open("/codes/data.json")\n'}, ""),
}


@pytest.mark.parametrize("name", NAMED_IN_FULL)
def test_a_directory_of_the_code_that_is_named_in_full(name: str, answers: Answers) -> None:
    files, expected = NAMED_IN_FULL[name]
    assert answers(tried("", **files)).get("image_files", "") == expected


def test_labels_and_directories_that_the_app_is_given(answers: Answers) -> None:
    content = (
        'LABEL a="b c" org.example.x=1\nRUN mkdir -p /srv/data media && chown -R app:app /srv/data /code/media /code'
    )
    found = answers(tried(content))
    assert lines(found, "labels") == ["a=b c", "org.example.x=1"]
    assert lines(found, "writable_paths") == ["/srv/data", "media"]


def test_packages_without_their_name_are_named(detecting: Detect) -> None:
    content = "RUN apt-get install -y libtiff5 wkhtmltopdf netcat git libpython3.9"
    found = detecting(dockerfile(content)).findings
    assert found.value("system_packages") == "libtiff6"
    text = notes(found)
    assert "wkhtmltopdf (Dockerfile:2) is left out: trixie has it no more; weasyprint does its work" in text
    assert "netcat, git (Dockerfile:2) left out, as no code starts them" in text
    assert "libpython3.9 (Dockerfile:2) is left out" in text
