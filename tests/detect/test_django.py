"""Django projects: where manage.py stands, which settings, and what their container needs."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Answers, Detect, Files, lines, notes, of

MANAGE = (
    "import os, sys\n\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', '{}')\n"
    "    from django.core.management import execute_from_command_line\n    execute_from_command_line(sys.argv)\n\n"
    "if __name__ == '__main__':\n    main()\n"
)
WSGI = (
    "import os\nfrom django.core.wsgi import get_wsgi_application\n\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', '{}')\n\napplication = get_wsgi_application()\n"
)
ASGI = WSGI.replace("wsgi", "asgi")
SQLITE = "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}\n"
POSTGRES = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'x'}}\n"
STATIC = "STATIC_URL = 'static/'\nSTATIC_ROOT = BASE_DIR / 'staticfiles'\n"
BASE = "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"


def project(settings: str = "", prefix: str = "", **more: str) -> dict[str, str | bytes]:
    """What `django-admin startproject shop` makes, with these settings."""
    files = {
        "manage.py": MANAGE.format("shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": BASE + settings,
        "shop/urls.py": "urlpatterns = []\n",
        "shop/wsgi.py": WSGI.format("shop.settings"),
        "shop/asgi.py": ASGI.format("shop.settings"),
        **more,
    }
    return {prefix + path: content for path, content in files.items()}


CASES: dict[str, tuple[Files, dict[str, Any]]] = {
    "manage.py at the root": (
        project(),
        {"framework": "django", "app": "shop.wsgi:application", "server": None, "python_path": None},
    ),
    "manage.py in a subfolder": (
        {"requirements.txt": "django\n", **project(prefix="backend/")},
        {"framework": "django", "app": "shop.wsgi:application", "python_path": "backend"},
    ),
    "the repository's folder is the project": (
        {**project(prefix="src/"), "README.md": "x"},
        {"app": "shop.wsgi:application", "python_path": "src"},
    ),
    "a folder that manage.py puts on the path": (
        {
            "manage.py": "import sys\nsys.path.insert(0, 'web')\n" + MANAGE.format("core.settings"),
            "web/__init__.py": "",
            "web/core/__init__.py": "",
            "web/core/settings.py": BASE + SQLITE + "WSGI_APPLICATION = 'core.wsgi.application'\n",
            "web/core/wsgi.py": WSGI.format("core.settings"),
        },
        {"app": "core.wsgi:application", "python_path": "web", "prestart": "python manage.py migrate --noinput"},
    ),
    "settings in a package of their own": (
        {
            "manage.py": MANAGE.format("config.settings.local"),
            "config/__init__.py": "",
            "config/settings/__init__.py": "",
            "config/settings/base.py": BASE + "WSGI_APPLICATION = 'config.wsgi.application'\n",
            "config/settings/local.py": "from .base import *\nDEBUG = True\n",
            "config/settings/production.py": "from .base import *\nDEBUG = False\n",
            "config/wsgi.py": WSGI.format("config.settings.production"),
            "config/urls.py": "urlpatterns = []\n",
        },
        {"app": "config.wsgi:application", "environment": "DJANGO_SETTINGS_MODULE=config.settings.production"},
    ),
    "no wsgi.py: Django's own": (
        {
            "manage.py": MANAGE.format("shop.settings"),
            "shop/__init__.py": "",
            "shop/settings.py": BASE,
            "shop/urls.py": "urlpatterns = []\n",
        },
        {
            "framework": "django",
            "app": "django.core.wsgi:get_wsgi_application()",
            "environment": "DJANGO_SETTINGS_MODULE=shop.settings",
        },
    ),
    "wsgi.py somewhere else, named by the settings": (
        {
            "manage.py": MANAGE.format("shop.settings"),
            "shop/__init__.py": "",
            "shop/settings.py": BASE + "WSGI_APPLICATION = 'deploy.wsgi.application'\n",
            "deploy/wsgi.py": WSGI.format("shop.settings"),
        },
        {"app": "deploy.wsgi:application"},
    ),
    "only asgi.py": (
        {
            "manage.py": MANAGE.format("shop.settings"),
            "shop/__init__.py": "",
            "shop/settings.py": BASE,
            "shop/asgi.py": ASGI.format("shop.settings"),
        },
        {"app": "shop.asgi:application", "server": "uvicorn"},
    ),
    "channels": (
        project("INSTALLED_APPS = ['daphne', 'channels']\nASGI_APPLICATION = 'shop.asgi.application'\n"),
        {"framework": "django", "app": "shop.asgi:application", "server": "uvicorn"},
    ),
    "ASGI_APPLICATION alone is in every new project's settings of some templates": (
        project("ASGI_APPLICATION = 'shop.asgi.application'\nWSGI_APPLICATION = 'shop.wsgi.application'\n"),
        {"app": "shop.wsgi:application", "server": None},
    ),
    "static files are collected": (
        project(STATIC),
        {"build_commands": "python manage.py collectstatic --noinput"},
    ),
    "without a place for them they are not": (
        project("STATIC_URL = 'static/'\n"),
        {"build_commands": None},
    ),
    "static files of a project in a subfolder": (
        project(STATIC, prefix="backend/"),
        {"build_commands": "python backend/manage.py collectstatic --noinput"},
    ),
    "SQLite is migrated at each start, in a directory that can be written": (
        project(SQLITE),
        {"prestart": "python manage.py migrate --noinput", "writable_paths": "."},
    ),
    "SQLite of a project in a subfolder": (
        project(SQLITE, prefix="backend/"),
        {"prestart": "python backend/manage.py migrate --noinput", "writable_paths": "backend"},
    ),
    "a server's database is left to its owner": (
        project(POSTGRES),
        {"prestart": None, "writable_paths": None},
    ),
    "a media directory": (
        project("MEDIA_ROOT = BASE_DIR / 'media'\n"),
        {"writable_paths": "media"},
    ),
    "decoys": (
        {
            **project(),
            "app.py": "from flask import Flask\napp = Flask('x')\n",
            "examples/manage.py": MANAGE.format("x.settings"),
        },
        {"framework": "django", "app": "shop.wsgi:application"},
    ),
    "settings split into files that one imports": (
        project(
            SQLITE.replace("DATABASES", "OTHER"),
            **{"shop/settings.py": "from .parts import *\n", "shop/parts.py": BASE + SQLITE},
        ),
        {"prestart": "python manage.py migrate --noinput"},
    ),
    "wsgi.py wraps the application": (
        project(
            **{
                "shop/wsgi.py": WSGI.format("shop.settings")
                + "from whitenoise import WhiteNoise\napplication = WhiteNoise(application)\n"
            }
        ),
        {"framework": "django", "app": "shop.wsgi:application"},
    ),
    "SQLite in a directory of its own": (
        project(
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'data' "
            "/ 'db.sqlite3'}}\n"
        ),
        {"prestart": "python manage.py migrate --noinput", "writable_paths": "data"},
    ),
    "SQLite by dj-database-url's default": (
        project(
            "import dj_database_url\nDATABASES = {'default': dj_database_url.config(default='sqlite:///db.sqlite3')}\n"
        ),
        {"prestart": "python manage.py migrate --noinput", "writable_paths": "."},
    ),
    "the first of two projects": (
        {**project(), "other/manage.py": MANAGE.format("b.settings"), "other/b/settings.py": BASE},
        {"app": "shop.wsgi:application", "python_path": None},
    ),
    "one file": (
        {
            "app.py": "import sys\nfrom django.conf import settings\n"
            "from django.core.wsgi import get_wsgi_application\n"
            "settings.configure(ROOT_URLCONF=__name__)\napplication = get_wsgi_application()\n"
        },
        {"framework": "django", "app": "app:application"},
    ),
    "a Procfile's gunicorn in a subfolder": (
        {"Procfile": "web: gunicorn --chdir backend shop.wsgi\n", **project(SQLITE, prefix="backend/")},
        {
            "framework": "django",
            "app": "shop.wsgi:application",
            "python_path": "backend",
            "server": "gunicorn",
            "writable_paths": "backend",
        },
    ),
    "settings with a byte order mark and Windows' line ends": (
        project(**{"shop/settings.py": "\ufeff" + (BASE + STATIC).replace("\n", "\r\n")}),
        {"build_commands": "python manage.py collectstatic --noinput"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_django(name: str, answers: Answers) -> None:
    files, expected = CASES[name]
    assert of(answers(files), expected) == expected


def test_collected_with_stand_ins_for_what_the_settings_require(detecting: Detect) -> None:
    found = detecting(
        project(
            STATIC + "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nimport environ\nenv = environ.Env()\n"
            "DATABASES = {'default': env.db_url('DATABASE_URL')}\nREDIS = env('REDIS_URL')\n"
            "X = env('HOME_URL', default='x')\n"
        )
    )
    (line,) = lines(found.findings.answers, "build_commands")
    words = line.split()
    assert words[0] == "env"
    assert words[-3:] == ["manage.py", "collectstatic", "--noinput"]
    names = {word.partition("=")[0] for word in words[1:-4]}
    assert {"SECRET_KEY", "REDIS_URL", "DATABASE_URL"} <= names
    assert "HOME_URL" not in names
    assert "SECRET_KEY (shop/settings.py:" in notes(found.findings)


def test_settings_that_read_by_an_imported_reader(detecting: Detect) -> None:
    found = detecting(
        {
            "manage.py": MANAGE.format("config.settings.local"),
            "config/__init__.py": "",
            "config/settings/__init__.py": "",
            "config/settings/base.py": BASE
            + "import environ\nenv = environ.Env()\nX = env('X', default='x')\n"
            + STATIC,
            "config/settings/local.py": "from .base import *\nfrom .base import env\n",
            "config/settings/production.py": (
                "from .base import *\nfrom .base import env\nSECRET_KEY = env('DJANGO_SECRET_KEY')\n"
                "R = env.str('REDIS_URL')\n"
            ),
            "config/wsgi.py": WSGI.format("config.settings.production"),
        }
    ).findings
    (line,) = lines(found.answers, "build_commands")
    assert "DJANGO_SETTINGS_MODULE=config.settings.production" in line.split()
    assert "DJANGO_SECRET_KEY=1" in line.split()
    assert "REDIS_URL=" in line
    assert "DJANGO_SECRET_KEY (config/settings/production.py:3)" in notes(found)


def test_geodjango_loads_libraries(answers: Answers) -> None:
    settings = (
        "INSTALLED_APPS = ['django.contrib.gis']\n"
        "DATABASES = {'default': {'ENGINE': 'django.contrib.gis.db.backends.postgis'}}\n"
    )
    found = answers({**project(settings), "requirements.txt": "django\npsycopg2-binary\n"})
    assert {"libgdal36", "libgeos-c1t64"} <= set(lines(found, "system_packages"))


def test_nothing_serves_static_files(detecting: Detect) -> None:
    assert "WhiteNoise" in notes(detecting(project(STATIC)).findings)


def test_white_noise_serves_static_files(detecting: Detect) -> None:
    found = detecting(project(STATIC + "MIDDLEWARE = ['whitenoise.middleware.WhiteNoiseMiddleware']\n"))
    assert "WhiteNoise" not in notes(found.findings)


URLS = "from django.urls import path\nurlpatterns = [path('', x), path('health/', x), path('admin/', x)]\n"
HEALTH = {
    "any host may ask": ("ALLOWED_HOSTS = ['*']\n", URLS, "/health/"),
    "the probe's host may ask": ("ALLOWED_HOSTS = ['shop.example', '127.0.0.1']\n", URLS, "/health/"),
    "over several lines": ("ALLOWED_HOSTS = [\n    'shop.example',\n    '127.0.0.1',\n]\n", URLS, "/health/"),
    "no host may ask but its own": ("ALLOWED_HOSTS = ['shop.example']\n", URLS, ""),
    "the default": ("ALLOWED_HOSTS = []\n", URLS, ""),
    "no such route": ("ALLOWED_HOSTS = ['*']\n", "urlpatterns = []\n", ""),
}


@pytest.mark.parametrize("name", HEALTH)
def test_health(name: str, answers: Answers) -> None:
    settings, urls, expected = HEALTH[name]
    assert answers(project(settings, **{"shop/urls.py": urls}))["health_path"] == expected


def test_evidence_is_where_the_settings_are_named(detecting: Detect) -> None:
    evidence = detecting(project()).findings.found["framework"].evidence
    assert (evidence[0].path, evidence[0].line) == ("manage.py", 4)
    assert any(item.path == "shop/wsgi.py" for item in evidence)


def test_a_release_that_the_answers_have_is_not_repeated_at_each_start(detecting: Detect) -> None:
    files = project(SQLITE) | {"shop/migrations/0001_initial.py": ""}
    release = {"release": "python manage.py migrate"}
    assert "migrate" in detecting(files).findings.answers["prestart"]
    assert "prestart" not in detecting(files, given=release).findings.answers


def test_a_release_that_the_answers_have_is_not_repeated_where_the_start_command_has_it(detecting: Detect) -> None:
    line = "python manage.py migrate"
    files = project(SQLITE) | {"Procfile": f"web: {line} && gunicorn shop.wsgi\n"}
    assert detecting(files).findings.answers["prestart"] == line
    assert "prestart" not in detecting(files, given={"release": line}).findings.answers


ENTRY = (
    "import os\nfrom django.core.wsgi import get_wsgi_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n"
)
ONE_FILE = (
    "from django.conf import settings\nfrom django.core.wsgi import get_wsgi_application\n"
    "from django.urls import path\n"
    "settings.configure(SECRET_KEY='x', ROOT_URLCONF=__name__, ALLOWED_HOSTS=['*'])\n"
    "urlpatterns = [%s]\napplication = get_wsgi_application()\n"
)
BARE = {"requirements.txt": "django\n", "shop/__init__.py": "", "shop/wsgi.py": ENTRY}
ODD = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = os.getenv('S') or 'shop.settings'\n"
OPEN = "ALLOWED_HOSTS = ['*']\n"
WITHOUT_MANAGE: dict[str, tuple[dict[str, str], str]] = {
    "no URL": ({**BARE, "shop/settings.py": OPEN, "shop/urls.py": "urlpatterns = []\n"}, ""),
    "no settings": (BARE, ""),
    "a route": ({**BARE, "shop/settings.py": OPEN, "shop/urls.py": URLS}, "/health/"),
    "URLs elsewhere": (
        {**BARE, "shop/settings.py": OPEN + "ROOT_URLCONF = 'web.routes'\n", "web/routes.py": URLS},
        "/health/",
    ),
    "a manage.py that is not understood": ({**BARE, "manage.py": ODD, "shop/settings.py": OPEN}, ""),
    "one file": ({"requirements.txt": "django\n", "app.py": ONE_FILE % ""}, ""),
    "one file with a route": ({"requirements.txt": "django\n", "app.py": ONE_FILE % "path('up/', x)"}, "/up/"),
}


@pytest.mark.parametrize("name", WITHOUT_MANAGE)
def test_health_without_a_manage_py(name: str, answers: Answers) -> None:
    files, expected = WITHOUT_MANAGE[name]
    found = answers(files)
    assert (found["framework"], found["health_path"]) == ("django", expected)


def test_what_the_environment_names_is_read(detecting: Detect) -> None:
    files = project(
        "ALLOWED_HOSTS = []\n",
        **{
            "shop/production.py": BASE + STATIC + OPEN + "import os\nSECRET_KEY = os.environ['KEY']\n",
            "shop/urls.py": URLS,
            "Dockerfile": "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=shop.production\n",
        },
    )
    found = detecting(files).findings
    assert lines(found.answers, "build_commands") == [
        "env KEY=1 DJANGO_SETTINGS_MODULE=shop.production python manage.py collectstatic --noinput"
    ]
    assert found.value("health_path") == "/health/"
