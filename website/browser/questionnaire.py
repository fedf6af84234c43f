"""The questions, answered in their order as Copier does with `--defaults` and `--data`."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jinja2.exceptions import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from website.browser.template import Renderer

ANSWERS_FILE = ".copier-answers.yml"
TRUE, FALSE = {"y", "yes", "t", "true", "on"}, {"n", "no", "f", "false", "off", "~", "null", "none"}


@dataclass
class Choice:
    """What can be chosen, and why it cannot be chosen now."""

    label: str
    value: Any
    disabled: str = ""


@dataclass
class Answered:
    """All answers, those that are recorded, each question for a form, and the messages of refused answers."""

    answers: dict[str, Any]
    recorded: dict[str, Any]
    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class RefusedError(ValueError):
    """An answer that cannot be; its message is the questionnaire's own."""


def answer(
    renderer: Renderer, given: Mapping[str, Any], *, folder: str = "my-service", source: Mapping[str, str] | None = None
) -> Answered:
    """Answers every question: with what is given, and else by its default.

    `folder` is the project's directory, `source` what the answers file names as the template. A given answer that is
    refused is in `errors`, and its question has its default.
    """
    conf = {"dst_path": f"/projects/{folder}", "answers_file": ANSWERS_FILE, "sep": "/"}
    # As Copier has it, an answer that is given can be read before its question's turn
    context: dict[str, Any] = {**given, "_copier_conf": conf, "_folder_name": folder}
    done = Answered(context, {})
    for name, details in renderer.bundle.questions.items():
        question = _Question(renderer, name, details, context)
        shown = question.boolean("when")
        if not shown and "default" not in details:
            continue
        value = None
        if name in given:
            try:
                value = question.parse(given[name])
                question.validate(value)
            except RefusedError as error:
                done.errors[name] = str(error)
                value = None
        if name not in given or name in done.errors:
            context.pop(name, None)
            value = question.parse(renderer.text(details["default"], context))
            if shown:
                try:
                    question.validate(value)
                except RefusedError as error:
                    done.errors.setdefault(name, str(error))
        context[name] = value
        if shown:
            done.recorded[name] = value
        if details.get("when") is not False:
            done.questions[name] = question.form(value, shown=shown)
    context["_copier_answers"] = {**(source or {}), **done.recorded}
    return done


class _Question:
    def __init__(self, renderer: Renderer, name: str, details: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        self.renderer, self.name, self.details, self.context = renderer, name, details, context
        self.type = str(details.get("type", "yaml"))
        self._choices: list[Choice] | None = None

    def boolean(self, key: str) -> bool:
        return to_bool(self.renderer.text(self.details.get(key, True), self.context))

    def choices(self) -> list[Choice]:
        if self._choices is None:
            given = self.details.get("choices", [])
            if isinstance(given, str):
                given = self.renderer.parse(self.renderer.text(given, self.context))
            pairs = list(given.items()) if isinstance(given, dict) else given
            self._choices = [self._choice(pair) for pair in pairs or []]
        return self._choices

    def _choice(self, pair: Any) -> Choice:
        label, value = pair if isinstance(pair, (tuple, list)) else (pair, pair)
        disabled = ""
        if isinstance(value, dict):
            disabled = self.renderer.text(value.get("validator", ""), self.context)
            value = value["value"]
        return Choice(str(self.renderer.text(label, self.context)), self.renderer.text(value, self.context), disabled)

    def parse(self, value: Any) -> Any:
        if not self.details.get("multiselect"):
            return self._parse(value)
        if isinstance(value, str):
            value = self.renderer.parse(value)
        if not isinstance(value, list):
            raise RefusedError("Use a list")
        several = [self._parse(item) for item in value]
        return [choice.value for choice in self.choices() if choice.value in several]

    def _parse(self, value: Any) -> Any:
        found = self._cast(value)
        choices = self.choices()
        for choice in choices:
            if self._cast(choice.value) == found:
                if choice.disabled:
                    raise RefusedError(choice.disabled)
                return found
        if choices:
            valid = [self._cast(choice.value) for choice in choices if not choice.disabled]
            raise RefusedError(f"{found!r} is not in {valid}")
        return found

    def _cast(self, value: Any) -> Any:
        try:
            match self.type:
                case "bool":
                    return to_bool(value)
                case "int":
                    return int(value)
                case "str":
                    return value if isinstance(value, str) else str(value)
                case "json":
                    return json.loads(value) if isinstance(value, str) else value
                case _:
                    return self.renderer.parse(value)
        except (TypeError, ValueError) as error:
            raise RefusedError("Invalid input") from error

    def validate(self, value: Any) -> None:
        if "validator" not in self.details:
            return
        try:
            message = self.renderer.text(self.details["validator"], {**self.context, self.name: value}).strip()
        except TemplateError as error:
            message = str(error)
        if message:
            raise RefusedError(message)

    def form(self, value: Any, *, shown: bool) -> dict[str, Any]:
        """The question as a form shows it."""
        return {
            "type": self.type, "shown": shown, "asked": shown and self.boolean("ask"), "value": value,
            "help": self.renderer.text(self.details.get("help", ""), self.context),
            "multiline": bool(self.details.get("multiline")), "several": bool(self.details.get("multiselect")),
            "choices": [vars(choice) for choice in self.choices()] if shown else [],
        }  # fmt: skip


def to_bool(value: Any) -> bool:
    """A truth value as Copier reads it: of a number, of YAML's words, else Python's."""
    with suppress(TypeError, ValueError):
        return bool(float(value))
    if isinstance(value, str):
        word = value.strip().lower()
        if not word or word in FALSE:
            return False
        if word in TRUE:
            return True
    return bool(value)
