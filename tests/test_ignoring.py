"""What the emitted .dockerignore leaves out, and how a project's own becomes a part of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from copier_slim import catalog, credentials
from copier_slim.engine import dockerignore

EMITTED = (Path(__file__).parent / "golden/fastapi/.dockerignore").read_text(encoding="utf-8")
NEEDED = ["requirements.in", "requirements.txt"]
SECRET = [
    *["app/.env", "app/.ssh/id_rsa", "app/.netrc", "app/config/server.key", "app/.git/config", "app/Id_RSA"],
    *["app/secrets/x.txt", ".env", "gcp-prod.json", "serviceAccountKey.json", "certs/public.pem", "app/SERVER.KEY"],
]
FILES = [
    *SECRET,
    *["main.py", "requirements.in", "requirements.txt", "README.md", "app/main.py", "app/tests/case.json", "a.md"],
    *["app/static/a.js", "customer-data/users.csv", "prod-dump.sql", "lib/__init__.py", "lib/secret.txt", "data/x.db"],
    *["app/.well-known/x", ".streamlit/config.toml", "core/models.py", "notes/private.txt", "docs/a/b/c.txt"],
    *[
        "app/sql/query.sql",
        "products.sql",
        "tests/x.py",
        "config/settings.yml",
        "venv/bin/python",
        "x/node_modules/y.js",
    ],
]
OWN = {
    "an allow list": "*\n!main.py\n!requirements.txt\n",
    "an allow list of folders by **": "*\n!app/**\n!main.py\n",
    "an allow list of folders": "*\n!app\n!requirements.txt\n",
    "an allow list with what it leaves out again": "*\n!main.py\n!lib\n!requirements.txt\nlib/secret*\n",
    "** first": "**\n!app/\n!**/*.md\n",
    "slashes": "/docs/\n/app/static/\n!/docs/a/b\n",
    "a star in a folder's place": "*/x.py\ndocs/*/b\n**/*.csv\n!**/users.csv\n",
    "what the template leaves out": "*\n!app/tests\n!data/x.db\n!venv\n",
    "comments, spaces and CRLF": "# all\r\n*\r\n  !app/main.py  \r\n\r\n",
    "a list of what is left out": "*.md\n!README.md\nnotes\n**/*.txt\n",
    "all secrets let in": "!**/.env\n!**/*.key\n!.env\n!certs/public.pem\n",
    "characters": "a.m[a-f]\nREADME.??\n[^a]ocs\n",
    "an exception under a folder": "app\n!app/static\n!app/tests/**\n",
    "what the build needs": "requirements*\n*.txt\n!requirements.txt\n",
}


def let_in(text: str) -> set[str]:
    ignored = dockerignore.read(text)
    return {name for name in FILES if not ignored.leaves_out(name)}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_a_projects_own_lets_in_what_it_did_but_no_secret_and_what_the_image_needs(own: str) -> None:
    after = let_in(dockerignore.merged(EMITTED, own, NEEDED))
    before, secret = let_in(own), {*FILES} - let_in(dockerignore._secrets(EMITTED))  # noqa: SLF001
    assert secret == {*SECRET}
    assert not after & secret
    assert {*NEEDED} <= after
    assert after - before <= {*NEEDED}
    if (
        own.lstrip("# al\r\n").startswith("*\n") or "*\r\n" in own or own.startswith("**\n")
    ):  # all of it is the project's
        assert after == before - secret | {*NEEDED}


def test_what_its_exceptions_would_let_in_against_the_secrets_is_told() -> None:
    found = dockerignore.against_secrets("*\n!app/**\n!certs/public.pem\n", EMITTED, FILES)
    assert found["!certs/public.pem"] == ["certs/public.pem"]
    assert {"app/.env", "app/.ssh/id_rsa", "app/config/server.key"} <= {*found["!app/**"]}


def test_a_line_at_the_end_lets_in() -> None:
    text = EMITTED + "!certs/public.pem\n"
    assert "certs/public.pem" in let_in(text)
    assert dockerignore.against_secrets(text, EMITTED, FILES) == {"!certs/public.pem": ["certs/public.pem"]}
    assert let_in(dockerignore.merged(EMITTED, text)) == let_in(text)


def test_what_0_7_0_put_at_the_end_comes_before_the_secrets() -> None:
    after = dockerignore.merged(EMITTED, EMITTED + "\n# The project's own\n!app/**\nnotes\n", NEEDED)
    assert not let_in(after) & {*SECRET}
    assert "notes/private.txt" not in let_in(after)


def test_without_a_file_of_its_own_it_is_as_emitted() -> None:
    assert dockerignore.merged(EMITTED, "# nothing\n\n") == EMITTED
    assert dockerignore.merged(EMITTED, EMITTED) == EMITTED
    assert dockerignore.merged(EMITTED, "node_modules/\n__pycache__\n.env\n") == EMITTED


def instance(pattern: str) -> str:
    return re.sub(r"\[(.)[^\]]*\]", r"\1", pattern).replace("*", "x1")


@pytest.mark.parametrize("kind", ["files", "doubtful", "data"])
@pytest.mark.parametrize("folder", ["", "sub/", "a/b/"])
def test_what_the_catalog_names_is_left_out(kind: str, folder: str) -> None:
    ignored = dockerignore.read(EMITTED)
    for pattern in getattr(catalog.credentials(), kind):
        assert ignored.leaves_out(folder + instance(pattern)), pattern


def test_the_catalog_names_what_is_left_out_as_secret() -> None:
    for line in dockerignore._secrets(EMITTED).split("\n"):  # noqa: SLF001
        assert credentials.doubtful_file(instance(line.removeprefix("**/"))), line


@pytest.mark.parametrize(
    "name",
    [
        *["serviceAccountKey.json", "service_account.json", "gcp-key.json", "google-credentials.json", "rootkey.csv"],
        *["firebase-adminsdk-x.json", "credentials.yml", "credentials.ini", "credentials.csv", "accessKeys.csv"],
        *["token.json", "token.pickle", "a.ovpn", "wg0.conf", "a.gpg", "a.asc", "key.der", "deploy_key", "github_rsa"],
        *[".vault-token", ".vault_pass", ".boto", ".s3cfg", ".databrickscfg", ".oci/config", ".fly/config.yml"],
        *[".kaggle/kaggle.json", ".cargo/credentials.toml", ".m2/settings.xml", ".gradle/gradle.properties"],
        *["rclone.conf", ".config/gh/hosts.yml", ".dockerconfigjson", ".bash_history", "prod-dump.sql", "a.dump"],
        *["dump.rdb", "app.db", "app.sqlite", "core.123", "a.hprof", "a.session", "cookies.txt", "env.production"],
        *["local_settings.py", "instance/config.py", ".ENV", "SERVER.KEY", "Id_RSA", "sub/secrets/x", ".pulumi/x"],
        *[
            ".secrets.toml",
            "AuthKey_1.p8",
            "secrets.txt",
            "secrets.prod.yaml",
            "secret_key.txt",
            "http.keytab",
            ".snowsql/x",
        ],
        *["dump_2024.sql", "shop.sql.gz", "backup-2024-01-01.sql", "kubeconfig", "gmail_token.pickle"],
        *["compose.yaml.orig", ".copier-answers.yml.orig1", "requirements.in.orig", "main.py.rej"],
        *[".env", ".env.production", "prod.env", ".aws/credentials", ".ssh/config", "kubeconfig.yml", ".unknown/x"],
    ],
)
@pytest.mark.parametrize("folder", ["", "sub/"])
def test_is_left_out(name: str, folder: str) -> None:
    assert dockerignore.read(EMITTED).leaves_out(folder + name)


@pytest.mark.parametrize(
    "name",
    [
        *["core/models.py", "app/core/__init__.py", "products.sql", "app/queries.sql", ".well-known/security.txt"],
        *[".streamlit/config.toml", ".chainlit/config.toml", ".python-version", "uploads/.gitkeep", "keys.py"],
        *[
            "secrets.py",
            "environment.yml",
            "env.py",
            "session.py",
            "static/credentials.js",
            "tokens.json",
            *["models/tokenizer.pickle", "app/kubeconfig.py", "app/rotate_deploy_keys.py", "app/deploy_key.py"],
            *[
                "queries/export_orders.sql",
                "queries/report.sql.j2",
                "snapshots/orders_snapshot.sql",
                "sql/dump_stats.sql",
            ],
            *["static/dist/.vite/manifest.json"],
            "certs/ca.crt",
        ],
    ],
)
def test_is_let_in(name: str) -> None:
    assert not dockerignore.read(EMITTED).leaves_out(name)


@pytest.mark.parametrize("pattern", ["[", "a[", "!", "\\", "**/" * 50 + "x", "[z-a]", "!!", "*" * 5000])
def test_no_pattern_ends_it(pattern: str) -> None:
    dockerignore.read(pattern).leaves_out("a/" * 200 + "b")
