"""What is a credential by its name or its shape, and what only looks so."""

from __future__ import annotations

import random
import re
import string
import time

import pytest

from copier_slim import catalog, credentials

SHAPES = catalog.credentials().shapes
REPEATED = 100_000
SECONDS = 5.0  # for a machine under load; what is quadratic takes minutes
LETTERS = string.ascii_letters + string.digits
ALPHABETS = {"": LETTERS, "x": "0123456789abcdef", "d": string.digits}


def filled(example: str) -> str:
    """An example with random characters where it has <n>."""
    lot = random.Random(example)  # noqa: S311 the same ones each time

    def drawn(match: re.Match[str]) -> str:
        return "".join(lot.choices(ALPHABETS[match[2]], k=int(match[1])))

    return re.sub(r"<([0-9]+)([xd]?)>", drawn, example)


def each(field: str) -> list[tuple[str, str]]:
    return [(name, example) for name, shape in SHAPES.items() for example in getattr(shape, field)]


@pytest.mark.parametrize(("name", "example"), each("examples"))
@pytest.mark.parametrize("around", ["{}", "TOKENS are {} here", '"{}",', "x={}\n"])
def test_a_shape_is_found_and_masked(name: str, example: str, around: str) -> None:
    text = around.format(filled(example))
    assert name in {found.shape for found in credentials.find(text)}
    shown = credentials.masked(text)
    for found in credentials.find(text):
        assert text[found.start : found.end] not in shown


@pytest.mark.parametrize(("name", "other"), each("others"))
def test_what_looks_like_a_shape_is_none(name: str, other: str) -> None:
    assert name not in {found.shape for found in credentials.find(filled(other))}


def test_what_a_pattern_matches_has_one_of_its_literals() -> None:
    for name, example in each("examples"):
        match = re.search(SHAPES[name].pattern, filled(example))
        assert match, (name, example)
        assert any(part in match[0] for part in SHAPES[name].has), (name, example)


REPEATS = [
    *"aA0 @:/=-_.\"'?&\\\n",
    *[
        "a://b:",
        "://",
        "a://",
        "a:@",
        "http://a",
        "http://a@",
        "?sig=",
        "eyJ",
        "eyJaaaaaaaa.",
        "a=",
        "password=",
        "password:",
        "password ",
        "--",
        "--a ",
        "ENV A ",
    ],
    *[
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN ",
        "PuTTY-User-Key-File-2: ",
        "A: b\n",
        "ghp_",
        "sk-",
        "xox",
        "AccountKey=",
        "/a",
        "a-",
        "a_",
        'a="',
        "a='",
        "bearer ",
        "-u a:",
        '"private_key" : "',
        "a+",
        "a.",
        "http://a:1/",
        "a://b:c/",
    ],
]


@pytest.mark.parametrize("repeated", REPEATS)
def test_no_repetition_takes_long(repeated: str) -> None:
    few = repeated * (REPEATED // 10)
    for text in (repeated * REPEATED, f"password={few}", f"-----BEGIN PRIVATE KEY-----\n{few}!", f"a://b:{few}"):
        started = time.process_time()
        credentials.masked(text)
        credentials.find_assigned(text)
        assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "name",
    [
        *["MYSQL_PWD", "PGPASS", "GITHUB_PAT", "JWT", "SENTRY_DSN", "SLACK_WEBHOOK", "SLACK_WEBHOOK_URL", "ENCRYPTION"],
        *["SALT", "APP_PWD", "PRIVATEKEY", "ACCESSTOKEN", "DBPASSWORD", "secretkey", "CERT", "API_KEY", "APIKEY"],
        *["SECRET_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "accessToken", "dbPassword", "db-password"],
        *["PASSWORD", "PASS", "PWD_DB", "DB_PASS", "MYSQLPASS", "SMTP_PASS", "TOKEN", "GH_TOKEN", "DJANGO_SECRET_KEY"],
        *["ENCRYPTION_KEY", "JWT_SECRET", "AUTH", "BASIC_AUTH", "HF_TOKEN", "client_secret", "X-Api-Key", "STRIPE_KEY"],
        *["spring.datasource.password", "TLS_CERT", "PASSPHRASE", "CREDENTIALS", "FERNET_KEY", "RABBITMQ_DEFAULT_PASS"],
        *["DBPW", "FERNET", "CREDS", "DB_CRED", "WIFI_PSK"],
    ],
)
def test_a_variable_of_that_name_is_secret(name: str) -> None:
    assert credentials.secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *[
            "PASSENGER",
            "PATH",
            "COMPASS",
            "TOKENIZERS_PARALLELISM",
            "GPG_KEY",
            "PYTHONPATH",
            "PGPASSFILE",
            "MAX_TOKENS",
        ],
        *[
            "KEYCLOAK_URL",
            "PWD",
            "OLDPWD",
            "AUTHOR",
            "MONKEY",
            "KEYBOARD",
            "BYPASS",
            "TOKENIZER",
            "PATTERN",
            "HOSTNAME",
        ],
        *["JWT_ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES", "TOKEN_URL", "SECRET_FILE", "POSTGRES_PASSWORD_FILE"],
        *["PUBLIC_KEY", "PASSWORD_MIN_LENGTH", "LLM_MAX_TOKENS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "DATABASE_URL"],
        *["PORT", "", "_", "-", "WORKERS", "CERTBOT_EMAIL", "USE_AUTH", "AUTH_URL", "SECRETARY", "PATCH_VERSION"],
        *["SSH_AUTH_SOCK", "KEYS_DIR", "CACHE_KEY_PREFIX", "PASSIVE_MODE", "SALTSTACK_HOST"],
        *["HMAC_ALGO", "PASSWORD_HASHER", "CREDO", "SACRED"],
    ],
)
def test_a_variable_of_that_name_is_not_secret(name: str) -> None:
    assert not credentials.secret_name(name)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("PASSWORD", "hunter2", True),
        ("PASSWORD", "1234", True),
        ("PASSWORD", "$OTHER", False),
        ("PASSWORD", "", False),
        ("USE_SSL_CERT", "true", False),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/run/secrets/gcp.json", False),
        ("SECRET_KEY", "/aB3xK9mQ2vL7nR4tY8wZ1", True),
        ("STRIPE", "sk_live_" + "a1B2" * 6, True),
        ("DB", "postgres://u:pw@h/db", True),
        ("DB", "postgres://u@h/db", False),
        ("DB", "postgres://u:${PW}@h/db", False),
        ("MAX_TOKENS", "4096", False),
    ],
)
def test_a_value_is_judged_by_name_and_shape(name: str, value: str, secret: bool) -> None:  # noqa: FBT001
    assert credentials.secret_variable(name, value) is secret


