"""Files with variables that a compose service names: the names are told, and no value is."""

from __future__ import annotations

import pytest

from tests.detect.conftest import FLASK, Detect, Files, notes

COMPOSE = "services:\n  web:\n    build: .\n    command: gunicorn app:app\n    env_file: {}\n"
VALUE = "hunter2-xylophone"
TEXT = f"# of the shop\nexport STAGE=violet\n\nDB_PASSWORD = '{VALUE}'\nURL=https://a.example/?b=c\n  no variable\n"
FORMS: dict[str, tuple[str, Files, str]] = {
    "a name": (".env", {".env": TEXT}, "services.web.env_file .env (STAGE, DB_PASSWORD, URL in .env) (set at run"),
    "a list": (
        "[shop.env, ./conf/more.env]", {"shop.env": "A=1\n", "conf/more.env": TEXT},
        "services.web.env_file ./conf/more.env (STAGE, DB_PASSWORD, URL in conf/more.env) (set at run",
    ),
    "a mapping": ("[{path: .env, required: false}]", {".env": "A=1\n"}, "services.web.env_file .env (A in .env)"),
    "its example": (".env", {".env.example": "A=\nB=\n"}, "services.web.env_file .env (A, B in .env.example)"),
    "none": (".env", {}, "services.web.env_file .env (set at run time)"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_the_names_are_told_and_the_values_are_not(name: str, detecting: Detect) -> None:
    value, more, expected = FORMS[name]
    files = {"app.py": FLASK, "requirements.txt": "flask\n", "compose.yaml": COMPOSE.format(value), **more}
    found = detecting(files).findings
    assert expected in notes(found)
    assert VALUE not in f"{notes(found)} {found.answers}"
    assert "STAGE" not in found.answers.get("environment", "")
