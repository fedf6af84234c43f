"""docs/front-end.md shows two repositories with a front end, as a terminal does: one command each, and no edit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from python_on_whales import docker

from tests.command.running import commit, environment, shell, write
from tests.engine.test_front_end import FASTAPI_REACT, MANAGE, SETTINGS, URLS, VITE, WSGI, Files, package
from tests.render.test_readme import check_shown

CONFIG = """\
import tailwindcss from "@tailwindcss/vite";

export default {
  base: "/static/",
  plugins: [tailwindcss()],
  build: { manifest: "manifest.json", rollupOptions: { input: "main.js" } },
};
"""
DJANGO: Files = {
    "manage.py": MANAGE, "shop/__init__.py": "", "shop/wsgi.py": WSGI, "shop/urls.py": URLS,
    "shop/settings.py": (SETTINGS % "frontend/dist").replace(
        '["django.contrib.staticfiles"]', '["django.contrib.staticfiles", "django_vite"]'
    ).replace("CompressedManifest", "Compressed"),
    "templates/index.html": """\
{% load django_vite %}{% vite_asset 'main.js' %}
<h1 class="text-fuchsia-500">Shop</h1>
""",
    "requirements.txt": "django\ndjango-vite\nwhitenoise\n",
    "frontend/package.json": package(
        {"build": "vite build"}, {**VITE, "tailwindcss": "4.1.18", "@tailwindcss/vite": "4.1.18"}
    ),
    "frontend/vite.config.js": CONFIG,
    "frontend/main.js": 'import "./style.css";\n',
    "frontend/style.css": '@import "tailwindcss";\n@source "../templates";\n',
}  # fmt: skip
PROJECTS: dict[str, tuple[Files, str, str]] = {
    "django": (DJANGO, "frontend", "css"),
    "fastapi": ({path: text for path, text in FASTAPI_REACT.items() if path != "web/made.js"}, "web", "js"),
}
COPY = "copier-slim copy --defaults"
QUICKER = "--data python_version=3.13 --data package_tool=uv"


def lines(suffix: str) -> list[str]:
    """What is typed."""
    return [
        "ls",
        COPY,
        "docker build --quiet --tag shop . > /dev/null",
        "docker run --detach --rm --read-only --tmpfs /tmp --name shop --publish 127.0.0.1::8000 shop > /dev/null",
        "curl --silent --retry 20 --retry-all-errors $(docker port shop 8000)",
        f"curl --silent $(docker port shop 8000)$(curl --silent $(docker port shop 8000) | grep -o '/[^\"]*{suffix}')"
        " | grep -o " + {"css": "'text-fuchsia-500{[^;]*'", "js": "'made by vite'"}[suffix],
        "docker exec shop python -c 'import shutil; print(shutil.which(\"node\"))'",
    ]


@pytest.mark.matrix
@pytest.mark.xdist_group("adoption-shown")  # its images have the same name
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", PROJECTS)
def test_the_page_shows_a_repository_as_it_goes(
    name: str,
    template: Path,
    tmp_path: Path,
    update_golden: bool,  # noqa: FBT001
) -> None:
    files, folder, suffix = PROJECTS[name]
    if name == "fastapi":
        document = json.loads(files["web/package.json"])
        document["scripts"].pop("postinstall")
        main = files["web/main.jsx"].replace('import greeting from "./greeting.json";\n', "")
        files = files | {
            "web/package.json": json.dumps(document),
            "web/main.jsx": main.replace("greeting", '"made by vite"'),
        }
    project = commit(write(tmp_path / "shop", files))
    docker.run(
        "node:24-slim", ["npm", "install", "--package-lock-only", "--ignore-scripts"], remove=True, workdir="/src",
        volumes=[(project / folder, "/src")],
    )  # fmt: skip
    commit(project)

    def run(line: str) -> str:
        return "".join(f"{text.rstrip()}\n" for text in shell(line, project, environment()).splitlines())

    shown = ""
    try:
        for line in lines(suffix):
            if line == COPY:
                run(f"{sys.executable} -m {COPY.replace('-', '_', 1)} --template {template} {QUICKER}")
                shown += f"$ {line} > /dev/null\n"
            else:
                shown += f"$ {line}\n{run(line)}"
        assert shown.endswith("None\n")
        check_shown(name, shown, update_golden=update_golden)
    finally:
        subprocess.run(["docker", "rm", "--force", "shop"], capture_output=True, check=False)
        subprocess.run(["docker", "rmi", "shop"], capture_output=True, check=False)
