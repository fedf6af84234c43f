"""No userinfo, token or password of any kind of file reaches an output, an answer or a file that is written."""

from __future__ import annotations

import io
import itertools
import re
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copier_slim import catalog, console
from copier_slim.detect import report
from copier_slim.detect.repository import detect
from copier_slim.errors import InputError
from tests.conftest import ROOT

from .conftest import FLASK, complaints, repository

SECRET = "Zq7hunter2Xw"  # noqa: S105 none
# Where a credential may stand in a URL after its scheme
URLS = {
    "user and password": "user:{}@host.example/x/private2.git",
    "a token alone": "{}@host.example/x/private2.git",
    "a token and an empty password": "{}:@host.example/x/private2.git",
    "a token as the password": "x-access-token:{}@host.example/x/private2.git",
    "git as the user": "git:{}@host.example/x/private2.git",
    "percent-encoded": "user:a%40{}%2F@host.example/x/private2.git",
    "with an @ in it": "user:a@{}@host.example/x/private2.git",
    "with a / in it": "user:a/{}@host.example/x/private2.git",
    "with a ref": "user:{}@host.example/x/private2.git@main",
    "with a ref that has an @": "user:{}@host.example/x/private2.git@a@b",
    "with a port": "user:{}@host.example:8443/x/private2.git",
    "an IPv6 host": "user:{}@[::1]:8443/x/private2.git",
    "an egg": "user:{}@host.example/x/private2.git#egg=private2",
    "a token in the query": "host.example/x/private2-1.0.tar.gz?token={}",
    "a signature in the query": "host.example/x/private2-1.0.tar.gz?X-Amz-Date=1&X-Amz-Signature={}",
    "a shared access signature": "host.example/x/private2-1.0.tar.gz?sv=1&sig={}#sha256=" + "0" * 64,
}
SCHEMES = ["https", "http", "git+https", "git+http", "git+ssh", "ssh", "git", "hg+https", "HTTPS", "ftp"]
POETRY = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.11"\nflask = "*"\n'
LINES = {
    "requirements.txt": [
        "flask\n{url}\n",
        "flask\nprivate2 @ {url}\n",
        "flask\n-e {url}\n",
        "--index-url {url}\nflask\n",
        "--extra-index-url={url}\nflask\n",
        "-f {url}\nflask\n",
        "flask  # see {url}\n",
        "# from {url}\nflask\n",
        "-r {url}\nflask\n",
        "--trusted-host {url}\nflask\n",
        "flask\nprivate2 @ {url} ; python_version > '3'\n",
        "flask --config-settings token={secret}\n",
        "-c {url}\nflask\n",
        "flask\n{url} {{ x }}\n",
        "flask\nbad line {url}\n",
        "flask\n--what {url}\n",
    ],
    "requirements.in": ["flask\n# The project's own\n# {url}\nprivate2 @ {url}\n", "# {url}\nflask  # {url}\n"],
    "pyproject.toml": [
        '[project]\nname = "shop"\ndependencies = ["flask", "private2 @ {url}"]\n',
        POETRY + 'private2 = {{ git = "{url}" }}\n',
        POETRY + 'private2 = {{ url = "{url}" }}\n',
        POETRY + '[[tool.poetry.source]]\nname = "x"\nurl = "{url}"\n',
        POETRY + '[[tool.poetry.source]]\nname = "{url}"\nurl = "{url}"\n',
        (
            '[project]\nname = "shop"\ndependencies = ["flask", "private2"]\n[tool.uv.sources]\n'
            'private2 = {{ git = "{url}" }}\n'
        ),
        '[project]\nname = "shop"\ndependencies = ["flask"]\n[[tool.uv.index]]\nname = "x"\nurl = "{url}"\n',
        '[project]\nname = "shop"\ndependencies = ["flask"]\n[[tool.pdm.source]]\nname = "x"\nurl = "{url}"\n',
        '[project]\nname = "shop"\ndependencies = ["flask", "private2 {url}"]\n',
        '[project]\nname = "shop"\nrequires-python = "{url}"\ndependencies = ["flask"]\n',
    ],
    "Pipfile": [
        '[packages]\nflask = "*"\nprivate2 = {{ git = "{url}" }}\n',
        '[packages]\nflask = "*"\nprivate2 = {{ file = "{url}" }}\n',
        '[[source]]\nname = "x"\nurl = "{url}"\n[packages]\nflask = "*"\n',
        '[packages]\nflask = "{url}"\n',
    ],
    "setup.cfg": ["[metadata]\nname = shop\n[options]\ninstall_requires =\n  flask\n  private2 @ {url}\n"],
    "setup.py": ["from setuptools import setup\nsetup(name='shop', install_requires=['flask', 'private2 @ {url}'])\n"],
    "environment.yml": [
        "dependencies:\n- python=3.12\n- pip\n- pip:\n  - flask\n  - private2 @ {url}\n",
        "channels: ['{url}']\ndependencies:\n- python=3.12\n- flask\n- '{url}::private2'\n",
    ],
    "Dockerfile": [
        "FROM python:3.12\nENV STRIPE_PASSWORD={secret}\nCMD gunicorn web:site\n",
        "FROM python:3.12\nENV PGPASS {secret}\nCMD gunicorn web:site\n",
        "FROM python:3.12\nENV DB={url}\nCMD gunicorn web:site\n",
        "FROM python:3.12\nARG A={url}\nENV B=$A\nCMD gunicorn web:site\n",
        "FROM python:3.12\nRUN pip install flask {url}\nCMD gunicorn web:site\n",
        "FROM python:3.12\nRUN curl {url}\nCMD gunicorn web:site\n",
        "FROM python:3.12\nADD {url} /x\nCMD gunicorn web:site\n",
        "FROM python:3.12\nRUN SECRET_KEY={secret} python manage.py collectstatic\nCMD gunicorn web:site\n",
        "FROM python:3.12\nCMD gunicorn web:site --env API_TOKEN={secret}\n",
        "FROM {url}/python:3.12\nCMD gunicorn web:site\n",
        "FROM python:3.12\nRUN curl -u me:{secret} https://host.example/x\nCMD gunicorn web:site\n",
        (
            'FROM python:3.12\nENV A="b" PASSWORD="{secret}"\nENTRYPOINT ["gunicorn", "web:site"]\n'
            'CMD ["--password", "{secret}"]\n'
        ),
    ],
    "Procfile": [
        "web: celery -A tasks --broker {url} worker\n",
        "web: gunicorn web:site --env PASSWORD={secret}\n",
        "web: PASSWORD={secret} gunicorn web:site\n",
        "web: python job.py --password {secret} --url {url}\n",
        "release: python job.py --token {secret}\nweb: gunicorn web:site\n",
        "release: flask db upgrade --api-key={secret}\nweb: gunicorn web:site\n",
        "web: env DB={url} python job.py {url}\n",
    ],
    "compose.yaml": [
        (
            "services:\n  web:\n    build: .\n    command: python job.py --password {secret}\n"
            "    environment:\n      PASSWORD: {secret}\n      DB: {url}\n"
        ),
        (
            "services:\n  web:\n    build: .\n    command: ['python', 'job.py', '--db', '{url}']\n"
            "    environment:\n    - TOKEN={secret}\n"
        ),
    ],
    "app.yaml": [
        (
            "runtime: python312\nentrypoint: python job.py --db {url} --token={secret}\n"
            "env_variables:\n  API_KEY: {secret}\n"
        )
    ],
    "render.yaml": [
        (
            "services:\n- type: web\n  startCommand: python job.py --db {url}\n  envVars:\n"
            "  - key: SECRET\n    value: {secret}\n"
        )
    ],
    "railway.json": ['{{"deploy": {{"startCommand": "python job.py --db {url} --secret {secret}"}}}}'],
    "fly.toml": ['[env]\nSECRET = "{secret}"\n[processes]\napp = "python job.py --db {url}"\n'],
    "start.sh": [
        "#!/bin/sh\nexport PASSWORD={secret}\npython job.py --token {secret}\nexec gunicorn web:site\n",
        "#!/bin/sh\nexec python job.py {url}\n",
    ],
    ".flaskenv": ["FLASK_APP=web:site\nSECRET_KEY={secret}\nDB={url}\n"],
    "gunicorn.conf.py": ["bind = '0.0.0.0:8000'\nraw_env = ['PASSWORD={secret}', 'DB={url}']\n"],
    "settings.py": ["SECRET_KEY = '{secret}'\nDATABASE = '{url}'\n"],
    ".env": ["PASSWORD={secret}\nDB={url}\n"],
}
BESIDE = {"web.py": FLASK.replace("app =", "site ="), "job.py": "print(1)\n", "manage.py": "print(1)\n"}
CASES = [(path, text) for path, texts in LINES.items() for text in texts]
ALL = [*itertools.product(URLS, SCHEMES[:3])]


