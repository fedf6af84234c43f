"""Front-end files that a Node stage makes: built from the registry, served by the app, and no Node in the image."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from python_on_whales import DockerException, docker

from copier_slim import catalog
from copier_slim.detect.repository import detect
from tests.command.running import command, commit, write
from tests.conftest import Render
from tests.engine.project import HARDENED, Project
from tests.engine.sampling import case

Files = dict[str, str]
Made = Callable[..., Project]

VITE = {"vite": "7.3.0"}
TAILWIND = {"tailwindcss": "4.1.18", "@tailwindcss/cli": "4.1.18"}
MANAGE = """\
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
WSGI = """\
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = get_wsgi_application()
"""
SETTINGS = """\
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-this-test"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"]}]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "collected"
STATICFILES_DIRS = [BASE_DIR / "%s"]
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
"""
URLS = """\
from django.shortcuts import render
from django.urls import path
urlpatterns = [path("", lambda request: render(request, "index.html"))]
"""
PAGE = '{%% load static %%}<link href="{%% static "%s" %%}"><p class="text-fuchsia-500">x</p>\n'


def package(scripts: dict[str, str], packages: dict[str, str], **more: Any) -> str:
    """A package.json."""
    return json.dumps({"name": "ui", "private": True, "scripts": scripts, "devDependencies": packages, **more})


def django(statics: str, page: str) -> Files:
    """A Django project that serves the files of `statics`, one of which its page names."""
    return {
        "manage.py": MANAGE, "shop/__init__.py": "", "shop/wsgi.py": WSGI, "shop/settings.py": SETTINGS % statics,
        "shop/urls.py": URLS, "templates/index.html": PAGE % page, "requirements.txt": "django\nwhitenoise[brotli]\n",
    }  # fmt: skip


