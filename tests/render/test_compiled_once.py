"""A text that Jinja has compiled before gives what it would give if it were compiled anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from copier import run_copy
from jinja2 import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.sandbox import SandboxedEnvironment as Environment

from copier_slim.rendering import copier
from copier_slim.rendering.compiled_once import compiled_once

if TYPE_CHECKING:
    from pathlib import Path


class Resets(Extension):
    """Begins anew with each text, as Copier's own does for what a path yields."""

    seen: ClassVar[list[str]] = []

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 Jinja's
        self.seen.append(source)
        return source


def test_other_delimiters_and_environments_compile_anew() -> None:
    text = "{{ 1 }}[[ 2 ]]\n"
    with compiled_once():
        for _ in range(2):
            assert Environment().from_string(text).render() == "1[[ 2 ]]"
            other = Environment(variable_start_string="[[", variable_end_string="]]", keep_trailing_newline=True)
            assert other.from_string(text).render() == "{{ 1 }}2\n"
            assert Environment(autoescape=True).from_string("{{ '<' }}").render() == "&lt;"
            assert Environment().from_string("{{ '<' }}").render() == "<"


def test_an_environment_that_lacks_a_filter_says_so_after_one_that_has_it() -> None:
    has, lacks = Environment(), Environment()
    has.filters["shout"] = str.upper
    with compiled_once():
        assert has.from_string("{{ 'a' | shout }}").render() == "A"
        with pytest.raises(TemplateSyntaxError, match="shout"):
            lacks.from_string("{{ 'a' | shout }}")


def test_extensions_hear_of_each_text_again() -> None:
    environment = Environment(extensions=[Resets])
    with compiled_once():
        for _ in range(3):
            environment.from_string("{{ 1 }} of three")
    assert Resets.seen.count("{{ 1 }} of three") >= 3


def test_two_renderings_are_one_that_is_not_helped(template: Path, tmp_path: Path) -> None:
    run_copy(str(template), tmp_path / "plain", defaults=True, quiet=True, data={"project_name": "shop"})
    for name in "first", "second":
        with copier.one_line_errors():
            run_copy(str(template), tmp_path / name, defaults=True, quiet=True, data={"project_name": "shop"})
        assert copier.files(tmp_path / name) == copier.files(tmp_path / "plain")


def test_jinja_is_as_it_was_afterwards() -> None:
    before = Environment.compile
    with pytest.raises(ValueError, match="a"), compiled_once():
        raise ValueError("a")
    assert Environment.compile is before