def said(root: Path) -> str:
    """All that `detect` shows, in all its forms, and the answers."""
    screen = io.StringIO()
    try:
        found = detect(root, online=False).findings
    except InputError as error:
        return str(error)
    report.show(found, console.console(file=screen, width=400))
    return "\n".join([screen.getvalue(), report.as_yaml(found), report.as_json(found), repr(found)])


def check(path: str, text: str, scheme: str, url: str, secret: str = SECRET) -> None:
    written = text.format(url=f"{scheme}://{URLS[url].format(secret)}", secret=secret)
    with tempfile.TemporaryDirectory() as directory:
        told = said(repository(Path(directory) / "shop", {**BESIDE, path: written}))
    assert secret.lower() not in told.lower(), f"{written}\n{told}"


@pytest.mark.parametrize(("path", "text"), CASES)
def test_no_file_tells_a_secret(path: str, text: str) -> None:
    for url in URLS if "{url}" in text else [next(iter(URLS))]:
        check(path, text, "git+https" if ".git" in URLS[url] else "https", url)


@settings(max_examples=150, deadline=timedelta(seconds=10), database=None, derandomize=True)
@given(
    case=st.sampled_from(CASES),
    scheme=st.sampled_from(SCHEMES),
    url=st.sampled_from(list(URLS)),
    secret=st.from_regex(r"\A[A-Z][a-zA-Z0-9]{5,9}[0-9][a-zA-Z0-9_.~-]{2,12}[a-zA-Z0-9]\Z"),
)
def test_no_secret_of_any_form_is_told(case: tuple[str, str], scheme: str, url: str, secret: str) -> None:
    check(*case, scheme, url, secret)