DJANGO_VITE = {
    **django("frontend/dist", "main.js"),
    "frontend/package.json": package({"dev": "vite", "build": "vite build"}, VITE),
    "frontend/vite.config.js": """\
export default { build: { rollupOptions: { input: "main.js", output: { entryFileNames: "[name].js" } } } };
""",
    "frontend/main.js": f'document.title = "made by vite{" and long enough to compress" * 40}";\n',
}
DJANGO_TAILWIND = {
    **django("static", "css/app.css"),
    "package.json": package({"build": "tailwindcss -i ui/app.css -o static/css/app.css --minify"}, TAILWIND),
    "ui/app.css": '@import "tailwindcss";\n',
    "static/robots.txt": "User-agent: *\n",
}
FLASK = """\
import json
from pathlib import Path

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    made = json.loads((Path(app.root_path) / "static/dist/made.json").read_text())
    name = next(path for path in made["outputs"] if path.endswith(".js"))
    return f"<script src=/{name}></script>"
"""
FLASK_ESBUILD = {
    "app.py": FLASK,
    "requirements.txt": "flask\n",
    "package.json": package(
        {"build": "esbuild src/app.js --bundle --minify --entry-names='[name]-[hash]' --outdir=static/dist"
         " --metafile=static/dist/made.json"},
        {"esbuild": "0.27.2"},
    ),
    "src/app.js": 'document.title = "made by esbuild";\n',
}  # fmt: skip
FASTAPI_REACT = {
    "main.py": """\
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

app = FastAPI()


@app.get("/healthz")
def health():
    return {}


app.mount("/", StaticFiles(directory="web/dist", html=True))
""",
    "requirements.txt": "fastapi\n",
    "web/package.json": package(
        {"dev": "vite", "build": "vite build", "postinstall": "node made.js"},
        {**VITE, "react": "19.2.3", "react-dom": "19.2.3"},
    ),
    "web/made.js": 'require("fs").writeFileSync("greeting.json", JSON.stringify("made by vite"));\n',
    "web/index.html": '<div id="root"></div><script type="module" src="/main.jsx"></script>\n',
    "web/main.jsx": """\
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import greeting from "./greeting.json";
createRoot(document.getElementById("root")).render(createElement("h1", null, greeting));
""",
}
# A member of a workspace that is built after another, whose lock lies at the root
WORKSPACE = {
    "main.py": FASTAPI_REACT["main.py"].replace("web/dist", "apps/site/dist"),
    "requirements.txt": "fastapi\n",
    "package.json": package({"build": "turbo run build"}, {}, workspaces=["apps/*", "packages/*"]),
    "packages/kit/package.json": json.dumps(
        {"name": "@shop/kit", "version": "1.0.0", "main": "made.js", "scripts": {"build": "node build.js"}}
    ),
    "packages/kit/build.js": 'require("fs").writeFileSync("made.js", "export default \'made by vite\';");\n',
    "apps/site/package.json": package(
        {"dev": "vite", "build": "vite build"}, {**VITE, "@shop/kit": "*"}, name="site", version="1.0.0"
    ),
    "apps/site/index.html": '<script type="module" src="/main.js"></script>\n',
    "apps/site/main.js": 'import text from "@shop/kit"; document.title = text;\n',
    "apps/admin/package.json": json.dumps({"name": "admin", "version": "1.0.0"}),
}
FRONT_ENDS = {
    "django-vite": DJANGO_VITE,
    "django-tailwind": DJANGO_TAILWIND,
    "flask-esbuild": FLASK_ESBUILD,
    "fastapi-react": FASTAPI_REACT,
    "workspace": WORKSPACE,
}
MANAGERS = {
    "npm": "npm@11.0.0",
    "pnpm": "pnpm@9.15.9",
    "yarn": "yarn@1.22.22",
    "yarn-berry": "yarn@4.18.1",
    "bun": "bun@1.4.5",
}
# How each package manager makes a lock and installs nothing
LOCKING = {
    "npm": "npm install --package-lock-only --ignore-scripts",
    "pnpm": "npx --yes pnpm@9.15.9 install --lockfile-only --ignore-scripts",
    "yarn": "yarn install --ignore-scripts && find . -name node_modules -prune -exec rm -r {} +",
    "yarn-berry": "npx --yes @yarnpkg/cli-dist@4.18.1 install --mode=update-lockfile",
    "bun": "npx --yes bun@1.4.5 install --lockfile-only",
}


def managed(files: Files, manager: str) -> Files:
    """A project whose package.json states its package manager, and names members as that wants it."""
    top = min((path for path in files if path.endswith("package.json")), key=lambda path: path.count("/"))
    document = json.loads(files[top]) | {"packageManager": MANAGERS[manager]}
    files = files | {top: json.dumps(document)}
    if "workspaces" not in document or manager in ("npm", "yarn"):
        return files
    files |= {path: text.replace('"@shop/kit": "*"', '"@shop/kit": "workspace:*"') for path, text in files.items()}
    return files | {"pnpm-workspace.yaml": "packages: [apps/*, packages/*]\n"} if manager == "pnpm" else files


CASES = {f"{name}-{manager}": managed(files, manager) for name, files in FRONT_ENDS.items() for manager in MANAGERS}
SAMPLED = "django-vite-npm"
PACKAGE = CASES["fastapi-react-pnpm"]["web/package.json"]


