"""What classes of pydantic-settings demand, and the values that a trial makes up."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.prove import settings
from copier_slim.prove.changes import Change, Project
from copier_slim.prove.matching import matches
from copier_slim.prove.mends import change
from copier_slim.prove.observation import Observation
from tests.command.running import write

IMPORTS = "from pydantic import BaseModel, Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"
PREFIXED = {
    "an argument of the class": "class Shop(BaseSettings, env_prefix='SHOP_'):\n    port: int\n",
    "model_config": (
        "class Shop(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n    port: int\n"
    ),
    "a dictionary": "class Shop(BaseSettings):\n    model_config = {'env_prefix': 'SHOP_'}\n    port: int\n",
    "Config": "class Shop(BaseSettings):\n    port: int\n\n    class Config:\n        env_prefix = 'SHOP_'\n",
    "the base": (
        "class Base(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n\n\n"
        "class Shop(Base):\n    port: int\n"
    ),
    "an alias": "class Shop(BaseSettings):\n    port: int = Field(validation_alias='SHOP_PORT')\n",
    "a model within": (
        "class Inner(BaseModel):\n    port: int\n    host: str = 'x'\n\n\n"
        "class Outer(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='_')\n    shop: Inner\n"
    ),
}
OPTIONAL = """\
class Shop(BaseSettings):
    model_config = SettingsConfigDict(env_prefix='SHOP_')
    port: int = 80
    host: str = Field("localhost")
    owner: str = Field(default="nobody")
    tags: list[str] = Field(default_factory=list)


class Hat(BaseModel):
    size: int
"""


@pytest.mark.parametrize("way", PREFIXED)
def test_a_field_s_variable_is_named_as_the_class_says(way: str) -> None:
    found = settings.wanted([IMPORTS + PREFIXED[way]])
    assert [(item.variable, item.kind) for item in found] == [("SHOP_PORT", "int")]


def test_what_has_a_default_or_is_no_setting_is_not_wanted() -> None:
    assert settings.wanted([IMPORTS + OPTIONAL, "class Broken(\n"]) == []


def missing(root: Path, log: str, files: dict[str, str]) -> Change | None:
    """What is made up for a log."""
    project = Project(write(root / "shop", files), {"framework": "command", "app": "python main.py"})
    seen = Observation(log, exit_code=1)
    return next((made for found in matches(seen) if (made := change(found, project))), None)


def test_all_that_the_settings_demand_is_made_up_at_once_by_type_and_example(tmp_path: Path) -> None:
    code = (
        "class Shop(BaseSettings, env_prefix='SHOP_'):\n    port: int\n    open: bool\n    colours: Colours\n"
        "    api_key: str\n    database: PostgresDsn\n\n\nclass Mail(BaseSettings):\n    sender: EmailStr\n"
    )
    log = "1 validation error for Shop\nport\n  Field required [type=missing, input_value={}, input_type=dict]\n"
    example = "SHOP_COLOURS=red,blue  # any\nSHOP_API_KEY=secret-of-the-example\n"
    made = missing(tmp_path, log, {"config.py": IMPORTS + code, ".env.dist": example})
    assert made is not None
    assert made.answers == {}
    assert made.variables == {
        "SHOP_PORT": "8000",
        "SHOP_OPEN": "0",
        "SHOP_COLOURS": "red,blue",
        "SHOP_API_KEY": f"trial-{'x' * 43}",
        "SHOP_DATABASE": "postgresql://trial:trial@127.0.0.1:5432/trial",
        "SENDER": "trial@example.org",
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [("LOG_LEVEL=INFO", "INFO"), ("LOG_LEVEL=<level>", f"trial-{'x' * 43}"), ("", f"trial-{'x' * 43}")],
)
def test_a_variable_gets_the_value_of_the_project_s_example(tmp_path: Path, line: str, value: str) -> None:
    made = missing(tmp_path, "KeyError: 'LOG_LEVEL'", {".env.example": f"{line}\n", "main.py": ""})
    assert made == Change(variables={"LOG_LEVEL": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("SERVER_HOST", "0.0.0.0"), ("HOST", "0.0.0.0"), ("POSTGRES_HOST", "127.0.0.1"), ("API_PORT", "9000")],  # noqa: S104 a container's
)
def test_the_app_itself_listens_for_others_at_the_image_s_port(tmp_path: Path, name: str, value: str) -> None:
    project = Project(write(tmp_path / "shop", {"main.py": ""}), {"framework": "command", "app": "x", "port": 9000})
    found = next(iter(matches(Observation(f"KeyError: '{name}'", exit_code=1))))
    assert change(found, project) == Change(variables={name: value})