# Variables that are called like a credential and are none
ABOUT = [
    *["TOKEN_URL=https://auth.example.com/token", "ACCESS_TOKEN_EXPIRE_MINUTES=30", "AUTH_BACKEND=ldap", "SORT_KEY=id"],
    *["POSTGRES_PASSWORD_FILE=/run/secrets/db", "GOOGLE_APPLICATION_CREDENTIALS=/run/secrets/gcp.json"],
    *["PASSWORD_MIN_LENGTH=8", "DISABLE_AUTH=1", "API_KEY_HEADER=X-API-Key", "CACHE_KEY_PREFIX=shop", "AUTH=false"],
    *["MAX_TOKENS=4096", "PRIMARY_KEY=id", "AUTH_TOKEN=http://localhost:80"],
]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "flask\n# see https://u:{password}@host.example and http://h: mail a@b.example\n"},
        {"requirements.txt": "flask\nprivate2 @ https://host.example/private2-1.0.tar.gz?token=abc\n"},
        {"Dockerfile": "FROM python:3.13\nENV API=http://api.example:80\nENV EMAIL=a@b.example\nCMD python app.py\n"},
        {"Dockerfile": f"FROM python:3.13\nENV {' '.join(ABOUT)}\nCMD python app.py\n"},
        {"Dockerfile": "FROM python:3.13\nENV A=http://u:$PW@h:80 B=x?sig=1\nCMD python app.py\n"},
    ],
)
def test_what_is_carried_over_is_no_secret_for_the_questions(files: dict[str, str], tmp_path: Path) -> None:
    found = detect(repository(tmp_path, {"app.py": FLASK, "requirements.txt": "flask\n"} | files)).findings
    assert complaints(found.answers) == {}
    if "TOKEN_URL" in files.get("Dockerfile", ""):
        assert found.value("environment").split("\n") == ABOUT


def test_what_is_only_called_like_a_credential_stays(tmp_path: Path) -> None:
    pins = "flask==3.1.0\nsecretstorage==3.3.3\ntiktoken==0.8.0\ngoogle-auth==2.38.0  # of the lock\n"
    files = {"requirements.txt": pins, "auth/app.py": FLASK, "Procfile": "web: gunicorn auth.app:app\n"}
    found = detect(repository(tmp_path, files)).findings
    assert found.value("app") == "auth.app:app"
    assert found.value("dependencies") == pins.strip()
    assert not [note for note in found.notes if "credential" in note]


@pytest.mark.parametrize("words", ["about", "around"])
def test_the_questions_know_the_same_words(words: str) -> None:
    text = (ROOT / "questions/patterns.jinja").read_text(encoding="utf-8")
    said = re.search(rf"{{% set {words} = (.*?) %}}", text, re.DOTALL)
    assert said
    assert set("".join(re.findall(r"'([^']*)'", said[1])).split("|")) == set(
        getattr(catalog.credentials().variables, words)
    )