@pytest.fixture(scope="module")
def made(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The project of CASES as detected, rendered and locked, once each."""

    @cache
    def make(name: str) -> Project:
        path = tmp_path_factory.mktemp(name)
        write(path, CASES[name])
        answers = detect(path, online=False).findings.answers
        assert answers["assets"] == next(key for key in reversed(LOCKING) if name.endswith(f"-{key}"))
        folder = path / answers.get("assets_path", "")
        docker.run(
            "node:24-slim", ["sh", "-ec", LOCKING[answers["assets"]]], remove=True, workdir="/src",
            volumes=[(folder, "/src")], envs={"YARN_ENABLE_IMMUTABLE_INSTALLS": "false"},
        )  # fmt: skip
        assert (folder / catalog.frontends().managers[answers["assets"]].lock).exists()
        project = Project(render(path, **answers, package_tool="uv"), tag=f"copier-slim-test:front-end-{name}")
        project.lock()
        return project

    return make


@pytest.fixture
def changed(made: Made, tmp_path: Path) -> Made:
    """A copy of a project of CASES, with other texts in some of its files."""

    def change(name: str, **texts: str) -> Project:
        original = made(name)
        copy = shutil.copytree(original.path, tmp_path / "changed")
        for file, text in texts.items():
            (copy / file).write_text(text)
        return Project(copy, tag=f"{original.tag}-changed")

    return change


@pytest.mark.parametrize("name", [case(name, name=name, group="front-end", sampled=name == SAMPLED) for name in CASES])
def test_the_page_names_a_file_that_the_build_made(made: Made, name: str) -> None:
    project = made(name)
    project.build()
    with project.running(**HARDENED) as service:
        page = service.wait("/")
        assert page.status == 200
        link = re.search(r"""(?:src|href)="?(/[^"> ]+[.-][\w-]{8,}\.(?:js|css))""", page.body)
        assert link, page.body
        answer = service.ask(link[1])
        assert answer.status == 200
        assert "made by" in answer.body or ".text-fuchsia-500{" in answer.body
        traces = "import pathlib, shutil; print(shutil.which('node'), *pathlib.Path('/app').rglob('node_modules'),"
        assert service.python(f"{traces} *pathlib.Path('/app').rglob('*lock*'))").strip() == "None"


@pytest.mark.matrix
@pytest.mark.xdist_group("front-end")
def test_static_files_are_compressed_in_the_build(made: Made) -> None:
    project = made("django-vite-npm")
    project.build()
    files = project.output("python", "-c", "import os; print(os.listdir('/app/collected'))")
    assert re.search(r"'main\.[0-9a-f]{12}\.js'", files)
    assert re.search(r"'main\.[0-9a-f]{12}\.js\.gz'", files)
    assert re.search(r"'main\.[0-9a-f]{12}\.js\.br'", files)


def steps(log: str) -> dict[str, bool]:
    """Whether each step of a build, as [assets 3/7], came from the cache."""
    numbers = {match[1]: match[2] for match in re.finditer(r"^#(\d+) \[(\w+ +\d+/\d+)\] (?!FROM )", log, re.MULTILINE)}
    return {step: f"#{number} CACHED" in log for number, step in numbers.items()}


def rebuilt(project: Project) -> set[str]:
    """The stages of which a second build makes a step anew."""
    log = "".join(
        part.decode() if isinstance(part, bytes) else str(part)
        for part in docker.buildx.build(project.path, progress="plain", load=True, tags=project.tag, stream_logs=True)
    )
    found = steps(log)
    assert any(found.values()), log
    return {step.split()[0] for step, cached in found.items() if not cached}


@pytest.mark.matrix
@pytest.mark.xdist_group("front-end")
@pytest.mark.parametrize(
    ("name", "file", "stages"),
    [
        ("django-tailwind-npm", "shop/urls.py", {"build", "code"}),
        ("django-tailwind-npm", "templates/index.html", {"assets", "build", "code"}),
        ("fastapi-react-pnpm", "main.py", {"build", "code"}),
    ],
)
def test_a_change_makes_only_what_depends_on_it(
    changed: Made, made: Made, name: str, file: str, stages: set[str]
) -> None:
    made(name).build()
    unseen = f"\n# {uuid4()}\n"  # what was built before would come from the cache
    assert rebuilt(changed(name, **{file: CASES[name][file] + unseen})) - {"runtime", "check"} == stages


@pytest.mark.matrix
@pytest.mark.xdist_group("front-end")
@pytest.mark.parametrize(
    ("name", "files", "said"),
    [
        (
            "fastapi-react-pnpm",
            {"web/main.jsx": "import './gone.js'\n"},
            "web/package.json: pnpm run postinstall && pnpm run build fails with Node 24, for the reason above",
        ),
        (
            "fastapi-react-pnpm",
            {"web/package.json": PACKAGE.replace("19.2.3", "19.2.0")},
            "web/pnpm-lock.yaml does not fit package.json: run pnpm install",
        ),
        (
            "fastapi-react-pnpm",
            {"web/package.json": PACKAGE.replace("vite build", "vite build --outDir other")},
            "pnpm run build makes nothing in web/dist: copier update --data assets_output",
        ),
        (  # the others warn of it, and build
            "flask-esbuild-yarn",
            {
                "package.json": json.dumps(
                    json.loads(CASES["flask-esbuild-yarn"]["package.json"]) | {"engines": {"node": ">=99"}}
                )
            },
            "package.json or a package of its lock forbids Node 24: copier update --data assets_node=…",
        ),
    ],
    ids=["the build fails", "another lock", "nothing is made", "yarn's engine"],
)
def test_what_fails_is_said_in_one_line(changed: Made, name: str, files: Files, said: str) -> None:
    project = changed(name, **files)
    with pytest.raises(DockerException, match=re.escape(said)):
        project.build()


@pytest.mark.matrix
@pytest.mark.xdist_group("front-end")
# Bun takes what its cache has by name and version, which it compared with the lock when it fetched it
@pytest.mark.parametrize("manager", [manager for manager in MANAGERS if manager != "bun"])
def test_a_package_that_is_another_is_said_in_one_line(changed: Made, manager: str) -> None:
    project = changed(f"flask-esbuild-{manager}")
    name = catalog.frontends().managers[manager].lock
    lock = (project.path / name).read_text()
    spoilt, count = re.subn(
        r"((?:sha512-|checksum: \w+/)[\w+]{8})\w{4}", r"\1AAAA" if "sha512" in lock else r"\1aaaa", lock
    )
    assert count
    (project.path / name).write_text(spoilt)
    with pytest.raises(DockerException, match=f"A package is not the one of {name}: its checksum differs"):
        project.build("assets")


@pytest.mark.matrix
@pytest.mark.xdist_group("front-end")
@pytest.mark.parametrize("manager", ["npm", "pnpm"])
def test_no_network_is_said_in_one_line(changed: Made, manager: str) -> None:
    project = changed(f"flask-esbuild-{manager}")
    said = {
        "npm": "The registry that package-lock.json names does not answer",
        "pnpm": "The registry has no pnpm 9.15.9",
    }
    with pytest.raises(DockerException, match=said[manager]):
        docker.buildx.build(project.path, target="assets", network="none", cache=False, progress=False)


@pytest.mark.matrix
@pytest.mark.xdist_group("front-end")
def test_no_lock_is_said_in_one_line(changed: Made) -> None:
    project = changed("fastapi-react-pnpm")
    (project.path / "web/pnpm-lock.yaml").unlink()
    with pytest.raises(DockerException, match=re.escape("No web/pnpm-lock.yaml yet, make it: pnpm install")):
        project.build()


@pytest.mark.matrix
@pytest.mark.xdist_group("front-end")
def test_the_proof_says_what_fails_and_what_the_tool_complains_of(made: Made, template: Path, tmp_path: Path) -> None:
    lock = (made("fastapi-react-npm").path / "web/package-lock.json").read_text()
    broken = {"web/main.jsx": "import './gone.js'\n", "web/package-lock.json": lock}
    before = {image.id for image in docker.image.list()}
    project = commit(write(tmp_path / "shop", CASES["fastapi-react-npm"] | broken))
    proved = command("copy", "--defaults", "--prove", "--template", template, "-d", "package_tool=uv", cwd=project)
    assert proved.code == 1
    _, _, complaint = (proved.out + proved.err).partition("of web/package.json fails")
    assert "gone.js" in complaint
    assert not [image for image in docker.image.list() if image.id not in before and "shop" in str(image.repo_tags)]
