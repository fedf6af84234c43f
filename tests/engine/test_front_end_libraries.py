"""Front-end files that Python packages make without Node: they are served, and no program that was fetched is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from copier_slim.detect.repository import detect
from tests.command.running import write
from tests.conftest import Render
from tests.engine import proxy
from tests.engine.loopback import Index
from tests.engine.project import HARDENED, DockerException, Project
from tests.engine.sampling import case
from tests.engine.test_front_end import MANAGE, PAGE, SETTINGS, URLS, WSGI, Files

# What GitHub has for each version: here a program that takes the same options, as no test may need GitHub
PROGRAM = """\
#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -i|--input) read=$2 ;; -o|--output) write=$2 ;; esac; shift; done
mkdir -p "$(dirname "$write")" && { grep -v @import "$read"; echo '.text-fuchsia-500{color:red}'; } > "$write"
"""
RELEASES = "tailwindlabs/tailwindcss/releases"
VERSIONS = (f"{RELEASES}/latest/download", f"{RELEASES}/download/v4.1.18")
SCSS = "$size: 2px; body { .text-fuchsia-500 { margin: $size * 2; } }\n"


def django(app: str, page: str, *requirements: str, settings: str = "", **files: str) -> Files:
    """A Django project with an app that makes front-end files."""
    installed = f'INSTALLED_APPS = ["django.contrib.staticfiles", {app}]'
    text = (SETTINGS % "statics").replace('INSTALLED_APPS = ["django.contrib.staticfiles"]', installed)
    return {
        "manage.py": MANAGE, "shop/__init__.py": "", "shop/wsgi.py": WSGI, "shop/urls.py": URLS,
        "shop/settings.py": text + settings, "templates/index.html": page, "statics/robots.txt": "",
        "requirements.txt": "\n".join(["django", "whitenoise", *requirements, ""]), **files,
    }  # fmt: skip


FLASK = """\
from flask import Flask, render_template_string

app = Flask(__name__)


@app.get("/")
def index():
    return render_template_string("<link href={{ url_for('static', filename='app.css') }}>")
"""
CASES: dict[str, Files] = {
    "django-tailwind-cli": django(
        '"django_tailwind_cli"', PAGE % "css/tailwind.css", "django-tailwind-cli",
        settings='TAILWIND_CLI_VERSION = "4.1.18"\n',
    ),
    "django-tailwind": django(
        '"tailwind", "theme"', PAGE % "css/dist/styles.css", "django-tailwind",
        settings='TAILWIND_APP_NAME = "theme"\nTAILWIND_STANDALONE_BINARY_VERSION = "v4.1.18"\n',
        **{"theme/__init__.py": "", "theme/static_src/src/styles.css": "a{}\n", "theme/static/robots.txt": ""},
    ),
    "pytailwindcss": {
        "app.py": FLASK, "requirements.txt": "flask\npytailwindcss\n", "ui/app.css": "a{}\n", "static/robots.txt": "",
        "Makefile": "css:\n\ttailwindcss -i ui/app.css -o static/app.css --watch\n",
    },
    "libsass": {
        "app.py": FLASK, "requirements.txt": "flask\nlibsass\n", "ui/app.scss": SCSS, "static/robots.txt": "",
        "build.sh": "set -e\npysassc --style compressed ui/app.scss static/app.css\n",
    },
    "django-sass-processor": django(
        '"sass_processor"',
        '{% load sass_tags %}<link href="{% sass_src "app.scss" %}">',
        "django-sass-processor", "libsass", "django-compressor",
        settings='SASS_PROCESSOR_ROOT = STATIC_ROOT\nSTATICFILES_FINDERS = ["django.contrib.staticfiles.finders.'
        'FileSystemFinder", "sass_processor.finders.CssFinder"]\n',
        **{"statics/app.scss": SCSS},
    ),
    "django-compressor": django(
        '"compressor"',
        '{% load compress static %}{% compress css %}<link rel="stylesheet" type="text/x-scss" '
        'href="{% static "app.scss" %}">{% endcompress %}',
        "django-compressor", "django-libsass",
        settings='COMPRESS_OFFLINE = True\nCOMPRESS_PRECOMPILERS = [("text/x-scss", "django_libsass.SassCompiler")]\n'
        'STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", '
        '"compressor.finders.CompressorFinder"]\n',
        **{"statics/app.scss": SCSS},
    ),
}  # fmt: skip
FETCHING = ["django-tailwind-cli", "django-tailwind", "pytailwindcss"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> proxy.Authority:
    return proxy.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def github(engine: None, tmp_path_factory: pytest.TempPathFactory, authority: proxy.Authority) -> Iterator[Index]:  # noqa: ARG001
    """A proxy that has the releases of GitHub."""
    root = tmp_path_factory.mktemp("github")
    for path in VERSIONS:
        (root / path).mkdir(parents=True)
        for machine in ("x64", "arm64"):
            (root / path / f"tailwindcss-linux-{machine}").write_text(PROGRAM)
    with proxy.serving(root, authority, "github.com") as index:
        yield index


def make(render: Render, path: Path, authority: proxy.Authority, name: str) -> Project:
    """The project of CASES as detected, rendered and locked."""
    write(path, CASES[name] | {"certs/company.crt": authority.certificate.read_text()})
    answers = detect(path, online=False).findings.answers
    assert ("build_caches" in answers) == (name in FETCHING)
    project = Project(
        render(path, **answers, certificates="certs/company.crt", package_tool="uv"),
        tag=f"copier-slim-test:front-end-{name}",
    )
    project.lock()
    return project


def direct(url: str) -> dict[str, str]:
    """What a build is told by which everything but PyPI is asked by way of the proxy."""
    return {"HTTPS_PROXY": url, "NO_PROXY": "pypi.org,files.pythonhosted.org,localhost,127.0.0.1"}


@pytest.mark.parametrize("name", [case(name, name=name, group=f"libraries-{name}", sampled=False) for name in CASES])
def test_the_page_names_a_file_that_was_made_without_node(
    render: Render, tmp_path: Path, github: Index, authority: proxy.Authority, name: str
) -> None:
    project = make(render, tmp_path / "shop", authority, name)
    project.build(**direct(github.url))
    with project.running(**HARDENED) as service:
        page = service.wait("/")
        link = re.search(r"""href="?(/[^"> ]+\.css)""", page.body)
        assert page.status == 200
        assert link, page.body
        assert ".text-fuchsia-500{" in service.ask(link[1]).body.replace(" {", "{")
        fetched = "import pathlib; print(*(path for root in ('/app', '/opt/venv') for path in"
        fetched += " pathlib.Path(root).rglob('*tailwind*') if path.is_file() and path.suffix == ''"
        fetched += " and str(path.parent) != '/opt/venv/bin'))"
        assert service.python(fetched).strip() == ""


@pytest.mark.matrix
@pytest.mark.xdist_group("libraries-django-tailwind-cli")
def test_what_cannot_be_fetched_stops_the_build(
    render: Render, tmp_path: Path, authority: proxy.Authority, capfd: pytest.CaptureFixture[str]
) -> None:
    project = make(render, tmp_path / "shop", authority, "pytailwindcss")
    (project.path / "Dockerfile").write_text(
        (project.path / "Dockerfile").read_text().replace("pytailwindcss/bin", "pytailwindcss/bin,id=never-filled")
    )
    with proxy.serving(tmp_path / "nothing", authority, "github.com") as empty, pytest.raises(DockerException):
        project.build(**direct(empty.url))
    assert "Couldn't find Tailwind CSS binary" in capfd.readouterr().err