@pytest.mark.parametrize(
    "path",
    [
        *[".env", "app/.env", ".ENV", ".env.production", ".ssh/id_rsa", "app/.ssh/config", "Id_RSA", "x/id_ed25519"],
        *[".aws/credentials", ".docker/config.json", ".kube/config", ".config/gcloud/x", "serviceAccountKey.json"],
        *["service_account.json", "gcp-key.json", "google-credentials.json", "firebase-adminsdk-abc.json", ".netrc"],
        *[
            "deploy_key",
            "github_rsa",
            ".vault-token",
            ".boto",
            ".s3cfg",
            ".databrickscfg",
            ".dockerconfigjson",
            ".PGPASS",
        ],
    ],
)
def test_a_file_of_that_name_holds_credentials(path: str) -> None:
    assert credentials.secret_file(path)
    assert credentials.doubtful_file(path)


@pytest.mark.parametrize(
    "path", [".env.example", "app/.env.sample", "environment.py", "env.py", "app.py", "sshd.py", ""]
)
def test_a_file_of_that_name_holds_none(path: str) -> None:
    assert not credentials.secret_file(path)


@pytest.mark.parametrize(
    "text",
    [
        "mysql --password hunter2x",
        "mysql --password=hunter2x",
        "ENV PASSWORD hunter2x",
        "ENV PASSWORD=hunter2x A=b",
        'ENV PASSWORD="a hunter2x"',
        '{"api_key": "hunter2x"}',
        "api_key: hunter2x",
        'os.environ.get("SECRET_KEY", "hunter2x")',
        "curl -u me:hunter2x https://h",
        "Authorization: Bearer hunter2xx",
        "https://hunter2x@h/x",
        "https://u:hunter2x@h:8080/x",
        "https://u:hunter2x@[::1]/x",
        "celery --broker amqp://u:hunter2x@h worker",
        "git+https://x-access-token:hunter2x@github.com/x/y.git@main",
        "https://h/x?token=hunter2x",
        "postgresql://h/db?user=u&password=hunter2x",
        "password:hunter2x",
        "TOKEN=${TOKEN:-hunter2x}",
        "postgres://u:${PW:-hunter2x}@h/db",
        'if password == "hunter2x":',
        "token==hunter2x",
        "auth=hunter2x",
        *["certificate: hunter2x", "certificate=hunter2x", "CERT=hunter2x", "signature: 0ahunter2x"],
    ],
)
def test_what_is_masked(text: str) -> None:
    assert "hunter2x" not in credentials.masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "ssh://git@h/x.git",
        "git@github.com:x/y.git",
        "https://h/x?page=1",
        "redis://$USER:$PW@h",
        "PASSWORD=$PASSWORD",
        *["PASSWORD=${PASSWORD:-}", "PASSWORD=${PASSWORD:-$OTHER}", "redis://u:${PW:?set it}@h"],
        "flask==3.0",
        "a@b.example",
        *["secretstorage==3.3.3", "google-auth==2.38.0", "tiktoken==0.8.*", "tiktoken===0.8", "salt==3006.1"],
        *["tiktoken=0.8.0", 'tiktoken = "^0.8"', "token-bucket==0.3.0 ; python_version>'3'", "pyjwt_jwt==2024.1.post1"],
        *[
            "auth.main:app",
            "uvicorn token_service:app --port 80",
            "auth:create_app()",
            "celery -A auth.tasks:app worker",
        ],
        *["FLASK_APP=auth:app", "image: ghcr.io/acme/auth:1.2.3", "auth:latest", "API=http://auth:8000/verify"],
        *["src/auth.py:12: app = FastAPI()", "COPY . /app/auth"],
        "invalid peer certificate: UnknownIssuer",
        "certificate verify failed: bad certificate: self-signed certificate in certificate chain",
        "signature: mismatch.",
        *[
            "KeyError: 'DB_NAME'",
            "jose.exceptions.JWTError: x 12",
            "InvalidTokenError: 7 segments",
            "KEY_ERROR=no-such",
        ],
    ],
)
def test_what_is_shown_as_it_is(text: str) -> None:
    assert credentials.masked(text) == text


def test_a_literal_of_a_credentials_name_that_looks_drawn_by_lot_is_found() -> None:
    assert credentials.find_assigned('SECRET_KEY = "aB3xK9mQ2vL7nR4tY8wZ1"')
    assert not credentials.find_assigned('password = request.form["password"]')
    assert not credentials.find_assigned('SECRET_KEY = "change me"')
